/* SPDX-License-Identifier: MIT */
/* Knows what whole files look like. Libraries are found at run time: this is built without any. */
#include "look.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char wrong[512];

char *look_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t n = 0, room = 0;

	if (!f)
		return NULL;
	do {
		if (n + 1 >= room)
			text = realloc(text, room = room ? 2 * room : 1 << 16);
		n += fread(text + n, 1, room - n - 1, f);
	} while (!feof(f) && !ferror(f));
	text[n] = '\0';
	fclose(f);
	if (ret_len)
		*ret_len = n;
	return text;
}

static void *library(const char *name)
{
	return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

/* Function pointers and data pointers are one thing to dlsym alone. */
static bool find(void *lib, void *ret_function, const char *name)
{
	void *p = lib ? dlsym(lib, name) : NULL;

	memcpy(ret_function, &p, sizeof(p));
	return p != NULL;
}

/* --- SQLite --------------------------------------------------------------------------------------------- */

static struct {
	int (*open)(const char *, void **, int, const char *);
	int (*exec)(void *, const char *, int (*)(void *, int, char **, char **), void *, char **);
	const char *(*why)(void *);
	int (*close)(void *);
} db;

static bool has_sqlite(void)
{
	void *lib = db.open ? NULL : library("libsqlite3.so.0");

	return db.open ||
	       (find(lib, &db.exec, "sqlite3_exec") && find(lib, &db.why, "sqlite3_errmsg") &&
	        find(lib, &db.close, "sqlite3_close") && find(lib, &db.open, "sqlite3_open_v2"));
}

static int take_value(void *arg, int n, char **values, char **names)
{
	(void)names;
	if (n == 1 && values[0])
		snprintf(arg, 64, "%s", values[0]);
	return 0;
}

/* Read and write: a journal that a writer left behind belongs to the file. */
const char *look_recording(const char *path, int *ret_samples)
{
	enum { READ_WRITE = 2 };
	char whole[64] = "", count[64] = "-1";
	void *handle = NULL;
	int rc;

	if (!has_sqlite()) {
		*ret_samples = -1;
		return NULL;
	}
	rc = db.open(path, &handle, READ_WRITE, NULL);
	if (rc == 0)
		rc = db.exec(handle, "PRAGMA integrity_check", take_value, whole, NULL);
	if (rc == 0)
		rc = db.exec(handle, "SELECT count(*) FROM sample", take_value, count, NULL);
	if (rc)
		snprintf(wrong, sizeof(wrong), "%s: %s", path,
		         handle ? db.why(handle) : "no memory");
	else if (strcmp(whole, "ok") != 0)
		snprintf(wrong, sizeof(wrong), "%s: %s", path, whole);
	db.close(handle);
	*ret_samples = atoi(count);
	return rc || strcmp(whole, "ok") != 0 ? wrong : NULL;
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static struct {
	void *(*loads)(const char *, size_t, void *);
	void (*free)(void *);
} json;

static bool has_json(void)
{
	void *lib = json.loads ? NULL : library("libjansson.so.4");

	return json.loads ||
	       (find(lib, &json.free, "json_delete") && find(lib, &json.loads, "json_loads"));
}

const char *look_json(const char *text)
{
	void *value;

	if (!has_json())
		return NULL;
	value = json.loads(text, 0, NULL);
	if (!value)
		return "it is not one JSON object";
	json.free(value);
	return NULL;
}

const char *look_libraries(void)
{
	snprintf(wrong, sizeof(wrong), "recordings %s, JSON %s",
	         has_sqlite() ? "are checked by SQLite" : "are not looked into (no SQLite)",
	         has_json() ? "is parsed" : "is not parsed (no jansson)");
	return wrong;
}

/* --- text ----------------------------------------------------------------------------------------------- */

static size_t commas(const char *line)
{
	size_t n = 0;
	bool quoted = false;

	for (; *line && *line != '\n'; line++) {
		quoted ^= *line == '"';
		n += *line == ',' && !quoted;
	}
	return n;
}

static const char *csv_wrong(const char *text, int *ret_rows)
{
	size_t head = commas(text);

	*ret_rows = -1;
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (!strchr(line, '\n'))
			return "its last line is cut";
		if (commas(line) != head)
			return "a row has not the cells of its head";
		++*ret_rows;
	}
	return NULL;
}

const char *look_csv(const char *path, int *ret_rows)
{
	char *text = look_read(path, NULL);
	const char *problem = text ? csv_wrong(text, ret_rows) : "cannot be read";

	free(text);
	if (problem)
		snprintf(wrong, sizeof(wrong), "%s: %s", path, problem);
	return problem ? wrong : NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *export_wrong(const char *path, const char *text)
{
	int rows;

	if (ends_with(path, ".csv"))
		return csv_wrong(text, &rows);
	if (ends_with(path, ".json"))
		return look_json(text);
	if (ends_with(path, ".html"))
		return ends_with(text, "</html>\n") ? NULL : "its end is missing";
	if (ends_with(path, ".prom"))
		return ends_with(text, "# EOF\n") ? NULL : "its end is missing";
	return ends_with(text, "\n") ? NULL : "its last line is cut";
}

const char *look_export(const char *path)
{
	char *text = look_read(path, NULL);
	const char *problem = text ? export_wrong(path, text) : "cannot be read";

	free(text);
	if (problem)
		snprintf(wrong, sizeof(wrong), "%s: %s", path, problem);
	return problem ? wrong : NULL;
}

const char *look_said(const char *text, bool chatter, int *ret_lines)
{
	static const char ours[] = "memleak-detective: ",
	                  curses[] = "\"?\", line 0, col 0: Out of memory";

	*ret_lines = 0;
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		bool is_ours = strncmp(line, ours, sizeof(ours) - 1) == 0;

		/* What curses says where it gives up, before anybody can stop it. */
		if (strncmp(line, curses, sizeof(curses) - 1) == 0) {
			line = end ? end + 1 : line + strlen(line);
			continue;
		}
		if (!end || (!is_ours && !chatter)) {
			snprintf(wrong, sizeof(wrong), "stderr: %.300s", line);
			return wrong;
		}
		for (const char *p = line; p < end; p++)
			if ((unsigned char)*p < ' ')
				return "stderr: a control byte";
		*ret_lines += is_ours;
		line = end + 1;
	}
	return NULL;
}
