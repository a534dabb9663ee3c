/* SPDX-License-Identifier: MIT */
/* Knows what a reader of sites must be told so as not to be misled, and what tells more. Pure: figures in, words out. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "sites/tracer_internal.h"

enum { PAGE = 4096, BROKEN_PERCENT = 10, LOST_PERCENT = 1, MADE_PERCENT = 10 };

/* Of its CPU time probes took so much in bursts: by time alone figures would be too low; the price of a hit is too rough for any. */
#define TAKEN_SOME 0.1
#define TAKEN_MOST 0.7
#define SOON       (5 * NS_PER_S) /* before, nothing need have grown */

/* One more part of a sentence, where it has room as a whole. */
__attribute__((format(printf, 3, 4))) static void part_add(char *out, size_t size,
                                                           const char *format, ...)
{
	size_t used = strlen(out);
	const char *between = used ? "; " : "";
	char part[240];
	va_list args;

	va_start(args, format);
	vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	if (used + strlen(between) + strlen(part) < size)
		snprintf(out + used, size - used, "%s%s", between, part);
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void losses_add(uint64_t samples, uint64_t lost, char *note, size_t size)
{
	if (percent(lost, samples + lost) >= LOST_PERCENT)
		part_add(note, size, "%.0f %% of the samples found no room and are missing",
		         percent(lost, samples + lost));
}

static void stacks_add(uint64_t stacks, uint64_t broken, uint64_t hidden, uint64_t cut,
                       const char *no_symbols, char *note, size_t size)
{
	const char *why = hidden * 2 > broken
	                          ? ", in functions whose return another tool probes: end that one"
	                  : cut * 2 > broken ? ": they are deeper than what is taken of each"
	                                     : "";

	if (no_symbols[0])
		part_add(note, size, "names are missing: %s", no_symbols);
	if (percent(broken, stacks) >= BROKEN_PERCENT)
		part_add(note, size, "%.0f %% of the stacks end early%s", percent(broken, stacks),
		         why);
}

void words_growth(const struct note_facts *n, char *note, size_t note_size, char *next,
                  size_t next_size)
{
	bool small = known(n->largest) && n->largest < PAGE;
	char bytes[HUMAN_MAX];

	note[0] = next[0] = '\0';
	if (n->given_up[0])
		part_add(note, note_size, "%s", n->given_up);
	if (small)
		part_add(note, note_size,
		         "blocks of %s grow, less than a page: this names who touched a page "
		         "first, not "
		         "who allocates them",
		         human_block(bytes, n->largest));
	if (!n->live && n->time >= SOON)
		part_add(note, note_size, "no page that it touched since the begin stayed");
	losses_add(n->samples, n->lost, note, note_size);
	if (n->no_pagemap)
		part_add(note, note_size,
		         "its page map may not be read: pages given back since count as well");
	if (percent(n->made, n->live) >= MADE_PERCENT)
		part_add(note, note_size,
		         "%.0f %% is of code made at run time (JIT), whose names stand in "
		         "/tmp/perf-PID.map where it writes one",
		         percent(n->made, n->live));
	stacks_add(n->stacks, n->broken, n->hidden, n->cut, n->no_symbols, note, note_size);
	if (!small && !note[0])
		part_add(note, note_size,
		         "names who touched a page first; where small blocks fill it, others may "
		         "own it");
	if (n->no_kernel)
		part_add(note, note_size,
		         "pages that the kernel fills (read, recv) are seen with CAP_PERFMON only");
	if (!n->given_up[0])
		snprintf(next, next_size,
		         "x: allocation sites, exact, at a price that is told first");
}

void words_allocations(const struct alloc_note *n, char *note, size_t size)
{
	note[0] = '\0';
	if (n->given_up[0])
		part_add(note, size, "%s", n->given_up);
	if (n->hits)
		part_add(note, size, "counts calls: their bytes and what was freed are unseen");
	if (n->set_share < 1)
		part_add(note, size,
		         "to stay within %.3g %% it looked in bursts, %.2g %% of the time: frees "
		         "in between are unseen, what lives is estimated%s",
		         n->max, 100 * n->set_share,
		         n->taken > TAKEN_MOST   ? ", roughly, rather too low"
		         : n->taken > TAKEN_SOME ? " by its CPU time"
		                                 : "");
	losses_add(n->samples, n->lost, note, size);
	if (percent(n->full, n->samples) >= LOST_PERCENT)
		part_add(note, size,
		         "%.0f %% of the samples were not followed: too many live at a time",
		         percent(n->full, n->samples));
	stacks_add(n->stacks, n->broken, 0, 0, n->no_symbols, note, size);
}
