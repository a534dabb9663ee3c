/* SPDX-License-Identifier: MIT */
/*
 * The same verdict: a watch is turned on a process that is made up, with a recording written beside it. Then the
 * recording must tell of every sample what the watch said of it, read in both ways.
 */

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/watch.h"
#include "base/clock.h"
#include "store/recording.h"
#include "store/replay.h"
#include "support_pass.h"
#include "support_replay.h"

enum { SAMPLES = 1300, EVERY = 17 };

#define WALL 1795182240000000000ull

/* --- a process that is idle, leaks, rests, changes its program, and leaks in another region ---------- */

struct acted {
	struct source source;
	struct tracker *tracker;
	struct target *target;
	unsigned at;   /* samples so far */
	uint64_t time; /* ns */
	uint64_t heap; /* bytes */
	uint64_t pool; /* bytes of anonymous mappings */
	uint64_t random;
	struct region_table *table; /* to be handed out */
};

static bool is_exec(unsigned at)
{
	return at == 800;
}

static void grow(struct acted *l)
{
	uint64_t noise = dice(&l->random) % (64 * KB);

	if (is_exec(l->at)) {
		l->heap = 8 * MB;
		l->pool = 4 * MB;
		tracker_reset(l->tracker);
	}
	if (l->at >= 100 && l->at < 400)
		l->heap += 300 * KB + noise;
	if (l->at >= 900)
		l->pool += 200 * KB + noise;
}

/* Late by a little, as timers are; twice by a lot. */
static void pass_time(struct acted *l)
{
	l->time += NS_PER_S + dice(&l->random) % (3 * NS_PER_MS);
	if (l->at == 250)
		l->time += 25 * NS_PER_S;
	if (l->at == 600)
		l->time += 5 * NS_PER_S;
}

static void look_at_regions(struct acted *l)
{
	const uint64_t heap = 0x550000000000, pool = 0x7f0000000000;
	const struct vma v[] = {
	        {heap - MB, heap - MB + 64 * KB, "r-xp", "/usr/bin/shopd", 17, 64 * KB, NULL},
	        {heap, heap + l->heap, "rw-p", "[heap]", 0, l->heap, NULL},
	        {pool, pool + l->pool, "rw-p", "", 0, l->pool, NULL},
	        {0x7ffc00000000, 0x7ffc00021000, "rw-p", "[stack]", 0, 16 * KB, NULL},
	};

	region_table_unref(l->table);
	l->table = pass_run(l->tracker, v, sizeof(v) / sizeof(v[0]), l->time);
}

static int life_sample(struct source *source, uint64_t now, struct sample *ret)
{
	struct acted *l = (struct acted *)source;
	uint64_t anon;

	(void)now;
	if (l->at == SAMPLES)
		return -ENODATA;
	if (l->at > 0)
		pass_time(l);
	grow(l);
	anon = l->heap + l->pool + 16 * KB;
	sample_init(ret);
	ret->time = l->time;
	ret->wall = WALL + l->time;
	ret->v[FIGURE_RSS] = anon + 3 * MB;
	ret->v[FIGURE_VSZ] = anon + 90 * MB;
	ret->v[FIGURE_ANON] = anon;
	ret->v[FIGURE_FILE] = 3 * MB;
	ret->v[FIGURE_SHMEM] = ret->v[FIGURE_SWAP] = 0;
	ret->v[FIGURE_HEAP] = l->heap;
	ret->v[FIGURE_THREADS] = 4;
	ret->v[FIGURE_FDS] = 20 + l->at % 3;
	ret->v[FIGURE_CPU] = l->time / 10;
	ret->v[FIGURE_AGE] = l->time + 3600 * NS_PER_S;
	ret->v[FIGURE_MINFLT] = anon / 4096;
	if (is_exec(l->at))
		ret->flags |= SAMPLE_EPOCH;
	if (l->at >= 500 && l->at < 520)
		ret->flags |= SAMPLE_STOPPED;
	if (l->at % 2 == 0)
		look_at_regions(l);
	l->at++;
	return 0;
}

static struct region_table *life_regions(struct source *source)
{
	struct acted *l = (struct acted *)source;
	struct region_table *t = l->table;

	l->table = NULL;
	return t;
}

static void life_describe(struct source *source, struct moment *m)
{
	target_unref(m->target);
	m->target = target_ref(((struct acted *)source)->target);
}

static void life_free(struct source *source)
{
	struct acted *l = (struct acted *)source;

	tracker_free(l->tracker);
	target_unref(l->target);
	region_table_unref(l->table);
}

