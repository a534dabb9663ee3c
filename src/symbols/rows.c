/* SPDX-License-Identifier: MIT */
#include "symbols/rows.h"

/*
 * Knows rows by their address, and how many may be kept. When the table is full it begins anew: a
 * process that runs on the same code fills it again in a moment.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/row_read.h"

enum { TABLE = 1 << 16, USED_MAX = TABLE / 4 * 3, RULES_MAX = 4096 };

int rows_init(struct rows *r, struct modules *modules)
{
	*r = (struct rows){.modules = modules};
	r->table = calloc(TABLE, sizeof(*r->table));
	r->rules = calloc(RULES_MAX, sizeof(*r->rules));
	r->rules_of = calloc(RULES_MAX, sizeof(*r->rules_of));
	return r->table && r->rules && r->rules_of ? 0 : -ENOMEM;
}

void rows_forget(struct rows *r)
{
	for (size_t i = 0; i < r->rules_used; i++)
		free(r->rules[i]);
	r->rules_used = 0;
	memset(r->table, 0, TABLE * sizeof(*r->table));
	r->used = 0;
}

static struct row *slot_of(const struct rows *r, uint64_t address)
{
	size_t i = (size_t)(address * 0x9e3779b97f4a7c15 >> 48) % TABLE;

	while (r->table[i].kind != ROW_EMPTY && r->table[i].address != address)
		i = (i + 1) % TABLE;
	return &r->table[i];
}

/* Gaps would hide what lies behind them, so the rows that stay are put in anew. */
static void rows_sift(struct rows *r, bool (*goes)(const struct row *row, uint32_t module),
                      uint32_t module)
{
	struct row *old = r->table, *table;
	bool any = false;

	for (size_t i = 0; r->used && i < TABLE && !any; i++)
		any = old[i].kind != ROW_EMPTY && goes(&old[i], module);
	if (!any)
		return;
	table = calloc(TABLE, sizeof(*table));
	if (!table) {
		rows_forget(r);
		return;
	}
	r->table = table;
	r->used = 0;
	for (size_t i = 0; i < TABLE; i++) {
		if (old[i].kind == ROW_EMPTY || goes(&old[i], module))
			continue;
		*slot_of(r, old[i].address) = old[i];
		r->used++;
	}
	free(old);
}

static bool row_is_of(const struct row *row, uint32_t module)
{
	return row->module == module;
}

static bool row_is_nowhere(const struct row *row, uint32_t module)
{
	return row->kind == ROW_NOWHERE || row->module == module;
}

/* Its rules stay as empty places until all are forgotten. */
void rows_forget_module(struct rows *r, uint32_t module)
{
	rows_sift(r, row_is_of, module);
	for (size_t i = 0; i < r->rules_used; i++)
		if (r->rules_of[i] == module) {
			free(r->rules[i]);
			r->rules[i] = NULL;
		}
}

/* What has no file is module 0, and may have become something else. */
void rows_forget_nowhere(struct rows *r)
{
	rows_sift(r, row_is_nowhere, 0);
}

Dwarf_Frame *rows_rules(struct rows *r, const struct row *row)
{
	return r->rules[row->cfa_offset];
}

static void rules_keep(struct rows *r, struct row *row, Dwarf_Frame *rules)
{
	r->rules[r->rules_used] = rules;
	r->rules_of[r->rules_used] = row->module;
	row->cfa_offset = (int32_t)r->rules_used++;
}

const struct row *rows_find(struct rows *r, uint64_t address)
{
	struct row *row = slot_of(r, address);
	Dwarf_Frame *rules = NULL;

	if (row->kind != ROW_EMPTY)
		return row;
	if (r->used == USED_MAX || r->rules_used == RULES_MAX) {
		rows_forget(r);
		row = slot_of(r, address);
	}
	row_read(r->modules, address, row, &rules);
	r->used++;
	if (rules)
		rules_keep(r, row, rules);
	return row;
}
