/* SPDX-License-Identifier: MIT */
/*
 * A recorder that is killed at any moment: the file opens, is sound, has all that was committed, and the next
 * recorder continues it. KILLS in the environment says how often (20).
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_recording.h"

enum { PER_COMMIT = 4 };

/* Records as fast as it goes, and tells the time of each commit, in the watch. */
static void record(struct studio *s, int told)
{
	struct sample sample;

	studio_open(s);
	for (uint64_t second = 0;; second++) {
		studio_sample(&sample, second * SECOND, second);
		if (recording_sample(s->r, &sample, 0, NULL) < 0 ||
		    recording_regions(s->r, studio_regions(s, second * SECOND, 60, 10, 1)) < 0)
			_exit(1);
		if (second % PER_COMMIT != PER_COMMIT - 1)
			continue;
		if (recording_commit(s->r, &s->fault) < 0 ||
		    write(told, &second, sizeof(second)) != sizeof(second))
			_exit(1);
	}
}

/* Kills it after `us`; the samples that it said are safe. */
static uint64_t killed(struct studio *s, uint64_t us)
{
	uint64_t last, safe = 0;
	int told[2], status;
	pid_t child;

	assert_int_equal(pipe(told), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(told[0]);
		record(s, told[1]);
	}
	close(told[1]);
	/* Every other one is killed while the file is made or opened. */
	if (us % 2 && read(told[0], &last, sizeof(last)) == sizeof(last))
		safe = last + 1;
	usleep((useconds_t)us);
	kill(child, SIGKILL);
	while (read(told[0], &last, sizeof(last)) == sizeof(last))
		safe = last + 1;
	close(told[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return safe;
}

static void recording__survives_a_kill_at_any_moment(void **state)
{
	struct studio *s = *state;
	const char *kills = getenv("KILLS");
	uint64_t all = 0;

	s->limit = RECORDING_LIMIT_MIN * 4;
	for (long n = kills ? strtol(kills, NULL, 10) : 20; n > 0; n--) {
		uint64_t safe = killed(s, studio_random(s, 60000)), has;

		if (access(s->path, F_OK) < 0)
			continue;
		studio_open(s);
		studio_close(s);
		studio_whole(s);
		/* Each watch begins a second behind the one before: the last commit may not have been told. */
		has = (uint64_t)studio_number(s, "SELECT coalesce(max(time)/1000000000+1,0) FROM"
		                                 " sample");
		if (has != all + safe && has != all + safe + PER_COMMIT)
			fail_msg("%llu seconds, of %llu + %llu committed", (unsigned long long)has,
			         (unsigned long long)all, (unsigned long long)safe);
		if (has)
			assert_int_equal(studio_number(s,
			                               "SELECT max(time)/1000000000+1 FROM pass"),
			                 has);
		all = has;
		/* Now and then anew, so that making the file is met too. */
		if (n % 5 == 0) {
			unlink(s->path);
			all = 0;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording__survives_a_kill_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
