/* SPDX-License-Identifier: MIT */
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cost.h"
#include "summary.h"

/* Knows how results are shown. Refuses to know how they came about. */

enum { LABEL = 44, CELL = 10 };

struct row {
	const char *label;
	const char *limit; /* as text; NULL: none */
	double at_least, at_most;
	double scale;
	int digits;
	double value[DETECTORS_MAX];
};

static void print_cell(double value, double scale, int digits)
{
	if (isnan(value))
		printf("%*s", CELL, "-");
	else if (isinf(value))
		printf("%*s", CELL, "never");
	else
		printf("%*.*f", CELL, digits, value * scale);
}

static unsigned print_row(const struct row *r, unsigned count)
{
	bool miss = !(r->value[0] >= r->at_least && r->value[0] <= r->at_most);

	printf("%-4s  %-*s %9s",
	       !r->limit ? ""
	       : miss    ? "MISS"
	                 : "PASS",
	       LABEL, r->label, r->limit ? r->limit : "");
	for (unsigned d = 0; d < count; d++)
		print_cell(r->value[d], r->scale, r->digits);
	putchar('\n');
	return r->limit && miss;
}

static void print_names(const char *first, int width, unsigned count)
{
	printf("%-*s", width, first);
	for (unsigned d = 0; d < count; d++)
		printf("%*s", CELL, detectors[d]->name);
	putchar('\n');
}

enum { ROW_COUNT = 14 };

static void fill_rows(struct row *rows, unsigned d, const struct summary *s, const struct cost *c)
{
	const double value[] = {s->recall_end,  s->false_end,    s->false_ever, s->delay,
	                        s->recall_ever, s->recall_faint, s->early,      s->false_share,
	                        s->onsets,      s->flaps,        s->rate_error, c->sample,
	                        c->evaluation,  c->bytes};

	_Static_assert(sizeof(value) / sizeof(value[0]) == ROW_COUNT, "a figure for each row");
	for (unsigned i = 0; i < ROW_COUNT; i++)
		rows[i].value[d] = value[i];
}

unsigned table_headline(const struct plan *p, const struct outcome *all)
{
	struct row rows[ROW_COUNT] = {
	        {"recall at the end, %", ">= 95", 0.95, 1, 100, 1, {0}},
	        {"bounded called leak at the end, %", "<= 0.5", 0, 0.005, 100, 2, {0}},
	        {"alarm began while nothing grew, %", "<= 2", 0, 0.02, 100, 2, {0}},
	        {"median time to name a leak, % of its time", "<= 25", 0, 0.25, 100, 1, {0}},
	        {"recall at any time, %", NULL, 0, 0, 100, 1, {0}},
	        {"recall at the end, SNR 3 to 10, %", NULL, 0, 0, 100, 1, {0}},
	        {"late leaks named while nothing grew yet, %", NULL, 0, 0, 100, 1, {0}},
	        {"time in false alarm, %", NULL, 0, 0, 100, 2, {0}},
	        {"false alarms a day of watching", NULL, 0, 0, 1, 3, {0}},
	        {"changes of the alarm a trace", NULL, 0, 0, 1, 2, {0}},
	        {"median error of the rate, %", NULL, 0, 0, 100, 1, {0}},
	        {"cost of a sample, ns", "<= 100", 0, 100, 1, 0, {0}},
	        {"cost of an evaluation, us", "<= 500", 0, 500, 1, 0, {0}},
	        {"memory after 20,000 samples, KiB", NULL, 0, 0, 1, 0, {0}},
	};
	unsigned missed = 0;
	struct summary s = {0};

	for (unsigned d = 0; d < p->detectors; d++) {
		struct cost c;
		if (summary_all(p, all, d, &s) || cost_measure(detectors[d], &c))
			return 1;
		fill_rows(rows, d, &s, &c);
	}
	printf("%u families, %u leaks (and %u faint ones), %u bounded; means over families\n\n",
	       p->family_count, s.leaks, s.faint, s.bounded);
	print_names("", 6 + LABEL + 1 + 9, p->detectors);
	for (unsigned i = 0; i < ROW_COUNT; i++)
		missed += print_row(&rows[i], p->detectors);
	return missed;
}

static void print_others(const struct plan *p, const struct outcome *all, unsigned family)
{
	for (unsigned d = 1; d < p->detectors; d++) {
		char recall[16] = "-", wrong[16] = "-";
		struct family_summary f;
		summary_family(p, all, family, d, &f);
		if (f.leaks)
			snprintf(recall, sizeof(recall), "%.0f", 100 * f.recall_end);
		if (f.bounded)
			snprintf(wrong, sizeof(wrong), "%.0f", 100 * f.false_ever);
		printf(" %4s/%-4s", recall, wrong);
	}
}

