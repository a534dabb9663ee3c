/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_RUN_H
#define FAULTS_RUN_H

/* One run of the program, in a directory of its own, with or without a terminal, and what was left of it. */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "page.h"
#include "scenario.h"

/* Where things are, the same for all runs of one worker. */
struct place {
	char base[PATH_MAX];     /* of this worker: page, out, err, tty, work/ */
	const char *program;     /* absolute */
	const char *shim;        /* absolute; to be preloaded; several with ':' */
	const char *seeds;       /* directory of what is copied into work/ */
	pid_t idle, leak;        /* targets */
	const char *name;        /* of the idle one, for --follow */
	double patience;         /* factor of time limits */
	struct fault_page *page; /* mapped */
};

struct outcome {
	int status;         /* exit status; -1: a signal */
	int signal;         /* that ended it */
	bool hung;          /* it had to be killed */
	bool pressed_again; /* the last key had to be typed twice */
	bool modes_kept;    /* the terminal's, before and after */
	bool screen_left;   /* the alternate screen */
};

/* Empties the place, sets the fault that the page orders, runs. 0, or -errno where it could not be begun. */
int run_once(const struct place *p, const struct scenario *s, struct outcome *ret);

/* The file NAME of the place in a static buffer that the next call overwrites. */
const char *run_path(const struct place *p, const char *name);

#endif
