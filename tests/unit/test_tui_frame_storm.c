/* SPDX-License-Identifier: MIT */
/* No size and no order of keys breaks the dashboard; the sanitizers watch. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_golden.h"
#include "support_moment.h"
#include "tui/theme.h"

enum { ESCAPE = 27 };

static void every_size__draws(void **state)
{
	static const int widths[] = {1,  2,  3,  5,  8,   12,  20,  40, 59,
	                             60, 61, 76, 80, 100, 149, 150, 200};
	static const int keys[] = {'1', '2', '3', '4', '7', 'w', '?', '?'};
	struct tui *t = golden_open(&(struct tui_options){0}, 24, 80);
	struct moment *shown = support_moment();
	struct request r;

	(void)state;
	tui_moment(t, shown);
	for (int rows = 1; rows <= 61; rows += rows < 26 ? 1 : 7)
		for (unsigned w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
			tui_resize(t, rows, widths[w]);
			for (unsigned k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
				tui_key(t, keys[k], &r);
				tui_draw(t);
			}
			tui_key(t, ESCAPE, &r);
			tui_key(t, ESCAPE, &r);
		}
	tui_close(t);
	moment_unref(shown);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static int random_key(uint32_t *seed)
{
	static const int special[] = {KEY_UP,        KEY_DOWN,   KEY_LEFT,        KEY_RIGHT,
	                              KEY_PPAGE,     KEY_NPAGE,  KEY_HOME,        KEY_END,
	                              KEY_BACKSPACE, KEY_DC,     KEY_BTAB,        ESCAPE,
	                              '\n',          KEY_RESIZE, (1 << 24) | 0xe9};
	uint32_t n = random_next(seed);

	if (n % 3 == 0)
		return special[n / 3 % (sizeof(special) / sizeof(special[0]))];
	return (int)(' ' + n / 3 % 95);
}

static struct moment *random_moment(uint32_t *seed)
{
	switch (random_next(seed) % 7) {
	case 0:
		return support_moment_idle();
	case 1:
		return support_moment_reduced();
	case 2:
		return support_moment_first();
	case 3:
		return support_moment_hostile();
	case 4:
		return support_moment_picker();
	case 5:
		return moment_new();
	default:
		return support_moment();
	}
}

static void random_keys__break__nothing(void **state)
{
	struct tui *t = golden_open(&(struct tui_options){0}, 24, 80);
	uint32_t seed = 20261120;
	struct request r;

	(void)state;
	for (int i = 0; i < 6000; i++) {
		if (i % 40 == 0)
			tui_resize(t, 1 + (int)(random_next(&seed) % 70),
			           1 + (int)(random_next(&seed) % 220));
		if (i % 100 == 0) {
			struct moment *m = random_moment(&seed);
			tui_moment(t, m);
			moment_unref(m);
			tui_frozen(t, random_next(&seed) % 4 == 0);
		}
		tui_key(t, random_key(&seed), &r);
		if (r.action == ACTION_EXPORT && !r.text)
			tui_ask_export(t, "memleak-1.json");
		if (i % 3 == 0)
			tui_draw(t);
	}
	tui_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_size__draws),
	        cmocka_unit_test(random_keys__break__nothing),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui storm", tests, NULL, NULL);
}
