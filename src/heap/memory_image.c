/* SPDX-License-Identifier: MIT */
/*
 * Knows how a saved image stands for memory. It may come from anywhere: what does not add up to the byte is
 * refused at the door, so that no read need doubt it. Refuses to know what the bytes mean.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "heap/memory_lists.h"

enum { PAGE_MIN = 4096, PAGE_MAX = 65536 };

struct image {
	struct memory memory;
	struct memory_lists lists;
	const char *bytes; /* the content of the runs */
};

/* Text not yet read. */
struct rest {
	const char *at;
	size_t len;
};

/* Cuts off one line, without its newline. False: there is no newline any more. */
static bool line_take(struct rest *text, struct rest *ret)
{
	const char *newline = memchr(text->at, '\n', text->len);

	if (!newline)
		return false;
	*ret = (struct rest){text->at, (size_t)(newline - text->at)};
	text->len -= ret->len + 1;
	text->at = newline + 1;
	return true;
}

/* Cuts off `word` and a blank where the line begins with them. */
static bool word_take(struct rest *line, const char *word)
{
	size_t n = strlen(word);

	if (line->len <= n || memcmp(line->at, word, n) != 0 || line->at[n] != ' ')
		return false;
	line->at += n + 1;
	line->len -= n + 1;
	return true;
}

/* The two parts of a line around its only blank. */
static bool halves(struct rest line, struct rest *ret_a, struct rest *ret_b)
{
	const char *blank = memchr(line.at, ' ', line.len);

	if (!blank)
		return false;
	*ret_a = (struct rest){line.at, (size_t)(blank - line.at)};
	*ret_b = (struct rest){blank + 1, line.len - ret_a->len - 1};
	return true;
}

static int thread_line(struct image *i, struct rest line)
{
	struct rest tid, sp;
	uint64_t id, pointer = UNKNOWN;

	if (!halves(line, &tid, &sp) || num_u64(tid.at, tid.len, &id) || id > INT32_MAX)
		return -EINVAL;
	if (!(sp.len == 1 && *sp.at == '-') && num_hex(sp.at, sp.len, &pointer))
		return -EINVAL;
	return memory_lists_thread(&i->lists, (int32_t)id, pointer);
}

static int map_line(struct image *i, struct rest line)
{
	struct mapping m;
	uint64_t page = i->memory.page;

	if (mapping_parse(line.at, line.len, &m) || m.start % page || m.end % page)
		return -EINVAL;
	return memory_lists_range(&i->lists, &m);
}

static int pages_line(struct image *i, struct rest line)
{
	struct rest from, to;
	uint64_t start, end;

	if (!halves(line, &from, &to) || num_hex(from.at, from.len, &start) ||
	    num_hex(to.at, to.len, &end) || start % i->memory.page || end % i->memory.page)
		return -EINVAL;
	return memory_lists_run(&i->lists, start, end);
}

static int first_lines(struct image *i, struct rest *text)
{
	struct rest line;

	if (!line_take(text, &line) || line.len != 14 || memcmp(line.at, "memory image 1", 14) != 0)
		return -EINVAL;
	if (!line_take(text, &line) || !word_take(&line, "page") ||
	    num_u64(line.at, line.len, &i->memory.page))
		return -EINVAL;
	uint64_t page = i->memory.page;
	if (page < PAGE_MIN || page > PAGE_MAX || page & (page - 1))
		return -EINVAL;
	if (!line_take(text, &line) || !word_take(&line, "swapped") ||
	    num_u64(line.at, line.len, &i->memory.swapped))
		return -EINVAL;
	return 0;
}

/* Up to the empty line; *text is the content then. */
static int lines_read(struct image *i, struct rest *text)
{
	struct rest line;

	while (line_take(text, &line)) {
		int e = -EINVAL;
		if (!line.len)
			return 0;
		if (word_take(&line, "thread"))
			e = thread_line(i, line);
		else if (word_take(&line, "map"))
			e = map_line(i, line);
		else if (word_take(&line, "pages"))
			e = pages_line(i, line);
		if (e < 0)
			return e;
	}
	return -EINVAL;
}

/* A run may pass from one mapping into the next, but not over a hole, nor over one nobody may read. */
static bool run_is_mapped(const struct memory *m, const struct memory_run *run)
{
	uint64_t at = run->start;

	while (at < run->end) {
		const struct memory_range *r = memory_find(m, at);
		if (!r || !memory_range_readable(r))
			return false;
		at = r->end;
	}
	return true;
}

/* Gives each run its place in the content, which must be just as long as all of them. */
static int runs_place(struct image *i, const struct rest *content)
{
	uint64_t at = 0;

	for (size_t n = 0; n < i->lists.run_count; n++) {
		struct memory_run *run = &i->lists.runs[n];
		if (run->end - run->start > content->len - at || !run_is_mapped(&i->memory, run))
			return -EINVAL;
		run->at = at;
		at += run->end - run->start;
	}
	return at == content->len ? 0 : -EINVAL;
}

static int image_begin(struct memory *m)
{
	return memory_stopped(m) ? -ECANCELED : 0;
}

static int image_check(struct memory *m)
{
	(void)m;
	return 0;
}

static ssize_t image_read(struct memory *m, uint64_t address, void *out, size_t len)
{
	struct image *i = (struct image *)m;
	size_t n = memory_lists_find(&i->lists, address);

	if (n == i->lists.run_count || i->lists.runs[n].start > address)
		return 0;
	const struct memory_run *run = &i->lists.runs[n];
	if (len > run->end - address)
		len = run->end - address;
	memcpy(out, i->bytes + run->at + (address - run->start), len);
	return (ssize_t)len;
}

static uint64_t image_next(struct memory *m, uint64_t address, uint64_t end)
{
	return memory_lists_next(&((struct image *)m)->lists, address, end);
}

static uint64_t image_absent(struct memory *m, uint64_t address, uint64_t end)
{
	return memory_lists_absent(&((struct image *)m)->lists, address, end);
}

static void image_free(struct memory *m)
{
	memory_lists_done(&((struct image *)m)->lists);
	free(m);
}

int memory_open_image(const void *bytes, size_t len, struct memory **ret)
{
	static const struct memory_ops ops = {
	        .begin = image_begin,
	        .read = image_read,
	        .next = image_next,
	        .absent = image_absent,
	        .check = image_check,
	        .free = image_free,
	};
	struct image *i = calloc(1, sizeof(*i));
	struct rest text = {bytes, len};

	if (!i)
		return -ENOMEM;
	i->memory.ops = &ops;
	memory_lists_init(&i->lists);
	int e = first_lines(i, &text);
	if (e == 0)
		e = lines_read(i, &text);
	memory_lists_show(&i->lists, &i->memory);
	if (e == 0)
		e = runs_place(i, &text);
	i->bytes = text.at;
	if (e < 0)
		image_free(&i->memory);
	else
		*ret = &i->memory;
	return e;
}
