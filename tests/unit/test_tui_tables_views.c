/* SPDX-License-Identifier: MIT */
/* What keys and new moments do to maps, smaps and the region. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_moment.h"
#include "support_screen.h"
#include "tui/maps_rows.h"
#include "tui/strip.h"

enum { HEAP_ROW = 5 };

static int set_up(void **state)
{
	*state = screen_raise(&(struct tui_options){0}, support_moment());
	return 0;
}

static uint64_t heap_id(const struct shown *f)
{
	return f->m->regions->rows[HEAP_ROW]->id;
}

/* Takes the heap out of the table, as if it had been unmapped. */
static struct moment *moment_without_heap(void)
{
	struct moment *m = support_moment();
	struct region_table *t = m->regions;

	region_unref(t->rows[HEAP_ROW]);
	t->count--;
	memmove(&t->rows[HEAP_ROW], &t->rows[HEAP_ROW + 1],
	        (t->count - HEAP_ROW) * sizeof(t->rows[0]));
	return m;
}

/* --- maps ------------------------------------------------------------------------------------------- */

static void maps__opens__the_region_under_the_cursor(void **state)
{
	struct shown *f = *state;
	struct request r = press(f, "2\n");

	assert_int_equal(r.action, ACTION_FOCUS);
	assert_int_equal(r.id, heap_id(f)); /* what grows most stands first */
	assert_true(shows(f, "the classic heap, grown by brk"));
	r = press(f, "\033");
	assert_int_equal(r.action, ACTION_FOCUS);
	assert_int_equal(r.id, 0);
}

static void maps__keeps__the_region_when_another_overtakes_it(void **state)
{
	struct shown *f = *state;

	press(f, "2jj");
	uint64_t id = press(f, "\n").id;
	press(f, "\033");
	show(f, support_moment_idle()); /* nothing grows: all are sorted by RSS */
	assert_int_equal(press(f, "\n").id, id);
}

static void maps__filters__by_label_kind_permissions_and_address(void **state)
{
	struct shown *f = *state;

	press(f, "2/libssl\n");
	assert_true(shows(f, "4 of 40 regions match /libssl/"));
	press(f, "\033/arena\n");
	assert_true(shows(f, "2 of 40 regions match /arena/"));
	press(f, "\033/rwx\n");
	assert_true(shows(f, "1 of 40 regions match /rwx/"));
	press(f, "\033/7f1010000\n");
	assert_true(shows(f, "1 of 40 regions match /7f1010000/"));
	press(f, "\033/nowhere\n");
	assert_true(shows(f, "no region matches /nowhere/"));
	press(f, "\n"); /* there is nothing to open */
	press(f, "\033");
	assert_true(shows(f, "40 regions in 49 mappings"));
}

static void maps__steps__into_a_group_and_out_again(void **state)
{
	struct shown *f = *state;

	press(f, "2a");
	assert_true(shows(f, "16 kinds, 40 regions"));
	press(f, "jj\n");
	assert_true(shows(f, "anon: 4 regions; Esc goes back"));
	assert_true(shows(f, "[anon: re"));
	press(f, "\033");
	assert_true(shows(f, "16 kinds, 40 regions"));
	press(f, "\n"); /* the cursor is where it was */
	assert_true(shows(f, "anon: 4 regions; Esc goes back"));
	press(f, "a");
	assert_true(shows(f, "labels, 40 regions"));
	press(f, "a");
	assert_true(shows(f, "40 regions in 49 mappings"));
}

static void maps__says__that_no_pass_was_made_yet(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment();

	region_table_unref(m->regions);
	m->regions = NULL;
	show(f, m);
	press(f, "2");
	assert_true(shows(f, "no pass over smaps yet"));
}

static void maps__says__when_a_pass_was_not_whole(void **state)
{
	struct shown *f = *state;

	press(f, "2");
	f->m->regions->torn = true;
	show(f, moment_ref(f->m));
	assert_true(shows(f, "mappings changed while they were read"));
	f->m->regions->partial = true;
	show(f, moment_ref(f->m));
	assert_true(shows(f, "the pass ended early"));
}

