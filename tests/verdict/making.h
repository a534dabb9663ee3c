/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_MAKING_H
#define VERDICT_MAKING_H

/*
 * What a family of traces works on: the times are given, it fills in what the process held at each.
 * Memory at sample i is base + leak + grow + wave + noise; what a family does not touch stays 0.
 */

#include "rng.h"
#include "trace.h"

#define PAGE 4096.0
#define MIB  (1024.0 * 1024.0)

struct making {
	struct rng rng;
	enum trace_class class;
	enum trace_mode mode;
	unsigned n;
	double interval; /* s between samples, as intended */
	double end;      /* s, the last sample */
	double life;     /* s the process ran in the watch: suspended time is not in it */
	double *t;       /* s of the watch */
	double *x;       /* 0 to 1: share of `life` that has passed */

	/* facts of the process, drawn before the family is asked; a family may change them */
	double base;    /* bytes held at the start */
	double sigma;   /* bytes, noise */
	double phi;     /* 0 to below 1: autocorrelation of the noise from sample to sample */
	double quantum; /* bytes in which memory is counted */
	bool born;      /* it was born under watch */
	double age;     /* s before the watch */
	double peak;    /* bytes: the highest before the watch; 0: not more than at its start */

	/* what the family fills, bytes */
	double *leak;      /* never given back, keeps going */
	double *grow;      /* growth that ends or fades within the trace */
	double *wave;      /* comes and goes */
	double *swap;      /* of the above, what is not resident */
	double *heap;      /* of the above, what is in [heap]; left alone: see heap_share */
	double *file;      /* resident pages of files */
	double *load;      /* CPU use, 1 is usual */
	bool data_flat;    /* none of it enlarges VmData: it was reserved before */
	double *reserved;  /* address space beyond all this */
	unsigned *threads; /* beyond the usual ones */
	unsigned exec_at;  /* this sample is the first of another program; 0: none */
	bool restarts;     /* ... and of another age */

	/* the right answer */
	bool leaks;
	double onset; /* share of life */
};

/* 0 before a, 1 after b, even between. */
double shape_rise(double x, double a, double b);

/* Growth of the whole trace that is material: at least 0.6 % of base a day and 64 pages. */
double shape_material(const struct making *m, double growth);
/* Lowers base so that this growth is material for the process. */
void shape_need(struct making *m, double growth);

double shape_days(const struct making *m);
/* The shortest period, as a share of life, that sampling shows as one. */
double shape_shortest(const struct making *m);

void leak_evenly(struct making *m, double from, double to, double bytes);
/* Steps at random times in [from, to); sizes even, or exponential around `bytes` / count. */
void add_steps(struct making *m, double *to_what, double from, double to, unsigned count,
               double bytes, bool uneven);
/* Up evenly, down at once; lengths and heights of cycles vary by the share `jitter`. */
void add_saw(struct making *m, double period, double height, double jitter, double phase);
/* Day and night: a raised sine with uneven days and, if asked, quieter weekends. */
void add_days(struct making *m, double cycles, double height, double phase, bool weekends);
/* A walk that forgets: standard deviation `sd`, correlation over the share `over` of life. */
void add_wander(struct making *m, double sd, double over);

extern const struct family leak_families[], bounded_families[], cycle_families[],
        adversarial_families[];

#endif
