/* SPDX-License-Identifier: MIT */
/* Charts of a page: axes of round figures, gaps where nothing is known, the line of the verdict, limits, events. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/html_plot.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"

#define MB (1ull << 20)

/* A chart of so many points, a second apart. */
static void course(struct chart *c, const uint64_t *values, unsigned count)
{
	*c = (struct chart){.to = (count - 1) * NS_PER_S, .count = count};
	for (unsigned i = 0; i < count; i++)
		c->points[i] = (struct chart_point){i * NS_PER_S, values[i], values[i], values[i]};
}

static void draw(const struct moment *m, const struct chart *c, const struct plot_extra *e,
                 struct buf *b)
{
	struct plot p;

	report_buf(b);
	plot_init(&p, m, c, e, true);
	plot_write(&p, "a", "A name", b);
	assert_int_equal(b->error, 0);
}

/* Where the n-th number of a path stands, behind `from`; in pixels. */
static double number_of(const char *path, unsigned n)
{
	while (n-- > 0) {
		path += strcspn(path, "-0123456789.");
		path += strspn(path, "-0123456789.");
	}
	return strtod(path + strcspn(path, "-0123456789."), NULL);
}

static const char *path_of(const struct buf *b, const char *class)
{
	char key[64];

	snprintf(key, sizeof(key), "<path class=\"%s\" d=\"", class);
	const char *at = strstr(buf_str(b), key);
	return at ? at + strlen(key) : NULL;
}

static const struct plot_extra nothing = {.limit = UNKNOWN};

/* --- axes ----------------------------------------------------------------------------------------- */

static void axis__holds_the_course__between_round_figures(void **state)
{
	static const uint64_t figures[][2] = {{0, 0},
	                                      {0, 1},
	                                      {1, 1},
	                                      {4096, 4096},
	                                      {100 * MB, 101 * MB},
	                                      {1, 900 * MB},
	                                      {700 * MB, 1300 * MB},
	                                      {3ull << 40, 5ull << 40},
	                                      {0, 1ull << 63},
	                                      {UNKNOWN - 2, UNKNOWN - 1},
	                                      {0, UNKNOWN - 1}};
	struct moment *m = support_moment();

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		struct chart c;
		struct plot p;
		struct buf b;
		course(&c, figures[i], 2);
		plot_init(&p, m, &c, &nothing, false);
		assert_true(p.low <= figures[i][0] && p.high >= figures[i][1]);
		assert_true(p.step > 0 && p.low % p.step == 0);
		assert_in_range((p.high - p.low) / p.step, 1, 6);
		draw(m, &c, &nothing, &b);
		assert_in_range(page_count(buf_str(&b), NULL, "class=\"end\""), 2, 7);
		buf_done(&b);
	}
	moment_unref(m);
}

/* A course that hardly moves must not look like a mountain. */
static void axis__spans_a_tenth_of_the_height(void **state)
{
	const uint64_t values[] = {1000 * MB, 1000 * MB + 4096};
	struct moment *m = support_moment();
	struct chart c;
	struct plot p;

	(void)state;
	course(&c, values, 2);
	plot_init(&p, m, &c, &nothing, false);
	assert_true(p.high - p.low >= 95 * MB);
	moment_unref(m);
}

static void axis__tells_times__from_milliseconds_to_months(void **state)
{
	static const uint64_t spans[] = {1,
	                                 NS_PER_MS,
	                                 NS_PER_S,
	                                 61 * NS_PER_S,
	                                 3600 * NS_PER_S,
	                                 86400 * NS_PER_S,
	                                 40 * 86400 * NS_PER_S,
	                                 4000 * 86400 * NS_PER_S};
	const uint64_t values[] = {1, 2};
	struct moment *m = support_moment();

	(void)state;
	m->event_count = 0;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		struct chart c;
		struct buf b;
		course(&c, values, 2);
		c.from = 12345678;
		c.to = c.from + spans[i];
		draw(m, &c, &nothing, &b);
		assert_in_range(page_count(buf_str(&b), NULL, "class=\"middle\""),
		                spans[i] >= NS_PER_S, 13);
		buf_done(&b);
	}
	moment_unref(m);
}

/* --- the course ----------------------------------------------------------------------------------- */

