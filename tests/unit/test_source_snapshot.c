/* SPDX-License-Identifier: MIT */
/* Exported moments come back: what the real exporter writes is read again, what is damaged is refused. */

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/diff.h"
#include "report/data.h"
#include "report/diff.h"
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

static void export_of(const struct moment *m, struct buf *out)
{
	report_buf(out);
	assert_int_equal(json_report(m, "1.0", true, out), 0);
}

static struct moment *there_and_back(const struct moment *m)
{
	struct moment *back = NULL;
	struct fault fault = {0};
	struct buf text;

	export_of(m, &text);
	if (load(text.data, text.len, &back, &fault))
		fail_msg("%s", fault.text);
	buf_done(&text);
	return back;
}

static void regions_are_equal(const struct region *x, const struct region *y)
{
	assert_int_equal(x->id, y->id);
	assert_int_equal(x->kind, y->kind);
	assert_int_equal(x->prot, y->prot);
	assert_int_equal(x->start, y->start);
	assert_int_equal(x->end, y->end);
	assert_int_equal(x->size, y->size);
	assert_int_equal(x->offset, y->offset);
	assert_int_equal(x->inode, y->inode);
	assert_int_equal(x->major, y->major);
	assert_int_equal(x->minor, y->minor);
	assert_int_equal(x->mappings, y->mappings);
	assert_int_equal(x->flags, y->flags);
	assert_int_equal(x->peak, y->peak);
	assert_memory_equal(x->bytes, y->bytes, sizeof(x->bytes));
	assert_int_equal(x->name_len, y->name_len);
	assert_memory_equal(x->name, y->name, x->name_len);
}

static void tables_are_equal(const struct region_table *x, const struct region_table *y)
{
	assert_int_equal(x->count, y->count);
	for (size_t i = 0; i < x->count; i++)
		regions_are_equal(x->rows[i], y->rows[i]);
	assert_int_equal(x->size, y->size);
	assert_int_equal(x->totals[SMAPS_RSS], y->totals[SMAPS_RSS]);
	assert_int_equal(x->torn, y->torn);
	assert_int_equal(x->partial, y->partial);
}

static void snapshot__brings__back_what_was_exported(void **state)
{
	struct moment *m = support_moment(), *back = there_and_back(m);

	(void)state;
	tables_are_equal(m->regions, back->regions);
	assert_memory_equal(m->sample.v, back->sample.v, sizeof(m->sample.v));
	assert_int_equal(m->time, back->time);
	assert_int_equal(m->wall, back->wall);
	assert_int_equal(m->first.v[FIGURE_RSS], back->first.v[FIGURE_RSS]);
	assert_int_equal(m->first.wall, back->first.wall);
	assert_int_equal(m->target->pid, back->target->pid);
	assert_int_equal(m->target->start_ticks, back->target->start_ticks);
	assert_string_equal(m->target->comm, back->target->comm);
	assert_string_equal(m->target->exe, back->target->exe);
	assert_int_equal(m->verdict.kind, back->verdict.kind);
	assert_int_equal(m->verdict.confidence, back->verdict.confidence);
	assert_string_equal(m->verdict.reason, back->verdict.reason);
	assert_int_equal(m->event_count, back->event_count);
	for (unsigned i = 0; i < m->event_count; i++) {
		assert_int_equal(m->events[i].kind, back->events[i].kind);
		assert_string_equal(m->events[i].text, back->events[i].text);
	}
	assert_memory_equal(m->status, back->status, sizeof(m->status));
	assert_int_equal(back->state, TARGET_REPLAYED);
	assert_false(back->live);
	moment_unref(m);
	moment_unref(back);
}

/* What was exported and loaded compares with itself without a change. */
static void snapshot__differs__in_nothing_from_itself(void **state)
{
	struct moment *m = support_moment_hostile(), *x = there_and_back(m), *y = there_and_back(m);
	struct diff *d = NULL;

	(void)state;
	assert_int_equal(diff_new(x, y, false, &d), 0);
	assert_int_equal(d->same, m->regions->count);
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		assert_int_equal(d->regions[f].count, 0);
	assert_int_equal(d->group_count, 0);
	for (unsigned i = 0; i < d->figure_count; i++)
		assert_true(!d->figures[i].value.known || d->figures[i].value.change == 0);
	diff_unref(d);
	moment_unref(m);
	moment_unref(x);
	moment_unref(y);
}

static void snapshot__knows__one_watch_again(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_pool(60, 9), *x, *y;

	(void)state;
	b->first = a->first;
	x = there_and_back(a);
	y = there_and_back(b);
	assert_true(diff_one_watch(x, y));
	moment_unref(a);
	moment_unref(b);
	moment_unref(x);
	moment_unref(y);
}