static void life_begin(struct acted *l)
{
	static const struct source_ops ops = {.sample = life_sample,
	                                      .regions = life_regions,
	                                      .describe = life_describe,
	                                      .free = life_free};

	*l = (struct acted){.source.ops = &ops,
	                    .tracker = tracker_new(),
	                    .target = target_new(),
	                    .heap = 20 * MB,
	                    .pool = 6 * MB,
	                    .random = 88172645463325252ull};
	assert_non_null(l->tracker);
	assert_non_null(l->target);
	l->target->pid = 4711;
	l->target->start_ticks = 99;
	snprintf(l->target->comm, sizeof(l->target->comm), "shopd");
	snprintf(l->target->command, sizeof(l->target->command), "/usr/bin/shopd --port 80");
}

/* --- the watch, and what it said ------------------------------------------------------------------- */

/* What is compared of each sample. */
struct said {
	struct sample sample;
	enum verdict_kind kind;
	enum verdict_cause cause;
	enum verdict_pattern pattern;
	enum verdict_where where;
	int confidence;
	uint64_t since, flagged;
	double growth;
	char reason[240];
};

static void note(const struct moment *m, struct said *ret)
{
	const struct verdict *v = &m->verdict;

	*ret = (struct said){m->sample,     v->kind,  v->cause,   v->pattern, v->where,
	                     v->confidence, v->since, v->flagged, v->growth,  ""};
	memcpy(ret->reason, v->reason, sizeof(ret->reason));
}

struct studio {
	char path[64];
	struct said said[SAMPLES];
	unsigned count, changes;
};

/* Turns the crank once and writes down what it said. False at the end. */
static bool turn(struct watch *w, struct said *ret, struct region_table **ret_table)
{
	struct moment *m;
	int err = watch_sample(w, 0);

	if (err == -ENODATA)
		return false;
	assert_int_equal(err, 0);
	while (watch_next_line(w))
		;
	m = watch_moment(w, UNKNOWN, 0);
	assert_non_null(m);
	note(m, ret);
	if (ret_table)
		*ret_table = m->regions ? region_table_ref(m->regions) : NULL;
	moment_unref(m);
	return true;
}

static struct watch *watch_on(struct source *source, enum mode mode)
{
	struct options o = {.interval = NS_PER_S, .mode = mode};
	struct watch *w = NULL;

	assert_int_equal(watch_new(source, &o, &w), 0);
	return w;
}

static void record_verdict(struct recording *r, struct watch *w)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);

	assert_non_null(m);
	assert_int_equal(recording_verdict(r, m->sample.time, &m->verdict), 0);
	moment_unref(m);
}

static void record(struct studio *s)
{
	const struct recording_options o = {.path = s->path,
	                                    .version = "test",
	                                    .limit = RECORDING_LIMIT,
	                                    .interval = NS_PER_S};
	struct acted life;
	struct recording *r = NULL;
	struct fault fault = {0};
	struct region_table *before = NULL, *t;

	life_begin(&life);
	struct watch *w = watch_on(&life.source, MODE_WATCH);
	assert_int_equal(recording_open(&o, &r, &fault), 0);
	assert_int_equal(recording_image(r, 0, life.target), 0);
	while (turn(w, &s->said[s->count], &t)) {
		const struct said *now = &s->said[s->count++];
		if (now->sample.flags & SAMPLE_EPOCH)
			assert_int_equal(recording_image(r, now->sample.time, life.target), 0);
		assert_int_equal(recording_sample(r, &now->sample, 0, NULL), 0);
		if (t && t != before)
			assert_int_equal(recording_regions(r, t), 0);
		record_verdict(r, w);
		if (s->count == 1 || now->kind != now[-1].kind)
			s->changes++;
		if (s->count % 100 == 0)
			assert_int_equal(recording_commit(r, &fault), 0);
		region_table_unref(before);
		before = t;
	}
	assert_int_equal(recording_commit(r, &fault), 0);
	recording_close(r);
	region_table_unref(before);
	watch_free(w);
}

static int raise_studio(void **state)
{
	struct studio *s = calloc(1, sizeof(*s));
	int fd;

	assert_non_null(s);
	strcpy(s->path, "/tmp/recorded-XXXXXX");
	fd = mkstemp(s->path);
	if (fd < 0)
		return -1;
	close(fd);
	unlink(s->path);
	if (recording_available())
		record(s);
	*state = s;
	return 0;
}

static int strike_studio(void **state)
{
	struct studio *s = *state;
	char beside[80];

	unlink(s->path);
	snprintf(beside, sizeof(beside), "%s-wal", s->path);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s-shm", s->path);
	unlink(beside);
	free(s);
	return 0;
}

/* --- the comparison -------------------------------------------------------------------------------- */

static void same_sample(const struct sample *live, const struct sample *found)
{
	assert_int_equal(found->time, live->time);
	assert_int_equal(found->wall, live->wall);
	assert_int_equal(found->flags, live->flags);
	for (int i = 0; i < FIGURE_COUNT; i++)
		if (found->v[i] != live->v[i])
			fail_msg("%.3f s: figure %d is %llu, was %llu", (double)live->time / 1e9, i,
			         (unsigned long long)found->v[i], (unsigned long long)live->v[i]);
}

