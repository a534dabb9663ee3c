/* SPDX-License-Identifier: MIT */
#include "external.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "recorded.h"
#include "score.h"

/* Knows a directory of recorded traces and how its results are shown. */

struct file {
	char name[256];
	enum label label;
	unsigned samples;
	double seconds;
	int error, confidence;
	struct score score[DETECTORS_MAX];
};

struct job {
	const char *dir;
	unsigned count, detectors;
	struct file *file;
};

static int is_trace(const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_type != DT_DIR && strcmp(d->d_name, "LABELS") &&
	       strncmp(d->d_name, "README", 6);
}

static void keep_confidence(const struct saying *s, void *data)
{
	*(int *)data = s->call.confidence;
}

static int run_file(unsigned i, void *data)
{
	const struct job *j = data;
	struct file *f = &j->file[i];
	char path[4096];
	double onset = 0;
	struct trace t;

	f->label = recorded_label(j->dir, f->name, &onset);
	snprintf(path, sizeof(path), "%s/%s", j->dir, f->name);
	f->error = recorded_read(path, f->label, onset, &t);
	if (f->error)
		return 0;
	f->samples = t.n;
	f->seconds = t.end;
	for (unsigned d = 0; !f->error && d < j->detectors; d++)
		f->error = score_trace(&t, detectors[d], &f->score[d], d ? NULL : keep_confidence,
		                       &f->confidence);
	trace_done(&t);
	return 0;
}

/* Wrong at the end, or false at any time: by the label. */
static bool is_wrong(const struct file *f, const struct score *s)
{
	bool leak = s->at_end == VERDICT_LEAK;

	if (f->error || f->label == LABEL_UNKNOWN)
		return false;
	return s->ever_false || leak != (f->label == LABEL_LEAK);
}

/* Of a rule: leak at the end, named at any time, false. */
static void print_rule(const struct score *s)
{
	printf("%7s%c%c%c", "", s->at_end == VERDICT_LEAK ? 'L' : '.', s->ever ? 'n' : '.',
	       s->ever_false ? 'f' : '.');
}

static void print_file(const struct job *j, const struct file *f)
{
	static const char *const labels[] = {"unknown", "no leak", "leak"};
	const struct score *s = &f->score[0];

	if (f->error) {
		printf("%-36s %s\n", f->name, strerror(-f->error));
		return;
	}
	printf("%-36s %7u %8.0f %-8s| %-7s%4d %8.0f %-5s", f->name, f->samples, f->seconds,
	       labels[f->label], verdict_kind_words[s->at_end], f->confidence, s->named,
	       s->ever_false ? "false" : "");
	for (unsigned d = 1; d < j->detectors; d++)
		print_rule(&f->score[d]);
	printf("%s\n", is_wrong(f, s) ? "  WRONG" : "");
}

static void print_head(const struct job *j)
{
	printf("\n%s: of the rules, L: leak at the end, n: named at any time, f: while it did not "
	       "grow\n%-36s %7s %8s %-8s| %-7s%4s %8s %-5s",
	       j->dir, "file", "samples", "seconds", "label", "engine", "%", "named s", "");
	for (unsigned d = 1; d < j->detectors; d++)
		printf("%10s", detectors[d]->name);
	putchar('\n');
}

/* What the rules make of files whose truth nobody knows. */
static void print_unknown(const struct job *j)
{
	unsigned n = 0, end[DETECTORS_MAX] = {0}, odd[DETECTORS_MAX] = {0};

	for (unsigned i = 0; i < j->count; i++) {
		const struct file *f = &j->file[i];
		bool counts = !f->error && f->label == LABEL_UNKNOWN;
		n += counts;
		for (unsigned d = 0; d < j->detectors; d++) {
			end[d] += counts && f->score[d].at_end == VERDICT_LEAK;
			odd[d] += counts && f->score[d].ever_false;
		}
	}
	if (!n)
		return;
	printf("      of %u unknown ones, leak at the end / called one while it did not grow:", n);
	for (unsigned d = 0; d < j->detectors; d++)
		printf(" %s %u/%u", detectors[d]->name, end[d], odd[d]);
	putchar('\n');
}

static int print_sums(const struct job *j)
{
	unsigned labelled = 0, wrong[DETECTORS_MAX] = {0};

	for (unsigned i = 0; i < j->count; i++) {
		labelled += !j->file[i].error && j->file[i].label != LABEL_UNKNOWN;
		for (unsigned d = 0; d < j->detectors; d++)
			wrong[d] += is_wrong(&j->file[i], &j->file[i].score[d]);
	}
	print_unknown(j);
	if (!labelled)
		return 0;
	printf("%s  wrong at the end or false at some time, of %u labelled ones:",
	       wrong[0] ? "MISS" : "PASS", labelled);
	for (unsigned d = 0; d < j->detectors; d++)
		printf(" %s %u", detectors[d]->name, wrong[d]);
	putchar('\n');
	return (int)wrong[0];
}

static int list_files(struct job *j)
{
	struct dirent **entries;
	int n = scandir(j->dir, &entries, is_trace, alphasort);

	if (n < 0)
		return -errno;
	j->count = (unsigned)n;
	j->file = pool_room(j->count * sizeof(*j->file));
	for (unsigned i = 0; i < j->count; i++) {
		if (j->file)
			snprintf(j->file[i].name, sizeof(j->file[i].name), "%s",
			         entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return j->file ? 0 : -ENOMEM;
}

int external_run(const char *dir, unsigned detector_limit, unsigned jobs)
{
	struct job j = {.dir = dir, .detectors = detector_limit};
	int err = list_files(&j);

	if (!err)
		err = pool_each(j.count, jobs, run_file, &j);
	if (!err) {
		print_head(&j);
		for (unsigned i = 0; i < j.count; i++)
			print_file(&j, &j.file[i]);
		err = print_sums(&j);
	}
	pool_free(j.file, j.count * sizeof(*j.file));
	return err;
}
