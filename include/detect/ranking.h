/* SPDX-License-Identifier: MIT */
#ifndef DETECT_RANKING_H
#define DETECT_RANKING_H

/*
 * Which of all processes most likely leak.
 *
 * The engine of detect.h costs some hundred KiB a process, so it runs for the suspects of a list alone
 * (PROCESS_SUSPECTS at most: those with most growth by a look that costs nothing). Who becomes suspect is
 * told to it from its short history first, then sample by sample as in a watch; status figures only, no
 * regions. All others keep their cheap growth and no verdict, which is "-", not "no leak".
 *
 * Deterministic as the engine is: the same lists give the same verdicts.
 */

#include "model/process.h"

struct ranking;

struct ranking *ranking_new(void); /* NULL: no memory */
void ranking_free(struct ranking *r);

/*
 * Takes the next list, in the order of time, and fills in it: verdict, cause, confidence, suspicion and, where
 * the engine found growth, growth of the rows; reason of the suspects. Before the list is published.
 */
void ranking_judge(struct ranking *r, struct process_list *l);

/* For struct processes_judge: the same on a void pointer. */
void ranking_judge_any(void *r, struct process_list *l);
void ranking_free_any(void *r);

#endif
