/* SPDX-License-Identifier: MIT */
/*
 * Knows growth stacks: a page that was touched first since the tracing began, and stayed, is an entry of the ledger.
 * Pages of files and of shared memory are left out: they are no private memory, one fault of a file maps several,
 * and the kernel takes them back by itself. A page that was there before may fault too (after a fork, by mprotect): it counts
 * as touched, for nothing tells it from a new one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sites/faults.h"
#include "sites/growth_pages.h"
#include "sites/growth_period.h"
#include "sites/tracer_internal.h"

enum { PAGE = 4096, STACKS_TRIED = 200, BROKEN_PERCENT = 5 };
#define HUGE_PAGE (2ull << 20)

struct growth {
	struct faults *faults;
	struct growth_period period;
	uint32_t slice; /* bytes of stack with each sample */
	struct growth_pages pages;
	struct leaves *leaves;
	uint64_t lost_before; /* by faults that were closed since */
	uint64_t files;       /* samples of pages of files or of shared memory */
	uint64_t faults_seen; /* that samples stand for */
	bool of_kernel;
};

/* --- booking ---------------------------------------------------------------------------------------------- */

/* Books a page as what it is by now. */
static void page_book(void *arg, const struct site_sample *s, uint32_t stack)
{
	struct tracing *c = arg;
	uint64_t page = s->address & -(uint64_t)PAGE, time = tracing_time(c, s->time);
	struct page_counts counts = {0};

	if (c->pagemap < 0 || c->pages == PAGES_NONE ||
	    pages_count(c->pagemap, c->pages, PAGE, page, page + PAGE, &counts) < 0) {
		ledger_add(c->ledger, page, PAGE, s->weight, stack, time);
		return;
	}
	if (counts.file) {
		c->growth->files++;
		return;
	}
	/* One fault brought all of it. */
	if (known(counts.huge_anon) && counts.huge_anon)
		ledger_add(c->ledger, page & -HUGE_PAGE, HUGE_PAGE, s->weight, stack, time);
	else
		ledger_add(c->ledger, page, PAGE, s->weight, stack, time);
	if (!counts.present && !counts.swapped)
		ledger_remove(c->ledger, page, tracing_now(c));
}

static void fault_see(void *arg, const struct site_sample *s)
{
	struct tracing *c = arg;

	switch (s->kind) {
	case SAMPLE_FAULT:
		c->samples++;
		c->growth->faults_seen += (uint64_t)s->weight;
		intake_add(c->intake, s);
		break;
	case SAMPLE_EXEC:
		c->exec = true;
		break;
	case SAMPLE_MAP:
		c->mapped = true;
		break;
	default:
		break;
	}
}

/* --- the events ------------------------------------------------------------------------------------------- */

static int faults_begin(struct tracing *c)
{
	struct growth *g = c->growth;
	unsigned needed;
	char why[240];

	int e = faults_open(&c->dir, g->period.value, g->slice, &g->faults, &needed);
	if (e < 0)
		return tracing_fail(c, e, "%s",
		                    faults_explain(e, c->pid, needed, faults_paranoid(&c->dir), why,
		                                   sizeof(why)));
	g->of_kernel = faults_of_kernel(g->faults);
	return 0;
}

static void faults_end(struct growth *g)
{
	if (g->faults)
		g->lost_before += faults_lost(g->faults);
	faults_close(g->faults);
	g->faults = NULL;
}

static uint64_t lost_all(const struct growth *g)
{
	return g->lost_before + (g->faults ? faults_lost(g->faults) : 0);
}

/* Whether stacks are deeper than the slice: tried once, for where it does not help it only costs. */
static bool slice_turn(struct growth *g, const struct intake *in)
{
	uint64_t stacks = intake_stacks(in), broken = intake_broken(in) - intake_hidden(in);

	if (g->slice == FAULTS_SLICE_DEEP || stacks < STACKS_TRIED ||
	    broken * 100 < stacks * BROKEN_PERCENT)
		return false;
	g->slice = FAULTS_SLICE_DEEP;
	return true;
}