static void course__is_as_high_as_its_figures(void **state)
{
	const uint64_t values[] = {10 * MB, 30 * MB, 20 * MB};
	struct moment *m = support_moment();
	struct chart c;
	struct plot p;
	struct buf b;

	(void)state;
	course(&c, values, 3);
	plot_init(&p, m, &c, &nothing, true);
	draw(m, &c, &nothing, &b);
	const char *line = path_of(&b, "line");
	assert_non_null(line);
	for (unsigned i = 0; i < 3; i++) {
		double y = p.tall * (1 - (double)values[i] / (double)p.high);
		assert_true(fabs(number_of(line, 2 * i) - i * (double)p.inner / 2.0) <= 0.06);
		assert_true(fabs(number_of(line, 2 * i + 1) - y) <= 0.06);
	}
	assert_null(path_of(&b, "band"));
	buf_done(&b);
	moment_unref(m);
}

static void course__has_a_gap__where_nothing_is_known(void **state)
{
	const uint64_t values[] = {MB, MB, UNKNOWN, MB, MB, UNKNOWN, UNKNOWN, MB, UNKNOWN};
	struct moment *m = support_moment();
	struct chart c;
	struct buf b;

	(void)state;
	course(&c, values, 9);
	draw(m, &c, &nothing, &b);
	assert_int_equal(page_count(buf_str(&b), NULL, "<path class=\"line\""), 2);
	assert_int_equal(page_count(buf_str(&b), NULL, "<circle class=\"dot\""), 1);
	buf_done(&b);
	moment_unref(m);
}

static void course__says_so__when_nothing_is_known_at_all(void **state)
{
	const uint64_t values[] = {UNKNOWN, UNKNOWN};
	const struct plot_extra all = {true, 1000, 900, 1100, 0, 5 * MB, "a limit"};
	struct moment *m = support_moment();
	struct chart c;
	struct buf b;

	(void)state;
	course(&c, values, 2);
	draw(m, &c, &all, &b);
	assert_non_null(strstr(buf_str(&b), "Nothing is known of it."));
	assert_null(strstr(buf_str(&b), "<path"));
	assert_null(strstr(buf_str(&b), "class=\"end\"")); /* no figure on the axis either */
	buf_done(&b);
	moment_unref(m);
}

static void course__has_a_band__where_a_point_stands_for_many(void **state)
{
	const uint64_t values[] = {10 * MB, 10 * MB, 10 * MB};
	struct moment *m = support_moment();
	struct chart c;
	struct plot p;
	struct buf b;

	(void)state;
	course(&c, values, 3);
	c.points[1].min = 2 * MB;
	c.points[1].max = 18 * MB;
	plot_init(&p, m, &c, &nothing, true);
	assert_int_equal(p.lowest, 2 * MB);
	assert_int_equal(p.highest, 18 * MB);
	draw(m, &c, &nothing, &b);
	const char *band = path_of(&b, "band");
	assert_non_null(band);
	/* Three points along the top, three back along the bottom. */
	assert_true(fabs(number_of(band, 3) - p.tall * (1 - 18.0 * MB / (double)p.high)) <= 0.06);
	assert_true(fabs(number_of(band, 9) - p.tall * (1 - 2.0 * MB / (double)p.high)) <= 0.06);
	buf_done(&b);
	moment_unref(m);
}

/* --- what is laid over it ------------------------------------------------------------------------- */

static void fit__goes_through_the_present__with_the_rate_of_the_verdict(void **state)
{
	const uint64_t values[] = {10 * MB, 16 * MB, 20 * MB};
	const struct plot_extra e = {true, 4.0 * MB, 3.0 * MB, 5.0 * MB, NS_PER_S, UNKNOWN, NULL};
	struct moment *m = support_moment();
	struct chart c;
	struct plot p;
	struct buf b;

	(void)state;
	course(&c, values, 3);
	plot_init(&p, m, &c, &e, true);
	draw(m, &c, &e, &b);
	const char *fit = path_of(&b, "fit"), *interval = path_of(&b, "interval");
	double mb = (double)p.tall * MB / (double)(p.high - p.low);
	double now = (double)(p.high - 20 * MB) / MB * mb;
	assert_true(fit && interval);
	assert_true(fabs(number_of(fit, 0) - p.inner / 2.0) <= 0.06); /* since 00:01 */
	assert_true(fabs(number_of(fit, 1) - (now + 4 * mb)) <= 0.11);
	assert_true(fabs(number_of(fit, 2) - p.inner) <= 0.06);
	assert_true(fabs(number_of(fit, 3) - now) <= 0.06);
	assert_true(fabs(number_of(interval, 1) - (now + 3 * mb)) <= 0.11);
	assert_true(fabs(number_of(interval, 5) - (now + 5 * mb)) <= 0.11);
	buf_done(&b);
	moment_unref(m);
}

