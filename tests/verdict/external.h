/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_EXTERNAL_H
#define VERDICT_EXTERNAL_H

/*
 * Scores every recorded trace of a directory (recorded.h) and prints a line for each. Returns how many of the labelled
 * ones the engine has wrong at the end or called a leak while they did not grow, or -errno.
 */
int external_run(const char *dir, unsigned detector_limit, unsigned jobs);

#endif
