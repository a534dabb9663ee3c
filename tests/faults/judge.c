/* SPDX-License-Identifier: MIT */
/* Knows promises: of exit statuses, of what is said, of files, of the terminal. Refuses to know what failed. */
#include "judge.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.h"

struct verdict {
	enum wrong worst;
	char *text;
	size_t size;
};

/* The first thing that is wrong names the run; what is said of it is all. */
__attribute__((format(printf, 3, 4))) static void blame(struct verdict *v, enum wrong what,
                                                        const char *format, ...)
{
	size_t len = strlen(v->text);
	va_list args;

	va_start(args, format);
	vsnprintf(v->text + len, v->size - len, format, args);
	va_end(args);
	len = strlen(v->text);
	snprintf(v->text + len, v->size - len, "; ");
	if (!v->worst || what < v->worst)
		v->worst = what;
}

static void judge_end(struct verdict *v, const struct outcome *o)
{
	if (o->signal && !o->hung)
		blame(v, WRONG_CRASH, "signal %d", o->signal);
	else if (o->hung)
		blame(v, WRONG_HANG, "it hangs");
	else if (o->status == 86)
		blame(v, WRONG_CRASH, "memory is leaked");
	else if (o->status == 1 || o->status > 5)
		blame(v, WRONG_STATUS, "status %d", o->status);
}

static bool has_verdict(const char *out)
{
	return strstr(out, "Cannot tell yet") || strstr(out, "No leak detected") ||
	       strstr(out, "Suspicious: ") || strstr(out, "Warning: ");
}

static bool ends_line(const char *text)
{
	size_t n = strlen(text);

	return n && text[n - 1] == '\n';
}

static void judge_stdout(struct verdict *v, const struct scenario *s, const char *out)
{
	const char *problem = s->owed & OWED_JSON ? look_json(out) : NULL;

	if (problem)
		blame(v, WRONG_UNTOLD, "status 0, stdout: %s", problem);
	if (s->owed & OWED_REPORT && !has_verdict(out))
		blame(v, WRONG_UNTOLD, "status 0 without a report");
	if (s->owed & (OWED_TEXT | OWED_LINES) && !ends_line(out))
		blame(v, WRONG_UNTOLD, "status 0 and stdout ends within a line, or is empty");
}

/* --- files ---------------------------------------------------------------------------------------------- */

static int table_rows(const char *text)
{
	int rows = 0;

	for (const char *line = text; line && *line;
	     line = strchr(line, '\n'), line += line != NULL)
		rows += line[0] >= '0' && line[0] <= '9' && strlen(line) > 8 && line[2] == ':';
	return rows;
}

static bool admits_gaps(const char *out, const char *err)
{
	static const char *const words[] = {"missing", "cannot", "not recorded", "left out",
	                                    "recording"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(err, words[i]) || strstr(out, words[i]))
			return true;
	return false;
}

static void judge_recording(struct verdict *v, const struct place *p, const struct scenario *s,
                            const struct outcome *o, const char *out, const char *err)
{
	bool there = access(run_path(p, "work/out.rec"), F_OK) == 0;
	int samples = 0, rows = table_rows(out);
	const char *problem = there ? look_recording(run_path(p, "work/out.rec"), &samples) : NULL;

	if (problem)
		blame(v, WRONG_FILE, "%s", problem);
	else if (s->seed && !there)
		blame(v, WRONG_FILE, "the recording that was there is gone");
	else if (!(s->owed & OWED_RECORDING) || o->status != 0 || samples < 0)
		return;
	else if (!there)
		blame(v, WRONG_UNTOLD, "status 0 without a recording");
	else if (samples < rows && !admits_gaps(out, err))
		blame(v, WRONG_UNTOLD, "%d samples recorded of %d, and not a word", samples, rows);
}

static void judge_csv(struct verdict *v, const struct place *p, const struct scenario *s,
                      const struct outcome *o, const char *out, const char *err)
{
	const char *path = run_path(p, "work/out.csv"), *problem = NULL;
	bool there = access(path, F_OK) == 0;
	int rows = -1;

	if (there)
		problem = look_csv(path, &rows);
	/* Nothing in it is no half row: the disk was full at once. */
	if (problem && rows < 0 && o->status != 0)
		problem = NULL;
	if (problem)
		blame(v, WRONG_FILE, "%s", problem);
	else if (s->owed & OWED_CSV && o->status == 0 && rows < table_rows(out) &&
	         !admits_gaps(out, err))
		blame(v, WRONG_UNTOLD, "%d rows in the CSV of %d, and not a word", rows,
		      table_rows(out));
}