static bool same_number(double a, double b)
{
	return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a);
}

static void same_verdict(const struct said *live, const struct said *found)
{
	bool same = found->kind == live->kind && found->cause == live->cause &&
	            found->pattern == live->pattern && found->where == live->where &&
	            found->confidence == live->confidence && found->since == live->since &&
	            found->flagged == live->flagged && same_number(live->growth, found->growth) &&
	            strcmp(found->reason, live->reason) == 0;

	if (!same)
		fail_msg("%.3f s: kind %d, %d %%, %g B/s, '%s'; was kind %d, %d %%, %g B/s, '%s'",
		         (double)live->sample.time / 1e9, found->kind, found->confidence,
		         found->growth, found->reason, live->kind, live->confidence, live->growth,
		         live->reason);
}

static void need_recordings(void)
{
	if (!recording_available())
		skip();
}

/* What is compared is worth it: the verdict came, was taken back, and came again. */
static void watch__changes__its_verdict_often_enough(void **state)
{
	const struct studio *s = *state;

	need_recordings();
	assert_int_equal(s->count, SAMPLES);
	assert_true(s->changes >= 9);
	assert_int_equal(s->said[SAMPLES - 1].kind, VERDICT_LEAK);
	assert_int_equal(s->said[SAMPLES - 1].where, WHERE_ANONYMOUS);
	assert_int_not_equal(s->said[850].kind, VERDICT_LEAK);
	assert_int_equal(s->said[399].kind, VERDICT_LEAK);
}

/* --analyze: the engine computes every verdict anew from the recording. */
static void analyze__says__of_every_sample_what_the_watch_said(void **state)
{
	struct studio *s = *state;
	struct replay *r;
	struct source *source = NULL;
	struct watch *w;
	struct said found;
	unsigned n = 0;

	need_recordings();
	r = replay_of(s->path);
	assert_int_equal(replay_source(r, &source), 0);
	w = watch_on(source, MODE_REPLAY);
	while (turn(w, &found, NULL)) {
		assert_true(n < s->count);
		same_sample(&s->said[n].sample, &found.sample);
		same_verdict(&s->said[n], &found);
		n++;
	}
	assert_int_equal(n, s->count);
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	assert_int_equal(m->target->pid, 4711);
	assert_string_equal(m->target->command, "/usr/bin/shopd --port 80");
	moment_unref(m);
	watch_free(w);
	replay_free(r);
}

/* --replay: the verdict of then comes from the recorded ones. */
static void replay__shows__of_a_moment_what_the_watch_said(void **state)
{
	struct studio *s = *state;
	struct fault fault = {0};
	struct replay *r;
	struct said found;

	need_recordings();
	r = replay_of(s->path);
	assert_int_equal(replay_newest(r), s->said[s->count - 1].sample.time);
	for (unsigned i = 0; i < s->count; i += EVERY) {
		struct moment *m = NULL;
		uint64_t time = s->said[i].sample.time;
		if (replay_moment(r, time, 0, &m, &fault))
			fail_msg("%s", fault.text);
		note(m, &found);
		same_sample(&s->said[i].sample, &found.sample);
		assert_int_equal(found.kind, s->said[i].kind);
		assert_int_equal(found.cause, s->said[i].cause);
		assert_int_equal(found.flagged, s->said[i].flagged);
		assert_false(m->live);
		assert_int_equal(m->time, time);
		moment_unref(m);
	}
	replay_free(r);
}

/* The verdict changes at the same samples, stepped through from end to begin. */
static void replay__changes__its_verdict_when_the_watch_did(void **state)
{
	struct studio *s = *state;
	struct fault fault = {0};
	struct replay *r;

	need_recordings();
	r = replay_of(s->path);
	for (unsigned i = s->count; i-- > 1;) {
		if (s->said[i].kind == s->said[i - 1].kind)
			continue;
		for (unsigned k = i - 1; k <= i; k++) {
			struct moment *m = NULL;
			assert_int_equal(replay_moment(r, s->said[k].sample.time, 0, &m, &fault),
			                 0);
			assert_int_equal(m->verdict.kind, s->said[k].kind);
			moment_unref(m);
		}
		assert_int_equal(replay_before(r, s->said[i].sample.time),
		                 s->said[i - 1].sample.time);
	}
	replay_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(watch__changes__its_verdict_often_enough),
	        cmocka_unit_test(analyze__says__of_every_sample_what_the_watch_said),
	        cmocka_unit_test(replay__shows__of_a_moment_what_the_watch_said),
	        cmocka_unit_test(replay__changes__its_verdict_when_the_watch_did),
	};

	return cmocka_run_group_tests_name("app/recorded", tests, raise_studio, strike_studio);
}
