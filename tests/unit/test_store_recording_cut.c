/* SPDX-License-Identifier: MIT */
/*
 * A power cut at any moment: what the disk may be left with opens, is sound, and has everything that was
 * committed. CUTS in the environment says at how many moments (120).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_disk.h"
#include "support_recording.h"

enum { COMMITS = 400, FEW = 60 };

/* Writes until the limit has long been met, so that rows are thinned and dropped and journals begin anew. */
static void record(struct studio *s, struct disk_log *log, unsigned commits)
{
	struct sample sample;
	uint64_t given = 0;

	for (unsigned n = 0; n < commits; n++) {
		for (unsigned k = 0; k < 4; k++, given++) {
			studio_sample(&sample, given * SECOND, given);
			assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
		}
		assert_int_equal(recording_regions(s->r, studio_regions(s, (given - 1) * SECOND, 60,
		                                                        15, 1)),
		                 0);
		studio_commit(s);
		disk_mark(log, given);
	}
}

/* Samples that a cut at `at` must have left, and those of the commit that was under way. */
static uint64_t committed(const struct disk_log *log, size_t at)
{
	while (at > 0 && log->entries[at - 1].op != DISK_MARK)
		at--;
	return at ? log->entries[at - 1].offset : 0;
}

static void check(struct studio *s, const struct disk_log *log, size_t at)
{
	uint64_t must = committed(log, at), has;

	studio_open(s);
	studio_close(s);
	studio_whole(s);
	has = (uint64_t)(studio_number(s, "SELECT coalesce(max(time)/1000000000+1,0) FROM sample"));
	if (has != must && has != must + 4)
		fail_msg("cut before entry %zu: %llu samples, of %llu committed", at,
		         (unsigned long long)has, (unsigned long long)must);
	/* A transaction is there with all its rows. */
	if (has)
		assert_int_equal(studio_number(s, "SELECT max(time)/1000000000+1 FROM pass"), has);
}

static void recording__survives_a_power_cut_at_any_moment(void **state)
{
	struct studio *s = *state, cut = *s;
	struct disk_log log = {0};
	const char *cuts = getenv("CUTS");
	char *base;
	long size;

	s->limit = cut.limit = RECORDING_LIMIT_MIN;
	disk_insert();
	studio_open(s);
	base = studio_bytes(s->path, &size);
	disk_record(&log, s->path);
	record(s, &log, COMMITS);
	disk_record(NULL, NULL);
	studio_close(s);
	disk_remove();
	assert_true(log.count > 10000);

	snprintf(cut.path, sizeof(cut.path), "%s/cut", s->dir);
	for (long n = cuts ? strtol(cuts, NULL, 10) : 120; n > 0; n--) {
		size_t at = (size_t)studio_random(s, log.count);

		disk_cut(&log, at, base, (size_t)size, cut.path, &s->random);
		check(&cut, &log, at);
	}
	disk_log_done(&log);
	free(base);
}

/* The test must be able to fail: without syncs a cut takes what was committed. */
static void recording__loses_commits_when_syncs_are_left_out(void **state)
{
	struct studio *s = *state, cut = *s;
	struct disk_log log = {0};
	unsigned lost = 0;
	char *base;
	long size;

	s->limit = cut.limit = RECORDING_LIMIT_MIN;
	disk_insert();
	studio_open(s);
	base = studio_bytes(s->path, &size);
	disk_record(&log, s->path);
	record(s, &log, FEW);
	disk_record(NULL, NULL);
	studio_close(s);
	disk_remove();
	for (size_t i = 0; i < log.count; i++)
		if (log.entries[i].op == DISK_SYNC)
			log.entries[i].op = DISK_MARK;
	snprintf(cut.path, sizeof(cut.path), "%s/cut", s->dir);
	for (unsigned n = 0; n < 20; n++) {
		char wal[200];
		struct recording *r;
		const struct recording_options o = {.path = cut.path,
		                                    .version = "test",
		                                    .limit = cut.limit,
		                                    .interval = SECOND};

		disk_cut(&log, log.count, base, (size_t)size, cut.path, &s->random);
		if (recording_open(&o, &r, &cut.fault) < 0) {
			lost++;
		} else {
			recording_close(r);
			lost += studio_number(&cut, "SELECT coalesce(max(time),0) FROM sample") <
			        (int64_t)((FEW * 4 - 1) * SECOND);
		}
		snprintf(wal, sizeof(wal), "%s-wal", cut.path);
		unlink(wal);
	}
	assert_true(lost > 10);
	disk_log_done(&log);
	free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording__survives_a_power_cut_at_any_moment),
	        TEST(recording__loses_commits_when_syncs_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
