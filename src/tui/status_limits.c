/* SPDX-License-Identifier: MIT */
#include "tui/status_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * The limits in view 4: what bounds the process and how much of it is used. Refuses to foretell when.
 */

enum { BAR = 6 };

struct limit {
	const char *name, *meaning;
	uint64_t limit, used; /* UNKNOWN: there is none, or it was not told */
	bool bytes;
};

static enum role limit_role(double part)
{
	return part >= 0.9 ? ROLE_BAD : part >= 0.7 ? ROLE_WARN : ROLE_GRAPH;
}

static void limit_draw(const struct page *p, int y, const struct limit *l, enum human_unit unit)
{
	const struct canvas *c = &p->canvas;
	int x = 2 + status_name_width(p);
	char text[HUMAN_MAX];

	canvas_cut(c, y, 2, status_name_width(p) - 1, ROLE_TEXT, l->name, false);
	status_figure_text(text, l->used, l->bytes, unit);
	canvas_right(c, y, x, STATUS_VALUE, status_value_role(l->used), text);
	x += STATUS_VALUE + 1;
	status_figure_text(text, l->limit, l->bytes, unit);
	canvas_right(c, y, x, STATUS_VALUE, known(l->limit) ? ROLE_TEXT : ROLE_DIM, text);
	x += STATUS_VALUE + 1;
	if (known(l->limit) && known(l->used) && l->limit > 0) {
		double part = (double)l->used / (double)l->limit;
		canvas_bar(c, y, x, BAR, limit_role(part), part);
		snprintf(text, sizeof(text), "%.0f%%", part * 100);
		canvas_right(c, y, x + BAR, STATUS_VALUE - BAR, ROLE_TEXT, text);
	}
}

static void limit_write(struct page *p, const struct limit *l, enum human_unit unit)
{
	size_t line = p->line;
	int y = status_row(p);

	if (y >= 0)
		limit_draw(p, y, l, unit);
	status_meaning(p, line, status_figures_end(p, 3), l->meaning);
}

static void cgroup_write(struct page *p, const struct moment *m)
{
	int y = status_row(p), x = 2 + status_name_width(p);
	size_t len = strnlen(m->cgroup_path, sizeof(m->cgroup_path));

	if (y < 0)
		return;
	canvas_text(&p->canvas, y, 2, x - 3, ROLE_TEXT, "cgroup");
	if (len > 0)
		canvas_name(&p->canvas, y, x, p->canvas.columns - x - 2, ROLE_TEXT, m->cgroup_path,
		            len, true);
	else
		canvas_text(&p->canvas, y, x, CANVAS_REST, ROLE_DIM, "-");
}

static const char *cgroup_meaning(const struct moment *m)
{
	if (m->bounds.cgroup_throttles)
		return "memory.high: beyond it the kernel holds the group up.";
	return m->bounds.cgroup_ancestor > 0
	               ? "Of a group above its own: beyond it the kernel reclaims, then kills."
	               : "Beyond it the kernel reclaims, then kills.";
}

/* Who is killed when memory ends. */
static void oom_write(struct page *p, const struct moment *m)
{
	size_t line = p->line;
	int y = status_row(p), x = 2 + status_name_width(p);
	char text[HUMAN_MAX], adjust[HUMAN_MAX] = "-";

	if (y >= 0) {
		canvas_text(&p->canvas, y, 2, x - 3, ROLE_TEXT, "oom_score");
		canvas_right(&p->canvas, y, x, STATUS_VALUE, status_value_role(m->bounds.oom_score),
		             human_count(text, m->bounds.oom_score));
		if (m->bounds.oom_adjust != BOUNDS_NO_ADJUST)
			snprintf(adjust, sizeof(adjust), "adj %d", (int)m->bounds.oom_adjust);
		canvas_right(&p->canvas, y, x + STATUS_VALUE + 1, STATUS_VALUE, ROLE_DIM, adjust);
	}
	status_meaning(p, line, status_figures_end(p, 3), "Killed first: the highest.");
}

void status_limits(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"used", "limit", "part"};
	const struct limit limits[] = {
	        {"cgroup memory", cgroup_meaning(m), m->cgroup_limit, m->cgroup_usage, true},
	        {"address space", "RLIMIT_AS, for VmSize.", m->limits[LIMIT_AS],
	         m->status[STATUS_VM_SIZE], true},
	        {"data", "RLIMIT_DATA, for VmData.", m->limits[LIMIT_DATA],
	         m->status[STATUS_VM_DATA], true},
	        {"stack", "RLIMIT_STACK, for VmStk.", m->limits[LIMIT_STACK],
	         m->status[STATUS_VM_STACK], true},
	        {"descriptors", "RLIMIT_NOFILE.", m->limits[LIMIT_NOFILE], m->sample.v[FIGURE_FDS],
	         false},
	        {"mappings", "vm.max_map_count of the kernel.", m->limits[LIMIT_MAPPINGS],
	         m->sample.v[FIGURE_MAPS], false},
	        {"32-bit", "All that a 32-bit process can address, for VmSize.", m->bounds.address,
	         m->status[STATUS_VM_SIZE], true},
	};
	size_t count = sizeof(limits) / sizeof(limits[0]) - !known(m->bounds.address);

	status_head(p, "Limits", heads);
	for (size_t i = 0; i < count; i++)
		limit_write(p, &limits[i], unit);
	oom_write(p, m);
	cgroup_write(p, m);
}