/* The part of the page about one chart. */
static const char *chart_of(const struct buf *page, const char *id, const char **ret_end)
{
	char key[48];

	snprintf(key, sizeof(key), "id=\"chart-%s\"", id);
	const char *at = strstr(buf_str(page), key);
	if (!at)
		fail_msg("no chart %s", id);
	*ret_end = strstr(at, "</figure>");
	return at;
}

static bool chart_holds(struct moment *m, const char *id, const char *what)
{
	struct buf b;
	const char *end;

	page_make(m, &b);
	const char *at = chart_of(&b, id, &end);
	bool found = page_count(at, end, what) > 0;
	buf_done(&b);
	return found;
}

static void fit__stands_in_the_chart_of_the_verdict__only_when_it_grows(void **state)
{
	struct moment *m = support_moment(), *idle = support_moment_idle();

	(void)state;
	assert_true(chart_holds(m, "base", "class=\"fit\""));
	assert_false(chart_holds(m, "rss", "class=\"fit\""));
	m->verdict.where = WHERE_SHMEM;
	assert_true(chart_holds(m, "shmem", "class=\"fit\""));
	assert_false(chart_holds(m, "base", "class=\"fit\""));
	m->verdict.since = UNKNOWN;
	assert_false(chart_holds(m, "shmem", "class=\"fit\""));
	assert_false(chart_holds(idle, "base", "class=\"fit\""));
	moment_unref(m);
	moment_unref(idle);
}

static void limit__is_drawn__only_when_it_is_near(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	assert_false(chart_holds(m, "base", "class=\"limit\"")); /* 322 MB away, at 93 MB */
	m->cgroup_usage = 450 * MB;
	assert_true(chart_holds(m, "base", "here its cgroup meets its limit of 512.0 MB"));
	assert_true(chart_holds(m, "rss", "class=\"limit\""));
	assert_false(chart_holds(m, "heap", "class=\"limit\""));
	m->verdict.limit_bytes = 300 * MB; /* of another group: its room is not known here */
	assert_false(chart_holds(m, "base", "class=\"limit\""));
	m->verdict.limit = LIMIT_SYSTEM;
	m->verdict.limit_bytes = 40 * MB;
	assert_true(chart_holds(m, "base", "here this machine&#39;s memory ends (40.0 MB left)"));
	m->verdict.limit = LIMIT_RLIMIT;
	m->verdict.limit_bytes = m->limits[LIMIT_AS] = 1500 * MB;
	assert_false(chart_holds(m, "base", "class=\"limit\""));
	assert_true(chart_holds(m, "vsz", "limit of 1.5 GB"));
	moment_unref(m);
}

static void events__have_the_numbers_of_their_table(void **state)
{
	struct moment *m = support_moment();
	struct buf b;
	const char *end;

	(void)state;
	page_make(m, &b);
	const char *at = chart_of(&b, "rss", &end);
	assert_int_equal(page_count(at, end, "<g class=\"event"), m->event_count);
	at = strstr(at, "09:20 RSS 90.3 MB is above --max-rss 90 MB</title>");
	assert_true(at && at < end);
	assert_int_equal(page_count(at, strstr(at, "</g>"), ">4</text>"), 1);
	at = strstr(buf_str(&b), "<h3 id=\"events\">");
	at = strstr(at, "<td class=\"n\">4</td>");
	assert_non_null(at);
	assert_int_equal(page_count(at, strstr(at, "</tr>"), "RSS 90.3 MB is above"), 1);
	buf_done(&b);
	moment_unref(m);
}

