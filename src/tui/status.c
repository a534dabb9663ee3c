/* SPDX-License-Identifier: MIT */
/*
 * View 4: every figure of status with its meaning, and what is around the process: descriptors, limits,
 * cgroup, the machine. It knows names and places; what a figure means is said by the tables of `proc`.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/page.h"

/* Places of the columns; a meaning needs room to be worth reading. */
enum { VALUE = 11, MEANING_LEAST = 22, TWO_PANES = 180, BAR = 6 };

/* One line of figures: UNKNOWN is "-". */
struct line {
	const char *name, *meaning;
	uint64_t value, before, peak;
	bool bytes;
	bool changes; /* there is a figure before to compare with */
	bool peaks;   /* its section has a column for the peak */
	bool matters; /* growth is bad news */
};

/* --- lines ------------------------------------------------------------------------------------------ */

/* The row of the next line on the canvas, -1 when it is out of sight. */
static int row_next(struct page *p)
{
	size_t line = p->line++;

	if (line < p->top || line - p->top >= (size_t)p->canvas.rows)
		return -1;
	return (int)(line - p->top);
}

static void figure_text(char out[HUMAN_MAX], uint64_t v, bool bytes, enum human_unit unit)
{
	if (bytes)
		human_size(out, v, unit);
	else
		human_count(out, v);
}

static void change_text(char out[HUMAN_MAX], const struct line *l, enum human_unit unit)
{
	int64_t change;

	if (!known_delta(l->value, l->before, &change))
		snprintf(out, HUMAN_MAX, "-");
	else if (l->bytes)
		human_delta(out, change, unit);
	else
		snprintf(out, HUMAN_MAX, "%s%" PRId64, change > 0 ? "+" : "", change);
}

static enum role value_role(uint64_t v)
{
	return known(v) && v > 0 ? ROLE_TITLE : ROLE_DIM;
}

static enum role change_role(const struct line *l)
{
	if (!known(l->value) || !known(l->before) || l->value == l->before)
		return ROLE_DIM;
	return l->matters && l->value > l->before ? ROLE_GROWTH : ROLE_TEXT;
}

static int name_width(const struct page *p)
{
	return p->canvas.columns >= 76 ? 16 : 13;
}

/* Where the meaning begins behind so many columns of figures. */
static int figures_end(const struct page *p, int figures)
{
	return 2 + name_width(p) + figures * (VALUE + 1) + 1;
}

/* What a line means, from column x on, on as many lines as it takes. */
static void meaning_write(struct page *p, size_t line, int x, const char *meaning)
{
	struct page side = *p;

	if (p->canvas.columns - x < MEANING_LEAST)
		return;
	side.canvas = canvas_part(&p->canvas, 0, x, p->canvas.rows, CANVAS_REST);
	side.line = line;
	page_text(&side, 0, ROLE_DIM, meaning);
	p->line = side.line;
}

static void line_draw(const struct page *p, int y, const struct line *l, enum human_unit unit)
{
	const struct canvas *c = &p->canvas;
	int x = 2 + name_width(p);
	char text[HUMAN_MAX];

	canvas_cut(c, y, 2, name_width(p) - 1, ROLE_TEXT, l->name, false);
	figure_text(text, l->value, l->bytes, unit);
	canvas_right(c, y, x, VALUE, value_role(l->value), text);
	x += VALUE + 1;
	if (l->changes) {
		change_text(text, l, unit);
		canvas_right(c, y, x, VALUE, change_role(l), text);
	}
	x += VALUE + 1;
	if (l->peaks) {
		figure_text(text, l->peak, l->bytes, unit);
		canvas_right(c, y, x, VALUE, ROLE_DIM, text);
	}
}

static void line_write(struct page *p, const struct line *l, enum human_unit unit)
{
	size_t line = p->line;
	int y = row_next(p);

	if (y >= 0)
		line_draw(p, y, l, unit);
	meaning_write(p, line, figures_end(p, l->peaks ? 3 : 2), l->meaning);
}

/* A section begins: a blank line, its name, what its columns are. */
static void head_write(struct page *p, const char *name, const char *const columns_of[3])
{
	const struct canvas *c = &p->canvas;

	if (p->line > 0)
		row_next(p);
	int y = row_next(p), x = 2 + name_width(p);
	if (y < 0)
		return;
	canvas_text(c, y, 1, x - 2, ROLE_HEAD, name);
	for (int i = 0; i < 3 && columns_of[i]; i++)
		canvas_right(c, y, x + i * (VALUE + 1), VALUE, ROLE_DIM, columns_of[i]);
}

/* --- the process ------------------------------------------------------------------------------------ */

