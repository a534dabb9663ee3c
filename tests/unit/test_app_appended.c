/* SPDX-License-Identifier: MIT */
/*
 * A process that holds still, recorded once and again into one file: whoever reads it, by whatever way and at
 * whatever time, sees nothing grow but what was mapped under the eyes of a watch.
 */

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/player.h"
#include "app/watch.h"
#include "base/clock.h"
#include "model/history.h"
#include "report/diagnosis.h"
#include "store/replay.h"
#include "support_pass.h"
#include "support_recording.h"
#include "support_replay.h"

enum {
	LOOKS = 8,
	MAPPED = 5
}; /* of a watch; the look that finds one region more, where one comes */

#define WALL 1795182240000000000ull
#define TICK (NS_PER_S / 5)

static const struct vma held[] = {
        {0x550000000000, 0x550000000000 + 64 * MB, "rw-p", "[heap]", 0, 60 * MB, NULL},
        {0x7f0000000000, 0x7f0000000000 + 50 * MB, "rw-p", "", 0, 50 * MB, NULL},
        {0x7f8000000000, 0x7f8000000000 + 2 * MB, "rw-p", "", 0, 2 * MB, NULL},
        {0x7ffc00000000, 0x7ffc00021000, "rw-p", "[stack]", 0, 16 * KB, NULL},
};
enum { HELD = sizeof(held) / sizeof(held[0]) };

/* One watch: every other look reads the regions; ids begin anew. `more`: one is mapped meanwhile. */
static void watch_process(struct studio *s, int32_t pid, uint64_t wall, bool more)
{
	struct tracker *tracker = tracker_new();
	struct region_table *t;
	struct sample sample;

	studio_open(s);
	give_image(s, 0, pid);
	for (uint64_t i = 0; i < LOOKS; i++) {
		sample_init(&sample);
		sample.time = i * TICK;
		sample.wall = wall + i * TICK;
		sample.v[FIGURE_RSS] = sample.v[FIGURE_ANON] = 112 * MB;
		assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
		if (i % 2)
			continue;
		struct vma now[HELD];
		memcpy(now, held, sizeof(now));
		/* The small one, third in the list, comes late where one comes at all. */
		if (more && i < MAPPED)
			now[2] = now[3];
		t = pass_run(tracker, now, more && i < MAPPED ? HELD - 1 : HELD,
		             i * TICK + NS_PER_MS);
		assert_int_equal(recording_regions(s->r, t), 0);
		region_table_unref(t);
	}
	studio_commit(s);
	studio_close(s);
	tracker_free(tracker);
}

/* Nothing of it grew, except the region that came: that counts from nothing. */
static void holds_still(const struct moment *m, bool more)
{
	int64_t weight, rss, size;

	for (size_t i = 0; m->regions && i < m->regions->count; i++) {
		const struct region *r = m->regions->rows[i];
		const struct region_trend *t = moment_trend(m, r->id);

		if (t && isfinite(t->rate))
			assert_true(fabs(t->rate) < 1);
		if (!baseline_change(m->baseline, r, &weight, &rss, &size))
			continue;
		assert_int_equal(weight, more && r->start == held[2].start ? 2 * MB : 0);
	}
}

static void says_nothing_grows(const struct moment *m)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	assert_int_equal(diagnosis_write(m, SAFE_UTF8, &out), 0);
	assert_null(strstr(buf_str(&out), "Growing"));
	buf_done(&out);
}

/* All looks in their order, as --analyze and --replay in batch take them; the flags of each come back. */
static unsigned analyze(const struct studio *s, bool more, unsigned flags[3 * LOOKS])
{
	const struct options o = {.interval = TICK, .mode = MODE_REPLAY};
	struct replay *r = replay_of(s->path);
	struct source *source = NULL;
	struct watch *w = NULL;
	unsigned n = 0;

	assert_int_equal(replay_source(r, &source), 0);
	assert_int_equal(watch_new(source, &o, &w), 0);
	while (watch_sample(w, 0) == 0) {
		struct moment *m = watch_moment(w, UNKNOWN, 0);

		assert_non_null(m);
		assert_true(n < 3 * LOOKS);
		flags[n++] = watch_row(w)->sample.flags;
		holds_still(m, more);
		if (!more)
			says_nothing_grows(m);
		moment_unref(m);
	}
	watch_free(w);
	replay_free(r);
	return n;
}

