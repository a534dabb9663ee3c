/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * Who looks inside the heap, and where what is found goes. Knows when the process is another one and when it is
 * gone; refuses to know how a heap is read.
 */

#include <stdio.h>
#include <string.h>

#include "base/known.h"

/* Certain are blocks that so many scans in a row found lost. */
enum { SCANS_LEAST = 3 };

/* A program that begins has no heap yet: one look in vain is no news. */
enum { BLIND = 2 };

/* Once each time the words change: a reason that stays is no news. */
static void tell_trouble(struct watch *w, const char *text)
{
	char line[WARNING_MAX];

	if (!text[0] || !strcmp(w->heap.told, text))
		return;
	snprintf(w->heap.told, sizeof(w->heap.told), "%s", text);
	snprintf(line, sizeof(line), "heap: %.*s", WARNING_MAX - 8, text);
	watch_say(w, "Warning: %s", line);
	watch_note(w, line);
}

static void begin(struct watch *w)
{
	const struct target *t = w->facts ? w->facts->target : NULL;

	if (!w->heap.on || w->heap.scanner || !t || !t->pid || w->ended != END_NOT_YET)
		return;
	w->heap.scanner = scanner_new(w->heap.proc, t->pid, w->heap.start);
	if (!w->heap.scanner) {
		tell_trouble(w, "out of memory; free some and start it again");
		return;
	}
	if (w->heap.peek)
		scanner_peek(w->heap.scanner, w->heap.peek);
	scanner_run(w->heap.scanner, true);
}

/* What it was doing stays to be seen, and so does why it failed. */
static void leave(struct watch *w)
{
	if (!w->heap.scanner)
		return;
	scanner_progress(w->heap.scanner, &w->heap.progress);
	if (w->heap.progress.phase != HEAP_FAILED)
		w->heap.progress.phase = HEAP_STOPPED;
	w->heap.progress.next = UNKNOWN;
	scanner_free(w->heap.scanner);
	w->heap.scanner = NULL;
}

/* Another program in its place: blocks, scans and reasons of the old one say nothing of it. */
static void forget(struct watch *w)
{
	leave(w);
	w->heap.blind = w->heap.scans = 0;
	w->heap.walked = false;
	w->heap.peek = 0;
	w->heap.why[0] = '\0';
}

void watch_begin(struct watch *w, uint64_t start)
{
	w->heap.start = w->sites.start = start;
	source_set_start(w->source, start);
}

bool watch_heap_run(struct watch *w, bool on)
{
	if (w->from_file || w->ended != END_NOT_YET)
		return false;
	w->heap.on = on;
	w->heap.told[0] = '\0';
	if (w->heap.scanner)
		scanner_run(w->heap.scanner, on);
	else
		begin(w);
	return true;
}

void watch_heap_peek(struct watch *w, uint64_t address)
{
	w->heap.peek = address;
	if (w->heap.scanner)
		scanner_peek(w->heap.scanner, address);
}

int watch_heap_fd(const struct watch *w)
{
	return w->heap.scanner ? scanner_fd(w->heap.scanner) : -1;
}

bool watch_heap_moves(const struct watch *w)
{
	struct heap_progress p;

	if (!w->heap.scanner)
		return false;
	scanner_progress(w->heap.scanner, &p);
	return p.phase == HEAP_OPENING || p.phase == HEAP_CENSUS || p.phase == HEAP_MARKING;
}

/* What will not change by the next look. */
static bool names_another(const struct heap_facts *f)
{
	return !f->walked && f->allocator != ALLOCATOR_UNKNOWN && f->allocator != ALLOCATOR_GLIBC;
}

/* Takes the reference. */
static void take(struct watch *w, struct heap_facts *f)
{
	if (!w->samples) {
		heap_facts_unref(f);
		return;
	}
	history_heap(w->history, f);
	detect_heap(w->detect, f);
	recorder_heap(w->recorder, f);
	watch_sites_hint(w, f);
	snprintf(w->heap.why, sizeof(w->heap.why), "%s", f->walked ? "" : f->why);
	w->heap.blind = f->walked ? 0 : w->heap.blind + 1;
	if (names_another(f))
		w->heap.blind = BLIND;
	w->heap.walked = f->walked;
	w->heap.scans = f->lost ? f->lost->scans : 0;
	heap_facts_unref(f);
}

bool watch_heap_take(struct watch *w)
{
	struct heap_facts *f = w->heap.scanner ? scanner_take(w->heap.scanner) : NULL;

	if (f)
		take(w, f);
	return f != NULL;
}

/* Of a recording: what was found then. */
static void take_recorded(struct watch *w)
{
	struct heap_facts *f;

	while ((f = source_heap(w->source)))
		take(w, f);
}

void watch_see_heap(struct watch *w)
{
	struct heap_progress p;

	if (w->from_file)
		take_recorded(w);
	/* Another program has another heap, and nobody wonders that the old one is gone. */
	if ((w->row.sample.flags & SAMPLE_EPOCH) && w->samples > 1)
		forget(w);
	begin(w);
	watch_heap_take(w);
	if (w->heap.blind >= BLIND)
		tell_trouble(w, w->heap.why);
	if (!w->heap.scanner)
		return;
	scanner_progress(w->heap.scanner, &p);
	if (p.phase == HEAP_FAILED)
		tell_trouble(w, p.error);
}

void watch_heap_end(struct watch *w)
{
	struct heap_progress p;
	char text[WARNING_MAX];

	if (!w->heap.scanner)
		return;
	watch_heap_take(w);
	if (w->ended != END_TARGET)
		tell_trouble(w, w->heap.why);
	scanner_progress(w->heap.scanner, &p);
	if (p.phase == HEAP_FAILED && w->ended != END_TARGET)
		tell_trouble(w, p.error);
	leave(w);
	if (!w->heap.walked || w->heap.scans >= SCANS_LEAST)
		return;
	snprintf(text, sizeof(text),
	         "heap: %u scan%s made; a block is called lost by the third at the earliest: watch "
	         "for 25 s or more",
	         w->heap.scans, w->heap.scans == 1 ? " was" : "s were");
	watch_note(w, text);
}

void watch_heap_fill(const struct watch *w, struct moment *m)
{
	m->heap_progress = w->heap.progress;
	if (w->heap.scanner)
		scanner_progress(w->heap.scanner, &m->heap_progress);
}

void watch_heap_done(struct watch *w)
{
	scanner_free(w->heap.scanner);
	w->heap.scanner = NULL;
}
