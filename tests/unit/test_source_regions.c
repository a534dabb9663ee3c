/* SPDX-License-Identifier: MIT */
/* Region tables exported as .csv come back, with or without jansson. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/diff.h"
#include "report/data.h"
#include "source/snapshot.h"
#include "support_diff.h"
#include "support_file.h"
#include "support_moment.h"
#include "support_report.h"

static int load(const char *bytes, size_t n, struct moment **ret, struct fault *fault)
{
	char path[32];
	int fd = file_of(bytes, n, path), err;

	err = snapshot_load(path, ret, fault);
	close(fd);
	return err;
}

static struct moment *there_and_back(struct moment *m)
{
	struct moment *back = NULL;
	struct fault fault = {0};
	struct buf text;

	report_buf(&text);
	assert_int_equal(csv_regions(m, &text), 0);
	if (load(text.data, text.len, &back, &fault))
		fail_msg("%s", fault.text);
	buf_done(&text);
	moment_unref(m);
	return back;
}

static void regions_csv__brings__back_the_table(void **state)
{
	struct moment *m = support_moment(), *back = there_and_back(moment_ref(m));

	(void)state;
	assert_int_equal(back->regions->count, m->regions->count);
	for (size_t i = 0; i < m->regions->count; i++) {
		const struct region *x = m->regions->rows[i], *y = back->regions->rows[i];
		assert_int_equal(x->id, y->id);
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->prot, y->prot);
		assert_int_equal(x->start, y->start);
		assert_int_equal(x->end, y->end);
		assert_int_equal(x->size, y->size);
		assert_int_equal(x->offset, y->offset);
		assert_int_equal(x->inode, y->inode);
		assert_int_equal(x->mappings, y->mappings);
		assert_int_equal(x->flags, y->flags);
		assert_memory_equal(x->bytes, y->bytes, sizeof(x->bytes));
		assert_int_equal(x->name_len, y->name_len);
		assert_memory_equal(x->name, y->name, x->name_len);
	}
	assert_null(back->target);
	assert_int_equal(back->wall, UNKNOWN);
	assert_int_equal(back->sample.v[FIGURE_RSS], UNKNOWN);
	moment_unref(m);
	moment_unref(back);
}

/* Quotes, commas, formulas and what else a target may call itself. */
static void regions_csv__differs__in_nothing_from_itself(void **state)
{
	struct moment *x = there_and_back(support_moment_hostile()),
	              *y = there_and_back(support_moment_hostile());
	struct diff *d = NULL;

	(void)state;
	assert_int_equal(diff_new(x, y, false, &d), 0);
	assert_int_equal(d->same, x->regions->count);
	diff_unref(d);
	moment_unref(x);
	moment_unref(y);
}

static void regions_csv__names__a_pool_that_grew(void **state)
{
	struct moment *x = there_and_back(spec_pool(0, 200)),
	              *y = there_and_back(spec_pool(600, 510));
	struct diff *d = NULL;

	(void)state;
	assert_int_equal(diff_new(x, y, false, &d), 0);
	assert_int_equal(d->match, DIFF_BY_ADDRESS);
	assert_int_equal(d->groups[0].count.change, 310);
	assert_int_equal(d->groups[0].size, 592 * 1024);
	diff_unref(d);
	moment_unref(x);
	moment_unref(y);
}

#define HEADER "label,kind,start,end,size_kb,rss_kb,unheard_of\n"

static void regions_csv__goes_by__the_names_in_the_header(void **state)
{
	static const char text[] = HEADER "\"a \"\"b\"\", c\",file,0x1000,0x2000,4,,9\r\n"
	                                  "heap,heap,0x5000,0x6000,4,4,\r\n";
	struct moment *m = NULL;
	struct fault fault = {0};

	(void)state;
	assert_int_equal(load(text, sizeof(text) - 1, &m, &fault), 0);
	assert_int_equal(m->regions->count, 2);
	assert_int_equal(m->regions->rows[0]->name_len, 8);
	assert_memory_equal(m->regions->rows[0]->name, "a \"b\", c", 8);
	assert_int_equal(m->regions->rows[0]->bytes[SMAPS_RSS], UNKNOWN);
	assert_int_equal(m->regions->rows[1]->name_len, 0);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_RSS], 4096);
	moment_unref(m);
}

static void refuses(const char *text, const char *why)
{
	struct moment *m = NULL;
	struct fault fault = {0};

	assert_true(load(text, strlen(text), &m, &fault) < 0);
	assert_int_equal(fault.status, STATUS_USAGE);
	if (!strstr(fault.text, why))
		fail_msg("'%s' does not say '%s'", fault.text, why);
}

static void regions_csv__tells__the_line_that_is_damaged(void **state)
{
	(void)state;
	refuses(HEADER "a,file,0x1000,0x2000,4,4\n", ":2: damaged");
	refuses(HEADER "a,file,0x1000,0x2000,4,4,1,2\n", ":2: damaged");
	refuses(HEADER "a,file,0x1000,0x2000,4,4,1\n\"b,file,0x1,0x2,4,4,1\n", ":3: damaged");
	refuses(HEADER "a,file,0x3000,0x2000,4,4,1\n", ":2: damaged");
	refuses(HEADER "\"a\"b,file,0x3000,0x4000,4,4,1\n", ":2: damaged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(regions_csv__brings__back_the_table),
	        cmocka_unit_test(regions_csv__differs__in_nothing_from_itself),
	        cmocka_unit_test(regions_csv__names__a_pool_that_grew),
	        cmocka_unit_test(regions_csv__goes_by__the_names_in_the_header),
	        cmocka_unit_test(regions_csv__tells__the_line_that_is_damaged),
	};

	return cmocka_run_group_tests_name("source/regions", tests, NULL, NULL);
}
