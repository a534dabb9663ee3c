/* SPDX-License-Identifier: MIT */
/*
 * One living process after the other as one source. Knows when the place is empty and what the successor's
 * first sample must say. Refuses to know how a process is found (follow_find.c) and read (live.c).
 */
#include "source/follow.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/follow_internal.h"

static struct follow *follow_of(struct source *s)
{
	return (struct follow *)s;
}

static uint64_t now_of(const struct follow *f)
{
	return clock_mono() - f->start;
}

/* --- one after the other -------------------------------------------------------------------------------- */

/* The screen is woken by whatever wakes one of these. */
static void poll_on(struct follow *f, int fd, bool on)
{
	struct epoll_event e = {.events = EPOLLIN};

	if (fd >= 0)
		epoll_ctl(f->pollfd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &e);
}

static void inner_drop(struct follow *f)
{
	if (!f->inner)
		return;
	poll_on(f, f->inner->ops->wake(f->inner), false);
	poll_on(f, f->exit_fd, false);
	f->exit_fd = -1;
	f->inner->ops->free(f->inner);
	f->inner = NULL;
	region_table_unref(f->early);
	f->early = NULL;
}

static void inner_take(struct follow *f, struct source *inner, uint64_t now)
{
	inner_drop(f);
	f->inner = inner;
	f->exit_fd = source_exit_fd(inner);
	poll_on(f, inner->ops->wake(inner), true);
	poll_on(f, f->exit_fd, true);
	source_set_start(inner, f->start);
	f->away = false;
	f->fresh = true;
	f->opened = now;
	f->pid = f->found.pid;
	f->born = f->found.start;
}

/* Between finding and opening another process may have got the pid. */
static bool is_the_one(struct source *inner, const struct follow_found *found)
{
	struct moment *m = moment_new();
	bool same = false;

	if (m) {
		inner->ops->describe(inner, m);
		same = m->target && m->target->start_ticks == found->start;
	}
	moment_unref(m);
	return same;
}

/* Opens whoever was found; whoever is gone again by now is looked for anew. */
static void found_open(struct follow *f, uint64_t now)
{
	struct live_options o = f->options;
	struct fault fault = {0};
	struct source *inner;

	f->has_found = false;
	o.pid = f->found.pid;
	o.first_id = f->next_id;
	int e = live_open(&o, &inner, &fault);
	if (e == 0 && is_the_one(inner, &f->found)) {
		inner_take(f, inner, now);
		return;
	}
	if (e == 0)
		inner->ops->free(inner);
	else if (e == -ESRCH)
		f->unseen++;
	else
		follow_tell_refused(f, &fault);
	search_want(f->search);
}

/* It ended. What it was stays to be seen until the next one is there. */
static void went_away(struct follow *f, uint64_t now)
{
	f->away = true;
	poll_on(f, f->exit_fd, false);
	f->exit_fd = -1;
	if (f->fresh)
		f->unseen++;
	else
		follow_tell_exit(f, now);
	search_want(f->search);
}

/* --- what a source does --------------------------------------------------------------------------------- */

/* The first pass, so that who is there already is seen by the first sample. */
static void first_look(struct follow *f)
{
	f->has_found = finder_pass(f->first, &f->found) == 0;
	f->first = NULL;
	if (f->has_found)
		return;
	follow_tell_nobody(f);
	search_want(f->search);
}

static void follow_prepare(struct source *s, uint64_t now)
{
	struct follow *f = follow_of(s);

	if (f->first)
		first_look(f);
	if (f->away && f->has_found)
		found_open(f, now);
	if (!f->away)
		f->inner->ops->prepare(f->inner, now);
}

static int follow_wake(struct source *s)
{
	return follow_of(s)->pollfd;
}

static bool follow_ready(struct source *s)
{
	struct follow *f = follow_of(s);

	return f->away || f->inner->ops->ready(f->inner);
}

static void found_look(struct follow *f)
{
	struct follow_found found;

	if (search_take(f->search, &found) && f->away) {
		f->found = found;
		f->has_found = true;
	}
}

/*
 * The first sample of a life is stamped with the time its process was opened: passes over its regions begin
 * then, and history takes a table from before the sample for one of the process before.
 */
static void first_mark(struct follow *f, struct sample *s)
{
	if (f->opened < s->time)
		s->time = f->opened;
	s->flags |= f->lives ? SAMPLE_EPOCH | SAMPLE_RESTART : 0;
	s->flags |= f->lives && f->missed ? SAMPLE_GAP : 0;
	follow_tell_begin(f);
	f->lives++;
	f->fresh = f->missed = false;
	f->unseen = 0;
}

static int follow_sample(struct source *s, uint64_t now, struct sample *ret)
{
	struct follow *f = follow_of(s);
	int e;

	found_look(f);
	e = f->away ? -EAGAIN : f->inner->ops->sample(f->inner, now, ret);
	if (e == -ENODATA) {
		went_away(f, now);
		e = -EAGAIN;
	}
	f->missed = f->missed || e == -EAGAIN;
	if (e)
		return e;
	if (f->fresh)
		first_mark(f, ret);
	if (known(f->last_time) && ret->time <= f->last_time)
		ret->time = f->last_time + 1;
	f->last_time = ret->time;
	return 0;
}