/* Another period or slice needs other events, see faults.c. What happens in between is not seen. */
static void period_follow(struct tracing *c)
{
	struct growth *g = c->growth;

	bool slice = slice_turn(g, c->intake);
	if (!growth_period_turn(&g->period, c->samples, lost_all(g), tracing_now(c)) && !slice)
		return;
	faults_drain(g->faults, fault_see, c);
	faults_end(g);
	int e = faults_begin(c);
	/* That it ended is seen elsewhere. */
	if (e == -ESRCH)
		c->progress.why[0] = '\0';
}

/* --- one way to trace ------------------------------------------------------------------------------------- */

static int growth_open(struct tracing *c)
{
	struct growth *g = c->growth = calloc(1, sizeof(*c->growth));

	if (g)
		g->leaves = leaves_new(c->names, c->symbols);
	if (g && g->leaves)
		c->intake = intake_new(c->symbols, c->trie, g->leaves, page_book, c);
	if (!c->intake)
		return tracing_fail(c, -ENOMEM, "cannot trace process %d: no memory", c->pid);
	intake_watch_returns(c->intake, &c->dir);
	tracing_warm(c);
	growth_period_begin(&g->period, tracing_now(c));
	g->slice = FAULTS_SLICE;
	return faults_begin(c);
}

static void growth_close(struct tracing *c)
{
	if (!c->growth)
		return;
	faults_end(c->growth);
	growth_pages_done(&c->growth->pages);
	leaves_free(c->growth->leaves);
	free(c->growth);
	c->growth = NULL;
}

static void growth_stop(struct tracing *c)
{
	struct growth *g = c->growth;

	if (g->faults)
		faults_drain(g->faults, fault_see, c);
	faults_end(g);
	intake_flush(c->intake);
}

static int growth_fd(const struct tracing *c)
{
	return c->growth->faults ? faults_fd(c->growth->faults) : -1;
}

static void growth_turn(struct tracing *c)
{
	struct growth *g = c->growth;

	if (!g->faults)
		return;
	faults_drain(g->faults, fault_see, c);
	intake_flush(c->intake);
	if (ledger_count(c->ledger) > LEDGER_MAX / 4 * 3) {
		ledger_thin(c->ledger);
		growth_period_double(&g->period);
	}
	if (c->pagemap >= 0 && c->pages != PAGES_NONE)
		growth_pages_turn(&g->pages, c->pagemap, c->pages, c->ledger, tracing_now(c));
	period_follow(c);
}

/* Live bytes of sites that speak by an address in no object: nobody knows more of it. */
static uint64_t made_bytes(const struct sites_facts *f)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < f->site_count; i++) {
		const struct site_frame *named = site_named(f, &f->sites[i]);
		if (named && !named->function && !named->module)
			bytes += f->sites[i].live_bytes;
	}
	return bytes;
}

static void growth_tell(struct tracing *c, struct sites_facts *f, const uint32_t *stacks)
{
	struct growth *g = c->growth;
	struct growth_pages live = {0};
	double seconds = (double)(f->time - f->begin) / 1e9;

	snprintf(f->source, sizeof(f->source), "pages touched first (minor faults)");
	f->period = g->period.value * PAGE;
	f->lost = lost_all(g);
	if (seconds > 0)
		f->hits_per_s = (double)g->faults_seen / seconds;
	c->progress.hits_per_s = f->hits_per_s;
	if (growth_pages_list(&live, c->ledger, f->time) == 0)
		facts_spans(f, live.at, live.count, 8 * g->period.value * PAGE, stacks);
	growth_pages_done(&live);
	struct note_facts n = {
	        .largest = tracer_hinted(c->t),
	        .samples = c->samples,
	        .lost = f->lost,
	        .stacks = intake_stacks(c->intake),
	        .broken = f->broken,
	        .hidden = intake_hidden(c->intake),
	        .cut = intake_cut(c->intake),
	        .made = made_bytes(f),
	        .files = g->files,
	        .no_pagemap = c->pagemap < 0 || c->pages == PAGES_NONE,
	        .no_kernel = !g->of_kernel,
	        .live = f->live_bytes,
	        .time = f->time - f->begin,
	        .no_symbols = c->no_symbols,
	        .given_up = c->given_up,
	};
	words_growth(&n, f->note, sizeof(f->note), f->next, sizeof(f->next));
}

const struct tracing_way tracing_growth = {
        .open = growth_open,
        .turn = growth_turn,
        .fd = growth_fd,
        .stop = growth_stop,
        .tell = growth_tell,
        .close = growth_close,
};
