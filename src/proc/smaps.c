/* SPDX-License-Identifier: MIT */
/*
 * The stream of smaps records. Knows where lines and records begin and end, however the text is cut
 * into pieces; refuses to know what the figures are good for.
 *
 * A record stays open until the next head line or the end, because nothing else proves that it is
 * complete. Its name is borrowed from the text that is being parsed; when that text goes away while
 * the record is still open, the name moves into the parser.
 */
#include "proc/smaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc/lines.h"
#include "proc/smaps_layout.h"

/* What waits for more bytes is at most one line, or a head line and a body of the known layout. */
enum {
	BUFFER_SIZE = 128 * 1024,
	WAITING_MAX = PROC_LINE_MAX + LAYOUT_MAX + LAYOUT_FLAGS_MAX + 2,
	FEED_PIECE = 4096,
};
_Static_assert(BUFFER_SIZE - WAITING_MAX >= 32 * 1024, "smaps_room promises 32 KiB");

struct smaps_parser {
	smaps_fn *fn;
	void *arg;
	int stop;      /* what fn returned, once it was not 0 */
	bool open;     /* rec is being filled */
	bool skipping; /* inside a line that was too long */
	uint64_t last_end;
	struct smaps_record rec;
	struct smaps_stats stats;
	size_t have; /* bytes waiting in buffer */
	struct smaps_layout layout;
	char name[PROC_LINE_MAX];
	char buffer[BUFFER_SIZE];
};

/* One run over contiguous text. */
struct cursor {
	const char *at, *end;
	const char *
	        body; /* of the open record, when all of it lies in this text and is to be learnt */
	bool final;   /* nothing will follow: waiting makes no sense */
};

struct smaps_parser *smaps_parser_new(void)
{
	struct smaps_parser *p = calloc(1, sizeof(*p));
	if (p)
		layout_init(&p->layout);
	return p;
}

void smaps_parser_free(struct smaps_parser *p)
{
	free(p);
}

void smaps_begin(struct smaps_parser *p, smaps_fn *fn, void *arg)
{
	p->fn = fn;
	p->arg = arg;
	p->stop = 0;
	p->open = false;
	p->skipping = false;
	p->last_end = 0;
	p->have = 0;
	p->stats = (struct smaps_stats){0};
}

static void record_close(struct smaps_parser *p)
{
	if (!p->open)
		return;
	p->open = false;
	p->stats.records++;
	p->stop = p->fn(&p->rec, p->arg);
}

static void record_open(struct smaps_parser *p, const struct mapping *map)
{
	record_close(p);
	if (map->start < p->last_end)
		p->stats.torn = true;
	p->last_end = map->end;
	p->rec.map = *map;
	p->open = true;
}

static void record_blank(struct smaps_record *rec)
{
	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		rec->bytes[i] = UNKNOWN;
	rec->flags = 0;
	rec->has_flags = false;
}

/* Does a line that is no mapping look like the head line of one: hex digits and a dash? */
static bool head_alike(struct span line)
{
	size_t i = 0;
	while (i < line.len && ((line.at[i] >= '0' && line.at[i] <= '9') ||
	                        (line.at[i] >= 'a' && line.at[i] <= 'f')))
		i++;
	return i && i < line.len && line.at[i] == '-';
}

/* A line we cannot use. Behind a broken head line nobody knows whose the figures are. */
static void line_damaged(struct smaps_parser *p, struct cursor *c, struct span line)
{
	p->stats.damaged++;
	c->body = NULL;
	if (head_alike(line))
		record_close(p);
}

/* A record without VmFlags is known to be complete only here, at the next head line. */
static void body_learn(struct smaps_parser *p, struct cursor *c)
{
	if (c->body)
		layout_learn(&p->layout, (struct span){c->body, (size_t)(c->at - c->body)});
	c->body = NULL;
}

/* A head line and, where the layout is known, the body behind it. False: wants more bytes. */
static bool head_take(struct smaps_parser *p, struct cursor *c, const struct mapping *map,
                      const char *body)
{
	struct span text = {body, (size_t)(c->end - body)};
	struct layout_match match;
	enum layout_fit fit = layout_check(&p->layout, text, &match);
	if (fit == LAYOUT_SHORT && !c->final)
		return false;
	record_open(p, map);
	c->at = body;
	if (fit == LAYOUT_FITS && layout_take(&p->layout, body, &match, &p->rec)) {
		c->at = body + match.len;
		return true;
	}
	record_blank(&p->rec);
	p->stats.slow++;
	c->body = body;
	return true;
}