static void snapshot__keeps__the_unknown_unknown(void **state)
{
	struct moment *m = support_moment_reduced(), *back = there_and_back(m);

	(void)state;
	assert_null(back->regions);
	for (int f = 0; f < FIGURE_COUNT; f++)
		assert_int_equal(known(m->sample.v[f]), known(back->sample.v[f]));
	moment_unref(m);
	moment_unref(back);
}

/* Cuts from `from` up to and with the first `until` behind it, everywhere. */
static void cut_out(struct buf *text, const char *from, const char *until)
{
	char *at;

	while ((at = strstr(text->data, from))) {
		char *end = strstr(at, until) + strlen(until);
		memmove(at, end, strlen(end) + 1);
		text->len -= (size_t)(end - at);
	}
}

/* Exports of before had neither the names of regions nor all figures. */
static void snapshot__reads__exports_of_before(void **state)
{
	struct moment *m = support_moment(), *back = NULL;
	struct fault fault = {0};
	struct buf text;

	(void)state;
	export_of(m, &text);
	cut_out(&text, "\"figures\":", "},\n");
	cut_out(&text, "\"name\": ", ", ");
	assert_int_equal(load(text.data, text.len, &back, &fault), 0);
	tables_are_equal(m->regions, back->regions);
	assert_int_equal(back->sample.v[FIGURE_RSS], m->sample.v[FIGURE_RSS]);
	assert_int_equal(back->sample.v[FIGURE_FD_SOCKET], UNKNOWN);
	buf_done(&text);
	moment_unref(m);
	moment_unref(back);
}

/* As jq writes it, on one line; and with members in another order. */
static void snapshot__reads__json_however_it_is_laid_out(void **state)
{
	static const char text[] =
	        "{\"snapshot\":{\"pass\":{\"time_s\":2,\"torn\":false},\"regions\":[{\"kind\":"
	        "\"heap\",\"smaps\":{\"Rss\":4096},\"size\":8192,\"start\":\"0x1000\",\"end\":"
	        "\"0x3000\",\"perms\":\"rw-p\",\"name\":\"[heap]\",\"id\":7},{}],\"utc\":"
	        "\"2026-11-20T13:44:00Z\",\"time_s\":3.5},\"pid\":12,\"schema\":1,\"tool\":"
	        "\"memleak-detective\"}";
	struct moment *m = NULL;
	struct fault fault = {0};

	(void)state;
	assert_int_equal(load(text, sizeof(text) - 1, &m, &fault), 0);
	assert_int_equal(m->regions->count, 2);
	assert_int_equal(m->regions->rows[0]->size, UNKNOWN);
	assert_int_equal(m->regions->rows[1]->kind, REGION_HEAP);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_RSS], 4096);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_SWAP], UNKNOWN);
	assert_int_equal(m->regions->time, 2 * NS_PER_S);
	assert_int_equal(m->time, 3500 * NS_PER_MS);
	assert_int_equal(m->wall, SUPPORT_WALL);
	moment_unref(m);
}

/* No terminal is driven by a file that somebody else made. */
static void snapshot__disarms__texts_of_any_origin(void **state)
{
	static const char text[] =
	        "{\"tool\":\"memleak-detective\",\"schema\":1,\"command\":\"a\\u001b[2J\","
	        "\"snapshot\":{\"reason\":\"r\\u001b[2J\",\"target\":{\"comm\":\"c\\n\"},"
	        "\"events\":[{\"kind\":\"gap\",\"time_s\":1,\"text\":\"e\\u009b2J\"}]}}";
	struct moment *m = NULL;
	struct fault fault = {0};

	(void)state;
	assert_int_equal(load(text, sizeof(text) - 1, &m, &fault), 0);
	assert_string_equal(m->target->command, "a\\x1B[2J");
	assert_string_equal(m->target->comm, "c\\x0A");
	assert_string_equal(m->verdict.reason, "r\\x1B[2J");
	assert_int_equal(m->event_count, 1);
	assert_string_equal(m->events[0].text, "e\\xC2\\x9B2J");
	moment_unref(m);
}

static void refuses(const char *text, size_t n, const char *why)
{
	struct moment *m = NULL;
	struct fault fault = {0};

	assert_true(load(text, n, &m, &fault) < 0);
	assert_null(m);
	assert_int_equal(fault.status, STATUS_USAGE);
	assert_null(strchr(fault.text, '\n'));
	if (!strstr(fault.text, why))
		fail_msg("'%s' does not say '%s'", fault.text, why);
}

static void refuses_text(const char *text, const char *why)
{
	refuses(text, strlen(text), why);
}

#define OURS "{\"tool\":\"memleak-detective\",\"schema\":1,"

