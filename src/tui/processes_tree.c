/* SPDX-License-Identifier: MIT */
/*
 * The processes as a tree by parent. It knows rows by number and who is whose parent; a parent that the
 * filter hides leaves its children at the top. Parents that were read at different times may form a ring:
 * its members stand at the top, too.
 */

#include <stdlib.h>
#include <string.h>

#include "tui/processes_internal.h"

enum { NOBODY = -1, DEEPEST = 40 };

/* An item among others, by number. */
struct node {
	int32_t pid;
	int parent, child, sibling; /* first child, next sibling */
	bool placed;
};

struct named {
	int32_t pid;
	int at;
};

static int by_pid(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int parent_find(const struct named *names, size_t count, int32_t ppid, int self)
{
	const struct named key = {ppid, 0};
	const struct named *found =
	        ppid > 0 ? bsearch(&key, names, count, sizeof(key), by_pid) : NULL;

	return found && found->at != self ? found->at : NOBODY;
}

/* Links from the last to the first, so that siblings stay in their order. */
static void nodes_link(struct node *nodes, struct named *names, const struct process_list *l,
                       const struct table_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int32_t pid = l->rows[items[i].row].pid;
		nodes[i] = (struct node){pid, NOBODY, NOBODY, NOBODY, false};
		names[i] = (struct named){pid, (int)i};
	}
	qsort(names, count, sizeof(*names), by_pid);
	for (size_t i = count; i-- > 0;) {
		struct node *n = &nodes[i];
		n->parent = parent_find(names, count, l->rows[items[i].row].ppid, (int)i);
		if (n->parent != NOBODY) {
			n->sibling = nodes[n->parent].child;
			nodes[n->parent].child = (int)i;
		}
	}
}

struct placing {
	struct node *nodes;
	const struct table_item *from;
	struct table_item *to;
	size_t count;
	uint8_t *depth;
};

static void node_place(struct placing *p, int at, int depth)
{
	p->nodes[at].placed = true;
	p->depth[p->from[at].row] = (uint8_t)(depth < DEEPEST ? depth : DEEPEST);
	p->to[p->count++] = p->from[at];
}

/* A root and all below it, without recursion: processes choose how deep they go. */
static void branch_place(struct placing *p, int root)
{
	int at = root, depth = 0;

	node_place(p, at, depth);
	for (;;) {
		int next = p->nodes[at].child;
		if (next != NOBODY && !p->nodes[next].placed) {
			depth++;
		} else {
			while (at != root && p->nodes[at].sibling == NOBODY) {
				at = p->nodes[at].parent;
				depth--;
			}
			next = at == root ? NOBODY : p->nodes[at].sibling;
		}
		if (next == NOBODY || p->nodes[next].placed)
			return;
		at = next;
		node_place(p, at, depth);
	}
}

static bool depth_reserve(struct processes_tree *tree, size_t count)
{
	if (count <= tree->room)
		return true;
	uint8_t *grown = realloc(tree->depth, count + count / 8);

	if (!grown)
		return false;
	tree->depth = grown;
	tree->room = count + count / 8;
	return true;
}

void processes_tree_arrange(struct processes_tree *tree, const struct process_list *l,
                            struct table_item *items, size_t count)
{
	struct node *nodes = calloc(count + 1, sizeof(*nodes));
	struct named *names = calloc(count + 1, sizeof(*names));
	struct table_item *placed = calloc(count + 1, sizeof(*placed));

	if (nodes && names && placed && depth_reserve(tree, l->count + 1)) {
		struct placing p = {nodes, items, placed, 0, tree->depth};
		nodes_link(nodes, names, l, items, count);
		for (size_t i = 0; i < count; i++)
			if (nodes[i].parent == NOBODY)
				branch_place(&p, (int)i);
		for (size_t i = 0; i < count; i++)
			if (!nodes[i].placed)
				node_place(&p, (int)i, 0);
		memcpy(items, placed, count * sizeof(*items));
	} else {
		tree->on = false; /* a plain list is better than none */
	}
	free(nodes);
	free(names);
	free(placed);
}

void processes_tree_done(struct processes_tree *tree)
{
	free(tree->depth);
	*tree = (struct processes_tree){0};
}
