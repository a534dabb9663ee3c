/* SPDX-License-Identifier: MIT */
/*
 * Everything that is known of one region, in lines: where it lies, what is mapped there, how it changed,
 * every figure of smaps, every flag, each with its meaning. It computes nothing.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/safe_text.h"
#include "tui/detail_internal.h"

enum { LABEL = 16, VALUE = 11, MEANING_LEAST = 22, TEXT = 512, NAME_BYTES = 1024 };

int detail_row(struct page *p)
{
	size_t line = p->line++;

	if (line < p->top || line - p->top >= (size_t)p->canvas.rows)
		return -1;
	return (int)(line - p->top);
}

static void section(struct page *p, const char *name)
{
	if (p->line > 0)
		page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, name);
}

/* A figure in its column and what it means behind it. */
static void figure(struct page *p, const char *name, enum role role, const char *value,
                   const char *meaning)
{
	const int x = 2 + LABEL + 1 + VALUE + 2;
	struct page side = *p;
	int y = detail_row(p);

	if (y >= 0) {
		canvas_text(&p->canvas, y, 2, LABEL, ROLE_TEXT, name);
		canvas_right(&p->canvas, y, 2 + LABEL + 1, VALUE, role, value);
	}
	if (p->canvas.columns - x < MEANING_LEAST)
		return;
	side.canvas = canvas_part(&p->canvas, 0, x, p->canvas.rows, CANVAS_REST);
	page_text(&side, 0, ROLE_DIM, meaning);
	p->line = side.line;
}

/* --- where ------------------------------------------------------------------------------------------ */

static void place_write(struct page *p, const struct region *r, enum human_unit unit)
{
	char text[TEXT], size[HUMAN_MAX], mappings[HUMAN_MAX], perms[5];

	snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64, r->start, r->end);
	page_item(p, ROLE_DIM, "address", LABEL, text);
	snprintf(text, sizeof(text), "%s in %s mapping%s", human_size(size, r->size, unit),
	         human_count(mappings, r->mappings), r->mappings == 1 ? "" : "s");
	page_item(p, ROLE_DIM, "size", LABEL, text);
	snprintf(text, sizeof(text), "%s: %s%s%s%s", region_perms(r->prot, perms),
	         r->prot & MAP_READ ? "readable, " : "", r->prot & MAP_WRITE ? "writable, " : "",
	         r->prot & MAP_EXEC ? "executable, " : "",
	         r->prot & MAP_MAYSHARE ? "shared" : "private");
	if (!(r->prot & (MAP_READ | MAP_WRITE | MAP_EXEC)))
		snprintf(text, sizeof(text), "%s: closed to every access", perms);
	page_item(p, ROLE_DIM, "permissions", LABEL, text);
}

static void object_write(struct page *p, const struct region *r, bool ascii)
{
	char text[TEXT], name[NAME_BYTES * 4 + 1];

	if (r->name_len > 0) {
		size_t skip = r->name_len > NAME_BYTES ? r->name_len - NAME_BYTES : 0;
		safe_copy(name, sizeof(name), r->name + skip, r->name_len - skip,
		          ascii ? SAFE_ASCII : SAFE_UTF8);
		page_item(p, ROLE_DIM, skip ? "name (its end)" : "name", LABEL, name);
	}
	if (r->inode == 0) {
		page_item(p, ROLE_DIM, "file", LABEL, "none");
		return;
	}
	snprintf(text, sizeof(text), "offset 0x%" PRIx64 ", device %02x:%02x, inode %" PRIu64,
	         r->offset, r->major, r->minor, r->inode);
	page_item(p, ROLE_DIM, "file", LABEL, text);
}

/* --- its course ------------------------------------------------------------------------------------- */

static void change_write(const struct detail *d, struct page *p, enum human_unit unit)
{
	char text[TEXT], weight[HUMAN_MAX], rss[HUMAN_MAX], size[HUMAN_MAX];

	if (!d->changed) {
		page_item(p, ROLE_DIM, "change", LABEL, "-");
		return;
	}
	snprintf(text, sizeof(text), "%s since the baseline (RSS %s, size %s)",
	         human_delta(weight, d->weight, unit), human_delta(rss, d->rss, unit),
	         human_delta(size, d->size, unit));
	page_item(p, ROLE_DIM, "change", LABEL, text);
}

static void course_write(const struct detail *d, struct page *p, enum human_unit unit)
{
	const struct region *r = d->region;
	char text[TEXT], value[HUMAN_MAX];

	change_write(d, p, unit);
	if (isnan(d->rate))
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "%s over the last minutes",
		         human_rate(value, d->rate));
	page_item(p, ROLE_DIM, "rate", LABEL, text);
	page_item(p, ROLE_DIM, "peak RSS", LABEL, human_size(value, r->peak, unit));
	if (r->born == 0)
		snprintf(text, sizeof(text), "before the watch began");
	else
		snprintf(text, sizeof(text), "first seen at %s",
		         human_clock(value, r->born, false));
	page_item(p, ROLE_DIM, "born", LABEL, known(r->born) ? text : "-");
}

/* --- smaps ------------------------------------------------------------------------------------------ */

static void smaps_write(struct page *p, const struct region *r, enum human_unit unit)
{
	section(p, "Figures of smaps");
	for (int k = 0; k < SMAPS_KEY_COUNT; k++) {
		char value[HUMAN_MAX];
		bool shows = known(r->bytes[k]) && r->bytes[k] > 0;
		figure(p, smaps_keys[k].name, shows ? ROLE_TITLE : ROLE_DIM,
		       human_size(value, r->bytes[k], unit), smaps_keys[k].meaning);
	}
}

static void flags_write(struct page *p, const struct region *r)
{
	section(p, "Flags (VmFlags)");
	if (r->flags == 0)
		page_text(p, 2, ROLE_DIM, "-");
	for (unsigned i = 0; smaps_flags[i].meaning; i++)
		if (r->flags & 1ull << i)
			page_item(p, ROLE_TEXT, smaps_flags[i].code, LABEL, smaps_flags[i].meaning);
}

void detail_facts(const struct detail *d, struct page *p)
{
	const struct region *r = d->region;
	enum human_unit unit = d->view.settings->unit;

	section(p, "Region");
	page_item(p, ROLE_DIM, region_kinds[r->kind].name, LABEL, region_kinds[r->kind].meaning);
	place_write(p, r, unit);
	object_write(p, r, d->view.settings->ascii);
	course_write(d, p, unit);
	smaps_write(p, r, unit);
	flags_write(p, r);
}