/* Every look, as the dashboard shows it. */
static void replay(const struct studio *s, bool more)
{
	struct replay *r = replay_of(s->path);
	struct fault fault = {0};

	for (uint64_t t = 0; t <= replay_newest(r); t += TICK / 2) {
		struct moment *m = NULL;

		if (replay_moment(r, t, 0, &m, &fault))
			fail_msg("%s", fault.text);
		holds_still(m, more);
		if (!more)
			says_nothing_grows(m);
		moment_unref(m);
	}
	replay_free(r);
}

static void appended__same_process__nothing_grows(void **state)
{
	struct studio *s = *state;
	unsigned flags[3 * LOOKS];

	watch_process(s, 7, WALL, false);
	watch_process(s, 7, WALL + 10 * NS_PER_S, false);
	watch_process(s, 7, WALL + 20 * NS_PER_S, false);
	assert_int_equal(analyze(s, false, flags), 3 * LOOKS);
	for (unsigned i = 0; i < 3 * LOOKS; i++)
		assert_int_equal(flags[i], i && i % LOOKS == 0 ? SAMPLE_GAP | SAMPLE_APPENDED : 0);
	replay(s, false);
}

static void appended__another_process__nothing_grows(void **state)
{
	struct studio *s = *state;
	unsigned flags[3 * LOOKS];

	watch_process(s, 7, WALL, false);
	watch_process(s, 8, WALL + 10 * NS_PER_S, false);
	watch_process(s, 8, WALL + 20 * NS_PER_S, false);
	assert_int_equal(analyze(s, false, flags), 3 * LOOKS);
	assert_int_equal(flags[LOOKS], SAMPLE_GAP | SAMPLE_EPOCH | SAMPLE_RESTART);
	assert_int_equal(flags[2 * LOOKS], SAMPLE_GAP | SAMPLE_APPENDED);
	replay(s, false);
}

static void appended__what_is_mapped_while_watched__counts_from_nothing(void **state)
{
	struct studio *s = *state;
	unsigned flags[3 * LOOKS];

	watch_process(s, 7, WALL, true);
	watch_process(s, 7, WALL + 10 * NS_PER_S, true);
	assert_int_equal(analyze(s, true, flags), 2 * LOOKS);
	replay(s, true);
}

/* --- a leak that several short watches saw ---------------------------------------------------------- */

/* Six seconds of 1 MB/s, of which the watch alone can tell nothing yet. */
static void watch_leak(struct studio *s, uint64_t from)
{
	struct sample sample;
	struct verdict v;

	verdict_init(&v);
	v.kind = VERDICT_UNKNOWN;
	snprintf(v.reason, sizeof(v.reason), "6 samples over 5 s are too few");
	studio_open(s);
	give_image(s, 0, 7);
	for (uint64_t i = 0; i < 6; i++) {
		sample_init(&sample);
		sample.time = i * NS_PER_S;
		sample.wall = WALL + (from + i) * NS_PER_S;
		sample.v[FIGURE_RSS] = sample.v[FIGURE_ANON] = (50 + from + i) * MB;
		assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
		assert_int_equal(recording_verdict(s->r, sample.time, &v), 0);
	}
	studio_commit(s);
	studio_close(s);
}

/* The first picture of this kind; there may be others while all is judged. */
static void take_verdict(struct player *p, enum verdict_kind kind, struct verdict *ret)
{
	struct pollfd fd = {mailbox_screen_fd(player_mailbox(p)), POLLIN, 0};
	struct moment *m = NULL;

	do {
		moment_unref(m);
		m = NULL;
		assert_int_equal(poll(&fd, 1, 60000), 1);
		m = mailbox_take_live(player_mailbox(p));
	} while (!m || m->verdict.kind != kind);
	*ret = m->verdict;
	moment_unref(m);
}

