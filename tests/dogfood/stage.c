/* SPDX-License-Identifier: MIT */
/*
 * Knows who does what in a second of a watch. Refuses to know what it costs.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "detect/ranking.h"
#include "model/diff.h"
#include "model/history.h"
#include "report/data.h"
#include "report/html.h"
#include "report/openmetrics.h"
#include "store/recording.h"

enum {
	CROWD = 20,
	CROWD_EVERY = 10,
	KEY_EVERY = 2,
	SIZE_EVERY = 97,
	FREEZE_EVERY = 500,
	FREEZE_LASTS = 20,
	EXPORT_EVERY = 900,
	BASELINE_EVERY = 1800,
	WAITING = 64, /* samples that the recorder may be behind */
};

/*
 * What somebody presses, again and again: every view, up and down in it, sorted, filtered, grouped, opened and left,
 * the pages over it.
 */
static const char keys[] =
        "1jk\t2jjj\nkk\033a\033aarr<>2/anon\n/\n\0332sj\n\n3jj\nw\033u4jjG\ng5j\njj\033r"
        "5<>tjk\n6jj\n\033t6jjt7jjjtrG\ng/work\n/\n\0337rww\033??\0331uuu";

static const int sizes[][2] = {{30, 100}, {24, 80}, {60, 200}, {10, 40}, {1, 1}, {30, 100}};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "soak: %s\n", what);
	exit(1);
}

/* --- the crowd ------------------------------------------------------------------------------------ */

static void crowd_come(struct stage *s)
{
	unsigned kb = 1000u + (unsigned)s->youngest % 97 * 40;

	crowd_put(&s->crowd, &(struct crowd_one){.pid = ++s->youngest,
	                                         .ppid = s->youngest > 110 ? s->youngest - 7 : 1,
	                                         .start = (unsigned)s->youngest,
	                                         .uid = 1000,
	                                         .rss_kb = kb,
	                                         .anon_kb = kb / 2});
}

/* One goes, one comes, and all that stay breathe. */
static void crowd_turn(struct stage *s, unsigned n)
{
	crowd_remove(&s->crowd, s->oldest++);
	crowd_come(s);
	for (int32_t pid = s->oldest; pid <= s->youngest; pid++) {
		unsigned kb = 1000u + ((unsigned)pid * 31 + n) % 211 * 20;
		crowd_grow(&s->crowd, pid, kb, kb / 2);
	}
	process_list_unref(s->list);
	s->list = scan_pass(s->scan, n * NS_PER_S);
	must(s->list != NULL, "no list of processes");
	ranking_judge(s->ranking, s->list);
}

static void crowd_raise(struct stage *s)
{
	s->crowd = crowd_new();
	s->youngest = 99;
	s->oldest = 100;
	for (int i = 0; i < CROWD; i++)
		crowd_come(s);
	s->names = names_new(s->crowd.path);
	s->scan = scan_new(s->crowd.path, CROWD_EVERY * NS_PER_S, s->names);
	s->ranking = ranking_new();
	must(s->names && s->scan && s->ranking, "the crowd cannot be scanned");
	crowd_turn(s, 0);
}

/* --- the screen ----------------------------------------------------------------------------------- */

static void show(struct stage *s, struct moment *m)
{
	struct moment *with = NULL;

	if (tui_view(s->tui) == 7) {
		with = moment_copy(m);
		must(with != NULL, "no moment");
		with->processes = process_list_ref(s->list);
	}
	tui_moment(s->tui, with ? with : m);
	moment_unref(with);
}

static void press(struct stage *s)
{
	struct request r = {0};

	tui_key(s->tui, (unsigned char)keys[s->key], &r);
	s->key = (s->key + 1) % (sizeof(keys) - 1);
	if (r.action == ACTION_FOCUS)
		s->focus = r.id;
}

static void resize(struct stage *s)
{
	s->size = (s->size + 1) % (sizeof(sizes) / sizeof(sizes[0]));
	tui_resize(s->tui, sizes[s->size][0], sizes[s->size][1]);
}

/* Where one looks: now, or some steps back while the picture stands still. */
static struct moment *look(struct stage *s, unsigned n)
{
	unsigned since = n % FREEZE_EVERY;
	bool frozen = n >= FREEZE_EVERY && since < FREEZE_LASTS;
	const struct history *h = watch_history(s->watch);
	uint64_t time = frozen ? history_newest(h) : UNKNOWN;

	for (unsigned i = 0; frozen && known(time) && i < since * 8; i++)
		time = history_before(h, time);
	tui_frozen(s->tui, frozen);
	tui_banner(s->tui, frozen ? "frozen" : NULL, false);
	return watch_moment(s->watch, frozen ? known_or(time, history_oldest(h)) : UNKNOWN,
	                    s->focus);
}

