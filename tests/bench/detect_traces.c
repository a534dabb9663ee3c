/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The generator of the unit tests; helpers of theirs are not linked to benches. */
#include "../unit/support_traces.c"
#include "base/clock.h"
#include "detect/detect.h"

/*
 * detect_traces: runs the engine over made traces and prints how often it is right.
 * detect_traces FIGURE FILE...: over recorded ones, lines of "seconds bytes"; FIGURE: anon, rss, vsz.
 */

struct tally {
	unsigned traces, at_end[VERDICT_KIND_COUNT], linear, ever;
	double delay; /* sum of seconds to the first `leak` */
};

static struct sample trace[TRACE_MAX];

static void run(const struct trace_spec *spec, struct tally *t)
{
	struct detect *d = detect_new();
	unsigned n = trace_make(spec, trace);

	if (!d)
		exit(1);
	for (unsigned i = 0; i < n; i++)
		detect_sample(d, &trace[i]);
	const struct verdict *v = detect_verdict(d);
	t->traces++;
	t->at_end[v->kind]++;
	t->linear += v->kind == VERDICT_LEAK && v->pattern == PATTERN_LINEAR;
	t->ever += v->flagged != UNKNOWN;
	t->delay += v->flagged != UNKNOWN ? (double)v->flagged / (double)NS_PER_S : 0;
	if (getenv("TRACE_BAD") && (v->kind == VERDICT_LEAK) != trace_leaks(spec->family)) {
		printf("  seed %lu period %.3f age %.2f: %s: %s; %s\n", (unsigned long)spec->seed,
		       spec->period, spec->age, verdict_kind_words[v->kind], v->reason,
		       v->condition);
	}
	detect_free(d);
}

static void table(enum trace_channels channels, double interval, double duration, unsigned seeds)
{
	printf("\n%g s for %g s, channels %d\n%-22s %6s %6s %6s %6s %6s %6s %7s\n", interval,
	       duration, (int)channels, "family", "leak%", "susp%", "none%", "unkn%", "linear",
	       "ever%", "named s");
	for (unsigned f = 0; f < TRACE_FAMILY_COUNT; f++) {
		struct tally t = {0};
		for (unsigned seed = 1; seed <= seeds; seed++) {
			struct trace_spec spec = {(enum trace_family)f,
			                          channels,
			                          interval,
			                          duration,
			                          0,
			                          seed % 4 == 0                       ? -1
			                          : trace_leaks((enum trace_family)f) ? 0.1
			                                                              : -1,
			                          seed};
			run(&spec, &t);
		}
		double per = 100.0 / t.traces;
		printf("%-22s %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f %7.1f\n", trace_names[f],
		       t.at_end[VERDICT_LEAK] * per, t.at_end[VERDICT_SUSPICIOUS] * per,
		       t.at_end[VERDICT_NO_LEAK] * per, t.at_end[VERDICT_UNKNOWN] * per,
		       t.linear * per, t.ever * per, t.ever ? t.delay / t.ever : NAN);
	}
}

static void file(enum figure figure, const char *name)
{
	FILE *f = fopen(name, "r");
	struct detect *d = detect_new();
	double t, v, first = NAN, leak_time = 0, before = 0;
	unsigned n = 0;
	int last_kind = -1;

	if (!f || !d)
		exit(1);
	while (fscanf(f, "%lf %lf", &t, &v) == 2) {
		struct sample s;
		sample_init(&s);
		if (n == 0)
			first = t;
		if (n && t <= before)
			continue;
		s.time = (uint64_t)((t - first) * 1e9);
		s.v[figure] = (uint64_t)v;
		detect_sample(d, &s);
		const struct verdict *now = detect_verdict(d);
		if (now->kind == VERDICT_LEAK)
			leak_time += t - before;
		if (getenv("TRACE_BAD") && (int)now->kind != last_kind)
			printf("  %.0f s: %s (%d): %s; %s\n", t - first,
			       verdict_kind_words[now->kind], now->confidence, now->reason,
			       now->condition);
		last_kind = (int)now->kind;
		before = t;
		n++;
	}
	fclose(f);
	const struct verdict *w = detect_verdict(d);
	printf("%-44s %6u samples, %s, flagged %.0f s, leak for %.1f %%: %s\n",
	       strrchr(name, '/') ? strrchr(name, '/') + 1 : name, n, verdict_kind_words[w->kind],
	       known(w->flagged) ? (double)w->flagged / 1e9 : NAN,
	       100 * leak_time / (before - first), w->reason);
	detect_free(d);
}

int main(int argc, char **argv)
{
	unsigned seeds = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;

	if (argc > 2) {
		enum figure figure = !strcmp(argv[1], "anon")  ? FIGURE_ANON
		                     : !strcmp(argv[1], "rss") ? FIGURE_RSS
		                                               : FIGURE_VSZ;
		for (int i = 2; i < argc; i++)
			file(figure, argv[i]);
		return 0;
	}
	if (getenv("TRACE_ONE")) {
		double interval, duration;
		if (sscanf(getenv("TRACE_ONE"), "%lf/%lf", &interval, &duration) == 2)
			table(TRACE_FULL, interval, duration, seeds);
		return 0;
	}
	static const double settings[][2] = {{0.5, 10}, {1, 10}, {1, 15}, {1, 30},
	                                     {5, 60},   {1, 60}, {1, 600}};
	for (unsigned i = 0; i < 7; i++)
		table(TRACE_FULL, settings[i][0], settings[i][1], i == 6 ? seeds / 4 : seeds);
	table(TRACE_CSV_ANON, 1, 30, seeds);
	table(TRACE_CSV_ANON, 5, 60, seeds);
	return 0;
}