/* The dashboard over it says what --analyze says, and of a time before the first seam what was said then. */
static void appended__verdict_goes_on_in_the_dashboard(void **state)
{
	struct studio *s = *state;
	struct player *p;
	struct verdict v;

	for (uint64_t i = 0; i < 4; i++)
		watch_leak(s, i * 6);
	assert_int_equal(player_open(replay_of(s->path), &p), 0);
	take_verdict(p, VERDICT_LEAK, &v);
	assert_true(fabs(v.growth - (double)MB) < (double)MB / 50);
	mailbox_order(player_mailbox(p),
	              &(struct order){.kind = ORDER_GOTO, .value = 5 * NS_PER_S});
	take_verdict(p, VERDICT_UNKNOWN, &v);
	assert_string_equal(v.reason, "6 samples over 5 s are too few");
	assert_true(player_stop(p));
	player_free(p);
}

/* --- neighbours ----------------------------------------------------------------------------------- */

enum { STEPS = 30, JOIN = 12, PART = 21 };

/* Two neighbours that the kernel makes one, and two again; in all of it nothing is gained or lost. */
static struct region_table *neighbours(struct tracker *tracker, uint64_t i)
{
	const uint64_t base = 0x7f0000000000, border = base + 200 * MB, end = border + 100 * MB;
	const struct vma apart[] = {{base, border, "rw-p", "", 0, 200 * MB, NULL},
	                            {border, end, "r--p", "", 0, 100 * MB, NULL}};
	const struct vma one = {base, end, "rw-p", "", 0, 300 * MB, NULL};
	uint64_t time = i * NS_PER_S + NS_PER_MS;

	return i >= JOIN && i < PART ? pass_run(tracker, &one, 1, time)
	                             : pass_run(tracker, apart, 2, time);
}

static void watch_neighbours(struct studio *s, struct history *h)
{
	struct tracker *tracker = tracker_new();
	struct moment *m = moment_new();

	studio_open(s);
	give_image(s, 0, 7);
	for (uint64_t i = 0; i < STEPS; i++) {
		struct region_table *t;
		struct sample sample;

		sample_init(&sample);
		sample.time = i * NS_PER_S;
		sample.wall = WALL + i * NS_PER_S;
		sample.v[FIGURE_RSS] = sample.v[FIGURE_ANON] = 300 * MB;
		assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
		assert_int_equal(history_sample(h, &sample), 0);
		t = neighbours(tracker, i);
		assert_int_equal(recording_regions(s->r, t), 0);
		assert_int_equal(history_regions(h, t), 0);
		region_table_unref(t);
		assert_int_equal(history_fill(h, UNKNOWN, m), 0);
		for (size_t k = 0; k < m->trend_count; k++)
			assert_false(fabs(m->trends[k].rate) > 1);
	}
	studio_commit(s);
	studio_close(s);
	moment_unref(m);
	tracker_free(tracker);
}

static void neighbours__become_one_and_two__and_nothing_grows(void **state)
{
	struct studio *s = *state;
	struct history *h = history_new(NS_PER_S);
	struct fault fault = {0};
	struct replay *r;

	assert_non_null(h);
	watch_neighbours(s, h);
	history_free(h);
	r = replay_of(s->path);
	for (uint64_t i = 0; i < STEPS; i++) {
		struct moment *m = NULL;

		if (replay_moment(r, i * NS_PER_S + NS_PER_MS, 0, &m, &fault))
			fail_msg("%s", fault.text);
		for (size_t k = 0; k < m->trend_count; k++)
			assert_false(m->trends[k].rate > 1);
		says_nothing_grows(m);
		moment_unref(m);
	}
	replay_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_STUDIO(appended__same_process__nothing_grows),
	        IN_STUDIO(appended__another_process__nothing_grows),
	        IN_STUDIO(appended__verdict_goes_on_in_the_dashboard),
	        IN_STUDIO(neighbours__become_one_and_two__and_nothing_grows),
	        IN_STUDIO(appended__what_is_mapped_while_watched__counts_from_nothing),
	};

	if (!recording_available())
		return 0;
	return cmocka_run_group_tests_name("app_appended", tests, NULL, NULL);
}
