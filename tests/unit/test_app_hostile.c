/* SPDX-License-Identifier: MIT */
/*
 * One set of names through every output. Whatever a process calls itself, its files, mappings and functions: it
 * arrives in each report, file and screen, and commands neither the terminal nor whoever reads the file.
 *
 * A new output is one row in the table `outputs`.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/safe_text.h"
#include "model/diff.h"
#include "report/data.h"
#include "report/diagnosis.h"
#include "report/diff.h"
#include "report/export.h"
#include "report/heap.h"
#include "report/html.h"
#include "report/openmetrics.h"
#include "report/sites.h"
#include "report/table.h"
#include "report/top.h"
#include "source/csv.h"
#include "source/snapshot.h"
#include "store/recording.h"
#include "store/replay.h"
#include "support_golden.h"
#include "support_hostile.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"

static const char plain[] = HOSTILE_MARK "plain";

/* --- the outputs ----------------------------------------------------------------------------------- */

static int put_table(const struct moment *m, struct buf *b)
{
	struct table t;
	int err = table_init(&t, "all", m->interval, NULL);

	return err < 0 ? err : table_closing(&t, m, b);
}

static int put_diagnosis(const struct moment *m, struct buf *b)
{
	return diagnosis_write(m, SAFE_UTF8, b);
}

static int put_diagnosis_ascii(const struct moment *m, struct buf *b)
{
	return diagnosis_write(m, SAFE_ASCII, b);
}

static int put_heap(const struct moment *m, struct buf *b)
{
	return heap_text(m, SAFE_UTF8, b);
}

static int put_sites(const struct moment *m, struct buf *b)
{
	return sites_table(m, SAFE_UTF8, b);
}

static int put_metrics(const struct moment *m, struct buf *b)
{
	return openmetrics_write(m, m->target->comm, "1.0", b);
}

static int put_json(const struct moment *m, struct buf *b)
{
	return json_report(m, "1.0", true, b);
}

static int put_html(const struct moment *m, struct buf *b)
{
	return html_report(m, "1.0", b);
}

static int with_diff(const struct moment *m, bool json, struct buf *b)
{
	struct moment *before = support_moment_idle();
	const struct diff_files files = {{m->target->comm, m->target->exe}};
	struct diff *d = NULL;
	int err = diff_new(before, m, false, &d);

	if (err == 0)
		err = json ? diff_json(d, &files, "1.0", b) : diff_text(d, &files, SAFE_UTF8, b);
	diff_unref(d);
	moment_unref(before);
	return err;
}

static int put_diff(const struct moment *m, struct buf *b)
{
	return with_diff(m, false, b);
}

static int put_diff_json(const struct moment *m, struct buf *b)
{
	return with_diff(m, true, b);
}

static int put_top(const struct moment *m, struct buf *b)
{
	return top_table(m->processes, m->processes->count, SAFE_UTF8, b);
}

static int put_top_json(const struct moment *m, struct buf *b)
{
	return top_json(m->processes, m->processes->count, "1.0", b);
}

static int put_error(const struct moment *m, struct buf *b)
{
	struct fault f;

	fault_set(&f, STATUS_OUTPUT, "cannot write %s: %s", m->target->exe, m->target->command);
	return buf_adds(b, f.text);
}

/* The pictures that these keys lead to, one below the other. */
static int put_screens(const struct moment *m, const struct tui_options *o, int rows, int width,
                       const char *const *keys, struct buf *b)
{
	struct tui *t = golden_open(o, rows, width);
	struct moment *shown = moment_copy(m);
	struct request ignored;
	int err = 0;

	assert_non_null(shown);
	tui_moment(t, shown);
	for (; err == 0 && *keys; keys++) {
		for (const char *k = *keys; *k; k++)
			tui_key(t, *k, &ignored);
		err = tui_text(t, b);
		for (unsigned k = 0; k < 3; k++)
			tui_key(t, 033, &ignored);
	}
	tui_close(t);
	moment_unref(shown);
	return err;
}

/* Each view, what opens in it, the reasons, the words; and the views alone. */
static const char *const all_keys[] = {"1",    "2", "2\n", "3",  "4", "5", "5\n", "5a",
                                       "5a\n", "6", "6\n", "6t", "7", "w", "?",   NULL};
static const char *const view_keys[] = {"1", "2", "3", "4", "5a", "6", "7", NULL};

static int put_screen(const struct moment *m, struct buf *b)
{
	return put_screens(m, &(struct tui_options){0}, 30, 100, all_keys, b);
}

static int put_large_screen(const struct moment *m, struct buf *b)
{
	return put_screens(m, &(struct tui_options){0}, 60, 200, view_keys, b);
}