static bool is_expected(const char *name)
{
	static const char *const names[] = {"seed.rec",    "seed.rec-shm",  "seed.rec-wal",
	                                    "other.rec",   "other.rec-shm", "other.rec-wal",
	                                    "seed.csv",    "out.rec",       "out.rec-shm",
	                                    "out.rec-wal", "out.csv"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* What was exported is whole; nothing else of ours stays, except where taking it away is what failed. */
static void judge_files(struct verdict *v, const struct place *p, const struct scenario *s,
                        const struct outcome *o)
{
	DIR *d = opendir(run_path(p, "work"));
	bool cannot_remove = strncmp(p->page->call, "unlink", 6) == 0 || o->signal;

	for (struct dirent *e; d && (e = readdir(d));) {
		char name[PATH_MAX];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    is_expected(e->d_name))
			continue;
		snprintf(name, sizeof(name), "work/%s", e->d_name);
		const char *problem = look_export(run_path(p, name));
		if (strncmp(e->d_name, ".memleak-", 9) == 0 || strstr(e->d_name, "out.rec") ||
		    strstr(e->d_name, ".tmp")) {
			if (!cannot_remove)
				blame(v, WRONG_FILE, "%s is left over", e->d_name);
		} else if (problem)
			blame(v, WRONG_FILE, "%s", problem);
		else if (s->owed & OWED_METRICS && strcmp(e->d_name, "out.prom") == 0 &&
		         o->status == 0)
			blame(v, WRONG_UNTOLD, "metrics of what is over stay, and status 0");
	}
	if (d)
		closedir(d);
}

/* What it comes to, in its own words. */
static void blame_report(struct verdict *v, const struct place *p, const char *name)
{
	char *text = look_read(run_path(p, name), NULL), *said = text;

	if (text && strstr(text, "SUMMARY: "))
		said = strstr(text, "SUMMARY: ");
	blame(v, WRONG_CRASH, "%s: %.*s", name, said ? (int)strcspn(said, "\n") : 0,
	      said ? said : "");
	free(text);
}

static void judge_sanitizer(struct verdict *v, const struct place *p)
{
	DIR *d = opendir(p->base);

	for (struct dirent *e; d && (e = readdir(d));)
		if (strncmp(e->d_name, "sanitizer.", 10) == 0) {
			blame_report(v, p, e->d_name);
			break;
		}
	if (d)
		closedir(d);
}

/* --- all of it ------------------------------------------------------------------------------------------ */

static void judge_said(struct verdict *v, const struct scenario *s, const struct outcome *o,
                       const char *err)
{
	int lines = 0;
	const char *problem = look_said(err, s->owed & OWED_CHATTER, &lines);

	if (problem)
		blame(v, WRONG_UNTOLD, "%s", problem);
	else if (o->status > 0 && o->status <= 5 && lines == 0)
		blame(v, WRONG_UNTOLD, "status %d and no line that says why", o->status);
}

enum wrong judge(const struct place *p, const struct scenario *s, const struct outcome *o,
                 char *text, size_t size)
{
	struct verdict v = {WRONG_NOT, text, size};
	/* On a terminal the report follows the last picture. */
	char *out = look_read(run_path(p, s->keys ? "tty" : "out"), NULL),
	     *err = look_read(run_path(p, "err"), NULL);
	const char *shown = out ? out : "", *said = err ? err : "";

	*text = '\0';
	for (const char *end = shown; s->keys && (end = strstr(end, "\033[?1049l")); shown = end)
		end += 8;
	judge_end(&v, o);
	judge_sanitizer(&v, p);
	if (!o->hung && !o->signal) {
		judge_said(&v, s, o, said);
		if (o->status == 0)
			judge_stdout(&v, s, shown);
	}
	judge_recording(&v, p, s, o, shown, said);
	judge_csv(&v, p, s, o, shown, said);
	judge_files(&v, p, s, o);
	if (!o->modes_kept)
		blame(&v, WRONG_TERMINAL, "the modes of the terminal are not what they were");
	if (!o->screen_left)
		blame(&v, WRONG_TERMINAL, "the alternate screen is still there");
	free(out);
	free(err);
	return v.worst;
}
