/* SPDX-License-Identifier: MIT */
/*
 * Knows how one pass over the regions is made: whether smaps may be read at all, reading it call by
 * call, and that nothing read across an exec or a death is handed out. Refuses to know what a region
 * is (tracker) and how page maps are counted (live_slices).
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/mapping.h"
#include "source/live_internal.h"

#define RETRY_DENIED (10 * NS_PER_S)
#define RETRY_IMAGE  (100 * NS_PER_MS)

/* What one pass is known by when it is over. */
struct pass {
	struct live_meter meter;
	uint64_t took; /* ns: from its beginning to its end, waiting included */
	struct live_image image;
	uint64_t rss; /* bytes of the whole process when it began */
	bool sliced;
	bool torn, partial;
	int error;
	struct region_table *table;
};

static int pass_record(const struct smaps_record *record, void *arg)
{
	struct live_reader *r = arg;
	window_add(&r->window, record->bytes[SMAPS_RSS]);
	return tracker_add(record, r->tracker);
}

/* One read(2) into the parser. 1: more may come, 0: end, or -errno. */
static int smaps_read_once(struct live_reader *r, int fd)
{
	size_t room;
	char *at = smaps_room(r->parser, &room);
	uint64_t t = live_busy(r, "smaps");
	ssize_t n = read(fd, at, room);
	int e = n < 0 ? -errno : 0;
	uint64_t took = live_idle(r, t);
	if (took > r->longest)
		r->longest = took;
	if (e == -EINTR)
		return 1;
	if (e < 0 || !n)
		return e;
	e = smaps_fed(r->parser, (size_t)n);
	return e < 0 ? e : 1;
}

static int smaps_stream(struct live_reader *r, struct smaps_stats *stats)
{
	uint64_t t = live_busy(r, "smaps");
	int fd = procdir_open_file(&r->dir, "smaps");
	live_idle(r, t);
	if (fd < 0)
		return fd;

	int more = 1;
	memset(&r->window, 0, sizeof(r->window));
	tracker_begin(r->tracker);
	smaps_begin(r->parser, pass_record, r);
	while (more > 0)
		more = live_between(r) ? -ECANCELED : smaps_read_once(r, fd);
	close(fd);
	int e = smaps_end(r->parser, more == 0, stats);
	if (more == -ECANCELED || more == -ENOMEM)
		return more;
	/* A read error behind good records leaves a partial table; in front of them, none. */
	return e < 0 ? e : stats->records ? 0 : more < 0 ? more : -ESRCH;
}

static int pass_smaps(struct live_reader *r, struct pass *p)
{
	struct smaps_stats stats;
	int e = smaps_stream(r, &stats);
	if (e == 0 && stats.torn)
		e = smaps_stream(r, &stats);
	if (e < 0)
		return e;
	p->torn = stats.torn;
	p->partial = stats.partial;
	budget_learn(&r->pass, r->window.largest, r->longest);
	return 0;
}

static int window_add_size(const struct mapping *m, void *arg)
{
	window_add(arg, m->end - m->start);
	return 0;
}

static int maps_read(struct live_reader *r)
{
	uint64_t t = live_busy(r, "maps");
	int e = procdir_read(&r->dir, "maps", &r->maps);
	live_idle(r, t);
	return e;
}

/*
 * Resident bytes that one read of smaps may walk at most: all of it; or what the last pass found in
 * the largest neighbours and everything that came since; or their sizes.
 */
static bool smaps_allowed(struct live_reader *r, uint64_t rss)
{
	struct budget_window sizes = {0};
	struct mapping_walk walk;

	if (budget_allows(&r->pass, rss))
		return true;
	if (known(rss) && known(r->window_then) &&
	    budget_allows(&r->pass, known_add(r->window_then, known_sub(rss, r->rss_then))))
		return true;
	if (maps_read(r) < 0)
		return false;
	mapping_each(buf_str(&r->maps), r->maps.len, window_add_size, &sizes, &walk);
	return budget_allows(&r->pass, sizes.largest);
}

static int pass_slices(struct live_reader *r, struct pass *p)
{
	int e = maps_read(r);
	if (e < 0)
		return e;
	memset(&r->window, 0, sizeof(r->window));
	tracker_begin(r->tracker);
	p->sliced = true;
	e = live_slices(r);
	budget_fade(&r->pass);
	return e;
}

static void status_read(struct live_reader *r, uint64_t *ret_rss, uint64_t *ret_threads)
{
	struct proc_status status;
	bool read = procdir_read(&r->dir, "status", &r->text) == 0 &&
	            status_parse(buf_str(&r->text), r->text.len, &status) == 0;
	*ret_rss = read ? status.v[STATUS_VM_RSS] : UNKNOWN;
	*ret_threads = read ? status.v[STATUS_THREADS] : UNKNOWN;
}

