/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_LOOK_H
#define FAULTS_LOOK_H

/*
 * Judges what is left of a run. Each returns NULL where all is well, else what is wrong, valid until the next call.
 * What only a library can tell (recordings, JSON) is taken as well where that is missing; look_libraries says which.
 */

#include <stdbool.h>
#include <stddef.h>

/* The whole of a file, NUL behind it, to be freed; NULL: it cannot be read. */
char *look_read(const char *path, size_t *ret_len);

/* Text for the head of the table: what is looked into. */
const char *look_libraries(void);

/* Whole rows of as many cells as the head has; their number without the head. */
const char *look_csv(const char *path, int *ret_rows);
const char *look_json(const char *text);
/* It opens, SQLite finds nothing wrong; how many samples it has. */
const char *look_recording(const char *path, int *ret_samples);
/* By the extension of its name, which decides what it is. */
const char *look_export(const char *path);
/* Every line of stderr is one of ours, and printable. `chatter`: others may have written there, too. */
const char *look_said(const char *text, bool chatter, int *ret_lines);

#endif
