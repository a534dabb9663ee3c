/* SPDX-License-Identifier: MIT */
/*
 * bench_sites PID growth|allocations SECONDS [PERCENT]: traces call sites of a process, without any screen, and prints
 * what it found: one line of figures, then a line a site, "site RANK share PERCENT growth BYTES live BYTES samples N
 * FUNCTION < CALLER < CALLER".
 */
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "sites/tracer.h"

enum { SHOWN = 8, LEVELS = 6, GRACE_S = 20 };

static const char *word(const char *s)
{
	return *s ? s : "?";
}

static void site_print(const struct sites_facts *f, uint32_t rank)
{
	const struct site *s = &f->sites[rank];

	printf("site %u share %.1f growth %.0f live %" PRIu64 " samples %" PRIu64 " steady %d",
	       rank + 1, 100 * s->share, s->growth_bytes, s->live_bytes, s->samples, s->steady);
	for (uint32_t i = s->named; i < s->frame_count && i < s->named + LEVELS; i++)
		printf("%s%s", i == s->named ? " " : " < ",
		       word(sites_text(f, f->frames[s->frame + i].function)));
	printf("\n");
}

static void facts_print(const struct sites_facts *f)
{
	struct rusage own;

	getrusage(RUSAGE_SELF, &own);
	printf("kind %s samples %" PRIu64 " lost %" PRIu64 " full %" PRIu64 " broken %" PRIu64
	       " nameless %" PRIu64 " slowdown %.2f expected %.2f bursts %u",
	       sites_kind_words[f->kind], f->samples, f->lost, f->full, f->broken, f->nameless,
	       f->slowdown, f->expected, f->bursts);
	printf(" traced_s %.2f seconds %.2f growth %.0f own_cpu_s %.2f rss_mib %.1f\n",
	       (double)f->traced / 1e9, (double)(f->time - f->begin) / 1e9, f->growth_bytes,
	       (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
	               (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6,
	       (double)own.ru_maxrss / 1024);
	printf("source %s\nnote %s\n", f->source, f->note);
	for (uint32_t i = 0; i < f->site_count && i < SHOWN; i++)
		site_print(f, i);
}

/* Facts as they come, until no more do; the last ones. */
static struct sites_facts *trace(struct tracer *t, uint64_t seconds, struct sites_progress *ret)
{
	uint64_t end = clock_mono() + (seconds + GRACE_S) * NS_PER_S;
	struct sites_facts *last = NULL, *next;

	while (clock_mono() < end) {
		struct pollfd fd = {.fd = tracer_fd(t), .events = POLLIN};
		poll(&fd, 1, 100);
		if ((next = tracer_take(t)) != NULL) {
			sites_facts_unref(last);
			last = next;
		}
		tracer_progress(t, ret);
		if ((last && last->ended) || ret->phase == SITES_FAILED ||
		    ret->phase == SITES_STOPPED)
			break;
	}
	return last;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "bench_sites PID growth|allocations SECONDS [PERCENT]\n");
		return 2;
	}
	uint64_t seconds = strtoull(argv[3], NULL, 10);
	struct tracer *t = tracer_new("/proc", atoi(argv[1]), clock_mono(),
	                              argc > 4 ? strtod(argv[4], NULL) : 5);
	struct sites_progress p;

	if (!t)
		return 1;
	tracer_run(t, strcmp(argv[2], "growth") == 0 ? SITES_GROWTH : SITES_ALLOCATIONS,
	           seconds * NS_PER_S);
	struct sites_facts *f = trace(t, seconds, &p);
	printf("phase %s %s\n", sites_phase_words[p.phase], p.why);
	if (f)
		facts_print(f);
	sites_facts_unref(f);
	tracer_free(t);
	return f ? 0 : 1;
}
