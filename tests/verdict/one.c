/* SPDX-License-Identifier: MIT */
#include "one.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Knows how a trace is shown and written. */

struct printing {
	int kind, confidence, row;
	unsigned shown;
};

/* Evenly some rows, and every one at which the verdict changes. */
static void print_saying(const struct saying *s, void *data)
{
	struct printing *p = data;
	const struct trace *t = s->trace;
	int row = (int)(40 * s->i / t->n);

	if ((int)s->call.kind == p->kind && row == p->row && s->i + 1 < t->n)
		return;
	p->kind = (int)s->call.kind;
	p->row = row;
	double now = (double)t->s[s->i].time / 1e9;
	printf("%7u %12.1f %14.0f %-7s %-8s %-12s %4d %14.1f\n", s->i, now,
	       trace_value(&t->s[s->i]) / 1024, t->going[s->i] ? "grows" : "",
	       t->leaks && now >= t->onset ? "leaks" : "", verdict_kind_words[s->call.kind],
	       s->call.confidence, s->call.rate * 86400 / 1e6);
}

int one_print(const struct family *f, enum trace_class class, enum trace_mode mode, uint64_t seed)
{
	struct printing p = {-1, -2, -1, 0};
	struct score score;
	struct trace t;
	int err = trace_make(&t, f, class, mode, seed);

	if (err)
		return err;
	printf("%s (%s): %s; %u samples, watched %.0f s, age before %.0f s, noise %.0f KiB",
	       f->name, f->help, t.leaks ? "leak" : "no leak", t.n, t.end, t.age, t.sigma / 1024);
	if (t.leaks)
		printf(", leaks %.1f MiB from %.0f s, SNR %.1f", t.leaked / 1048576, t.onset,
		       t.snr);
	printf("%s\n", t.valid ? "" : "; NOT SCORED: cannot be labelled");
	printf("%7s %12s %14s %-7s %-8s %-12s %4s %14s\n", "sample", "s", "KiB", "truth", "",
	       "says", "%", "MB/day");
	if (t.n)
		err = score_trace(&t, detectors[0], &score, print_saying, &p);
	trace_done(&t);
	return err;
}

static void write_cell(FILE *out, const struct column *c, const struct sample *s)
{
	uint64_t v = c->figure < 0 ? s->time : s->v[c->figure];

	if (!known(v))
		return;
	if (c->unit == UNIT_SECONDS)
		fprintf(out, "%.3f", (double)v / 1e9);
	else
		fprintf(out, "%lu", (unsigned long)(c->unit == UNIT_BYTES ? v / 1024 : v));
}

static bool is_written(const struct column *c, const struct sample *first)
{
	return c->csv && (c->figure >= 0 ? known(first->v[c->figure]) : !strcmp(c->csv, "time_s"));
}

static int write_trace(const struct trace *t, const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out)
		return -errno;
	for (unsigned i = 0; i <= t->n; i++) {
		const char *comma = "";
		for (const struct column *c = columns; c->header; c++) {
			if (!is_written(c, t->s))
				continue;
			fputs(comma, out);
			comma = ",";
			if (i == 0)
				fputs(c->csv, out);
			else
				write_cell(out, c, &t->s[i - 1]);
		}
		fputc('\n', out);
	}
	return fclose(out) ? -errno : 0;
}

static int dump_one(const struct plan *p, unsigned family, unsigned k, const char *dir,
                    FILE *labels)
{
	const struct family *f = p->families[family];
	char name[128], path[4096];
	struct trace t;
	int err = trace_make(&t, f, plan_class(k), p->mode, p->first + k);

	if (err || !t.valid) {
		trace_done(&t);
		return err;
	}
	snprintf(name, sizeof(name), "%s-%s-%lu.csv", f->name, trace_classes[t.class],
	         (unsigned long)t.seed);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	err = write_trace(&t, path);
	fprintf(labels, "%s,%s,%.3f,%s,%s,%lu,%.2f,%.0f\n", name, t.leaks ? "leak" : "no-leak",
	        t.leaks ? t.onset : 0, f->name, trace_classes[t.class], (unsigned long)t.seed,
	        t.leaks ? t.snr : 0, t.sigma);
	trace_done(&t);
	return err;
}

int one_dump(const struct plan *p, const char *dir)
{
	char path[4096];
	FILE *labels;
	int err = 0;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/labels.csv", dir);
	labels = fopen(path, "w");
	if (!labels)
		return -errno;
	fputs("file,label,onset_s,family,class,seed,snr,sigma_bytes\n", labels);
	for (unsigned i = 0; !err && i < p->family_count; i++)
		for (unsigned k = 0; !err && k < p->count; k++)
			err = dump_one(p, i, k, dir, labels);
	return fclose(labels) && !err ? -errno : err;
}
