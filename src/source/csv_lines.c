/* SPDX-License-Identifier: MIT */
/*
 * Knows lines and cells: where they end, and that a file may be longer than memory. Refuses to know
 * what they say.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "source/csv_internal.h"

enum { ROOM = 2 * CSV_LINE_MAX };

int lines_open(struct lines *l, int fd)
{
	*l = (struct lines){.fd = fd, .data = malloc(ROOM + 1), .begin = lseek(fd, 0, SEEK_CUR)};
	return l->data ? 0 : -ENOMEM;
}

void lines_close(struct lines *l)
{
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	free(l->data);
	*l = (struct lines){.fd = -1};
}

int lines_rewind(struct lines *l)
{
	if (l->begin < 0 || lseek(l->fd, l->begin, SEEK_SET) < 0)
		return -ESPIPE;
	*l = (struct lines){.fd = l->fd, .data = l->data, .begin = l->begin};
	return 0;
}

/* Reads until the buffer is full or the file at its end. */
static int lines_fill(struct lines *l)
{
	if (l->at) {
		memmove(l->data, l->data + l->at, l->end - l->at);
		l->end -= l->at;
		l->at = 0;
	}
	while (!l->finished && l->end < ROOM) {
		ssize_t n = read(l->fd, l->data + l->end, ROOM - l->end);
		/* Whoever lets a signal come through wants an end: what was read is the file. */
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return -errno;
		l->end += (size_t)n;
		l->finished = !n;
	}
	l->data[l->end] = '\0';
	if (!l->started && l->end >= 3 && !memcmp(l->data, "\xef\xbb\xbf", 3))
		l->at = 3;
	l->started = true;
	return 0;
}

int lines_peek(struct lines *l, struct cell *ret)
{
	int e = lines_fill(l);
	if (e < 0)
		return e;
	*ret = (struct cell){l->data + l->at, l->end - l->at};
	return 0;
}

int lines_next(struct lines *l, char **ret_line, size_t *ret_len)
{
	char *newline = memchr(l->data + l->at, '\n', l->end - l->at);
	if (!newline && !l->finished) {
		int e = lines_fill(l);
		if (e < 0)
			return e;
		newline = memchr(l->data + l->at, '\n', l->end - l->at);
	}
	if (!newline && l->at == l->end)
		return 0;
	char *line = l->data + l->at;
	size_t len = newline ? (size_t)(newline - line) : l->end - l->at;
	l->number++;
	if (len > CSV_LINE_MAX)
		return -E2BIG;
	l->cut = !newline;
	l->at += len + (newline ? 1 : 0);
	if (len && line[len - 1] == '\r')
		len--;
	*ret_line = line;
	*ret_len = len;
	return 1;
}

struct cell cell_trim(struct cell c)
{
	while (c.len && isspace((unsigned char)*c.text)) {
		c.text++;
		c.len--;
	}
	while (c.len && isspace((unsigned char)c.text[c.len - 1]))
		c.len--;
	return c;
}

bool cell_is(struct cell c, const char *word)
{
	return c.len == strlen(word) && !strncasecmp(c.text, word, c.len);
}

/* A quoted cell at *at, its doubled quotes made single. The place behind it, NULL: not closed. */
static char *quoted_take(char *at, char *end, struct cell *ret)
{
	char *out = ++at;
	ret->text = out;
	while (at < end) {
		if (*at == '"') {
			if (at + 1 == end || at[1] != '"')
				break;
			at++;
		}
		*out++ = *at++;
	}
	ret->len = (size_t)(out - ret->text);
	return at < end ? at + 1 : NULL;
}

static int words_split(char *line, size_t len, struct cell ret[CSV_CELLS])
{
	int count = 0;
	for (size_t i = 0; i < len && count < CSV_CELLS;) {
		if (isspace((unsigned char)line[i])) {
			i++;
			continue;
		}
		size_t from = i;
		while (i < len && !isspace((unsigned char)line[i]))
			i++;
		ret[count++] = (struct cell){line + from, i - from};
	}
	return count;
}

int cells_split(char *line, size_t len, char separator, struct cell ret[CSV_CELLS])
{
	if (separator == ' ')
		return words_split(line, len, ret);
	char *at = line, *end = line + len;
	int count = 0;
	while (count < CSV_CELLS) {
		while (at < end && *at == ' ')
			at++;
		struct cell c = {at, 0};
		if (at < end && *at == '"') {
			at = quoted_take(at, end, &c);
			if (!at)
				return -EINVAL;
		}
		char *next = memchr(at, separator, (size_t)(end - at));
		if (c.text == at)
			c.len = (size_t)((next ? next : end) - at);
		ret[count++] = cell_trim(c);
		if (!next)
			break;
		at = next + 1;
	}
	return count;
}
