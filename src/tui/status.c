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
#include "tui/status_internal.h"

/* Columns from which on there are two panes. */
enum { TWO_PANES = 180 };

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

	status_head(p, "Process", heads);
	for (int i = 0; i < STATUS_KEY_COUNT; i++) {
		enum status_key k = status_order[i];
		struct status_line l = {
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
		status_line(p, &l, unit);
	}
}

static void fds_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"now", "change", NULL};
	struct status_line all = {.name = "all",
	                          .meaning = "A count that only rises is a leak of its own.",
	                          .value = m->sample.v[FIGURE_FDS],
	                          .before =
	                                  m->baseline ? m->baseline->sample.v[FIGURE_FDS] : UNKNOWN,
	                          .changes = true};

	status_head(p, "Descriptors", heads);
	status_line(p, &all, unit);
	for (int k = 0; k < FD_KIND_COUNT; k++) {
		struct status_line l = {.name = fd_kind_names[k],
		                        .meaning = "",
		                        .value = m->fds[k]};
		status_line(p, &l, unit);
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
		struct status_line l = {.name = socket_kind_names[kind], .value = m->sockets[kind]};
		bool told = kind == SOCKET_ESTABLISHED || kind > SOCKET_TCP_LAST;
		l.meaning = kind == SOCKET_CLOSE_WAIT ? "The peer has closed, this process has not."
		                                      : "";
		if (l.value == 0 || (!known(l.value) && !told))
			continue;
		if (!begun)
			status_head(p, "Sockets", heads);
		begun = true;
		status_line(p, &l, unit);
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
	status_head(p, name, heads);
	for (size_t i = 0; i < count; i++) {
		struct status_line l = {.name = c[i].name,
		                        .meaning = c[i].meaning,
		                        .value = m->sample.v[c[i].figure],
		                        .bytes = c[i].bytes,
		                        .changes = true};
		l.before = m->baseline ? m->baseline->sample.v[c[i].figure] : UNKNOWN;
		status_line(p, &l, unit);
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

static void machine_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	static const char *const heads[3] = {"now", "change", NULL};

	status_head(p, "Machine", heads);
	for (int k = 0; k < MEMINFO_KEY_COUNT; k++) {
		struct status_line l = {
		        .name = meminfo_keys[k].name,
		        .meaning = meminfo_keys[k].meaning,
		        .value = m->meminfo[k],
		        .before = m->baseline ? m->baseline->meminfo[k] : UNKNOWN,
		        .bytes = true,
		        .changes = true,
		};
		status_line(p, &l, unit);
	}
}

/* --- the whole -------------------------------------------------------------------------------------- */

static void around_write(struct page *p, const struct moment *m, enum human_unit unit)
{
	fds_write(p, m, unit);
	sockets_write(p, m, unit);
	work_write(p, m, unit);
	status_limits(p, m, unit);
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