/* What tells of a leak first; then the address space, then the rest. */
static const enum status_key status_order[STATUS_KEY_COUNT] = {
        STATUS_VM_RSS,    STATUS_VM_HWM,  STATUS_RSS_ANON,      STATUS_RSS_FILE,
        STATUS_RSS_SHMEM, STATUS_VM_SWAP, STATUS_HUGETLB,       STATUS_VM_SIZE,
        STATUS_VM_PEAK,   STATUS_VM_DATA, STATUS_VM_STACK,      STATUS_VM_EXE,
        STATUS_VM_LIB,    STATUS_VM_PTE,  STATUS_VM_LOCKED,     STATUS_VM_PINNED,
        STATUS_THREADS,   STATUS_FDSIZE,  STATUS_CTX_VOLUNTARY, STATUS_CTX_INVOLUNTARY,
};

/* Figures in which a leak would show. */
static bool growth_is_bad(enum status_key key)
{
	return key == STATUS_VM_RSS || key == STATUS_RSS_ANON || key == STATUS_RSS_SHMEM ||
	       key == STATUS_VM_SWAP || key == STATUS_HUGETLB || key == STATUS_THREADS;
}

/* The names of the kernel, where they are too long for a column. */
static const char *status_name(enum status_key key)
{
	if (key == STATUS_CTX_VOLUNTARY)
		return "ctxt voluntary";
	return key == STATUS_CTX_INVOLUNTARY ? "ctxt forced" : status_keys[key].name;
}

static void process_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"now", "change", "peak"};
	bool matters = m->verdict.kind >= VERDICT_SUSPICIOUS;

	head_write(p, "Process", heads);
	for (int i = 0; i < STATUS_KEY_COUNT; i++) {
		enum status_key k = status_order[i];
		struct line l = {
		        .name = status_name(k),
		        .meaning = status_keys[k].meaning,
		        .value = m->status[k],
		        .before = m->baseline ? m->baseline->status[k] : UNKNOWN,
		        .peak = m->status_peak[k],
		        .bytes = status_keys[k].bytes,
		        .changes = true,
		        .peaks = true,
		        .matters = matters && growth_is_bad(k),
		};
		line_write(p, &l, unit);
	}
}

static void fds_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"now", "change", NULL};
	struct line all = {.name = "all",
	                   .meaning = "A count that only rises is a leak of its own.",
	                   .value = m->sample.v[FIGURE_FDS],
	                   .before = m->baseline ? m->baseline->sample.v[FIGURE_FDS] : UNKNOWN,
	                   .changes = true};

	head_write(p, "Descriptors", heads);
	line_write(p, &all, unit);
	for (int k = 0; k < FD_KIND_COUNT; k++) {
		struct line l = {.name = fd_kind_names[k], .meaning = "", .value = m->fds[k]};
		line_write(p, &l, unit);
	}
}

static bool sockets_counted(const uint64_t sockets[SOCKET_KIND_COUNT])
{
	for (int k = 0; k < SOCKET_KIND_COUNT; k++)
		if (known(sockets[k]))
			return true;
	return false;
}

/* Only states that some are in; a table that could not be read is unknown, and has its line. */
static void sockets_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"now", NULL, NULL};
	bool begun = false;

	if (!sockets_counted(m->sockets))
		return;
	for (int k = 1; k <= SOCKET_KIND_COUNT; k++) {
		int kind = k % SOCKET_KIND_COUNT; /* the others last */
		struct line l = {.name = socket_kind_names[kind], .value = m->sockets[kind]};
		bool told = kind == SOCKET_ESTABLISHED || kind > SOCKET_TCP_LAST;
		l.meaning = kind == SOCKET_CLOSE_WAIT ? "The peer has closed, this process has not."
		                                      : "";
		if (l.value == 0 || (!known(l.value) && !told))
			continue;
		if (!begun)
			head_write(p, "Sockets", heads);
		begun = true;
		line_write(p, &l, unit);
	}
}

struct counter {
	enum figure figure;
	const char *name, *meaning;
	bool bytes;
};

/* Counters beside memory, where any of them is known. */
static void counters_write(struct page *p, const struct moment *m, const char *name,
                           const struct counter *c, size_t count, enum human_unit unit)
{
	static const char *const heads[3] = {"now", "change", NULL};
	bool any = false;

	for (size_t i = 0; i < count; i++)
		any = any || known(m->sample.v[c[i].figure]);
	if (!any)
		return;
	head_write(p, name, heads);
	for (size_t i = 0; i < count; i++) {
		struct line l = {.name = c[i].name,
		                 .meaning = c[i].meaning,
		                 .value = m->sample.v[c[i].figure],
		                 .bytes = c[i].bytes,
		                 .changes = true};
		l.before = m->baseline ? m->baseline->sample.v[c[i].figure] : UNKNOWN;
		line_write(p, &l, unit);
	}
}

