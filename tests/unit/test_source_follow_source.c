/* SPDX-License-Identifier: MIT */
/* One process after the other as one source: made ones that come and go, and real ones. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "source/follow.h"
#include "support_crowd.h"
#include "support_file.h"

enum { TRIES = 400, TRY_MS = 50 }; /* 20 s for whatever must come, on however slow a machine */

/* A followed name and the clock of its watch. */
struct follower {
	struct source *s;
	uint64_t start, highest; /* ns; the highest id of a region so far */
};

static struct follower follower_new(const char *proc, const char *name)
{
	struct live_options o = {.proc = proc, .max_stall = 50 * NS_PER_MS, .regions = true};
	struct follower f = {.start = clock_mono()};
	struct fault fault = {0};

	assert_int_equal(follow_open(&o, name, &f.s, &fault), 0);
	source_set_start(f.s, f.start);
	return f;
}

static void follower_free(struct follower *f)
{
	f->s->ops->free(f->s);
}

/* What is read between two samples; true when there was a table. */
static bool tables_take(struct follower *f, uint64_t *ret_lowest)
{
	struct region_table *t = f->s->ops->regions(f->s);
	bool any = t && t->count;

	for (size_t i = 0; t && i < t->count; i++) {
		uint64_t id = t->rows[i]->id;
		f->highest = id > f->highest ? id : f->highest;
		*ret_lowest = id < *ret_lowest ? id : *ret_lowest;
	}
	region_table_unref(t);
	return any;
}

static int take(struct follower *f, struct sample *ret)
{
	uint64_t now = clock_mono() - f->start;

	f->s->ops->prepare(f->s, now);
	return f->s->ops->sample(f->s, now, ret);
}

static void rest_a_little(struct follower *f)
{
	struct pollfd p = {f->s->ops->wake(f->s), POLLIN, 0};
	uint64_t lowest = UNKNOWN;

	poll(&p, 1, TRY_MS);
	tables_take(f, &lowest);
}

/* The first sample there is; fails when there is none for long. */
static struct sample await_sample(struct follower *f)
{
	struct sample s;

	for (int i = 0; i < TRIES; i++) {
		int e = take(f, &s);
		if (e == 0)
			return s;
		assert_int_equal(e, -EAGAIN);
		rest_a_little(f);
	}
	fail_msg("no sample came");
	return s;
}

/* Samples until there is none: the process is gone. */
static void await_end(struct follower *f)
{
	struct sample s;

	for (int i = 0; i < TRIES; i++) {
		if (take(f, &s) == -EAGAIN)
			return;
		rest_a_little(f);
	}
	fail_msg("the end was not noticed");
}

/* The next news of this kind; those before it are dropped. */
static struct source_news news_of(struct follower *f, enum event_kind kind)
{
	struct source_news n;

	while (source_news(f->s, &n))
		if (n.kind == kind)
			return n;
	fail_msg("no news of kind %s", event_kind_words[kind]);
	return n;
}

static bool has_news(struct follower *f)
{
	struct source_news n;

	return source_news(f->s, &n);
}

static void waiting_is(struct follower *f, const char *begin)
{
	struct moment *m = moment_new();

	assert_non_null(m);
	f->s->ops->describe(f->s, m);
	if (strncmp(m->waiting, begin, strlen(begin)) != 0 || (!*begin && m->waiting[0]))
		fail_msg("waiting is '%s', not '%s...'", m->waiting, begin);
	assert_non_null(m->target);
	moment_unref(m);
}

static void put(const struct crowd *c, int pid, unsigned start, unsigned rss_kb)
{
	crowd_put(c, &(struct crowd_one){.pid = pid, .ppid = 1, .start = start, .rss_kb = rss_kb});
}