static int put_small_ascii_screen(const struct moment *m, struct buf *b)
{
	return put_screens(m, &(struct tui_options){.ascii = true}, 12, 60, all_keys, b);
}

/* --- what must hold of them ------------------------------------------------------------------------ */

/* Our own word for protection: "---p". */
static bool is_perms(const char *p)
{
	return strspn(p, "-rwx") == 3 && (p[3] == 'p' || p[3] == 's') && p[4] == ',';
}

/* RFC 4180: as many cells in each line, and none that a spreadsheet would compute. */
static void csv_holds(const struct buf *b)
{
	const char *p = buf_str(b);
	unsigned want = 0;

	while (*p) {
		unsigned cells = 1;
		for (bool begins = true, quoted = false; *p && (quoted || *p != '\n'); p++) {
			bool quote = *p == '"';
			if (begins && !quote && strchr("=+-@\t\r", *p) && !is_perms(p))
				fail_msg("a spreadsheet would compute: %.40s", p);
			if (!quote)
				begins = false;
			quoted ^= quote;
			if (!quoted && *p == ',') {
				cells++;
				begins = true;
			}
		}
		p += *p == '\n';
		want = want ? want : cells;
		assert_int_equal(cells, want);
	}
	assert_true(want > 10);
}

/* "frame;frame 123", which is split at the last blank and at each semicolon. */
static void folded_holds(const struct buf *b)
{
	for (const char *p = buf_str(b); *p; p += strcspn(p, "\n") + 1) {
		const char *blank = strchr(p, ' ');
		size_t line = strcspn(p, "\n");

		assert_true(blank && (size_t)(blank - p) < line);
		size_t digits = strspn(blank + 1, "0123456789");
		assert_true(digits > 0 && (size_t)(blank + 1 - p) + digits == line);
	}
}

/* curses shows what it would not send as ^X. */
static void screen_holds(const struct buf *b)
{
	const char *bad = strchr(buf_str(b), '^');

	if (bad)
		fail_msg("curses met a control: %.40s", bad);
}

static void ascii_screen_holds(const struct buf *b)
{
	screen_holds(b);
	for (size_t i = 0; i < b->len; i++)
		assert_true((unsigned char)b->data[i] < 0x7f);
}

static void one_line_holds(const struct buf *b)
{
	assert_null(strchr(buf_str(b), '\n'));
}

struct output {
	const char *what;
	int (*put)(const struct moment *m, struct buf *b);
	void (*holds)(const struct buf *b); /* NULL: nothing but what holds for all */
	bool names;                         /* it has names in it, so that the mark must arrive */
	bool lines;                         /* a name changes nothing in how many lines it has */
};

static const struct output outputs[] = {
        {"table", put_table, NULL, false, true},
        {"diagnosis", put_diagnosis, NULL, true, false},
        {"diagnosis in ASCII", put_diagnosis_ascii, NULL, true, false},
        {"heap", put_heap, NULL, true, true},
        {"sites", put_sites, NULL, true, true},
        {"folded", sites_folded, folded_holds, true, true},
        {"CSV of regions", csv_regions, csv_holds, true, true},
        {"JSON", put_json, NULL, true, true},
        {"metrics", put_metrics, NULL, true, true},
        {"page", put_html, page_check, true, false},
        {"comparison", put_diff, NULL, true, false},
        {"comparison in JSON", put_diff_json, NULL, true, true},
        {"error", put_error, one_line_holds, true, true},
        {"screen", put_screen, screen_holds, true, false},
        {"large screen", put_large_screen, screen_holds, true, false},
        {"small screen in ASCII", put_small_ascii_screen, ascii_screen_holds, true, false},
};
enum { OUTPUTS = sizeof(outputs) / sizeof(outputs[0]), OUTPUTS_OF_REPLAY = OUTPUTS - 2 };

static const struct output of_lists[] = {
        {"list of processes", put_top, NULL, true, true},
        {"list of processes in JSON", put_top_json, NULL, true, true},
        {"screen of processes", put_screen, screen_holds, true, false},
        {"page of processes", put_html, page_check, true, false},
};

/* False where this build does not have it. */
static bool put(const struct output *o, const struct moment *m, struct buf *b)
{
	int err;

	report_buf(b);
	err = o->put(m, b);
	if (err == -ENOTSUP) {
		buf_done(b);
		return false;
	}
	assert_int_equal(err, 0);
	return true;
}

