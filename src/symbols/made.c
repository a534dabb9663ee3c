/* SPDX-License-Identifier: MIT */
#include "symbols/made.h"

/*
 * Knows the map that JIT compilers write for perf. Refuses one that is not the process's own or root's, that is too large,
 * and lines of another form.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "proc/status.h"
#include "symbols/files_internal.h"

enum { TEXT_MAX = 16 << 20, ROWS_MAX = 1 << 19, STATUS_MAX = 1 << 16 };
#define LOOK_EVERY (5 * NS_PER_S)

void made_done(struct made *m)
{
	free(m->rows);
	free(m->text);
	*m = (struct made){0};
}

/* --- its lines -------------------------------------------------------------------------------------------- */

static int row_compare(const void *a, const void *b)
{
	const struct made_row *x = a, *y = b;

	return x->start < y->start   ? -1
	       : x->start > y->start ? 1
	       : x->line < y->line   ? -1
	                             : x->line > y->line;
}

/* A number in hex and the blank behind it. NULL: there is none. */
static char *hex_take(char *at, uint64_t *ret)
{
	char *end;

	if (strchr(" \t+-", *at))
		return NULL;
	errno = 0;
	*ret = strtoull(at, &end, 16);
	return end != at && !errno && *end == ' ' ? end + 1 : NULL;
}

/* The line becomes a string of its own. */
static bool line_read(char *line, struct made_row *ret, char **ret_name)
{
	uint64_t size;

	char *at = hex_take(line, &ret->start);
	at = at ? hex_take(at, &size) : NULL;
	if (!at || !size || size > UINT64_MAX - ret->start || !*at)
		return false;
	ret->end = ret->start + size;
	*ret_name = at;
	return true;
}

int made_parse(struct made *m, char *text)
{
	size_t room = 0;
	uint32_t number = 0;

	made_done(m);
	m->text = text;
	/* What is written just now has no end of its line yet: it comes with the next look. */
	for (char *line = text, *end; (end = strchr(line, '\n')) && m->count < ROWS_MAX;
	     line = end + 1) {
		struct made_row row = {.line = number++};
		char *name;
		*end = '\0';
		if (!line_read(line, &row, &name))
			continue;
		row.name = (uint32_t)(name - text);
		if (!array_room((void **)&m->rows, m->count, &room, sizeof(row)))
			return -ENOMEM;
		m->rows[m->count++] = row;
	}
	if (m->count)
		qsort(m->rows, m->count, sizeof(*m->rows), row_compare);
	return 0;
}

const char *made_find(const struct made *m, uint64_t address)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->rows[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last that begins before it, which is the newest of those that begin there. */
	return low && address < m->rows[low - 1].end ? m->text + m->rows[low - 1].name : "";
}

/* --- the file --------------------------------------------------------------------------------------------- */

/* The number by which the process knows itself. */
static uint64_t inner_pid(const struct procdir *dir)
{
	struct proc_status status;
	struct buf b;
	uint64_t pid = (uint64_t)dir->pid;

	buf_init(&b, STATUS_MAX);
	if (procdir_read(dir, "status", &b) == 0 &&
	    status_parse(buf_str(&b), b.len, &status) == 0 && status.nspids)
		pid = status.nspid[status.nspids - 1];
	buf_done(&b);
	return pid;
}

/* Of who runs the process, or of root, under this name alone: anybody may write into /tmp. */
static bool is_trusted(const struct procdir *dir, const struct stat *st)
{
	struct stat own;

	return fstat(dir->fd, &own) == 0 && (st->st_uid == own.st_uid || st->st_uid == 0) &&
	       st->st_nlink == 1 && st->st_size > 0 && st->st_size <= TEXT_MAX;
}

static bool is_read(const struct made *m, const struct stat *st)
{
	return (uint64_t)st->st_size == m->size && st->st_ino == m->inode &&
	       st->st_mtim.tv_sec == m->changed.tv_sec && st->st_mtim.tv_nsec == m->changed.tv_nsec;
}

/* Its text, or NULL. */
static char *text_read(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t got = 0;
	ssize_t n = 1;

	while (text && got < size && (n = pread(fd, text + got, size - got, (off_t)got)) > 0)
		got += (size_t)n;
	if (text && n >= 0) {
		text[got] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

static void look(struct made *m, const struct procdir *dir)
{
	char path[48], *text = NULL;
	struct stat st;

	snprintf(path, sizeof(path), "tmp/perf-%llu.map", (unsigned long long)inner_pid(dir));
	int fd = file_open_below_itself(dir, path);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && is_trusted(dir, &st) && !is_read(m, &st))
		text = text_read(fd, (size_t)st.st_size);
	close(fd);
	if (!text)
		return;
	if (made_parse(m, text) < 0)
		made_done(m);
	m->size = (uint64_t)st.st_size;
	m->inode = st.st_ino;
	m->changed = st.st_mtim;
}

const char *made_name(struct made *m, const struct procdir *dir, uint64_t address)
{
	uint64_t now = clock_mono();

	if (!m->looked || now - m->looked >= LOOK_EVERY) {
		look(m, dir);
		m->looked = now;
	}
	return made_find(m, address);
}
