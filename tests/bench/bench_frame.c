/* SPDX-License-Identifier: MIT */
/*
 * What the screen costs: bench_frame [REGIONS [ROUNDS]], 60,000 regions at 200x60 without arguments.
 * Prints, for each view, the best time and the median to take a moment in (sorting included), to draw
 * a frame, and from a key to the frame that answers it.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/history.h"
#include "model/tracker.h"
#include "tui/tui_internal.h"

enum { BENCH_ROWS = 60, BENCH_COLUMNS = 200, ROUNDS = 20, ROUNDS_MOST = 1000, REGIONS = 60000 };

/* --- a process with many mappings ------------------------------------------------------------------- */

static void *must(void *p)
{
	if (!p)
		exit(1);
	return p;
}

/* Every fourth is anonymous and has grown by so many bytes; the others are of 15,000 libraries. */
static int record_add(struct tracker *tracker, size_t i, uint64_t grown)
{
	static const unsigned prots[] = {MAP_READ | MAP_WRITE, MAP_READ, MAP_READ | MAP_EXEC,
	                                 MAP_READ | MAP_WRITE};
	bool anonymous = i % 4 == 0;
	uint64_t rss = anonymous ? (256 << 10) + grown : 64 << 10;
	struct smaps_record r = {.has_flags = true};
	char name[64];

	int len = snprintf(name, sizeof(name), "/opt/shop/lib/libpart%zu.so", i / 4);
	r.map = (struct mapping){.start = 0x7f0000000000 + i * 0x1000000,
	                         .prot = prots[i % 4],
	                         .inode = anonymous ? 0 : 700000 + i / 4,
	                         .major = anonymous ? 0 : 8,
	                         .name = name,
	                         .name_len = anonymous ? 0 : (uint32_t)len};
	r.map.end = r.map.start + rss;
	r.bytes[SMAPS_RSS] = r.bytes[SMAPS_PSS] = r.bytes[SMAPS_PRIVATE_DIRTY] = rss;
	r.bytes[SMAPS_ANONYMOUS] = anonymous ? rss : 0;
	r.bytes[SMAPS_KERNEL_PAGE] = r.bytes[SMAPS_MMU_PAGE] = 4 << 10;
	return tracker_add(&r, tracker);
}

static struct region_table *table_make(struct tracker *tracker, size_t regions, uint64_t grown,
                                       uint64_t time)
{
	struct region_table *table = NULL;
	int err = 0;

	tracker_begin(tracker);
	for (size_t i = 0; i < regions && !err; i++)
		err = record_add(tracker, i, i % 8 == 0 ? grown : 0);
	if (err || tracker_end(tracker, time, false, false, false, &table))
		exit(1);
	return table;
}

static void trends_make(struct moment *m)
{
	const struct region_table *t = m->regions;

	m->trend_count = t->count < HISTORY_REGIONS ? t->count : HISTORY_REGIONS;
	m->trends = must(calloc(m->trend_count + 1, sizeof(*m->trends)));
	for (size_t i = 0; i < m->trend_count; i++) {
		m->trends[i] = (struct region_trend){.id = t->rows[i]->id,
		                                     .rate = (double)i,
		                                     .spark_count = SPARK_POINTS};
		for (unsigned p = 0; p < SPARK_POINTS; p++)
			m->trends[i].spark[p] = t->rows[i]->bytes[SMAPS_RSS] + p * i;
	}
}

static struct moment *moment_make(struct tracker *tracker, struct baseline *b, size_t regions,
                                  uint64_t time)
{
	struct moment *m = must(moment_new());

	m->live = true;
	m->time = m->sample.time = time;
	m->target = must(target_new());
	m->verdict.kind = VERDICT_LEAK;
	m->baseline = baseline_ref(b);
	m->regions = table_make(tracker, regions, 64 << 10, time);
	trends_make(m);
	return m;
}

/* --- measuring -------------------------------------------------------------------------------------- */

struct span {
	double ms[ROUNDS_MOST];
	int count;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int ms_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Best and median: the worst on a busy machine tells about the machine. */
static void span_print(struct span *s)
{
	qsort(s->ms, (size_t)s->count, sizeof(s->ms[0]), ms_compare);
	printf(" %8.2f %8.2f", s->ms[0], s->ms[s->count / 2]);
}

/* A screen that is shown first, by these keys. */
struct scene {
	const char *name, *keys;
};

static void keys_press(struct tui *t, const char *keys)
{
	struct request ignored;

	for (; *keys; keys++)
		tui_key(t, *keys, &ignored);
}

static void scene_run(struct tui *t, struct moment *const m[2], const struct scene *scene,
                      int rounds)
{
	struct span refresh = {0}, frame = {0}, key = {0};
	double start;

	keys_press(t, scene->keys);
	tui_moment(t, m[0]);
	tui_draw(t);
	for (int i = 0; i < rounds; i++) {
		start = now_ms();
		tui_moment(t, m[(i + 1) % 2]);
		tui_settle(t);
		refresh.ms[refresh.count++] = now_ms() - start;
		start = now_ms();
		tui_draw(t);
		frame.ms[frame.count++] = now_ms() - start;
		start = now_ms();
		keys_press(t, i % 2 ? "k" : "j");
		tui_draw(t);
		key.ms[key.count++] = now_ms() - start;
	}
	printf("%-24s", scene->name);
	span_print(&refresh);
	span_print(&frame);
	span_print(&key);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct scene scenes[] = {
	        {"Overview", "1"},
	        {"Maps by growth", "2"},
	        {"Maps, filter /part1", "2/part1\n"},
	        {"Maps by kind", "2\033a"},
	        {"Maps by file", "2a"},
	        {"Smaps", "3"},
	        {"Status", "4"},
	};
	const struct tui_options options = {0};
	size_t regions = argc > 1 ? strtoul(argv[1], NULL, 10) : REGIONS;
	int rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
	if (rounds < 1 || rounds > ROUNDS_MOST)
		return 2;
	struct tui *t;

	setlocale(LC_CTYPE, "C.UTF-8");
	int err = tui_open_headless(&options, BENCH_ROWS, BENCH_COLUMNS, &t);
	if (err) {
		fprintf(stderr, "bench_frame: %s\n", strerror(-err));
		return 1;
	}
	struct tracker *tracker = must(tracker_new());
	struct region_table *then = table_make(tracker, regions, 0, 0);
	struct sample sample;
	sample_init(&sample);
	struct baseline *b = must(baseline_new(&sample, NULL, NULL, then));
	region_table_unref(then);
	/* two moments in turn: nothing may be cheap because nothing is new */
	struct moment *m[2] = {moment_make(tracker, b, regions, 1000000000),
	                       moment_make(tracker, b, regions, 2000000000)};
	printf("%zu regions at %dx%d; ms, best and median of %d\n", regions, BENCH_COLUMNS,
	       BENCH_ROWS, rounds);
	printf("%-24s %17s %17s %17s\n", "view", "refresh", "frame", "key to frame");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		scene_run(t, m, &scenes[i], rounds);
	tui_close(t);
	moment_unref(m[0]);
	moment_unref(m[1]);
	baseline_unref(b);
	tracker_free(tracker);
	return 0;
}
