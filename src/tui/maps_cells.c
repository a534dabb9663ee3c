/* SPDX-License-Identifier: MIT */
/* The columns that Maps and Smaps have in common. It knows a row of theirs; not where the columns stand. */

#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/maps_view.h"

static const struct maps_rows *rows_of(const struct table_at *at)
{
	return &((const struct maps_view *)at->view)->rows;
}

enum role maps_cell_kind(const struct table_at *at, char *out, size_t size)
{
	if (at->row == TABLE_TOTAL || maps_at(at)->mixed) {
		snprintf(out, size, at->row == TABLE_TOTAL ? "total" : "mixed");
		return at->row == TABLE_TOTAL ? ROLE_HEAD : ROLE_DIM;
	}
	enum region_kind kind = maps_region_at(at)->kind;
	snprintf(out, size, "%s", region_kinds[kind].name);
	return (enum role)(ROLE_KIND + kind);
}

uint64_t maps_key_kind(const struct table_at *at)
{
	return maps_region_at(at)->kind;
}

enum role maps_cell_size(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, maps_at(at)->size, out, size);
}

uint64_t maps_key_size(const struct table_at *at)
{
	return maps_at(at)->size;
}

enum role maps_cell_rss(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, maps_at(at)->rss, out, size);
}

uint64_t maps_key_rss(const struct table_at *at)
{
	return maps_at(at)->rss;
}

enum role maps_cell_bytes(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, maps_key_bytes(at), out, size);
}

uint64_t maps_key_bytes(const struct table_at *at)
{
	return maps_bytes_at(at, (enum smaps_key)at->arg);
}

enum role maps_cell_regions(const struct table_at *at, char *out, size_t size)
{
	char text[HUMAN_MAX];

	snprintf(out, size, "%s", human_count(text, maps_at(at)->count));
	return ROLE_TEXT;
}

uint64_t maps_key_regions(const struct table_at *at)
{
	return maps_at(at)->count;
}

enum role maps_cell_label(const struct table_at *at, char *out, size_t size)
{
	char text[MAPS_LABEL];
	size_t len;

	if (at->row == TABLE_TOTAL) {
		snprintf(out, size, "%s", "");
		return ROLE_DIM;
	}
	const struct region *r = maps_region_at(at);
	if (rows_of(at)->by == GROUP_KIND) {
		text_ellipsis(out, size, region_kinds[r->kind].meaning, at->width, false,
		              !at->view->settings->ascii);
		return ROLE_DIM;
	}
	const char *label = maps_label(r, text, &len);
	table_label(at, label, len, out, size);
	return r->name_len > 0 ? ROLE_TEXT : ROLE_DIM;
}

uint64_t maps_key_label(const struct table_at *at)
{
	return maps_at(at)->label;
}
