/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_TRACE_H
#define VERDICT_TRACE_H

/*
 * Labelled traces: what a watched process would have shown, and what the right answer is.
 *
 * Families are leaks, bounded growth and adversarial shapes; each is made in five classes of time,
 * with uneven sampling, lost samples, gaps and page quantisation. A seed, a family, a class and a
 * mode always give the same trace.
 *
 * A leak is labelled one only when it can be seen in principle: the bytes leaked by the end are at least
 * three times the noise of the de-trended lower envelope (`snr`). Bounded growth is labelled bounded
 * only when the bound can be seen: by the end growth has stopped, or goes at under a fifth of its
 * fastest rate. Draws that do not hold this are drawn again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/sample.h"

enum { TRACE_SAMPLES_MAX = 4608 };

enum trace_mode {
	TRACE_BARE, /* time and anonymous memory, as from a CSV of two columns */
	TRACE_FULL, /* swap, peak, data, CPU time, age, heap, rss as well */
};

enum trace_class {
	CLASS_SECOND, /* 1 s for 10 to 40 min */
	CLASS_TEN,    /* 10 s for 2 to 8 h */
	CLASS_MINUTE, /* 60 s for 12 to 48 h */
	CLASS_FIVE,   /* 300 s for 3 to 14 d */
	CLASS_SHORT,  /* 1 s to 5 min, 120 to 600 samples */
	CLASS_COUNT
};
extern const char *const trace_classes[CLASS_COUNT];

enum family_group { GROUP_LEAK, GROUP_BOUNDED, GROUP_ADVERSARIAL };

struct making; /* making.h: what a family works on */

struct family {
	const char *name;
	enum family_group group;
	void (*make)(struct making *m);
	bool full_only;  /* what tells the answer is not in anonymous memory */
	unsigned not_in; /* bits of the classes that it makes no sense in */
	double jitter;   /* of the sampling, as a share; 0: a tenth */
	bool uneven;     /* one half is sampled 5 to 10 times more rarely */
	const char *help;
};

/* All families, leaks first; ends with NULL. */
const struct family *const *family_list(void);
const struct family *family_find(const char *name); /* NULL: none */

struct trace {
	const struct family *family;
	enum trace_class class;
	enum trace_mode mode;
	uint64_t seed;
	unsigned n;
	struct sample *s; /* n, strictly rising in time */
	bool *going;      /* n: growth is going on at that sample */
	bool leaks;       /* the right answer */
	double onset;     /* s of the watch: the leak began */
	double end;       /* s: the last sample */
	double leaked;    /* bytes leaked by the end */
	double sigma; /* bytes: standard deviation of the noise around the shape, at least a page */
	double snr;   /* of leaks: leaked / noise of the de-trended lower envelope */
	double age;   /* s it had run when the watch began */
	bool valid;   /* false: no draw of this seed can be labelled; do not score it */
};

/* Makes a trace. Returns 0 or -ENOMEM; trace_done frees what it holds. */
int trace_make(struct trace *ret, const struct family *f, enum trace_class class,
               enum trace_mode mode, uint64_t seed);
void trace_done(struct trace *t);

/* The series that is judged: anonymous and swapped memory, or what else is there; bytes. */
double trace_value(const struct sample *s);

/*
 * Fills going[n]. Growth is going on at t when the series set a new maximum since its first sample, beyond
 * noise (3 sigma), within the last max(3 samples, 5 % of the watched time).
 */
void trace_find_growth(const struct sample *s, unsigned n, double sigma, bool *going);

#endif