/* --- files ---------------------------------------------------------------------------------------- */

static void export_one(const struct moment *m, int (*write)(const struct moment *, struct buf *))
{
	struct buf b;

	buf_init(&b, 64 << 20);
	write(m, &b);
	must(!b.error, "an export failed");
	buf_done(&b);
}

static int as_json(const struct moment *m, struct buf *out)
{
	return json_available() ? json_report(m, "soak", true, out) : 0;
}

static int as_page(const struct moment *m, struct buf *out)
{
	return html_report(m, "soak", out);
}

static int as_metrics(const struct moment *m, struct buf *out)
{
	return openmetrics_write(m, "soak", "soak", out);
}

/* What has changed since the last time, and everything in every form. */
static void export_all(struct stage *s, struct moment *m)
{
	struct diff *d = NULL;

	must(!s->mark || !diff_new(s->mark, m, true, &d), "no difference");
	diff_unref(d);
	moment_unref(s->mark);
	s->mark = moment_ref(m);
	export_one(m, as_json);
	export_one(m, as_page);
	export_one(m, csv_regions);
	export_one(m, as_metrics);
}

/* The recorder is not outrun: what waits is memory, and in a watch there is a second for each sample. */
static void wait_for_recorder(struct stage *s, uint64_t most)
{
	struct recorder_state state;

	for (;;) {
		recorder_state(s->recorder, &state);
		must(state.phase != RECORDER_FAILED, state.fault.text);
		must(!state.dropped, "samples were dropped");
		if (state.waiting <= most)
			return;
		nanosleep(&(struct timespec){0, 100000}, NULL);
	}
}

static void record(struct stage *s, const char *directory, uint64_t limit)
{
	struct recorder_options o = {.file = {.version = "soak",
	                                      .limit = limit,
	                                      .interval = NS_PER_S},
	                             .pace = NS_PER_MS,
	                             .room = RECORDER_ROOM};
	struct fault fault = {0};
	char path[4096];

	snprintf(path, sizeof(path), "%s/soak.mld", directory);
	o.file.path = path;
	must(!recorder_start(&o, &s->recorder), "no recorder");
	must(!recorder_opened(s->recorder, 60 * NS_PER_S, -1, &fault), fault.text);
	watch_record(s->watch, s->recorder);
}

/* --- the whole ------------------------------------------------------------------------------------ */

void stage_raise(struct stage *s, const char *directory, uint64_t limit, bool restarts)
{
	*s = (struct stage){.options = {.mode = MODE_REPLAY,
	                                .interval = NS_PER_S,
	                                .duration = UNKNOWN,
	                                .procfs = "/proc"}};
	must(!busy_init(&s->busy, restarts), "no process");
	must(!watch_new(&s->busy.source, &s->options, &s->watch), "no watch");
	if (recording_available())
		record(s, directory, limit);
	must(!tui_open_headless(&s->options.tui, sizes[0][0], sizes[0][1], &s->tui), "no screen");
	crowd_raise(s);
}

void stage_turn(struct stage *s, unsigned n)
{
	struct moment *m;

	must(!watch_sample(s->watch, n * NS_PER_S), "no sample");
	while (watch_next_line(s->watch))
		;
	if (n % BASELINE_EVERY == BASELINE_EVERY - 1) {
		watch_rebase(s->watch);
		watch_mark_baseline(s->watch);
	}
	if (n % CROWD_EVERY == 0)
		crowd_turn(s, n);
	if (n % SIZE_EVERY == SIZE_EVERY - 1)
		resize(s);
	if (n % KEY_EVERY == 0)
		press(s);
	m = look(s, n);
	must(m != NULL, "no moment");
	show(s, m);
	tui_draw(s->tui);
	if (n % EXPORT_EVERY == EXPORT_EVERY - 1)
		export_all(s, m);
	moment_unref(m);
	if (s->recorder)
		wait_for_recorder(s, WAITING);
}

void stage_settle(struct stage *s)
{
	if (s->recorder)
		wait_for_recorder(s, 0);
}

void stage_strike(struct stage *s)
{
	tui_close(s->tui);
	moment_unref(s->mark);
	process_list_unref(s->list);
	ranking_free(s->ranking);
	scan_free(s->scan);
	names_stop(s->names);
	crowd_free(&s->crowd);
	watch_free(s->watch);
	if (s->recorder) {
		recorder_finish(s->recorder);
		must(recorder_ended(s->recorder, 60 * NS_PER_S), "the recorder does not end");
	}
	recorder_unref(s->recorder);
}
