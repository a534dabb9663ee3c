/* SPDX-License-Identifier: MIT */
/*
 * Feeds any course of figures and flags to the verdict. Besides what the sanitizers see, it stops at
 * a verdict that breaks a promise of the headers.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/advice.h"
#include "detect/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static void demand_verdict(const struct verdict *v)
{
	struct buf line;

	demand(v->kind < VERDICT_KIND_COUNT && v->cause < CAUSE_COUNT);
	demand(v->pattern < PATTERN_COUNT && v->where < WHERE_COUNT && v->limit < LIMIT_KIND_COUNT);
	demand(v->kind == VERDICT_UNKNOWN ? v->confidence == -1
	                                  : v->confidence >= 0 && v->confidence <= 100);
	demand(v->kind != VERDICT_LEAK || known(v->flagged));
	demand(v->kind != VERDICT_SUSPICIOUS || v->condition[0]);
	demand(memchr(v->reason, 0, sizeof(v->reason)) && v->reason[0]);
	demand(v->evidence_count <= VERDICT_EVIDENCE_MAX);
	for (unsigned i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];
		demand(e->weight >= 0 && e->weight <= 1 && e->text[0]);
		demand(i == 0 || e->weight <= v->evidence[i - 1].weight);
	}
	buf_init(&line, 1024);
	demand(advice_line(v, &line) == 0);
	buf_done(&line);
}

/* Two bytes a figure: a size between 0 and beyond any machine; the last value is UNKNOWN. */
static uint64_t figure(const uint8_t *p)
{
	if (p[0] == 0xff)
		return UNKNOWN;
	return (uint64_t)p[1] << (p[0] % 57);
}

enum { RECORD = 14 };

static struct sample sample_of(const uint8_t *p, uint64_t *time)
{
	static const enum figure figures[] = {FIGURE_ANON, FIGURE_RSS, FIGURE_VSZ, FIGURE_HEAP,
	                                      FIGURE_HWM};
	struct sample s;

	sample_init(&s);
	*time += (uint64_t)p[0] << (p[1] % 40);
	s.time = *time;
	s.flags = p[1] >> 6 ? 0 : p[13] & 63u;
	for (unsigned i = 0; i < 5; i++)
		s.v[figures[i]] = figure(p + 2 + 2 * i);
	s.v[p[12] % FIGURE_COUNT] = figure(p + 12);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct detect *d = detect_new();
	uint64_t time = 0;

	if (!d)
		return 0;
	demand(detect_verdict(d)->kind == VERDICT_UNKNOWN);
	for (; size >= RECORD; data += RECORD, size -= RECORD) {
		struct sample s = sample_of(data, &time);
		demand(detect_sample(d, &s) == 0);
		demand_verdict(detect_verdict(d));
	}
	detect_free(d);
	return 0;
}
