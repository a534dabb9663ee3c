/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_SCORE_H
#define VERDICT_SCORE_H

/*
 * One detector on one trace: what it said, when, and whether that was right. Plain data, so that it can
 * cross from one process to another.
 */

#include "detector.h"
#include "trace.h"

/* At what shares of the watched time confidence is compared with the truth; the last is its end. */
enum { SCORE_MOMENTS = 24 };

struct score {
	bool leaks; /* the right answer */
	bool late;  /* a leak that begins after a tenth of the watch */
	double snr; /* of a leak */
	enum verdict_kind at_end;
	bool ever;          /* called a leak at any moment; of a leak: at or after its onset */
	bool ever_false;    /* an alarm began while growth was not going on and nothing leaked */
	double named;       /* s of the watch: first alarm that counts in `ever`; NAN never */
	double delay;       /* share of the watched time since onset; INFINITY never */
	double false_share; /* of the watched time, in such alarms */
	unsigned false_onsets, flaps; /* such alarms; changes into and out of `leak` */
	double days;                  /* watched */
	double rate_error;            /* |said - true| / true at the end; NAN: no leak called */
	struct {
		signed char confidence; /* -1 unknown */
		bool leaking;           /* a leak that had begun by then: before its onset none */
	} moment[SCORE_MOMENTS];
};

/* What was said at one sample. */
struct saying {
	const struct trace *trace;
	unsigned i;
	struct call call;
};

/*
 * Feeds the trace and scores it; `each` (or NULL) hears every judgement. It is asked whenever the
 * count of samples grew by its pace (the engine: 1 %), and at the end. 0 or -ENOMEM.
 */
int score_trace(const struct trace *t, const struct detector *d, struct score *ret,
                void (*each)(const struct saying *s, void *data), void *data);

#endif
