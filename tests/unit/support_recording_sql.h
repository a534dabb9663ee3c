/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_RECORDING_SQL_H
#define SUPPORT_RECORDING_SQL_H

/*
 * Recordings made by hand, row by row, for tests of what reads them: also such as no writer of ours would
 * make. Any failure aborts.
 */

#include <stdint.h>

#include <sqlite3.h>

/* A file of its own in a directory of its own, with the tables of a recording and nothing in them. */
struct support_file {
	char dir[64], path[96];
	sqlite3 *db;
};
void support_file_open(struct support_file *s);
/* Closes the database and removes what there is. */
void support_file_done(struct support_file *s);

/* Executes SQL made as by printf. */
void support_sql(struct support_file *s, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Rows: a sample of so many bytes of RSS, a pass, an [anon] or [heap] region that is `rss` large then. */
void support_row_sample(struct support_file *s, uint64_t time, uint64_t rss);
void support_row_image(struct support_file *s, uint64_t time, int pid, const char *command);
void support_row_region(struct support_file *s, uint64_t id, uint64_t time, uint64_t start,
                        uint64_t size, uint64_t rss);

#endif
