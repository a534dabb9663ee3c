/* SPDX-License-Identifier: MIT */
/* The table by itself: its order, its cursor, its columns, what a cell says and what is found. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"
#include "tui/table.h"

/* --- a view of fruits ------------------------------------------------------------------------------- */

struct fruit {
	uint64_t id, weight; /* weight may be UNKNOWN */
	const char *name;
};

struct fruits {
	struct view view;
	struct view_settings settings;
	struct table table;
	struct fruit rows[8];
	size_t count;
};

enum { BY_WEIGHT, BY_NAME };

static const struct fruit *fruit_at(const struct table_at *at)
{
	return &((const struct fruits *)at->view)->rows[at->row];
}

static uint64_t key_weight(const struct table_at *at)
{
	return fruit_at(at)->weight;
}

static uint64_t key_letter(const struct table_at *at)
{
	return (uint64_t)fruit_at(at)->name[0];
}

static uint64_t key_id(const struct table_at *at)
{
	return fruit_at(at)->id;
}

static bool fruit_matches(const struct table_at *at, const char *filter)
{
	return table_contains(filter, fruit_at(at)->name, strlen(fruit_at(at)->name));
}

static enum role cell_none(const struct table_at *at, char *out, size_t size)
{
	(void)at;
	snprintf(out, size, "%s", "");
	return ROLE_TEXT;
}

static const struct table_column fruit_columns[] = {
        {.header = "weight",
         .width = 6,
         .wide = 10,
         .rank = 1,
         .sort = BY_WEIGHT + 1,
         .text = cell_none,
         .key = key_weight},
        {.header = "colour", .width = 8, .rank = 2, .text = cell_none},
        {.header = "name",
         .width = 10,
         .rest = true,
         .sort = BY_NAME + 1,
         .left = true,
         .up = true,
         .text = cell_none,
         .key = key_letter},
        {.header = NULL},
};

static const struct table_ops fruit_table = {
        .columns = fruit_columns,
        .tie = BY_WEIGHT,
        .id = key_id,
        .matches = fruit_matches,
};

static int set_up(void **state)
{
	static const struct fruit rows[] = {
	        {11, 120, "apple"},   {12, 900, "Melon"}, {13, UNKNOWN, "durian"},
	        {14, 120, "avocado"}, {15, 5, "cherry"},
	};
	struct fruits *f = calloc(1, sizeof(*f));

	memcpy(f->rows, rows, sizeof(rows));
	f->count = sizeof(rows) / sizeof(rows[0]);
	f->settings = (struct view_settings){.rows = 10, .columns = 80};
	f->view.settings = &f->settings;
	f->table.ops = &fruit_table;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fruits *f = *state;

	table_done(&f->table);
	free(f);
	return 0;
}

static void fruits_refresh(struct fruits *f)
{
	table_refresh(&f->table, &f->view, NULL, f->count, 3);
}

static void act(struct fruits *f, enum action action)
{
	bool again;

	assert_true(table_act(&f->table, &f->view, &(struct request){.action = action}, NULL, 3,
	                      &again));
	if (again)
		fruits_refresh(f);
}

/* The first letters of the names in the order they are shown. */
static const char *order(const struct fruits *f, char out[9])
{
	for (size_t i = 0; i < f->table.count; i++)
		out[i] = f->rows[f->table.items[i].row].name[0];
	out[f->table.count] = 0;
	return out;
}

/* --- order ------------------------------------------------------------------------------------------ */

static void rows__are_sorted__largest_first_unknown_last(void **state)
{
	struct fruits *f = *state;
	char text[9];

	fruits_refresh(f);
	assert_string_equal(order(f, text), "Maacd");
	act(f, ACTION_REVERSE);
	assert_string_equal(order(f, text), "caaMd");
}

static void names__are_sorted__smallest_first(void **state)
{
	struct fruits *f = *state;
	char text[9];

	f->table.sort = BY_NAME;
	fruits_refresh(f);
	assert_string_equal(order(f, text), "Maacd");
	assert_int_equal(f->rows[f->table.items[1].row].id, 11); /* equals stay as they were */
}

static void next_sort__walks__the_columns_on_the_screen(void **state)
{
	struct fruits *f = *state;

	fruits_refresh(f);
	act(f, ACTION_SORT_NEXT);
	assert_int_equal(f->table.sort, BY_NAME);
	act(f, ACTION_SORT_NEXT);
	assert_int_equal(f->table.sort, BY_WEIGHT);
	f->settings.columns = 14; /* the weight is gone from the screen */
	act(f, ACTION_SORT_PREVIOUS);
	assert_int_equal(f->table.sort, BY_NAME);
	act(f, ACTION_SORT_PREVIOUS);
	assert_int_equal(f->table.sort, BY_NAME);
}