/* What holds for all: no control, no C1, nothing that turns text, no row of the process's own making. */
static void harmless(const struct output *o, const struct moment *m, unsigned lines)
{
	struct buf b;

	if (!put(o, m, &b))
		return;
	report_is_safe(&b);
	assert_null(strstr(buf_str(&b), "\n" HOSTILE_MARK "Warning"));
	assert_null(strstr(buf_str(&b), "\n" HOSTILE_MARK "_total"));
	if (o->names && !strstr(buf_str(&b), HOSTILE_MARK))
		fail_msg("%s: no name arrives, so that nothing is shown by it", o->what);
	if (o->lines && report_lines(buf_str(&b)) != lines)
		fail_msg("%s: %u lines, but %u for a plain name", o->what,
		         report_lines(buf_str(&b)), lines);
	if (o->holds)
		o->holds(&b);
	buf_done(&b);
}

static unsigned lines_of(const struct output *o, const struct moment *m)
{
	struct buf b;
	unsigned n = 0;

	if (o->lines && put(o, m, &b)) {
		n = report_lines(buf_str(&b));
		buf_done(&b);
	}
	return n;
}

/* A moment called `name`, or NULL where this build has no such. */
typedef struct moment *maker(const char *name);

/* Each of `count` outputs of moments that bear each of the names. */
static void each_name(maker *make, const struct output *o, size_t count)
{
	struct moment *tame = make(plain);
	unsigned lines[32];

	assert_non_null(tame);
	assert_in_range(count, 1, 32);
	for (size_t i = 0; i < count; i++)
		lines[i] = lines_of(&o[i], tame);
	for (const char *const *n = hostile_names; *n; n++) {
		struct moment *m = make(*n);
		for (size_t i = 0; i < count; i++)
			harmless(&o[i], m, lines[i]);
		moment_unref(m);
	}
	moment_unref(tame);
}

static void every_output__of_a_watch__disarms_every_name(void **state)
{
	(void)state;
	each_name(hostile_moment, outputs, OUTPUTS);
}

static void every_output__of_a_list__disarms_every_name(void **state)
{
	(void)state;
	each_name(hostile_picker, of_lists, sizeof(of_lists) / sizeof(of_lists[0]));
}

/* --- names of files -------------------------------------------------------------------------------- */

/* Whatever it calls itself, and wherever its program lies: number and time, and what we put around them. */
static void offered_names__hold_nothing__of_the_process(void **state)
{
	static const char *const extensions[] = {"json", "csv", "txt", "html", "folded", "mld"};
	char plain_name[512], name[512];

	(void)state;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		struct moment *tame = hostile_moment(plain);
		assert_int_equal(export_name(tame, extensions[i], plain_name, sizeof(plain_name)),
		                 0);
		assert_non_null(strstr(plain_name, extensions[i]));
		moment_unref(tame);
		for (const char *const *n = hostile_names; *n; n++) {
			struct moment *m = hostile_moment(*n);
			assert_int_equal(export_name(m, extensions[i], name, sizeof(name)), 0);
			assert_string_equal(name, plain_name);
			moment_unref(m);
		}
	}
}

/* --- there and back -------------------------------------------------------------------------------- */

/* A directory of its own, with one file in it. */
struct room {
	char dir[32], path[64];
};

