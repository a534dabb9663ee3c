/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_SUMMARY_H
#define VERDICT_SUMMARY_H

/* Many scores as few figures. Shares are 0..1; NAN where there is nothing to count. */

#include "run.h"

enum { BIN_COUNT = 11 }; /* of confidence: 0-9, 10-19, ... 90-100, and unknown */

/* Headline figures count leaks of at least this SNR; fainter ones (from 3 on) are told apart. */
#define SNR_CLEAR 10.0

struct family_summary {
	unsigned leaks, faint, bounded; /* traces */
	double recall_end, recall_ever; /* of clear leaks */
	double recall_faint;            /* at the end */
	double false_end, false_ever, false_share;
	double delay; /* median over clear leaks; INFINITY: most are never named */
};

struct summary {
	/* means over families */
	double recall_end, recall_ever, recall_faint, false_end, false_ever, false_share;
	/* over all traces of the set */
	double delay;      /* median over clear leaks */
	double early;      /* share of leaks called one before they began, while nothing grew */
	double onsets;     /* false alarms a day of watching bounded traces */
	double flaps;      /* changes a trace */
	double rate_error; /* median over leaks called so at the end */
	unsigned leaks, faint, bounded;
	unsigned confusion[2][VERDICT_KIND_COUNT]; /* [leaks], at the end; clear leaks only */
};

/*
 * Confidence against truth. Half of the weight is that of leaks, half that of bounded growth; within each, families
 * weigh the same, within a family its traces, within a trace its moments. So the base rate is one half.
 */
struct bin {
	unsigned n;     /* moments */
	double weight;  /* share of all */
	double shown;   /* mean confidence, 0..1 */
	double leaking; /* share of the weight */
};

struct reliability {
	struct bin moment[BIN_COUNT]; /* of all moments */
	struct bin end[BIN_COUNT];    /* of the last ones */
	double brier, brier_end;      /* unknown counts as a half */
	double error, error_end;      /* mean |shown - leaking| of the bins that show a number */
};

/* Of one family for one detector. */
void summary_family(const struct plan *p, const struct outcome *all, unsigned family,
                    unsigned detector, struct family_summary *ret);
/* Of one class of time, over the traces of all families. */
void summary_class(const struct plan *p, const struct outcome *all, enum trace_class class,
                   unsigned detector, struct family_summary *ret);
/* Of everything. 0 or -ENOMEM. */
int summary_all(const struct plan *p, const struct outcome *all, unsigned detector,
                struct summary *ret);
/* reliability.c: of one detector. */
void summary_reliability(const struct plan *p, const struct outcome *all, unsigned detector,
                         struct reliability *ret);

#endif
