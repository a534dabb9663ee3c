/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_JUDGE_H
#define FAULTS_JUDGE_H

/* What a run owes, whatever failed in it. */

#include "run.h"

enum wrong {
	WRONG_NOT,      /* all is as promised */
	WRONG_CRASH,    /* a signal, or a report of a sanitizer */
	WRONG_HANG,     /* neither key nor SIGTERM ended it */
	WRONG_STATUS,   /* none that is documented */
	WRONG_UNTOLD,   /* status 0 and something missing; or no line that says why */
	WRONG_FILE,     /* half a file, or one of ours left over */
	WRONG_TERMINAL, /* modes, or the alternate screen */
	WRONGS
};

/* `text` says what, "" where nothing is. */
enum wrong judge(const struct place *p, const struct scenario *s, const struct outcome *o,
                 char *text, size_t size);

#endif