/* A line of the open record, the general way. */
static void field_take(struct smaps_parser *p, struct cursor *c, struct span line)
{
	struct span name, value;
	if (!span_split(line, &name, &value)) {
		line_damaged(p, c, line);
		return;
	}
	if (!p->open)
		return;
	if (span_is(name, "VmFlags")) {
		p->rec.has_flags = true;
		p->rec.flags = smaps_flags_parse(value);
		c->at = line.at + line.len + 1;
		body_learn(p, c);
		return;
	}
	int key = smaps_key_find(name);
	if (key >= 0)
		p->rec.bytes[key] = span_kb(value);
}

/* One complete line. False: wants more bytes. */
static bool line_take(struct smaps_parser *p, struct cursor *c, struct span line)
{
	const char *next = line.at + line.len + 1;
	struct mapping map;
	if (line.len > PROC_LINE_MAX) {
		line_damaged(p, c, line);
	} else if (line.len && line.at[0] >= 'A' && line.at[0] <= 'Z') {
		field_take(p, c, line);
	} else if (mapping_parse(line.at, line.len, &map) == 0) {
		body_learn(p, c);
		return head_take(p, c, &map, next);
	} else if (head_alike(line)) {
		line_damaged(p, c, line);
	} else {
		field_take(p, c, line);
	}
	c->at = next;
	return true;
}

/* The rest of a line that was too long already. */
static void line_skip(struct smaps_parser *p, struct cursor *c)
{
	const char *end = memchr(c->at, '\n', (size_t)(c->end - c->at));
	p->skipping = !end;
	c->at = end ? end + 1 : c->end;
}

/* The name of the open record outlives the text it was found in. */
static void name_keep(struct smaps_parser *p)
{
	struct mapping *map = &p->rec.map;
	if (p->open && map->name != p->name) {
		memcpy(p->name, map->name, map->name_len);
		map->name = p->name;
	}
}

/* Parses what is complete. Returns the bytes used; the rest has to come again, with more behind. */
static size_t text_take(struct smaps_parser *p, const char *text, size_t len, bool final)
{
	struct cursor c = {.at = text, .end = text + len, .final = final};
	if (p->skipping)
		line_skip(p, &c);
	while (!p->stop && c.at < c.end) {
		size_t left = (size_t)(c.end - c.at);
		const char *end = memchr(c.at, '\n', left);
		if (!end && left > PROC_LINE_MAX) {
			line_damaged(p, &c, (struct span){c.at, left});
			line_skip(p, &c);
			continue;
		}
		if (!end || !line_take(p, &c, (struct span){c.at, (size_t)(end - c.at)}))
			break;
	}
	name_keep(p);
	return (size_t)(c.at - text);
}

/* Parses the buffer; what is not used moves to its front. Returns the bytes used. */
static size_t buffer_take(struct smaps_parser *p, bool final)
{
	size_t used = text_take(p, p->buffer, p->have, final);
	p->have -= used;
	memmove(p->buffer, p->buffer + used, p->have);
	return used;
}

int smaps_feed(struct smaps_parser *p, const char *bytes, size_t n)
{
	p->stats.bytes += n;
	while (n && !p->stop) {
		if (!p->have) {
			size_t used = text_take(p, bytes, n, false);
			p->have = p->stop ? 0 : n - used;
			memcpy(p->buffer, bytes + used, p->have);
			break;
		}
		/* Only as much is copied as what waits needs; the rest is parsed where it lies. */
		size_t old = p->have;
		size_t piece = n < FEED_PIECE ? n : FEED_PIECE;
		memcpy(p->buffer + old, bytes, piece);
		p->have += piece;
		size_t used = buffer_take(p, false);
		if (used >= old) {
			piece = used - old;
			p->have = 0;
		}
		bytes += piece;
		n -= piece;
	}
	return p->stop;
}

char *smaps_room(struct smaps_parser *p, size_t *ret_room)
{
	*ret_room = BUFFER_SIZE - p->have;
	return p->buffer + p->have;
}

int smaps_fed(struct smaps_parser *p, size_t n)
{
	if (p->stop)
		return p->stop;
	p->stats.bytes += n;
	p->have += n;
	buffer_take(p, false);
	return p->stop;
}

/* Does a last line without a newline begin like a head line, so that the record before is whole? */
static bool cut_head_is(const struct smaps_parser *p)
{
	char c = p->have ? p->buffer[0] : '\0';
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

int smaps_end(struct smaps_parser *p, bool whole, struct smaps_stats *ret)
{
	if (!p->stop && p->have)
		buffer_take(p, true);
	if (!p->stop) {
		bool cut = p->have || p->skipping;
		p->stats.partial = !whole || cut;
		if ((whole && !cut) || cut_head_is(p))
			record_close(p);
	}
	p->open = false;
	p->have = 0;
	*ret = p->stats;
	return p->stop;
}
