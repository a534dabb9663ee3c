/* SPDX-License-Identifier: MIT */
/*
 * Knows what an export is called, which format an extension means, and what to say where that one
 * cannot be had. Refuses to know how a file gets onto the disk (file_write.c).
 */
#include "report/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"
#include "report/data.h"
#include "report/diagnosis.h"
#include "report/heap.h"
#include "report/html.h"
#include "report/sites.h"
#include "report/table.h"

enum { EXPORT_MAX = 512 << 20, NAMES_MAX = 100, SHOWN_COLUMNS = 200 };

/* --- the name ------------------------------------------------------------------------------------ */

static bool may_write(const char *dir)
{
	return faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0;
}

/* A directory below `root`, with a slash behind it. False: it is none to write into. */
static bool directory_try(const char *root, const char *below, char *out, size_t size)
{
	int n = root && root[0] == '/' ? snprintf(out, size, "%s%s/", root, below) : -1;

	return n >= 0 && (size_t)n < size && may_write(out);
}

/*
 * "" for the working directory, else a directory and a slash. By sudo that may be anybody's, and so may be HOME: what is
 * left is the one that everybody has and that outlasts a restart.
 */
static void directory_choose(char *out, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	bool given = state && state[0] == '/';

	if (may_write(".") ||
	    !(directory_try(given ? state : home, given ? "" : "/.local/state", out, size) ||
	      directory_try(home, "", out, size) || directory_try("/var/tmp", "", out, size)))
		out[0] = '\0';
}

int export_name(const struct moment *m, const char *extension, char *out, size_t size)
{
	char dir[1024], pid[16] = "", when[HUMAN_MAX + 1] = "", more[16] = "";

	directory_choose(dir, sizeof(dir));
	if (m->target && m->target->pid)
		snprintf(pid, sizeof(pid), "-%d", m->target->pid);
	if (known(m->wall)) {
		when[0] = '-';
		human_utc(when + 1, m->wall, true);
	}
	/* A frozen moment may be exported twice: the second gets a name of its own. */
	for (int i = 2; i < NAMES_MAX; i++) {
		int n = snprintf(out, size, "%smemleak%s%s%s.%s", dir, pid, when, more, extension);
		if (n < 0 || (size_t)n >= size)
			return -ENAMETOOLONG;
		if (access(out, F_OK))
			break;
		snprintf(more, sizeof(more), "-%d", i);
	}
	return 0;
}

/* --- the formats --------------------------------------------------------------------------------- */

static int text_make(const struct moment *m, const char *screen, struct buf *out)
{
	struct table t;
	int err = table_init(&t, NULL, m->interval, NULL);

	if (err)
		return err;
	if (screen && screen[0]) {
		buf_adds(out, screen);
		buf_adds(out, screen[strlen(screen) - 1] == '\n' ? "\n" : "\n\n");
	}
	err = table_closing(&t, m, out);
	if (!err)
		err = diagnosis_write(m, SAFE_UTF8, out);
	if (!err && m->heap) {
		buf_addc(out, '\n');
		err = heap_text(m, SAFE_UTF8, out);
	}
	if (!err && m->sites) {
		buf_addc(out, '\n');
		err = sites_table(m, SAFE_UTF8, out);
	}
	return err;
}

static int json_make(const struct moment *m, const char *version, struct buf *out)
{
	int err = json_report(m, version, true, out);

	return err ? err : buf_addc(out, '\n');
}

enum format { FORMAT_NONE, FORMAT_JSON, FORMAT_CSV, FORMAT_TEXT, FORMAT_HTML, FORMAT_FOLDED };

static enum format format_of(const char *path)
{
	static const struct {
		const char *extension;
		enum format format;
	} formats[] = {{".json", FORMAT_JSON},
	               {".csv", FORMAT_CSV},
	               {".txt", FORMAT_TEXT},
	               {".html", FORMAT_HTML},
	               {".folded", FORMAT_FOLDED}};
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

	for (size_t i = 0; dot && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcasecmp(dot, formats[i].extension) == 0)
			return formats[i].format;
	return FORMAT_NONE;
}

static int make(const struct moment *m, enum format format, const char *version, const char *screen,
                struct buf *out)
{
	switch (format) {
	case FORMAT_JSON:
		return json_make(m, version, out);
	case FORMAT_CSV:
		return csv_regions(m, out);
	case FORMAT_TEXT:
		return text_make(m, screen, out);
	case FORMAT_HTML:
		return html_report(m, version, out);
	case FORMAT_FOLDED:
		return sites_folded(m, out);
	default:
		return -EINVAL;
	}
}

/* --- the export ---------------------------------------------------------------------------------- */

static const char *no_data(const struct moment *m, enum format format)
{
	if (format != FORMAT_FOLDED)
		return "no regions are known at this moment";
	return m->sites ? "of what was traced nothing is there to count"
	                : "no call sites were traced at this moment (view 6, or --sites TIME)";
}

static void tell(int err, const struct moment *m, const char *path, enum format format,
                 struct fault *fault)
{
	const char *lacking = format == FORMAT_FOLDED ? "" : m->abilities.lacking;
	char safe[1024], shown[SHOWN_COLUMNS * 4];

	safe_copy(safe, sizeof(safe), path, strlen(path), SAFE_UTF8);
	text_ellipsis(shown, sizeof(shown), safe, SHOWN_COLUMNS, 1, 0);
	if (err == -EINVAL)
		fault_set(fault, STATUS_USAGE,
		          "cannot export to %s: its extension chooses the format; end it in .json, "
		          ".csv, .html, .txt or .folded",
		          shown);
	else if (err == -ENOTSUP)
		fault_set(fault, STATUS_USAGE,
		          "cannot export to %s: this program was built without jansson; end it in "
		          ".csv, .html or .txt, or install the development package of jansson and "
		          "build again",
		          shown);
	else if (err == -ENODATA)
		fault_set(fault, STATUS_OUTPUT,
		          "cannot export to %s: %s%s%s; end it in .json, .html or .txt", shown,
		          no_data(m, format), lacking[0] ? ", " : "", lacking);
	else
		fault_set(fault, STATUS_OUTPUT, "cannot export to %s: %s; choose another format",
		          shown, fault_reason(err));
}

int export_write(const struct moment *m, const char *path, const char *version, const char *screen,
                 struct fault *fault)
{
	enum format format = format_of(path);
	struct buf bytes;
	int err;

	buf_init(&bytes, EXPORT_MAX);
	err = make(m, format, version, screen, &bytes);
	if (err)
		tell(err, m, path, format, fault);
	else
		err = file_write_whole(path, bytes.data, bytes.len, fault);
	buf_done(&bytes);
	return err;
}
