/* SPDX-License-Identifier: MIT */
#ifndef TUI_MAPS_ROWS_H
#define TUI_MAPS_ROWS_H

/*
 * What Maps and Smaps list: regions, or groups of them by kind or by file, with the figures that both
 * sort by. Made anew by every refresh; holds row numbers of m->regions and no pointers.
 */

#include "tui/table.h"

enum maps_group { GROUP_REGION, GROUP_KIND, GROUP_FILE, GROUP_COUNT };

/* From so many equal ones on, a size is worth a word. */
enum { SAME_SIZE_LEAST = 8 };

struct maps_row {
	uint64_t id;    /* of the region; of a group what its members have in common */
	uint64_t group; /* id of the group it belongs to; 0 where nobody asked */
	uint64_t size;  /* bytes */
	uint64_t rss;
	int64_t change; /* bytes of region_weight since the baseline; where changed */
	double rate;    /* bytes per second; NAN unknown */
	uint32_t first; /* row of m->regions: the region, or the first of the group */
	uint32_t count; /* regions in it */
	uint32_t label; /* place of its label among all labels; 0 where nobody asked */
	uint32_t place; /* row of its group in groups; where regions were grouped */
	bool changed;   /* the change is known */
	bool fresh;     /* born after the baseline */
	bool mixed;     /* group of several kinds */
};

/* The sums of a group. */
struct maps_sum {
	uint64_t bytes[SMAPS_KEY_COUNT]; /* an unknown part makes an unknown whole */
	uint64_t mappings;
	uint64_t spark[SPARK_POINTS]; /* of the members that history follows */
	bool young;                   /* the rate of one that moves is not known yet */
};

/* Many anonymous regions of one size: the mark of large blocks that nobody frees. */
struct same_size {
	uint64_t size;
	size_t count, fresh; /* regions of that size; those of them born after the baseline */
};

struct maps_rows {
	enum maps_group by; /* what is listed */
	enum maps_group
	        within;  /* by which group the regions listed are chosen; GROUP_REGION: all */
	uint64_t inside; /* id of that group */
	bool labels;     /* the order of labels is wanted */
	bool still;      /* changes and rates are not wanted: they stay unknown */
	struct maps_row *regions, *groups;
	struct maps_sum *sums; /* of groups */
	size_t region_count, region_room, group_count, group_room;
	struct same_size same; /* count 0: no size is worth a word */
	bool failed;           /* no memory: there are no rows */
};

void maps_rows_done(struct maps_rows *rows);

/* Makes the rows of a moment; `t` lends its room for sorting. */
void maps_rows_make(struct maps_rows *rows, const struct moment *m, struct table *t);

/* The rows listed, and how many. */
const struct maps_row *maps_rows_listed(const struct maps_rows *rows, size_t *ret_count);

/* A figure of smaps of a listed row, bytes. */
uint64_t maps_rows_bytes(const struct maps_rows *rows, const struct moment *m, size_t row,
                         enum smaps_key key);

/* The first region of a row. */
const struct region *maps_rows_region(const struct moment *m, const struct maps_row *row);

/* The raw label of a region: its name, or what region_label says, which goes into `text`. */
enum { MAPS_LABEL = 64 };
const char *maps_label(const struct region *r, char text[MAPS_LABEL], size_t *ret_len);

/* True when label, kind, permissions or address of a row contain the text. */
bool maps_row_matches(const struct maps_rows *rows, const struct moment *m, size_t row,
                      const char *filter);

#endif
