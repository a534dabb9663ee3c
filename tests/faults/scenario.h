/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_SCENARIO_H
#define FAULTS_SCENARIO_H

/* What the program is asked to do while a call fails, and what it then owes. Words only, no doing. */

#include "page.h"

enum owed {
	OWED_REPORT = 1,    /* stdout ends with a verdict */
	OWED_JSON = 2,      /* stdout is one JSON object */
	OWED_CSV = 4,       /* out.csv */
	OWED_RECORDING = 8, /* out.rec */
	OWED_METRICS = 16,  /* out.prom, gone at the end */
	OWED_TEXT = 32,     /* stdout is not empty */
	OWED_CHATTER = 64,  /* on stderr there may be lines of others */
	OWED_LINES = 128,   /* stdout ends with a newline */
};

struct scenario {
	const char *name;
	const char *args;        /* blanks between; $IDLE and $LEAK are pids of targets */
	unsigned owed;           /* enum owed, on status 0 */
	const char *const *keys; /* on a terminal, one after the other; NULL: no terminal */
	const char *seed;        /* out.rec begins as a copy of this; NULL: does not exist */
};

/* Ends with one without a name. */
extern const struct scenario scenarios[];

struct fault_kind {
	enum fault_family family;
	const char *
	        name; /* as on the command line: an errno, SHORT, SQLITE_..., with + for those that stay */
	int error;
	int stays;
};

/* Ends with one without a name. */
extern const struct fault_kind fault_kinds[];
extern const char *const family_names[FAULT_FAMILIES];

#endif