static void room_open(struct room *r, const char *name)
{
	snprintf(r->dir, sizeof(r->dir), "/tmp/hostile-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->path, sizeof(r->path), "%s/%s", r->dir, name);
}

static void room_close(struct room *r)
{
	unlink(r->path);
	assert_int_equal(rmdir(r->dir), 0);
}

/* Names that safe_text leaves as they are may stand in a file as they are; all others must not. */
static void file_has_not(const char *path, const char *name)
{
	static char bytes[8 << 20];
	char safe[1024];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	size_t n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_in_range(n, 1, sizeof(bytes) - 1);
	safe_copy(safe, sizeof(safe), name, strlen(name), SAFE_UTF8);
	if (strcmp(safe, name) != 0 && memmem(bytes, n, name, strlen(name)))
		fail_msg("%s holds a name as it was: %s", path, safe);
}

/* NULL: this build cannot write or read it. */
static struct moment *by_export(const char *name, const char *file)
{
	struct moment *m = hostile_moment(name), *back = NULL;
	struct fault f;
	struct room r;

	room_open(&r, file);
	int err = export_write(m, r.path, "1.0", NULL, &f);
	if (err == 0) {
		file_has_not(r.path, name);
		assert_int_equal(snapshot_load(r.path, &back, &f), 0);
	}
	assert_true(err == 0 || err == -ENOTSUP);
	room_close(&r);
	moment_unref(m);
	return back;
}

static void exports__read_back__are_as_harmless(void **state)
{
	static const struct output of_regions = {"CSV of regions", csv_regions, NULL, true, true};
	static const char *const files[] = {"a.json", "a.csv"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (const char *const *n = hostile_names; *n; n++) {
			struct moment *m = by_export(*n, files[i]);
			struct buf b;
			if (!m)
				break;
			assert_true(put(&of_regions, m, &b));
			assert_non_null(strstr(buf_str(&b), HOSTILE_MARK));
			report_is_safe(&b);
			csv_holds(&b);
			buf_done(&b);
			moment_unref(m);
		}
	}
}

static void record(struct recording *r, struct moment *m)
{
	assert_int_equal(recording_image(r, 0, m->target), 0);
	assert_int_equal(recording_fact(r, "command", m->target->command), 0);
	assert_int_equal(recording_sample(r, &m->first, 0, NULL), 0);
	assert_int_equal(recording_verdict(r, m->time, &m->verdict), 0);
	for (unsigned i = 0; i < m->event_count; i++)
		assert_int_equal(recording_event(r, &m->events[i]), 0);
	assert_int_equal(recording_heap(r, m->heap), 0);
	assert_int_equal(recording_sites(r, m->sites), 0);
	assert_int_equal(recording_regions(r, m->regions), 0);
	assert_int_equal(recording_sample(r, &m->sample, 0, NULL), 0);
}

/* A moment that was recorded and is replayed; its journal is folded into the file by closing. */
static struct moment *by_recording(const char *name)
{
	struct moment *m = hostile_moment(name), *back = NULL;
	struct recording *rec = NULL;
	struct replay *replay = NULL;
	struct fault f = {0};
	struct room r;

	room_open(&r, "recording");
	const struct recording_options o = {r.path, "1.0", RECORDING_LIMIT, m->interval};
	assert_int_equal(recording_open(&o, &rec, &f), 0);
	record(rec, m);
	assert_int_equal(recording_commit(rec, &f), 0);
	recording_close(rec);
	file_has_not(r.path, name);
	assert_int_equal(replay_open(r.path, &replay, &f), 0);
	if (replay_moment(replay, replay_newest(replay), 0, &back, &f) < 0)
		fail_msg("%s", f.text);
	replay_free(replay);
	room_close(&r);
	moment_unref(m);
	return back;
}

static void every_output__of_a_replay__disarms_every_name(void **state)
{
	(void)state;
	if (!recording_available()) {
		print_message("skipped: built without SQLite\n");
		skip();
	}
	each_name(by_recording, outputs, OUTPUTS_OF_REPLAY);
}

/* --- names that come from a file -------------------------------------------------------------------- */

static void text_is_harmless(const char *text)
{
	struct buf b;

	report_buf(&b);
	buf_adds(&b, text);
	assert_null(strchr(text, '\n'));
	report_is_safe(&b);
	buf_done(&b);
}

/* The name as the one column beside time, as a cell, and as the name of the file. */
static void csv__says_nothing_raw__of_columns_cells_and_files(void **state)
{
	static const char *const forms[] = {"time_s,%s\n0,1\n1,2\n2,3\n",
	                                    "time_s,rss_kb\n0,1\n1,%s\n", "%s\n",
	                                    "time_s,rss_kb,%s\n0,1,%s\n1,2,%s\n"};

	(void)state;
	for (const char *const *n = hostile_names; *n; n++) {
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
			struct source *s = NULL;
			struct fault f = {0};
			struct sample sample;
			struct room r;
			const char *note;
			int err;

			room_open(&r, "a.csv");
			FILE *file = fopen(r.path, "w");
			assert_non_null(file);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			fprintf(file, forms[i], *n, *n, *n);
#pragma GCC diagnostic pop
			fclose(file);
			err = csv_open(r.path, &s, &f);
			while (err == 0)
				err = s->ops->sample(s, 0, &sample);
			if (s && err == -EINVAL)
				csv_fault(s, &f);
			text_is_harmless(f.text);
			for (unsigned k = 0; s && (note = csv_note(s, k)); k++)
				text_is_harmless(note);
			if (s)
				s->ops->free(s);
			room_close(&r);
		}
		struct source *s = NULL;
		struct fault f = {0};
		assert_true(csv_open(*n, &s, &f) < 0);
		text_is_harmless(f.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_output__of_a_watch__disarms_every_name),
	        cmocka_unit_test(every_output__of_a_list__disarms_every_name),
	        cmocka_unit_test(offered_names__hold_nothing__of_the_process),
	        cmocka_unit_test(exports__read_back__are_as_harmless),
	        cmocka_unit_test(every_output__of_a_replay__disarms_every_name),
	        cmocka_unit_test(csv__says_nothing_raw__of_columns_cells_and_files),
	};

	golden_locale();
	return cmocka_run_group_tests_name("app_hostile", tests, NULL, NULL);
}