static void snapshot__refuses__what_it_is_not(void **state)
{
	(void)state;
	refuses_text("", "empty");
	refuses_text(" \n", "empty");
	refuses_text("{}", "not of this program");
	refuses_text("{\"tool\": \"htop\"}", "not of this program");
	refuses_text("{\"tool\":\"memleak-detective\",\"schema\":2}", "newer");
	refuses_text(OURS "\"last\":{}}", "without the snapshot");
	refuses_text(OURS "\"snapshot\":[]}", "without the snapshot");
	refuses_text(OURS "\"snapshot\":{\"regions\":[1]}}", "do not hold together");
	refuses_text(OURS "\"snapshot\":{\"regions\":[{},]}}", "do not hold together");
	refuses_text(OURS "\"snapshot\":{\"regions\":[{} {}]}}", "do not hold together");
	refuses_text(OURS "\"snapshot\":{\"regions\":[{\"start\":\"0x20\",\"end\":\"0x10\"}]}}",
	             "do not hold together");
	refuses_text(OURS "\"snapshot\":{\"regions\":[}}", "damaged");
	refuses_text("time_s,rss_kb\n0,1\n", "--analyze");
	refuses_text("hello\n", "neither");
	refuses("\0\1\2", 3, "neither");
}

/* However it is cut, it is refused or, without regions, has none: never half a table. */
static void snapshot__refuses__a_cut_file(void **state)
{
	struct moment *m = support_moment();
	struct buf text;

	(void)state;
	export_of(m, &text);
	for (size_t n = 0; n + 1 < text.len; n += n % 89 + 1)
		refuses(text.data, n, n ? "" : "empty");
	buf_done(&text);
	moment_unref(m);
}

/* A byte is no figure of a region that is not there: it loads or is refused, and never falls over. */
static void snapshot__survives__flipped_bytes(void **state)
{
	struct moment *m = support_moment_first(), *back;
	struct fault fault = {0};
	uint64_t seed = 7;
	struct buf text;

	(void)state;
	export_of(m, &text);
	for (unsigned i = 0; i < 400; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		size_t at = (size_t)(seed >> 33) % text.len;
		char was = text.data[at];
		text.data[at] = (char)(seed >> 20);
		if (load(text.data, text.len, &back, &fault) == 0) {
			struct diff *d = NULL;
			assert_int_equal(diff_new(m, back, false, &d), 0);
			diff_unref(d);
			moment_unref(back);
		}
		text.data[at] = was;
	}
	buf_done(&text);
	moment_unref(m);
}

static void snapshot__tells__what_cannot_be_opened(void **state)
{
	struct moment *m = NULL;
	struct fault fault = {0};

	(void)state;
	assert_int_equal(snapshot_load("/nonexistent/a.json", &m, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "/nonexistent/a.json: no such file"));
	assert_int_equal(snapshot_load("/", &m, &fault), -EISDIR);
	assert_int_equal(fault.status, STATUS_USAGE);
}

/* --- the object that --diff --json writes ------------------------------------------------------------- */

static void diff_json__says__what_the_text_says(void **state)
{
	const struct diff_files files = {{"a.json", "b.json"}};
	struct moment *a = spec_pool(0, 200), *b = spec_pool(600, 510);
	struct diff *d = NULL;
	struct buf text;

	(void)state;
	assert_int_equal(diff_new(a, b, true, &d), 0);
	report_buf(&text);
	assert_int_equal(diff_json(d, &files, "1.0", &text), 0);
	buf_addc(&text, '\n');
	report_matches(&text, "diff-pool.json");
	report_is_safe(&text);
	buf_done(&text);
	diff_unref(d);
	moment_unref(a);
	moment_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(snapshot__brings__back_what_was_exported),
	        cmocka_unit_test(snapshot__differs__in_nothing_from_itself),
	        cmocka_unit_test(snapshot__knows__one_watch_again),
	        cmocka_unit_test(snapshot__keeps__the_unknown_unknown),
	        cmocka_unit_test(snapshot__reads__exports_of_before),
	        cmocka_unit_test(snapshot__reads__json_however_it_is_laid_out),
	        cmocka_unit_test(snapshot__disarms__texts_of_any_origin),
	        cmocka_unit_test(snapshot__refuses__what_it_is_not),
	        cmocka_unit_test(snapshot__refuses__a_cut_file),
	        cmocka_unit_test(snapshot__survives__flipped_bytes),
	        cmocka_unit_test(snapshot__tells__what_cannot_be_opened),
	        cmocka_unit_test(diff_json__says__what_the_text_says),
	};

	return cmocka_run_group_tests_name("source/snapshot", tests, NULL, NULL);
}
