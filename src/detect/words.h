/* SPDX-License-Identifier: MIT */
#ifndef DETECT_WORDS_H
#define DETECT_WORDS_H

/* Figures as the sentences of this room write them. Each returns `out`. */

#include "base/human.h"

char *words_bytes(char out[HUMAN_MAX], double bytes);     /* "14.2 MB"; the sign is dropped */
char *words_seconds(char out[HUMAN_MAX], double seconds); /* "15 s" */
char *words_clock(char out[HUMAN_MAX], double watch);     /* "00:15" of the watch */
char *words_rate(char out[HUMAN_MAX], double rate);       /* "1.0 MB/s", a sign only when falling */

/* "1.0 MB/s (0.9 MB/s to 1.1 MB/s)", or one figure when both ends read the same */
enum { WORDS_RATE_MAX = 3 * HUMAN_MAX + 16 };
char *words_interval(char out[WORDS_RATE_MAX], double rate, double low, double high);

#endif