static void table_sort__orders__keys_and_keeps_equals_as_they_were(void **state)
{
	enum { MANY = 5000 };
	struct table_item *items = calloc(2 * MANY, sizeof(*items));
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		items[i] = (struct table_item){.key = i % 7 ? seed >> (i % 64) : UNKNOWN, .row = i};
	}
	table_sort(items, items + MANY, MANY);
	for (size_t i = 1; i < MANY; i++) {
		assert_true(items[i - 1].key <= items[i].key);
		if (items[i - 1].key == items[i].key)
			assert_true(items[i - 1].row < items[i].row);
	}
	free(items);
}

static void keys__of_signed_figures__keep_their_order(void **state)
{
	(void)state;
	assert_true(table_key_signed(-5) < table_key_signed(-4));
	assert_true(table_key_signed(-1) < table_key_signed(0));
	assert_true(table_key_signed(INT64_MAX) < UNKNOWN);
	assert_true(table_key_real(-0.5) < table_key_real(0.25));
	assert_true(table_key_real(INFINITY) < UNKNOWN);
	assert_int_equal(table_key_real(NAN), UNKNOWN);
}

/* --- filter and cursor ------------------------------------------------------------------------------ */

static void filter__shows__what_contains_it_in_any_case(void **state)
{
	struct fruits *f = *state;
	char text[9];

	snprintf(f->view.filter, sizeof(f->view.filter), "M");
	fruits_refresh(f);
	assert_string_equal(order(f, text), "M");
	snprintf(f->view.filter, sizeof(f->view.filter), "nothing");
	fruits_refresh(f);
	assert_int_equal(f->table.count, 0);
	assert_int_equal(f->table.list.id, 0);
}

static void find__goes__round_the_rows_with_the_last_filter(void **state)
{
	struct fruits *f = *state;

	snprintf(f->view.filter, sizeof(f->view.filter), "a");
	fruits_refresh(f);
	f->view.filter[0] = 0; /* Esc took it away */
	fruits_refresh(f);
	assert_int_equal(f->table.list.id, 12);
	act(f, ACTION_FIND_NEXT);
	assert_int_equal(f->table.list.id, 11);
	act(f, ACTION_FIND_NEXT);
	assert_int_equal(f->table.list.id, 14);
	act(f, ACTION_FIND_NEXT);
	assert_int_equal(f->table.list.id, 13);
	act(f, ACTION_FIND_PREVIOUS);
	assert_int_equal(f->table.list.id, 14);
}

static void cursor__follows__its_row(void **state)
{
	struct fruits *f = *state;

	fruits_refresh(f);
	act(f, ACTION_DOWN);
	assert_int_equal(f->table.list.id, 11);
	f->rows[4].weight = 1000; /* the cherry overtakes everybody */
	fruits_refresh(f);
	assert_int_equal(f->table.list.id, 11);
	assert_int_equal(f->table.list.at, 2);
}

static void cursor__stays_on_top__until_it_is_moved(void **state)
{
	struct fruits *f = *state;

	fruits_refresh(f);
	f->rows[4].weight = 1000;
	fruits_refresh(f);
	assert_int_equal(f->table.list.id, 15);
}

static void cursor__keeps_its_place__when_its_row_is_gone(void **state)
{
	struct fruits *f = *state;

	fruits_refresh(f);
	act(f, ACTION_DOWN);
	f->rows[0] = f->rows[4]; /* apple */
	f->count--;
	fruits_refresh(f);
	assert_int_equal(f->table.list.at, 1);
	assert_int_equal(f->table.list.id, 14);
}

static void no_rows__are__no_harm(void **state)
{
	struct fruits *f = *state;
	size_t row;

	f->count = 0;
	fruits_refresh(f);
	act(f, ACTION_END);
	act(f, ACTION_FIND_NEXT);
	act(f, ACTION_SORT_NEXT);
	assert_false(table_selected(&f->table, &row));
}

/* --- columns ---------------------------------------------------------------------------------------- */

static void columns__go__by_rank_as_the_screen_narrows(void **state)
{
	struct fruits *f = *state;
	struct table_layout l;

	table_place(&f->table, 60, &l);
	assert_int_equal(l.width[0], 10); /* wide, because there is room */
	assert_int_equal(l.width[1], 8);
	assert_int_equal(l.x[2], 21);
	assert_int_equal(l.x[2] + l.width[2], 58); /* a gap, the scroll bar */
	table_place(&f->table, 20, &l);
	assert_int_equal(l.width[0], 6);
	assert_int_equal(l.width[1], -1);
	assert_int_equal(l.width[2], 10);
	table_place(&f->table, 5, &l);
	assert_int_equal(l.width[0], -1);
	assert_int_equal(l.width[2], 10); /* the canvas cuts it */
}

/* --- cells ------------------------------------------------------------------------------------------ */

static const char *size_in(struct fruits *f, int width, uint64_t bytes, char out[64])
{
	table_size(&(struct table_at){.view = &f->view, .width = width}, bytes, out, 64);
	return out;
}

