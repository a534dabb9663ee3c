/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_ROWS_H
#define SYMBOLS_ROWS_H

/*
 * How to get from a frame to the one that called it, for each address that was met on a stack: read
 * once out of the call frame information, then looked up by the address. Nearly all of it fits a
 * row of 32 bytes.
 */

#include "symbols/expression.h"
#include "symbols/modules.h"

enum row_kind {
	ROW_EMPTY,
	ROW_NOWHERE, /* the address lies in nothing that is mapped executable */
	ROW_NONE,    /* code that does not tell how to unwind it */
	ROW_OFFSETS, /* all lies at offsets from the canonical frame address */
	ROW_FIRST,   /* the first function of a thread: nobody called it */
	ROW_RULES,   /* expressions; `cfa_offset` is an index of rows_rules() */
	ROW_SIGNAL   /* the same, and what it interrupted is no caller */
};

enum { ROW_SAVED = 6 };
/* For `at`: the caller has the same; nobody knows. */
enum { ROW_SAME = INT16_MIN, ROW_LOST = INT16_MIN + 1 };

struct row {
	uint64_t address;
	uint32_t module;
	int32_t cfa_offset;    /* canonical frame address: cfa_register + cfa_offset */
	int16_t at[ROW_SAVED]; /* where row_registers[] lie, from there */
	int16_t at_return;
	uint8_t kind; /* enum row_kind */
	uint8_t cfa_register;
};

/* The registers a function must keep, in the order of row.at. */
extern const uint8_t row_registers[ROW_SAVED];

struct rows {
	struct modules *modules;
	struct row *table; /* by hash of the address */
	size_t used;
	Dwarf_Frame **rules;
	uint32_t *rules_of; /* module */
	size_t rules_used;
};

/* 0 or -ENOMEM. */
int rows_init(struct rows *r, struct modules *modules);

/* The row for this address, read where it is not known yet; borrowed until the next call. */
const struct row *rows_find(struct rows *r, uint64_t address);

Dwarf_Frame *rows_rules(struct rows *r, const struct row *row);

/*
 * Forgets all rows; those of one module, before its file is closed; those of addresses that lay in
 * nothing.
 */
void rows_forget(struct rows *r);
void rows_forget_module(struct rows *r, uint32_t module);
void rows_forget_nowhere(struct rows *r);

#endif