static void work_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const struct counter work[] = {
	        {FIGURE_IO_READ, "bytes read", "By read(2) from anything, not by recv(2).", true},
	        {FIGURE_IO_WRITE, "bytes written", "By write(2), not by send(2).", true},
	        {FIGURE_SOCKETS_SEEN, "sockets seen", "At least so many were ever open.", false},
	        {FIGURE_THREADS_SEEN, "threads seen", "At least so many ever ran.", false},
	};
	static const struct counter group[] = {
	        {FIGURE_CGROUP_ANON, "anon", "Of all processes in its cgroup.", true},
	        {FIGURE_CGROUP_FILE, "file", "Cached files that count for it.", true},
	        {FIGURE_CGROUP_KERNEL, "kernel", "Kernel memory; before 5.18 slab alone.", true},
	        {FIGURE_CGROUP_SOCK, "sock", "Buffers of sockets.", true},
	};

	counters_write(p, m, "Work", work, sizeof(work) / sizeof(work[0]), unit);
	counters_write(p, m, "cgroup holds", group, sizeof(group) / sizeof(group[0]), unit);
}

/* --- around it -------------------------------------------------------------------------------------- */

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
	int x = 2 + name_width(p);
	char text[HUMAN_MAX];

	canvas_cut(c, y, 2, name_width(p) - 1, ROLE_TEXT, l->name, false);
	figure_text(text, l->used, l->bytes, unit);
	canvas_right(c, y, x, VALUE, value_role(l->used), text);
	x += VALUE + 1;
	figure_text(text, l->limit, l->bytes, unit);
	canvas_right(c, y, x, VALUE, known(l->limit) ? ROLE_TEXT : ROLE_DIM, text);
	x += VALUE + 1;
	if (known(l->limit) && known(l->used) && l->limit > 0) {
		double part = (double)l->used / (double)l->limit;
		canvas_bar(c, y, x, BAR, limit_role(part), part);
		snprintf(text, sizeof(text), "%.0f%%", part * 100);
		canvas_right(c, y, x + BAR, VALUE - BAR, ROLE_TEXT, text);
	}
}

static void limit_write(struct page *p, const struct limit *l, enum human_unit unit)
{
	size_t line = p->line;
	int y = row_next(p);

	if (y >= 0)
		limit_draw(p, y, l, unit);
	meaning_write(p, line, figures_end(p, 3), l->meaning);
}

static void cgroup_write(struct page *p, const struct moment *m)
{
	int y = row_next(p), x = 2 + name_width(p);
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
	int y = row_next(p), x = 2 + name_width(p);
	char text[HUMAN_MAX], adjust[HUMAN_MAX] = "-";

	if (y >= 0) {
		canvas_text(&p->canvas, y, 2, x - 3, ROLE_TEXT, "oom_score");
		canvas_right(&p->canvas, y, x, VALUE, value_role(m->bounds.oom_score),
		             human_count(text, m->bounds.oom_score));
		if (m->bounds.oom_adjust != BOUNDS_NO_ADJUST)
			snprintf(adjust, sizeof(adjust), "adj %d", (int)m->bounds.oom_adjust);
		canvas_right(&p->canvas, y, x + VALUE + 1, VALUE, ROLE_DIM, adjust);
	}
	meaning_write(p, line, figures_end(p, 3), "Killed first: the highest.");
}

static void limits_write(struct page *p, const struct moment *m, enum human_unit unit)
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

	head_write(p, "Limits", heads);
	for (size_t i = 0; i < count; i++)
		limit_write(p, &limits[i], unit);
	oom_write(p, m);
	cgroup_write(p, m);
}

static void machine_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"now", "change", NULL};

	head_write(p, "Machine", heads);
	for (int k = 0; k < MEMINFO_KEY_COUNT; k++) {
		struct line l = {
		        .name = meminfo_keys[k].name,
		        .meaning = meminfo_keys[k].meaning,
		        .value = m->meminfo[k],
		        .before = m->baseline ? m->baseline->meminfo[k] : UNKNOWN,
		        .bytes = true,
		        .changes = true,
		};
		line_write(p, &l, unit);
	}
}

/* --- the whole -------------------------------------------------------------------------------------- */

static void around_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	fds_write(p, m, unit);
	sockets_write(p, m, unit);
	work_write(p, m, unit);
	limits_write(p, m, unit);
	machine_write(p, m, unit);
}

/* Two panes beside each other scroll as one. */
static void status_write(const struct page_view *v, struct page *p, const struct moment *m)
{
	enum human_unit unit = v->view.settings->unit;
	int width = p->canvas.columns;

	if (width < TWO_PANES) {
		process_write(p, m, unit);
		around_write(p, m, unit);
		return;
	}
	struct page left = *p, right = *p;
	left.canvas = canvas_part(&p->canvas, 0, 0, p->canvas.rows, width / 2);
	right.canvas = canvas_part(&p->canvas, 0, width / 2, p->canvas.rows, width - width / 2);
	process_write(&left, m, unit);
	around_write(&right, m, unit);
	p->line = left.line > right.line ? left.line : right.line;
}

static const struct view_ops status_ops = {
        .title = "Status",
        .number = 4,
        .place = PLACE_STATUS,
        .free = page_view_free,
        .refresh = page_view_refresh,
        .draw = page_view_draw,
        .act = page_view_act,
};

struct view *view_status_new(const struct view_settings *settings)
{
	return page_view_new(&status_ops, settings, status_write);
}
