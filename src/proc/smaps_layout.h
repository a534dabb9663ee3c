/* SPDX-License-Identifier: MIT */
#ifndef PROC_SMAPS_LAYOUT_H
#define PROC_SMAPS_LAYOUT_H

/*
 * Private to the room: the layout of a record learnt from the one before. A record's body (what
 * follows the head line) is one part of fixed length, in which figures stand right-aligned in eight
 * columns, and the VmFlags line, which varies and is last.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc/lines.h"
#include "proc/smaps.h"

enum {
	LAYOUT_MAX = 1024,  /* bytes of the fixed part; kernels write about 670 */
	LAYOUT_FIELDS = 48, /* lines with a number; kernels write about 25 */
	LAYOUT_FLAGS_MAX = 512,
	LAYOUT_LANE = 16,       /* bytes compared at a time */
	LAYOUT_FLAGS_KEPT = 64, /* bytes of a line worth remembering */
	LAYOUT_NO_KEY = 255,
};

/* Eight bytes hold a number; those outside `keep` belong to the line. */
struct layout_field {
	uint64_t keep;
	uint8_t key; /* enum smaps_key, or LAYOUT_NO_KEY: only its shape is checked */
};

/* A line of VmFlags that was read before, and what it says. */
struct layout_flags {
	uint64_t flags;
	size_t len; /* 0: none */
	char text[LAYOUT_FLAGS_KEPT];
};

struct smaps_layout {
	size_t len; /* bytes of the fixed part; 0: nothing learnt */
	unsigned fields;
	bool has_flags;
	uint8_t flag_bits[32 * 32];       /* by the two letters; 63: no such code */
	uint64_t bytes[SMAPS_KEY_COUNT];  /* what `text` says */
	uint16_t field_at[LAYOUT_FIELDS]; /* bytes into the body */
	struct layout_field field[LAYOUT_FIELDS];
	struct layout_flags flags[2]; /* seen last: neighbours often take turns */
	unsigned flags_oldest;        /* which of them is replaced next */
	/* The fixed part as last seen, and 0xff where every record must have the same byte. */
	_Alignas(LAYOUT_LANE) char text[LAYOUT_MAX];
	_Alignas(LAYOUT_LANE) char mask[LAYOUT_MAX];
};

enum layout_fit {
	LAYOUT_FITS,
	LAYOUT_DIFFERS,
	LAYOUT_SHORT, /* it fits as far as it goes, more bytes are needed to tell */
};

/* A body that was checked against the layout. */
struct layout_match {
	size_t len; /* bytes of the body, VmFlags included */
	uint64_t flags;
	bool same;      /* every figure is as before */
	bool flags_new; /* a line of VmFlags that is not remembered */
};

/* Prepares a zeroed layout. */
void layout_init(struct smaps_layout *l);

/* Learns from a complete body, which ends with VmFlags if it has them; else keeps the old. */
void layout_learn(struct smaps_layout *l, struct span body);

/* Does the text that begins with a body fit? Changes nothing; *ret is written on LAYOUT_FITS. */
enum layout_fit layout_check(const struct smaps_layout *l, struct span text,
                             struct layout_match *ret);

/* Takes the figures of a body that fitted. False: a figure needs the general path. */
bool layout_take(struct smaps_layout *l, const char *body, const struct layout_match *match,
                 struct smaps_record *rec);

/* From smaps_keys.c: enum smaps_key of a name, or -1; the bits of "rd wr mr". */
int smaps_key_find(struct span name);
uint64_t smaps_flags_parse(struct span codes);

#endif
