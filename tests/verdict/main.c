/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "external.h"
#include "one.h"
#include "run.h"
#include "tables.h"

/*
 * bench_verdict: how often the verdict is right, on made traces and on recorded ones, beside rules that
 * others use. Knows its options, nothing else.
 */

static const char usage[] =
        "bench_verdict [OPTION]...\n"
        "  --seeds tune|validate|sealed|N   which traces (tune); N: first seed\n"
        "  --count N                        traces of each family (40)\n"
        "  --mode bare|full                 time and memory only, or all figures (bare)\n"
        "  --families [NAME,...]            without names: list them; with: only these\n"
        "  --engine                         leave the rules of others out\n"
        "  --worst                          list the traces that the engine gets wrong\n"
        "  --family NAME --class CLASS --seed N --print   show one trace and what was said\n"
        "  --dump DIR                       write the traces as CSV, with labels.csv\n"
        "  --traces DIR                     recorded traces and their LABELS; may be repeated\n"
        "  --only-traces                    no made ones\n"
        "  --jobs N                         processes (one for each core)\n";

struct request {
	struct plan plan;
	const struct family *family[128]; /* those of the plan, then NULL */
	const struct seeds *seeds;
	const char *dump, *traces[16];
	unsigned trace_dirs;
	enum trace_class class;
	uint64_t seed;
	bool print, worst, list, only_traces;
};

static void refuse(const char *what, const char *value)
{
	fprintf(stderr, "bench_verdict: %s %s\n%s", what, value, usage);
	exit(2);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*end || end == text)
		refuse("no number:", text);
	return v;
}

static void choose_seeds(struct request *r, const char *name)
{
	for (const struct seeds *s = seed_ranges; s->name; s++) {
		if (!strcmp(s->name, name)) {
			r->seeds = s;
			r->plan.first = s->first;
			return;
		}
	}
	r->plan.first = number(name);
}

static void choose_families(struct request *r, char *names)
{
	r->plan.family_count = 0;
	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		const struct family *f = family_find(name);
		if (!f)
			refuse("no family:", name);
		if (r->plan.family_count < 127)
			r->family[r->plan.family_count++] = f;
	}
	r->family[r->plan.family_count] = NULL;
}

static enum trace_class class_of(const char *name)
{
	for (unsigned c = 0; c < CLASS_COUNT; c++) {
		if (!strcmp(trace_classes[c], name))
			return (enum trace_class)c;
	}
	refuse("no class:", name);
	return CLASS_SECOND;
}

static void defaults(struct request *r)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*r = (struct request){.seed = 1};
	r->plan.families = r->family;
	r->plan.count = 40;
	r->plan.detectors = detector_count;
	r->plan.jobs = cores > 0 ? (unsigned)cores : 1;
	choose_seeds(r, "tune");
	for (const struct family *const *f = family_list(); *f; f++)
		r->family[r->plan.family_count++] = *f;
}

static void set(struct request *r, int option, char *value)
{
	struct plan *p = &r->plan;

	switch (option) {
	case 's':
		choose_seeds(r, value);
		return;
	case 'c':
		p->count = (unsigned)number(value);
		return;
	case 'm':
		if (strcmp(value, "bare") && strcmp(value, "full"))
			refuse("no mode:", value);
		p->mode = *value == 'b' ? TRACE_BARE : TRACE_FULL;
		return;
	case 'f':
		r->list = !value;
		if (value)
			choose_families(r, value);
		return;
	case 'C':
		r->class = class_of(value);
		return;
	case 'S':
		r->seed = number(value);
		return;
	case 'd':
		r->dump = value;
		return;
	case 't':
		if (r->trace_dirs < 16)
			r->traces[r->trace_dirs++] = value;
		return;
	case 'o':
		r->only_traces = true;
		return;
	case 'j':
		p->jobs = (unsigned)number(value);
		return;
	case 'e':
		p->detectors = 1;
		return;
	case 'p':
		r->print = true;
		return;
	case 'w':
		r->worst = true;
		return;
	default:
		fputs(usage, option == 'h' ? stdout : stderr);
		exit(option == 'h' ? 0 : 2);
	}
}

static void read_options(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {{"seeds", required_argument, NULL, 's'},
	                                        {"count", required_argument, NULL, 'c'},
	                                        {"mode", required_argument, NULL, 'm'},
	                                        {"families", optional_argument, NULL, 'f'},
	                                        {"family", required_argument, NULL, 'f'},
	                                        {"class", required_argument, NULL, 'C'},
	                                        {"seed", required_argument, NULL, 'S'},
	                                        {"dump", required_argument, NULL, 'd'},
	                                        {"traces", required_argument, NULL, 't'},
	                                        {"only-traces", no_argument, NULL, 'o'},
	                                        {"jobs", required_argument, NULL, 'j'},
	                                        {"engine", no_argument, NULL, 'e'},
	                                        {"print", no_argument, NULL, 'p'},
	                                        {"worst", no_argument, NULL, 'w'},
	                                        {"help", no_argument, NULL, 'h'},
	                                        {NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		/* An optional value may also stand apart. */
		bool apart = option == 'f' && !optarg && optind < argc && *argv[optind] != '-';
		set(r, option, apart ? argv[optind++] : optarg);
	}
	if (optind < argc)
		refuse("unexpected:", argv[optind]);
}

static int list_families(void)
{
	static const char *const group[] = {"leak", "bounded", "adversarial"};

	for (const struct family *const *f = family_list(); *f; f++)
		printf("%-15s %-12s %s%s\n", (*f)->name, group[(*f)->group], (*f)->help,
		       (*f)->full_only ? " (full only)" : "");
	return 0;
}

static int run_made(const struct request *r)
{
	const struct plan *p = &r->plan;
	bool sealed = r->seeds && !strcmp(r->seeds->name, "sealed");
	struct outcome *all = run_plan(p);

	if (!all) {
		fputs("bench_verdict: out of memory, or a worker died\n", stderr);
		return 2;
	}
	printf("made traces, seeds %lu to %lu (%s), %s\n", (unsigned long)p->first,
	       (unsigned long)(p->first + p->count - 1), r->seeds ? r->seeds->name : "chosen",
	       p->mode == TRACE_BARE ? "time and anonymous memory only" : "all figures");
	if (sealed)
		puts("SEALED seeds: for the release table only. Whoever tunes to them has none "
		     "left.");
	unsigned missed = table_headline(p, all);
	if (!sealed) {
		table_families(p, all);
		table_confusion(p, all);
		table_reliability(p, all);
		if (r->worst)
			table_worst(p, all);
	}
	run_free(all, p);
	return missed ? 1 : 0;
}

static int fail(int err)
{
	if (err)
		fprintf(stderr, "bench_verdict: %s\n", strerror(-err));
	return err ? 2 : 0;
}

int main(int argc, char **argv)
{
	static struct request r;

	defaults(&r);
	read_options(&r, argc, argv);
	if (r.list)
		return list_families();
	if (r.print)
		return fail(one_print(r.family[0], r.class, r.plan.mode, r.seed));
	if (r.dump)
		return fail(one_dump(&r.plan, r.dump));
	int status = r.only_traces ? 0 : run_made(&r);
	for (unsigned i = 0; i < r.trace_dirs && status < 2; i++) {
		int wrong = external_run(r.traces[i], r.plan.detectors, r.plan.jobs);
		if (wrong < 0)
			return fail(wrong);
		status = wrong ? 1 : status;
	}
	return status;
}
