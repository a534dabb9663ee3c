/* SPDX-License-Identifier: MIT */
#ifndef TUI_PROCESSES_INTERNAL_H
#define TUI_PROCESSES_INTERNAL_H

/* What processes.c (the view), its columns (_cells.c), filter and tree share. */

#include "tui/table.h"

/* Order of the sort menu; columns name their place in it. */
enum processes_sort {
	SORT_SUSPICION,
	SORT_RSS,
	SORT_GROWTH,
	SORT_HELD,
	SORT_VSZ,
	SORT_AGE,
	SORT_PID,
	SORT_USER,
	SORT_STATE,
	SORT_UNIT,
	SORT_COMMAND,
	SORT_COUNT
};

/* How deep each row stands in the tree. */
struct processes_tree {
	bool on;
	uint8_t *depth; /* by row of the list */
	size_t room;
};

struct processes_view {
	struct view view;
	struct table table;
	struct processes_tree tree;
	bool chosen; /* the order is the user's; else ours, which follows what is known */
};

/* The process of a row. */
const struct process *process_at(const struct table_at *at);

/* Its command line, or its name where that is empty; *ret_len raw bytes, no NUL. */
const char *process_command(const struct table_at *at, size_t *ret_len);

extern const struct table_column process_columns[];

/* True when command, pid, user or unit contain the text; "user:NAME", "unit:NAME": that alone. */
bool process_matches(const struct table_at *at, const char *filter);

/* Puts children below their parents, siblings as they were; fills depth. */
void processes_tree_arrange(struct processes_tree *tree, const struct process_list *l,
                            struct table_item *items, size_t count);
void processes_tree_done(struct processes_tree *tree);

#endif