static void follow__goes_on__with_the_successor(void **state)
{
	struct crowd c = crowd_new();
	put(&c, 100, 50, 4000);
	struct follower f = follower_new(c.path, "worker");
	struct sample a = await_sample(&f), b;
	struct source_news n;

	(void)state;
	assert_int_equal(a.v[FIGURE_RSS], 4000 << 10);
	assert_int_equal(a.flags & (SAMPLE_EPOCH | SAMPLE_RESTART | SAMPLE_GAP), 0);
	assert_non_null(strstr(news_of(&f, EVENT_START).text, "pid 100"));
	waiting_is(&f, "");

	crowd_remove(&c, 100);
	await_end(&f);
	n = news_of(&f, EVENT_EXIT);
	assert_non_null(strstr(n.text, "pid 100 exited"));
	assert_false(n.warning);
	waiting_is(&f, "gone since ");

	put(&c, 200, 60, 1000);
	b = await_sample(&f);
	assert_int_equal(b.v[FIGURE_RSS], 1000 << 10);
	assert_int_equal(b.flags & (SAMPLE_EPOCH | SAMPLE_RESTART | SAMPLE_GAP),
	                 SAMPLE_EPOCH | SAMPLE_RESTART | SAMPLE_GAP);
	assert_true(b.time > a.time);
	assert_non_null(strstr(news_of(&f, EVENT_RESTART).text, "pid 200"));
	assert_false(has_news(&f));
	waiting_is(&f, "");
	assert_int_equal(take(&f, &b), 0);
	assert_int_equal(b.flags & (SAMPLE_EPOCH | SAMPLE_RESTART | SAMPLE_GAP), 0);
	follower_free(&f);
	crowd_free(&c);
}

static void follow__waits__for_the_first(void **state)
{
	struct crowd c = crowd_new();
	struct follower f = follower_new(c.path, "worker");
	struct sample s;

	(void)state;
	assert_int_equal(take(&f, &s), -EAGAIN);
	assert_non_null(strstr(news_of(&f, EVENT_START).text, "waiting"));
	waiting_is(&f, "no worker yet");
	put(&c, 100, 50, 4000);
	s = await_sample(&f);
	/* Nothing came before it. */
	assert_int_equal(s.flags & (SAMPLE_EPOCH | SAMPLE_RESTART), 0);
	follower_free(&f);
	crowd_free(&c);
}

/* Whoever opens it need not wait for a pass over all processes: it looks when the clock asks for the first time. */
static void follow__looks_at_nobody__before_it_is_asked_to(void **state)
{
	struct crowd c = crowd_new();
	put(&c, 100, 50, 4000);
	struct follower f = follower_new(c.path, "worker");
	struct sample s;

	(void)state;
	waiting_is(&f, "no worker yet");
	assert_false(has_news(&f));
	assert_int_equal(take(&f, &s), 0);
	waiting_is(&f, "");
	/* Nobody was waited for, so that is no news. */
	assert_null(strstr(news_of(&f, EVENT_START).text, "waiting"));
	follower_free(&f);
	crowd_free(&c);
}

static void follow__warns__of_several(void **state)
{
	struct crowd c = crowd_new();
	put(&c, 100, 70, 4000);
	put(&c, 101, 50, 5000);
	struct follower f = follower_new(c.path, "worker");
	struct sample s = await_sample(&f);
	struct source_news n = news_of(&f, EVENT_WARNING);

	(void)state;
	assert_int_equal(s.v[FIGURE_RSS], 5000 << 10);
	assert_true(n.warning);
	assert_non_null(strstr(n.text, "2 processes"));
	assert_non_null(strstr(n.text, "pid 101"));
	/* The other one was there all the time: nothing was restarted. */
	crowd_remove(&c, 101);
	await_end(&f);
	s = await_sample(&f);
	assert_true(s.flags & SAMPLE_RESTART);
	assert_non_null(strstr(news_of(&f, EVENT_RESTART).text, "goes on as pid 100"));
	follower_free(&f);
	crowd_free(&c);
}

/* A process that is gone before it could be sampled is told of with the next one. */
static void follow__counts__those_it_never_saw(void **state)
{
	struct crowd c = crowd_new();
	put(&c, 100, 50, 4000);
	struct follower f = follower_new(c.path, "worker");
	struct sample s = await_sample(&f);

	(void)state;
	crowd_remove(&c, 100);
	await_end(&f);
	put(&c, 101, 60, 4000);
	for (int i = 0; i < TRIES; i++) {
		struct moment *m = moment_new();
		f.s->ops->prepare(f.s, clock_mono() - f.start);
		f.s->ops->describe(f.s, m);
		bool open = m->target->pid == 101;
		moment_unref(m);
		if (open)
			break;
		rest_a_little(&f);
	}
	crowd_remove(&c, 101);
	await_end(&f);
	put(&c, 102, 70, 4000);
	s = await_sample(&f);
	assert_true(s.flags & SAMPLE_RESTART);
	assert_non_null(strstr(news_of(&f, EVENT_RESTART).text, "1 before it"));
	follower_free(&f);
	crowd_free(&c);
}