static void maps__sorts__labels_alphabetically(void **state)
{
	struct shown *f = *state;
	struct table t = {0};
	struct maps_rows rows = {.labels = true};

	maps_rows_make(&rows, f->m, &t);
	assert_false(rows.failed);
	for (size_t a = 0; a < rows.region_count; a++) {
		for (size_t b = 0; b < rows.region_count; b++) {
			char x[64], y[64];
			region_label(f->m->regions->rows[a], x, sizeof(x));
			region_label(f->m->regions->rows[b], y, sizeof(y));
			int order = strcmp(x, y);
			assert_true((order < 0) == (rows.regions[a].label < rows.regions[b].label));
		}
	}
	maps_rows_done(&rows);
	table_done(&t);
}

static void groups__add_up__to_the_table(void **state)
{
	struct shown *f = *state;
	struct table t = {0};
	struct maps_rows rows = {0};

	for (unsigned by = GROUP_KIND; by < GROUP_COUNT; by++) {
		uint64_t rss = 0, count = 0, swap = 0;
		rows.by = (enum maps_group)by;
		maps_rows_make(&rows, f->m, &t);
		for (size_t i = 0; i < rows.group_count; i++) {
			rss += rows.groups[i].rss;
			count += rows.groups[i].count;
			swap += rows.sums[i].bytes[SMAPS_SWAP];
		}
		assert_int_equal(rss, f->m->regions->totals[SMAPS_RSS]);
		assert_int_equal(swap, f->m->regions->totals[SMAPS_SWAP]);
		assert_int_equal(count, f->m->regions->count);
	}
	maps_rows_done(&rows);
	table_done(&t);
}

static void same_size__counts__what_came_after_the_baseline(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_big(600);
	struct table t = {0};
	struct maps_rows rows = {0};

	(void)f;
	maps_rows_make(&rows, m, &t);
	/* of 150 anonymous regions 100 have grown to 856 kB, 50 are still 256 kB */
	assert_int_equal(rows.same.count, 100);
	assert_int_equal(rows.same.size, 856 * 1024);
	assert_int_equal(rows.same.fresh, 0);
	for (size_t i = 0; i < 40; i++) { /* ten of them anonymous */
		m->regions->rows[i]->born = m->baseline->pass + 1;
		m->regions->rows[i]->id += 1000000;
	}
	maps_rows_make(&rows, m, &t);
	assert_int_equal(rows.same.fresh, 10);
	maps_rows_done(&rows);
	table_done(&t);
	moment_unref(m);
}

static void strip__gives__every_cell_to_the_kind_that_fills_it(void **state)
{
	struct shown *f = *state;
	struct table t = {0};
	struct maps_rows rows = {0};
	struct strip *s = calloc(1, sizeof(*s));
	unsigned heap = 0, reserved = 0;

	maps_rows_make(&rows, f->m, &t);
	for (int width = 1; width < 300; width += 7) {
		strip_make(s, &rows, f->m, width);
		assert_int_equal(s->count, width);
		for (unsigned i = 1; i < s->count; i++)
			assert_true(s->cells[i - 1].last <= s->cells[i].first);
	}
	for (unsigned i = 0; i < s->count; i++) {
		heap += s->cells[i].kind == REGION_HEAP;
		reserved += s->cells[i].kind == REGION_RESERVED;
		if (s->cells[i].kind == REGION_RESERVED && s->cells[i].first == s->cells[i].last)
			assert_int_equal(s->cells[i].resident, 0);
	}
	assert_true(heap > 20);
	assert_true(reserved > heap);
	maps_rows_done(&rows);
	table_done(&t);
	free(s);
}

/* --- smaps ------------------------------------------------------------------------------------------ */

static void smaps__shows_a_dash__where_figures_are_unknown(void **state)
{
	struct shown *f = *state;

	for (size_t i = 0; i < f->m->regions->count; i++)
		f->m->regions->rows[i]->bytes[SMAPS_PSS] = UNKNOWN;
	f->m->regions->totals[SMAPS_PSS] = UNKNOWN;
	f->m->regions->estimated = true;
	show(f, moment_ref(f->m));
	press(f, "3");
	assert_true(shows(f, "heap      70.9M      -"));
	assert_true(shows(f, "total     94.9M      -"));
	assert_true(shows(f, "from page maps: PSS and dirty pages are unknown"));
}

static void smaps__sums_up__what_the_filter_shows(void **state)
{
	struct shown *f = *state;

	press(f, "3/[heap]\n");
	assert_true(shows(f, "total     70.9M"));
}

/* --- one region ------------------------------------------------------------------------------------- */

