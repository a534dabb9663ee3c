/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_RECORDING_H
#define SUPPORT_RECORDING_H

/* Recordings in a directory of their own, what is written into them, and a second reader: plain SQL. */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/region.h"
#include "store/recording.h"

#define SECOND 1000000000ull

struct studio {
	char dir[64];
	char path[128]; /* DIR/recording */
	struct recording *r;
	struct fault fault;
	uint64_t limit;             /* RECORDING_LIMIT unless changed before studio_open() */
	uint64_t random;            /* state of the generator; never 0 */
	struct region_table *table; /* made last by studio_regions(); owned */
	uint64_t next_id;
};

/* As setup and teardown of a test; the directory goes with all that is in it. */
int studio_setup(void **state);
int studio_teardown(void **state);
#define IN_STUDIO(test) cmocka_unit_test_setup_teardown(test, studio_setup, studio_teardown)

/* recording_open() of path; must succeed. */
void studio_open(struct studio *s);
/* Another watch: its ids and its tables begin anew. */
void studio_anew(struct studio *s);
void studio_close(struct studio *s);
/* recording_commit(); must succeed. */
void studio_commit(struct studio *s);
/* recording_open() of `path` must fail with `err`, one line that has `word` in it, and s->r NULL. */
void studio_refused(struct studio *s, const char *path, int err, const char *word);

/* These as the writer gives them, and must succeed: a sample of studio_sample(), the begin of a process. */
void give_sample(struct studio *s, uint64_t time);
void give_image(struct studio *s, uint64_t time, int32_t pid);

/* A second of a watch: a sample, a table unless it is NULL, an event. The first error; also that of the commit, which tells it. */
int give_second(struct studio *s, uint64_t second, struct region_table *t);
int give_and_commit(struct studio *s, uint64_t second, struct region_table *t);
/* The fault is one line, about output, with this word and the path in it. */
void studio_told(const struct studio *s, const char *word);

uint64_t studio_random(struct studio *s, uint64_t below);

/* A sample with figures that follow from its time and `salt`; wall = 1.7e18 + time + salt. */
void studio_sample(struct sample *ret, uint64_t time, uint64_t salt);

/* A table of `count` regions; of that of the last call `changed` have other figures, `born` are new and as many gone. */
struct region_table *studio_regions(struct studio *s, uint64_t time, size_t count, size_t changed,
                                    size_t born);

/* The first column of the first row through a connection of its own; fails when there is none. NULL is -1. */
int64_t studio_number(const struct studio *s, const char *sql, ...)
        __attribute__((format(printf, 2, 3)));
/* Its text into a static buffer; "(null)" for NULL. */
const char *studio_text(const struct studio *s, const char *sql, ...)
        __attribute__((format(printf, 2, 3)));
/* A connection for reading; the caller closes it. */
sqlite3 *studio_reader(const struct studio *s);
/* Changes a file that nobody has open, as no writer of ours would. */
void studio_sql(const struct studio *s, const char *sql);
/* integrity_check of the file must say ok, and its table of lives what its regions say. */
void studio_whole(const struct studio *s);

/* All bytes of a file, or -1 as size. */
char *studio_bytes(const char *path, long *ret_size);

#endif
