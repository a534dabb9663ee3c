/* SPDX-License-Identifier: MIT */
/* The key table: what a reader of the README relies on. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/theme.h"

static enum action action_of(int key, unsigned where)
{
	const struct key_binding *b = keys_find(key, where);

	return b ? b->action : ACTION_NONE;
}

/* A row that another one hides in every place would be a key that the help promises in vain. */
static void keys__are__all_reachable(void **state)
{
	(void)state;
	for (const struct key_binding *b = key_bindings; b->keys[0]; b++) {
		bool reached = false;
		for (unsigned place = 1; place <= PLACE_ALL; place <<= 1)
			reached |= keys_find(b->keys[0], place) == b;
		assert_true(reached);
	}
}

static void keys__reach__every_view_from_everywhere(void **state)
{
	static const int digits[] = {'1', '2', '3', '4', '5', '6', '7'};

	(void)state;
	for (unsigned place = 1; place <= PLACE_SITE; place <<= 1)
		for (unsigned i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
			const struct key_binding *b = keys_find(digits[i], place);
			assert_non_null(b);
			assert_int_equal(b->action, ACTION_VIEW);
			assert_int_equal(b->id, digits[i] - '0');
		}
}

static void keys__promise__nothing_that_does_not_work_yet(void **state)
{
	static const int later[] = {'0', '8', '9'};

	(void)state;
	for (unsigned i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		assert_null(keys_find(later[i], PLACE_ALL));
}

/* What looking costs stands in the view it is for: nowhere else is the key. */
static void keys__look__inside_the_heap_where_the_price_is_told(void **state)
{
	(void)state;
	assert_int_equal(action_of('x', PLACE_HEAP), ACTION_SCAN);
	assert_int_equal(action_of('x', PLACE_BLOCK), ACTION_SCAN);
	assert_int_equal(action_of('x', PLACE_MAPS), ACTION_NONE);
	assert_int_equal(action_of('x', PLACE_OVERVIEW), ACTION_NONE);
	assert_int_equal(action_of('a', PLACE_HEAP), ACTION_GROUP);
	assert_int_equal(action_of('a', PLACE_BLOCK), ACTION_NONE);
	assert_null(keys_find('x', PLACE_HEAP | PLACE_REPLAY)->footer);
}

static void keys__trace__where_call_sites_are(void **state)
{
	(void)state;
	assert_int_equal(action_of('x', PLACE_SITES), ACTION_TRACE);
	assert_int_equal(action_of('x', PLACE_SITE), ACTION_TRACE);
	assert_int_equal(action_of('t', PLACE_SITES), ACTION_TREE);
	assert_int_equal(action_of('t', PLACE_SITE), ACTION_NONE);
	assert_null(keys_find('x', PLACE_SITES | PLACE_REPLAY)->footer);
}

static void keys__leave__only_by_q_F10_and_ctrl_c(void **state)
{
	(void)state;
	assert_int_equal(action_of('q', PLACE_MAPS), ACTION_QUIT);
	assert_int_equal(action_of(KEY_F(10), PLACE_HELP), ACTION_QUIT);
	assert_int_equal(action_of(3, PLACE_DETAIL), ACTION_QUIT);
	assert_int_equal(action_of(27, PLACE_OVERVIEW), ACTION_BACK);
}

static void keys__step__only_while_frozen(void **state)
{
	(void)state;
	assert_int_equal(action_of(KEY_LEFT, PLACE_MAPS), ACTION_LEFT);
	assert_int_equal(action_of(KEY_LEFT, PLACE_MAPS | PLACE_FROZEN), ACTION_STEP);
	assert_int_equal(keys_find(KEY_RIGHT, PLACE_MAPS | PLACE_FROZEN)->id, 1);
	assert_int_equal(action_of(' ', PLACE_MAPS | PLACE_FROZEN), ACTION_FREEZE);
	assert_int_equal(action_of('Z', PLACE_STATUS), ACTION_FREEZE);
}

static void keys__play__only_in_a_replay(void **state)
{
	(void)state;
	assert_int_equal(action_of(' ', PLACE_MAPS | PLACE_REPLAY), ACTION_PLAY);
	assert_int_equal(action_of('Z', PLACE_STATUS | PLACE_REPLAY), ACTION_PLAY);
	assert_int_equal(action_of('+', PLACE_MAPS | PLACE_REPLAY), ACTION_SPEED);
	assert_int_equal(keys_find('+', PLACE_REPLAY)->id, 1);
	assert_int_equal(keys_find('-', PLACE_REPLAY)->id, 0);
	assert_int_equal(action_of('+', PLACE_MAPS), ACTION_SLOWER);
	assert_int_equal(keys_find(KEY_HOME, PLACE_MAPS | PLACE_REPLAY)->id, 2);
	assert_int_equal(keys_find(KEY_END, PLACE_MAPS | PLACE_REPLAY)->id, 3);
	assert_int_equal(action_of(KEY_HOME, PLACE_MAPS), ACTION_HOME);
	assert_int_equal(action_of('g', PLACE_MAPS | PLACE_REPLAY), ACTION_HOME);
	assert_int_equal(action_of(':', PLACE_DETAIL), ACTION_GOTO_TIME);
}

static void keys__fit__the_footer(void **state)
{
	(void)state;
	for (const struct key_binding *b = key_bindings; b->keys[0]; b++) {
		assert_non_null(b->label);
		if (b->footer)
			assert_true(text_width(b->footer) <= 8);
		if (b->help)
			assert_true(b->help[strlen(b->help) - 1] != '.');
	}
}

static void keys_write__says__every_key_once(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	assert_int_equal(keys_write(&out), 0);
	assert_non_null(strstr(buf_str(&out), "Space       freeze the picture"));
	assert_non_null(
	        strstr(buf_str(&out),
	               "1-7         Overview, Maps, Smaps, Status, Heap, Sites, Processes"));
	assert_ptr_equal(strstr(buf_str(&out), "Esc "), strstr(buf_str(&out), "Esc         back"));
	buf_done(&out);
}

static void keys_write__tells__a_full_buffer(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_true(keys_write(&out) < 0);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keys__are__all_reachable),
	        cmocka_unit_test(keys__reach__every_view_from_everywhere),
	        cmocka_unit_test(keys__promise__nothing_that_does_not_work_yet),
	        cmocka_unit_test(keys__look__inside_the_heap_where_the_price_is_told),
	        cmocka_unit_test(keys__trace__where_call_sites_are),
	        cmocka_unit_test(keys__leave__only_by_q_F10_and_ctrl_c),
	        cmocka_unit_test(keys__step__only_while_frozen),
	        cmocka_unit_test(keys__play__only_in_a_replay),
	        cmocka_unit_test(keys__fit__the_footer),
	        cmocka_unit_test(keys_write__says__every_key_once),
	        cmocka_unit_test(keys_write__tells__a_full_buffer),
	};
	return cmocka_run_group_tests_name("tui keys", tests, NULL, NULL);
}