static void detail__stays__with_the_last_figures_of_a_region_that_vanished(void **state)
{
	struct shown *f = *state;

	press(f, "2\n");
	assert_true(shows(f, "RSS 70.9 MB"));
	show(f, moment_without_heap());
	assert_true(shows(f, "vanished; these are its last figures, of 10:00"));
	assert_true(shows(f, "none: the region is no longer there"));
	show(f, support_moment()); /* stepped back to where it was */
	assert_true(shows(f, "RSS 70.9 MB"));
}

static void detail__says__why_there_is_no_page_map(void **state)
{
	struct shown *f = *state;

	press(f, "2\n");
	assert_true(shows(f, "the pages are being looked at"));
	f->m->abilities.pagemap = false;
	show(f, moment_ref(f->m));
	assert_true(shows(f, "not permitted"));
	f->m->live = false;
	show(f, moment_ref(f->m));
	assert_true(shows(f, "only be looked at in the present"));
}

static void detail__shows__the_page_map_of_its_own_region_alone(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment();

	support_focus(m, REGION_ARENA);
	show(f, m);
	press(f, "2\n"); /* the heap: the map is of another region */
	assert_false(shows(f, "the scan took"));
	m = support_moment();
	support_focus(m, REGION_HEAP);
	show(f, m);
	assert_true(shows(f, "the scan took 640 us, its longest call 64 us"));
}

static void detail__scrolls__to_the_flags(void **state)
{
	struct shown *f = *state;

	press(f, "2\n");
	assert_false(shows(f, "counted against the commit limit"));
	press(f, "G");
	assert_true(shows(f, "counted against the commit limit"));
	press(f, "g");
	assert_true(shows(f, "Pages"));
}

#define WITH_SCREEN(test) cmocka_unit_test_setup_teardown(test, set_up, screen_strike)

/* All that grows may be in mappings that were just born: what the others do is not the rate of them all. */
static void maps__groups__have_no_rate_before_all_members_have(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment();

	press(f, "2a");
	assert_true(shows(f, "+1.8 MB      +3.0 kB/s"));
	for (size_t i = 0; i < m->trend_count; i++)
		if (m->regions->rows[i]->kind == REGION_ARENA && i % 2)
			m->trends[i].rate = NAN;
	show(f, m);
	assert_true(shows(f, "+1.8 MB              - "));
}

/* Half a name says something else, and what is absent is drawn as in the bars. */
static void smaps__legend__names_its_parts_whole(void **state)
{
	struct shown *f = *state;

	press(f, "3");
	tui_resize(f->t, 24, 80);
	assert_true(shows(f, "\u2591 clean  \u259a swap  \u00b7 not in memory"));
	tui_resize(f->t, 14, 60);
	assert_true(shows(f, "\u2591 clean  \u259a swap"));
	assert_false(shows(f, "\u00b7 not"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_SCREEN(maps__groups__have_no_rate_before_all_members_have),
	        WITH_SCREEN(smaps__legend__names_its_parts_whole),
	        WITH_SCREEN(maps__opens__the_region_under_the_cursor),
	        WITH_SCREEN(maps__keeps__the_region_when_another_overtakes_it),
	        WITH_SCREEN(maps__filters__by_label_kind_permissions_and_address),
	        WITH_SCREEN(maps__steps__into_a_group_and_out_again),
	        WITH_SCREEN(maps__says__that_no_pass_was_made_yet),
	        WITH_SCREEN(maps__says__when_a_pass_was_not_whole),
	        WITH_SCREEN(maps__sorts__labels_alphabetically),
	        WITH_SCREEN(groups__add_up__to_the_table),
	        WITH_SCREEN(same_size__counts__what_came_after_the_baseline),
	        WITH_SCREEN(strip__gives__every_cell_to_the_kind_that_fills_it),
	        WITH_SCREEN(smaps__shows_a_dash__where_figures_are_unknown),
	        WITH_SCREEN(smaps__sums_up__what_the_filter_shows),
	        WITH_SCREEN(detail__stays__with_the_last_figures_of_a_region_that_vanished),
	        WITH_SCREEN(detail__says__why_there_is_no_page_map),
	        WITH_SCREEN(detail__shows__the_page_map_of_its_own_region_alone),
	        WITH_SCREEN(detail__scrolls__to_the_flags),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui views of tables", tests, NULL, NULL);
}