/* The end is noticed when it comes, not with the next sample. */
static void end_look(struct follow *f)
{
	struct pollfd p = {f->exit_fd, POLLIN, 0};
	uint64_t now = now_of(f);
	struct sample s;

	if (f->away || f->exit_fd < 0 || poll(&p, 1, 0) != 1)
		return;
	if (f->inner->ops->sample(f->inner, now, &s) == -ENODATA) {
		went_away(f, now);
		return;
	}
	/* Nobody but sample can tell then. */
	poll_on(f, f->exit_fd, false);
	f->exit_fd = -1;
}

static void ids_note(struct follow *f, const struct region_table *t)
{
	for (size_t i = 0; t && i < t->count; i++)
		if (t->rows[i]->id >= f->next_id)
			f->next_id = t->rows[i]->id + 1;
}

/* Of a process without a sample no table is handed out: it would be taken for one of its predecessor's. */
static struct region_table *follow_regions(struct source *s)
{
	struct follow *f = follow_of(s);
	struct region_table *t = f->inner ? f->inner->ops->regions(f->inner) : NULL;

	found_look(f);
	end_look(f);
	ids_note(f, t);
	if (t) {
		region_table_unref(f->early);
		f->early = t;
	}
	if (f->fresh)
		return NULL;
	t = f->early;
	f->early = NULL;
	return t;
}

/* Of the whole watch: the present process may be a moment old. */
static double cpu_percent(const struct follow *f)
{
	uint64_t wall = known_sub(clock_mono(), f->mono_before);
	uint64_t cpu = known_sub(clock_process(), f->cpu_before);

	return wall ? 100.0 * (double)cpu / (double)wall : 0;
}

static void follow_describe(struct source *s, struct moment *m)
{
	struct follow *f = follow_of(s);

	if (f->inner) {
		f->inner->ops->describe(f->inner, m);
	} else {
		target_unref(m->target);
		m->target = target_ref(f->nobody);
		m->state = TARGET_AWAITED;
		m->time = now_of(f);
	}
	m->costs.cpu_percent = cpu_percent(f);
	if (f->away)
		follow_waiting(f, now_of(f), m->waiting, sizeof(m->waiting));
}

static void follow_free(struct source *s)
{
	struct follow *f = follow_of(s);

	if (!f)
		return;
	inner_drop(f);
	search_stop(f->search);
	target_unref(f->nobody);
	if (f->pollfd >= 0)
		close(f->pollfd);
	free(f->proc);
	free(f->name);
	free(f);
}

static void follow_set_start(struct source *s, uint64_t start)
{
	struct follow *f = follow_of(s);

	f->start = start;
	if (f->inner)
		source_set_start(f->inner, start);
}

static void follow_set_period(struct source *s, uint64_t ns)
{
	struct follow *f = follow_of(s);

	f->options.min_period = ns;
	if (f->inner)
		source_set_period(f->inner, ns);
}

static void follow_focus(struct source *s, uint64_t id, uint64_t start, uint64_t end)
{
	struct follow *f = follow_of(s);

	if (f->inner)
		source_focus(f->inner, id, start, end);
}

static int follow_unread(const struct source *s)
{
	const struct follow *f = (const struct follow *)s;

	return f->inner ? source_unread(f->inner) : 0;
}

static const struct source_ops follow_ops = {
        .prepare = follow_prepare,
        .wake = follow_wake,
        .ready = follow_ready,
        .sample = follow_sample,
        .regions = follow_regions,
        .describe = follow_describe,
        .free = follow_free,
        .news = follow_news,
        .set_start = follow_set_start,
        .set_period = follow_set_period,
        .focus = follow_focus,
        .unread = follow_unread,
};

/* --- opening -------------------------------------------------------------------------------------------- */

static struct follow *follow_new(const struct live_options *options, const char *name)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->base.ops = &follow_ops;
	f->options = *options;
	f->options.proc = f->proc = strdup(options->proc);
	f->name = strdup(name);
	f->unit = follow_is_unit(name);
	f->start = f->mono_before = clock_mono();
	f->cpu_before = clock_process();
	f->away = true;
	f->exit_fd = -1;
	f->next_id = 1;
	f->last_time = UNKNOWN;
	f->nobody = target_new();
	f->pollfd = epoll_create1(EPOLL_CLOEXEC);
	if (!f->proc || !f->name || !f->nobody || f->pollfd < 0) {
		follow_free(&f->base);
		return NULL;
	}
	follow_name(f);
	return f;
}

/* The thread sleeps until somebody is wanted, which is after the first pass: the finder is ours until then. */
static int search_begin(struct follow *f)
{
	struct finder *finder = finder_new(f->proc, f->name);
	int e = finder ? finder_open(finder) : -ENOMEM;

	if (e < 0) {
		finder_free(finder);
		return e;
	}
	f->search = search_start(finder);
	if (!f->search)
		return -ENOMEM;
	f->first = finder;
	poll_on(f, search_fd(f->search), true);
	return 0;
}

int follow_open(const struct live_options *options, const char *name, struct source **ret,
                struct fault *fault)
{
	struct follow *f = follow_new(options, name);
	int e = f ? search_begin(f) : -ENOMEM;

	if (e < 0) {
		fault_set(fault, STATUS_GONE, "--follow: %s: %s; is it a proc file system?",
		          options->proc, fault_reason(e));
		if (f)
			follow_free(&f->base);
		return e;
	}
	*ret = &f->base;
	return 0;
}