static void print_shares(const double *v, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		if (isnan(v[k]))
			printf(" %6s", "-");
		else
			printf(" %6.1f", 100 * v[k]);
	}
}

static void print_family(const char *name, const struct family_summary *f)
{
	const double left[] = {f->recall_end, f->recall_ever, f->delay, f->recall_faint};
	const double right[] = {f->false_end, f->false_ever, f->false_share};

	printf("%-15s %6u", name, f->leaks);
	print_shares(left, 4);
	printf(" | %6u", f->bounded);
	print_shares(right, 3);
}

static void head_families(const char *first, unsigned others)
{
	printf("\n%-15s %6s %6s %6s %6s %6s | %6s %6s %6s %6s%s", first, "leaks", "end", "ever",
	       "delay", "faint", "bound.", "end", "false", "time",
	       others > 1 ? " | others: recall at end / ever false" : "");
	printf("\n%-15s %6s %6s %6s %6s %6s | %6s %6s %6s %6s", "", "", "%", "%", "%", "%", "", "%",
	       "%", "%");
	for (unsigned d = 1; d < others; d++)
		printf("%*s", CELL, detectors[d]->name);
	putchar('\n');
}

void table_families(const struct plan *p, const struct outcome *all)
{
	struct family_summary f;

	head_families("family", p->detectors);
	for (unsigned i = 0; i < p->family_count; i++) {
		summary_family(p, all, i, 0, &f);
		if (!f.leaks && !f.faint && !f.bounded)
			continue;
		print_family(p->families[i]->name, &f);
		print_others(p, all, i);
		putchar('\n');
	}
	head_families("class of time", 1);
	for (unsigned c = 0; c < CLASS_COUNT; c++) {
		summary_class(p, all, (enum trace_class)c, 0, &f);
		print_family(trace_classes[c], &f);
		putchar('\n');
	}
}

static void print_bin(const struct bin *b)
{
	if (b->n)
		printf(" %9u %8.1f %9.1f", b->n, 100 * b->shown, 100 * b->leaking);
	else
		printf(" %9u %8s %9s", 0, "-", "-");
}

void table_reliability(const struct plan *p, const struct outcome *all)
{
	struct reliability r;

	summary_reliability(p, all, 0, &r);
	printf("\n%-12s %9s %8s %9s %9s %8s %9s\n", "confidence", "moments", "mean", "leaking %",
	       "ends", "mean", "leaking %");
	for (unsigned b = 0; b < BIN_COUNT; b++) {
		if (b == BIN_COUNT - 1)
			printf("%-12s", "unknown");
		else
			printf("%3u to %-5u", b * 10, b == 9 ? 100 : b * 10 + 9);
		print_bin(&r.moment[b]);
		print_bin(&r.end[b]);
		putchar('\n');
	}
	printf("Brier score %.3f, at the end %.3f (0 is best, 0.25 is ignorance); calibration "
	       "error %.1f %%, "
	       "at the end %.1f %%\n",
	       r.brier, r.brier_end, 100 * r.error, 100 * r.error_end);
	printf("%d moments of each trace, half of them evenly, half ever closer to its beginning; "
	       "leaking: a "
	       "leak that had begun by then; half of the weight is that of leaks\n",
	       SCORE_MOMENTS);
}

void table_confusion(const struct plan *p, const struct outcome *all)
{
	struct summary s;

	if (summary_all(p, all, 0, &s))
		return;
	printf("\n%-12s", "at the end");
	for (unsigned k = 0; k < VERDICT_KIND_COUNT; k++)
		printf("%12s", verdict_kind_words[k]);
	for (unsigned l = 0; l < 2; l++) {
		printf("\n%-12s", l ? "leaks" : "bounded");
		for (unsigned k = 0; k < VERDICT_KIND_COUNT; k++)
			printf("%12u", s.confusion[l][k]);
	}
	putchar('\n');
}

void table_worst(const struct plan *p, const struct outcome *all)
{
	printf("\nwrong: --family NAME --class CLASS --seed N --print shows one\n");
	for (unsigned k = 0; k < p->family_count * p->count; k++) {
		const struct outcome *o = &all[k];
		const struct score *s = &o->score[0];
		bool end = s->at_end == VERDICT_LEAK;
		if (!o->scored || (s->leaks ? end : !end && !s->ever_false))
			continue;
		printf("%-15s --class %-5s --seed %-8lu %s", p->families[k / p->count]->name,
		       trace_classes[o->class], (unsigned long)o->seed,
		       s->leaks ? (s->ever ? "missed at the end, was named" : "missed")
		       : end    ? "false at the end"
		                : "false once");
		if (s->leaks)
			printf(", SNR %.0f, said %s", s->snr, verdict_kind_words[s->at_end]);
		putchar('\n');
	}
}