/* For ever: what one life opened is closed before long in the next. */
static void follow__restarts__leave_nothing_open(void **state)
{
	struct crowd c = crowd_new();
	struct follower f = follower_new(c.path, "worker");
	unsigned first = 0;

	(void)state;
	for (int pid = 100; pid < 112; pid++) {
		put(&c, pid, (unsigned)pid, 4000);
		await_sample(&f);
		first = first ? first : entries_of("/proc/self/fd");
		crowd_remove(&c, pid);
		await_end(&f);
	}
	for (int i = 0; entries_of("/proc/self/fd") > first + 1; i++) {
		assert_true(i < TRIES);
		rest_a_little(&f);
	}
	follower_free(&f);
	crowd_free(&c);
}

/* --- real processes --------------------------------------------------------------------------------- */

static pid_t child_named(const char *name)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		for (;;)
			pause();
	}
	return pid;
}

static void child_kill(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The lowest id of the regions of whoever is watched now. */
static uint64_t await_table(struct follower *f)
{
	struct sample s;
	uint64_t lowest = UNKNOWN;

	for (int i = 0; i < TRIES; i++) {
		struct pollfd p = {f->s->ops->wake(f->s), POLLIN, 0};
		take(f, &s);
		poll(&p, 1, TRY_MS);
		if (tables_take(f, &lowest))
			return lowest;
	}
	fail_msg("no table came");
	return 0;
}

static void follow__regions__have_ids_of_their_own_in_each_life(void **state)
{
	char name[16];
	snprintf(name, sizeof(name), "follow-%d", (int)getpid());
	pid_t pid = child_named(name);
	struct follower f = follower_new("/proc", name);

	(void)state;
	await_sample(&f);
	await_table(&f);
	uint64_t before = f.highest;
	assert_true(before > 0);
	child_kill(pid);
	await_end(&f);
	pid = child_named(name);
	struct sample s = await_sample(&f);
	assert_true(s.flags & SAMPLE_RESTART);
	assert_true(await_table(&f) > before);
	child_kill(pid);
	follower_free(&f);
}

/* The descriptor one waits on tells the end at once, and is quiet then. */
static void follow__end__is_told_by_the_wake(void **state)
{
	char name[16];
	snprintf(name, sizeof(name), "wakes-%d", (int)getpid());
	pid_t pid = child_named(name);
	struct follower f = follower_new("/proc", name);
	struct pollfd p = {f.s->ops->wake(f.s), POLLIN, 0};
	uint64_t lowest = UNKNOWN;
	unsigned wakes = 0;

	(void)state;
	await_sample(&f);
	while (has_news(&f))
		;
	child_kill(pid);
	for (int i = 0; i < TRIES; i++) {
		struct source_news n;
		poll(&p, 1, 5000);
		tables_take(&f, &lowest);
		if (source_news(f.s, &n) && n.kind == EVENT_EXIT)
			break;
		assert_true(i + 1 < TRIES);
	}
	/* Woken by passes of the search alone, a few in the first second. */
	for (uint64_t end = clock_mono() + NS_PER_S; clock_mono() < end; wakes++) {
		poll(&p, 1, 1000);
		tables_take(&f, &lowest);
	}
	assert_true(wakes < 12);
	follower_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(follow__goes_on__with_the_successor),
	        cmocka_unit_test(follow__waits__for_the_first),
	        cmocka_unit_test(follow__looks_at_nobody__before_it_is_asked_to),
	        cmocka_unit_test(follow__warns__of_several),
	        cmocka_unit_test(follow__counts__those_it_never_saw),
	        cmocka_unit_test(follow__restarts__leave_nothing_open),
	        cmocka_unit_test(follow__regions__have_ids_of_their_own_in_each_life),
	        cmocka_unit_test(follow__end__is_told_by_the_wake),
	};
	return cmocka_run_group_tests_name("source_follow_source", tests, NULL, NULL);
}
