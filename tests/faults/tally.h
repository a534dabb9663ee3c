/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_TALLY_H
#define FAULTS_TALLY_H

/* What all workers found, in memory that they share, and how it is told. */

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "judge.h"
#include "page.h"
#include "scenario.h"

enum { SCENARIOS = 40, SEEN = 4096 };

struct cell {
	_Atomic(uint32_t) tried, wrong[WRONGS];
};

/* Shared by all workers. */
struct tally {
	struct cell cell[SCENARIOS][FAULT_FAMILIES];
	_Atomic(uint64_t) next;       /* the nth to try */
	_Atomic(uint64_t) reached;    /* the last nth that there was */
	_Atomic(int32_t) enough;      /* told to end: with the table of what was tried */
	_Atomic(uint32_t) seen[SEEN]; /* hashes of what was shown */
};

/* Names the lines of the program by its debug information. */
void tally_frames(const char *program, const char *what, char frames[FAULT_FRAMES][FAULT_FRAME],
                  FILE *to);

/* Tells what is wrong with a run, by place and text of the judge; the same after a fault at the same place once. */
void tally_wrong(struct tally *t, const struct place *p, const struct scenario *s,
                 const struct fault_kind *k, uint64_t nth, enum wrong wrong, const char *text);

/* Prints all of it. 0: something was tried, and nothing is wrong. */
int tally_table(const struct tally *t);

#endif