/* True when the files still belong to the image that `p` began with. */
static bool image_holds(struct live_reader *r, const struct pass *p)
{
	struct live_image now;
	return live_image_read(&r->dir, &r->text, &now, NULL) == 0 &&
	       live_image_same(&now, &p->image);
}

static void pass_make(struct live_reader *r, struct pass *p)
{
	if (!r->no_smaps && smaps_allowed(r, p->rss)) {
		p->error = pass_smaps(r, p);
		if (p->error != -ENOENT || !image_holds(r, p))
			return;
		r->no_smaps = true;
	}
	p->error = pass_slices(r, p);
}

static void costs_set(struct live_reader *r, const struct pass *p, struct costs *c)
{
	c->pass_ns = p->took;
	c->longest_call_ns = r->longest;
	if (r->longest > c->worst_call_ns)
		c->worst_call_ns = r->longest;
	/* The reader's own copy may be older than what was asked for meanwhile. */
	c->period_ns = budget_least(r->sh->min_period, r->pass.cost);
	c->sliced = p->sliced;
}

static void figures_set(struct live_figures *f, const struct region_table *t)
{
	f->serial++;
	f->read = clock_mono();
	f->failed = false;
	f->mappings = t->mappings;
	f->torn = t->torn || t->partial;
	memcpy(f->totals, t->totals, sizeof(f->totals));
}

/* Hands the table out, unless the clock saw another image since the pass began. */
static void pass_publish(struct live_reader *r, struct pass *p)
{
	struct live_shared *sh = r->sh;
	struct region_table *old = p->table;

	live_lock(sh);
	costs_set(r, p, &sh->costs);
	sh->pass_cost = r->pass.cost;
	sh->abilities.smaps = !p->sliced;
	sh->reduced = false;
	live_slices_lacking(r->skipped, sh->abilities.lacking, sizeof(sh->abilities.lacking));
	if (sh->epoch == r->epoch) {
		figures_set(&sh->figures, p->table);
		old = sh->table;
		sh->table = p->table;
	}
	live_unlock(sh);
	region_table_unref(old);
	live_shared_wake(sh);
}

/* Why there are no regions, in one sentence, and when to look again. */
static void pass_fail(struct live_reader *r, const struct pass *p)
{
	struct live_shared *sh = r->sh;
	char lacking[sizeof(sh->abilities.lacking)] = "";
	uint64_t now = clock_mono();

	if (p->error == -ECANCELED)
		return;
	live_lock(sh);
	sh->figures.failed = true;
	live_unlock(sh);
	if (p->error == -ESRCH || (p->error == -ENOENT && !p->sliced)) {
		/* On its way out, or its leader is: the clock will tell which. */
		budget_hold(&r->pass, now + RETRY_IMAGE);
		return;
	}
	budget_hold(&r->pass, now + RETRY_DENIED);
	live_lacking(r, p->error, p->sliced && !r->no_smaps ? budget_stall(&r->pass, p->rss) : 0,
	             lacking, sizeof(lacking));
	live_lock(sh);
	sh->costs.sliced = p->sliced;
	sh->abilities.smaps = false;
	sh->reduced = true;
	memcpy(sh->abilities.lacking, lacking, sizeof(lacking));
	live_unlock(sh);
	live_shared_wake(sh);
}

/* A pass that ended before the first sample is of its time. */
static uint64_t since_start(struct live_shared *sh, uint64_t now)
{
	uint64_t start = atomic_load(&sh->start);
	return now > start ? now - start : 0;
}

static void pass_end(struct live_reader *r, struct pass *p)
{
	struct live_shared *sh = r->sh;
	uint64_t now = clock_mono();

	p->took = now - p->meter.started;
	budget_ran(&r->pass, p->meter.started, live_meter_cost(&p->meter));
	if (p->error == 0 && !image_holds(r, p))
		p->error = -ESRCH;
	if (p->error == 0)
		p->error = tracker_end(r->tracker, since_start(sh, now), p->torn, p->partial,
		                       p->sliced, &p->table);
	if (p->error < 0) {
		pass_fail(r, p);
		return;
	}
	if (r->skipped)
		live_slices_doubt(p->table);
	r->window_then = r->window.largest;
	r->rss_then = p->rss;
	pass_publish(r, p);
}

void live_pass(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	struct pass p = {0};

	live_lock(sh);
	struct live_image expected = sh->image;
	live_unlock(sh);
	if (live_image_read(&r->dir, &r->text, &p.image, NULL) < 0 ||
	    !live_image_same(&p.image, &expected)) {
		/* The clock has not seen yet what became of it: it may take its time. */
		budget_hold(&r->pass, clock_mono() + RETRY_IMAGE);
		return;
	}
	uint64_t threads;
	status_read(r, &p.rss, &threads);
	r->longest = r->skipped = 0;
	live_stacks(r, threads);
	p.meter = live_meter_start();
	pass_make(r, &p);
	pass_end(r, &p);
}
