/* SPDX-License-Identifier: MIT */
/* What becomes of a watch when the machine sleeps, and when somebody sets its clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_live.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* Seconds by which the clocks of this program are ahead. */
static atomic_long slept, set;

/* Stands before that of the C library. */
int clock_gettime(clockid_t id, struct timespec *t)
{
	long r = syscall(SYS_clock_gettime, id, t);

	t->tv_sec += id == CLOCK_BOOTTIME ? atomic_load(&slept) : 0;
	t->tv_sec += id == CLOCK_REALTIME ? atomic_load(&set) : 0;
	return (int)r;
}

static void nothing(int turn)
{
	(void)turn;
}

static int set_up(void **state)
{
	(void)state;
	atomic_store(&slept, 0);
	atomic_store(&set, 0);
	return 0;
}

/* By the clock of the watch, as the ticker does. */
static struct sample take(struct source *s)
{
	struct sample sample;

	assert_int_equal(s->ops->sample(s, clock_mono(), &sample), 0);
	return sample;
}

static void sleep_of_the_machine__is_a_gap__and_no_time_of_the_watch(void **state)
{
	struct child c = child_start(nothing);
	struct source *s = live_start("/proc", c.pid);
	struct sample before = take(s), after;

	(void)state;
	assert_int_equal(before.flags & SAMPLE_GAP, 0);
	atomic_store(&slept, 8 * HOUR);
	after = take(s);
	assert_true(after.flags & SAMPLE_GAP);
	assert_true(after.time - before.time < HOUR * NS_PER_S);
	assert_true(after.v[FIGURE_AGE] - before.v[FIGURE_AGE] >= 8 * HOUR * NS_PER_S);
	assert_int_equal(take(s).flags & SAMPLE_GAP, 0);
	s->ops->free(s);
	child_end(&c);
}

static void clock_that_is_set__changes_its_label_alone(void **state)
{
	static const long days[] = {-DAY, DAY};
	struct child c = child_start(nothing);
	struct source *s = live_start("/proc", c.pid);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sample before = take(s), after;
		atomic_fetch_add(&set, days[i]);
		after = take(s);
		assert_int_equal(after.flags & SAMPLE_GAP, 0);
		assert_true(after.time > before.time);
		assert_true(after.time - before.time < HOUR * NS_PER_S);
		assert_int_equal(after.wall > before.wall, days[i] > 0);
		assert_true(after.v[FIGURE_AGE] - before.v[FIGURE_AGE] < HOUR * NS_PER_S);
	}
	s->ops->free(s);
	child_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(sleep_of_the_machine__is_a_gap__and_no_time_of_the_watch,
	                               set_up),
	        cmocka_unit_test_setup(clock_that_is_set__changes_its_label_alone, set_up),
	};

	return cmocka_run_group_tests_name("source_clocks", tests, NULL, NULL);
}
