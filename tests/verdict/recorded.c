/* SPDX-License-Identifier: MIT */
#include "recorded.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/pace.h"
#include "source/csv.h"

/* Knows files. Time begins with the first sample, gaps are marked as the program marks them. */

struct reader {
	FILE *text;
	struct source *csv;
	double first; /* s, of the first line */
	bool begun;
};

static int open_reader(const char *path, struct reader *ret)
{
	size_t n = strlen(path);
	struct fault fault;

	*ret = (struct reader){0};
	if (n > 4 && !strcmp(path + n - 4, ".csv"))
		return csv_open(path, &ret->csv, &fault);
	ret->text = fopen(path, "r");
	return ret->text ? 0 : -errno;
}

static void close_reader(struct reader *r)
{
	if (r->csv)
		r->csv->ops->free(r->csv);
	if (r->text)
		fclose(r->text);
}

/* -ENODATA at the end, -EAGAIN for a line that holds none. */
static int next_line(struct reader *r, struct sample *ret)
{
	double time, bytes;
	char line[256];

	if (!fgets(line, sizeof(line), r->text))
		return -ENODATA;
	if (sscanf(line, "%lf %lf", &time, &bytes) != 2)
		return -EAGAIN;
	if (!(bytes > 0))
		return r->begun ? -ENODATA : -EAGAIN;
	r->first = r->begun ? r->first : time;
	r->begun = true;
	sample_init(ret);
	ret->time = (uint64_t)(fmax(0, time - r->first) * 1e9);
	ret->v[FIGURE_ANON] = (uint64_t)bytes;
	return 0;
}

static int next_sample(struct reader *r, struct sample *ret)
{
	return r->csv ? r->csv->ops->sample(r->csv, 0, ret) : next_line(r, ret);
}

static int add(struct trace *t, unsigned *room, struct pace *pace, struct sample *s)
{
	if (t->n && s->time <= t->s[t->n - 1].time)
		return 0;
	if (t->n) {
		uint64_t spacing = s->time - t->s[t->n - 1].time;
		s->flags |= pace_is_gap(pace, spacing) ? SAMPLE_GAP : 0;
		pace_add(pace, spacing);
	}
	if (t->n == *room) {
		*room = *room ? 2 * *room : 256;
		struct sample *more = realloc(t->s, *room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		t->s = more;
	}
	t->s[t->n++] = *s;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A trend moves neighbours by the same amount: what is left around the median is noise. */
static double noise_of(const struct trace *t)
{
	unsigned n = t->n - 1;
	double *d = malloc(n * sizeof(*d)), noise = 4096;

	if (!d || !n) {
		free(d);
		return noise;
	}
	for (unsigned i = 0; i < n; i++)
		d[i] = trace_value(&t->s[i + 1]) - trace_value(&t->s[i]);
	qsort(d, n, sizeof(*d), compare);
	double middle = d[n / 2];
	for (unsigned i = 0; i < n; i++)
		d[i] = fabs(d[i] - middle);
	qsort(d, n, sizeof(*d), compare);
	noise = fmax(noise, 1.4826 * d[n / 2] / sqrt(2));
	free(d);
	return noise;
}

static int finish(struct trace *t, enum label label, double onset)
{
	if (t->n < 2)
		return -ENODATA;
	t->going = calloc(t->n, sizeof(*t->going));
	if (!t->going)
		return -ENOMEM;
	t->leaks = label == LABEL_LEAK;
	t->onset = onset;
	t->end = (double)t->s[t->n - 1].time / 1e9;
	t->leaked = NAN;
	t->snr = INFINITY;
	t->sigma = noise_of(t);
	t->valid = true;
	trace_find_growth(t->s, t->n, t->sigma, t->going);
	return 0;
}

int recorded_read(const char *path, enum label label, double onset, struct trace *ret)
{
	struct trace t = {0};
	struct pace pace = {0};
	struct reader r;
	struct sample s;
	unsigned room = 0;
	int err = open_reader(path, &r);

	while (!err) {
		err = next_sample(&r, &s);
		if (!err)
			err = add(&t, &room, &pace, &s);
		err = err == -EAGAIN ? 0 : err;
	}
	if (err == -ENODATA)
		err = finish(&t, label, onset);
	close_reader(&r);
	if (err)
		trace_done(&t);
	else
		*ret = t;
	return err;
}

enum label recorded_label(const char *dir, const char *file, double *ret_onset)
{
	char path[4096], line[512], pattern[256], word[32];
	enum label label = LABEL_UNKNOWN;
	double onset;
	FILE *in;

	snprintf(path, sizeof(path), "%s/LABELS", dir);
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in)) {
		onset = 0;
		if (*line == '#' || sscanf(line, "%255s %31s %lf", pattern, word, &onset) < 2 ||
		    fnmatch(pattern, file, 0))
			continue;
		label = !strcmp(word, "leak")      ? LABEL_LEAK
		        : !strcmp(word, "no-leak") ? LABEL_NO_LEAK
		                                   : LABEL_UNKNOWN;
		*ret_onset = onset;
		break;
	}
	if (in)
		fclose(in);
	return label;
}