/* Those of before the window, or of after it, are in the table alone; numbers that would overlap give way. */
static void events__outside_of_a_chart_are_not_in_it(void **state)
{
	const uint64_t values[] = {MB, MB, MB, MB};
	struct moment *m = support_moment();
	struct chart c;
	struct buf b;

	(void)state;
	course(&c, values, 4);
	c.from = NS_PER_S;
	for (unsigned i = 0; i < 4; i++)
		m->events[i].time = i * NS_PER_S;
	draw(m, &c, &nothing, &b);
	assert_int_equal(page_count(buf_str(&b), NULL, "<g class=\"event"), 3);
	buf_done(&b);
	for (unsigned i = 0; i < 4; i++)
		m->events[i].time = 2 * NS_PER_S + i;
	draw(m, &c, &nothing, &b);
	assert_int_equal(page_count(buf_str(&b), NULL, "<g class=\"event"), 4);
	assert_int_equal(page_count(buf_str(&b), NULL, ">1</text>"), 1);
	assert_int_equal(page_count(buf_str(&b), NULL, ">2</text>"), 0);
	buf_done(&b);
	moment_unref(m);
}

/* --- which charts --------------------------------------------------------------------------------- */

static bool has_chart(const struct buf *b, const char *id)
{
	char key[48];

	snprintf(key, sizeof(key), "id=\"chart-%s\"", id);
	return strstr(buf_str(b), key) != NULL;
}

static void charts__of_what_was_never_there_are_left_out(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	for (unsigned i = 0; i < m->charts[CHART_SWAP].count; i++) {
		struct chart_point *p = &m->charts[CHART_SWAP].points[i];
		p->min = p->max = p->last = 0;
		m->charts[CHART_HEAP].points[i].last = UNKNOWN;
	}
	page_make(m, &b);
	assert_false(has_chart(&b, "swap"));
	assert_true(has_chart(&b, "rss") && has_chart(&b, "heap") && has_chart(&b, "base"));
	assert_true(has_chart(&b, "vsz") && has_chart(&b, "shmem") && has_chart(&b, "file"));
	buf_done(&b);
	moment_unref(m);
}

/* A CSV of RSS alone: what stands in for the base series leads. */
static void charts__begin_with_what_the_verdict_rests_on(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	m->charts[CHART_BASE].count = 0;
	page_make(m, &b);
	assert_non_null(strstr(buf_str(&b), "class=\"chart lead\" id=\"chart-rss\""));
	buf_done(&b);
	moment_unref(m);
}

/* The table behind a chart has few rows, and loses neither the lowest nor the highest. */
static void charts__have_a_table_behind_them(void **state)
{
	struct moment *m = support_moment();
	struct buf b;
	const char *end;

	(void)state;
	m->charts[CHART_RSS].points[57].max = 77777 * MB;
	page_make(m, &b);
	const char *at = chart_of(&b, "rss", &end);
	at = strstr(at, "<details>");
	assert_int_equal(page_count(at, end, "<tr>"), 61);
	assert_int_equal(page_count(at, end, "value=\"81555095552\""), 1);
	buf_done(&b);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(axis__holds_the_course__between_round_figures),
	        cmocka_unit_test(axis__spans_a_tenth_of_the_height),
	        cmocka_unit_test(axis__tells_times__from_milliseconds_to_months),
	        cmocka_unit_test(course__is_as_high_as_its_figures),
	        cmocka_unit_test(course__has_a_gap__where_nothing_is_known),
	        cmocka_unit_test(course__says_so__when_nothing_is_known_at_all),
	        cmocka_unit_test(course__has_a_band__where_a_point_stands_for_many),
	        cmocka_unit_test(fit__goes_through_the_present__with_the_rate_of_the_verdict),
	        cmocka_unit_test(fit__stands_in_the_chart_of_the_verdict__only_when_it_grows),
	        cmocka_unit_test(limit__is_drawn__only_when_it_is_near),
	        cmocka_unit_test(events__have_the_numbers_of_their_table),
	        cmocka_unit_test(events__outside_of_a_chart_are_not_in_it),
	        cmocka_unit_test(charts__of_what_was_never_there_are_left_out),
	        cmocka_unit_test(charts__begin_with_what_the_verdict_rests_on),
	        cmocka_unit_test(charts__have_a_table_behind_them),
	};

	return cmocka_run_group_tests_name("report_html_plot", tests, NULL, NULL);
}