static void sizes__never_lose__a_digit(void **state)
{
	struct fruits *f = *state;
	char text[64];

	assert_string_equal(size_in(f, 9, 1023ull << 20, text), "1023.0 MB");
	assert_string_equal(size_in(f, 6, 70ull << 20, text), "70.0M");
	f->settings.unit = HUMAN_KB;
	assert_string_equal(size_in(f, 9, 1ull << 20, text), "1024 kB");
	assert_string_equal(size_in(f, 9, 1ull << 40, text), "1.0T");
	assert_string_equal(size_in(f, 9, UNKNOWN, text), "-");
}

static void changes__carry__sign_and_role(void **state)
{
	struct fruits *f = *state;
	struct table_at at = {.view = &f->view, .width = 10};
	char text[64];

	assert_int_equal(table_change(&at, true, 3 << 20, true, text, 64), ROLE_GROWTH);
	assert_string_equal(text, "+3.0 MB");
	assert_int_equal(table_change(&at, true, 3 << 20, false, text, 64), ROLE_TEXT);
	assert_int_equal(table_change(&at, true, -(3 << 20), true, text, 64), ROLE_TEXT);
	assert_string_equal(text, "-3.0 MB");
	assert_int_equal(table_change(&at, true, 0, true, text, 64), ROLE_DIM);
	assert_int_equal(table_change(&at, false, 5, true, text, 64), ROLE_DIM);
	assert_string_equal(text, "-");
	assert_int_equal(table_rate(&at, NAN, true, text, 64), ROLE_DIM);
	assert_string_equal(text, "-");
	assert_int_equal(table_rate(&at, -2048, true, text, 64), ROLE_TEXT);
}

static const char *label_in(struct fruits *f, int width, const char *name, char out[TABLE_TEXT])
{
	table_label(&(struct table_at){.view = &f->view, .width = width}, name, strlen(name), out,
	            TABLE_TEXT);
	return out;
}

static void labels__keep__the_last_part_of_a_path(void **state)
{
	struct fruits *f = *state;
	const char *path = "/usr/lib/x86_64-linux-gnu/libc.so.6";
	char text[TABLE_TEXT];

	assert_string_equal(label_in(f, 40, path, text), path);
	assert_string_equal(label_in(f, 18, path, text), "/usr/li\u2026/libc.so.6");
	assert_string_equal(label_in(f, 10, path, text), "libc.so.6");
	assert_string_equal(label_in(f, 6, path, text), "lib\u2026.6");
	f->settings.ascii = true;
	assert_string_equal(label_in(f, 18, path, text), "/usr/l../libc.so.6");
}

static void labels__are__safe(void **state)
{
	struct fruits *f = *state;
	char text[TABLE_TEXT], path[4096];

	assert_string_equal(label_in(f, 40, "/tmp/\033[2J", text), "/tmp/\\x1B[2J");
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path + sizeof(path) - 9, "/end.so", 8);
	assert_string_equal(label_in(f, 12, path, text), "xxxx\u2026/end.so");
	/* 0xc3 0xa9 across the cut: the half character is left out */
	for (size_t i = 0; i + 1 < sizeof(path); i += 2)
		memcpy(path + i, "\xc3\xa9", 2);
	path[sizeof(path) - 2] = 0;
	label_in(f, 400, path, text);
	assert_null(strstr(text, "\\x"));
}

static void search__finds__raw_bytes_and_their_safe_form(void **state)
{
	(void)state;
	assert_true(table_contains("LIBC", "/lib/libc.so", 12));
	assert_false(table_contains("libd", "/lib/libc.so", 12));
	assert_false(table_contains("so.6", "libc.so.6", 7)); /* not behind the end */
	assert_true(table_contains("\\x1b", "a\033b", 3));
	assert_true(table_contains("\u00c9t\u00e9", "\u00e9t\u00e9.log", 9));
	assert_false(table_contains("\u00e9", "ete.log", 7));
	assert_true(table_contains("", "", 0));
}

#define WITH_FRUITS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_FRUITS(rows__are_sorted__largest_first_unknown_last),
	        WITH_FRUITS(names__are_sorted__smallest_first),
	        WITH_FRUITS(next_sort__walks__the_columns_on_the_screen),
	        cmocka_unit_test(table_sort__orders__keys_and_keeps_equals_as_they_were),
	        cmocka_unit_test(keys__of_signed_figures__keep_their_order),
	        WITH_FRUITS(filter__shows__what_contains_it_in_any_case),
	        WITH_FRUITS(find__goes__round_the_rows_with_the_last_filter),
	        WITH_FRUITS(cursor__follows__its_row),
	        WITH_FRUITS(cursor__stays_on_top__until_it_is_moved),
	        WITH_FRUITS(cursor__keeps_its_place__when_its_row_is_gone),
	        WITH_FRUITS(no_rows__are__no_harm),
	        WITH_FRUITS(columns__go__by_rank_as_the_screen_narrows),
	        WITH_FRUITS(sizes__never_lose__a_digit),
	        WITH_FRUITS(changes__carry__sign_and_role),
	        WITH_FRUITS(labels__keep__the_last_part_of_a_path),
	        WITH_FRUITS(labels__are__safe),
	        cmocka_unit_test(search__finds__raw_bytes_and_their_safe_form),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui tables", tests, NULL, NULL);
}
