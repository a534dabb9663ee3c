/* SPDX-License-Identifier: MIT */
#ifndef SITES_CALIBRATE_H
#define SITES_CALIBRATE_H

/* What a hit of a probe costs on this machine, just now. */

#include "sites/spots.h"

enum { CALIBRATE_SELDOM = 20000 }; /* ns */

struct hit_prices {       /* ns */
	double emulated;  /* where the kernel emulates the instruction; no return, nothing chosen */
	double plain;     /* where it does not */
	double returning; /* emulated, of a function that returns a block, not chosen: the return included where it is paid for */
	double chosen;    /* the same, chosen: with stack and return; NAN: there is no BPF */
	double seldom; /* as emulated, CALIBRATE_SELDOM after the one before, with other work in between */
};

/*
 * Sets probes on functions of this program in a child of a moment, some 100 ms in all. 0; errors and `why` as probes_open();
 * -EIO: the child died.
 */
int calibrate(struct hit_prices *ret, char *why, size_t size);

/*
 * Of one hit with these spots, between allocating and freeing as if each block were freed; nothing chosen. `apart`: ns of CPU time between
 * two, their own left out: the longer that is, the colder is what a hit needs.
 */
double calibrate_hit(const struct hit_prices *p, const struct spots *s, double apart);

#endif
