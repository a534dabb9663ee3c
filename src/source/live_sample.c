/* SPDX-License-Identifier: MIT */
/*
 * Knows the cheap half of a sample: status and stat, which never wait for the target's lock, and what
 * they say about its state. Everything else it takes ready-made from the slow reader.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/live_internal.h"

#define MEMINFO_PERIOD NS_PER_S
/* What a pass said stands for the present over so many periods, and for so long at least. */
enum { HOLD_PERIODS = 3 };
#define HOLD_LEAST (3 * NS_PER_S)
/* However rarely a pass is made: for so long at most, or for so many sampling intervals. */
#define HOLD_MOST (60 * NS_PER_S)
/* The clocks are read one after the other: less than this is no sleep. */
#define ASLEEP_LEAST (50 * NS_PER_MS)

static int status_read(struct live *l, struct proc_status *ret)
{
	int e = procdir_read(&l->dir, "status", &l->text);
	return e < 0 ? e : status_parse(buf_str(&l->text), l->text.len, ret);
}

static bool is_dead(char state)
{
	return state == 'Z' || state == 'X' || state == 'x';
}

/*
 * Reads status, through another thread once the leader ended. -ESRCH: nobody is left; the state then
 * says whether a zombie is.
 */
static int status_look(struct live *l, struct proc_status *ret)
{
	for (int attempt = 0; attempt < 4; attempt++) {
		int e = status_read(l, ret);
		bool absent = e == -ENOENT || e == -ESRCH;
		if (e == 0 && !is_dead(ret->state))
			return 0;
		if (e < 0 && (!absent || !l->dir.via)) {
			l->state = absent ? TARGET_EXITED : l->state;
			return absent ? -ESRCH : e;
		}
		if (l->dir.via) {
			/* The thread we read through ended too: look at the leader again, which
			 * another thread may have become by exec. */
			l->dir.via = 0;
			continue;
		}
		if (procdir_living_thread(&l->dir, &l->dir.via) < 0) {
			l->state = ret->state == 'Z' ? TARGET_ZOMBIE : TARGET_EXITED;
			return -ESRCH;
		}
	}
	return -EAGAIN;
}

int live_look(struct live *l, struct proc_status *ret_status, struct proc_stat *ret_stat)
{
	int32_t via = l->dir.via;
	int e = status_look(l, ret_status);
	if (l->dir.via != via)
		atomic_store(&l->sh->via, l->dir.via);
	if (e < 0)
		return e;
	/* The leader's stat also when it ended: its times are those of the whole process. */
	struct procdir leader = l->dir;
	leader.via = 0;
	e = procdir_read(&leader, "stat", &l->text);
	if (e == 0)
		e = stat_parse(buf_str(&l->text), l->text.len, ret_stat);
	if (e == -ENOENT || e == -ESRCH)
		l->state = TARGET_EXITED;
	return e == -ENOENT ? -ESRCH : e;
}

static enum target_state state_of(const struct live *l, char letter)
{
	if (letter == 'T')
		return TARGET_STOPPED;
	if (letter == 't')
		return TARGET_TRACED;
	return l->dir.via ? TARGET_LEADER_GONE : TARGET_RUNNING;
}

/*
 * Did it execute another program? Where the addresses are not told, the size of the program does, or
 * a new name together with a peak that fell, which within one image it cannot.
 */
static bool is_other_image(const struct live *l, const struct proc_status *status,
                           const struct live_image *image)
{
	const uint64_t *old = l->status.v, *new = status->v;
	if (!live_image_same(&l->image, image))
		return true;
	/* 0: seen in the middle of an exec, before the program was mapped. */
	if (known(old[STATUS_VM_EXE]) && known(new[STATUS_VM_EXE]) && old[STATUS_VM_EXE] &&
	    old[STATUS_VM_EXE] != new[STATUS_VM_EXE])
		return true;
	return strcmp(l->status.name, status->name) && known(old[STATUS_VM_PEAK]) &&
	       known(new[STATUS_VM_PEAK]) && new[STATUS_VM_PEAK] < old[STATUS_VM_PEAK];
}

/* Everything the old image left behind is dropped; the reader begins anew. */
static void epoch_begin(struct live *l, const struct proc_status *status,
                        const struct live_image *image)
{
	struct live_shared *sh = l->sh;
	struct target *t = live_target(&l->dir, status, l->start_ticks, sh->page);

	l->image = *image;
	live_lock(sh);
	sh->epoch++;
	sh->image = *image;
	struct region_table *table = sh->table;
	struct page_map *pages = sh->pages;
	struct target *old = t ? sh->target : NULL;
	sh->table = NULL;
	sh->pages = NULL;
	if (t)
		sh->target = t;
	memset(sh->slow, 0xff, sizeof(sh->slow));
	sh->figures = (struct live_figures){.serial = sh->figures.serial};
	sh->focus = (struct live_focus){.serial = sh->focus.serial + 1};
	atomic_store(&sh->focus_asked, sh->focus.serial);
	l->figures_seen = sh->figures.serial;
	pthread_cond_signal(&sh->work);
	live_unlock(sh);
	region_table_unref(table);
	page_map_unref(pages);
	target_unref(old);
}

static void peaks_update(struct live *l)
{
	for (int i = 0; i < STATUS_KEY_COUNT; i++) {
		uint64_t v = l->status.v[i];
		if (known(v) && (!known(l->peak[i]) || v > l->peak[i]))
			l->peak[i] = v;
	}
}

static uint64_t ticks_to_ns(uint64_t ticks)
{
	return known_mul(ticks, NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void fill_cheap(struct live *l, const struct proc_stat *stat, struct sample *s)
{
	for (const struct status_figure *f = status_figures; f->figure != FIGURE_COUNT; f++)
		s->v[f->figure] = l->status.v[f->key];
	s->v[FIGURE_CPU] = known_add(ticks_to_ns(stat->utime), ticks_to_ns(stat->stime));
	s->v[FIGURE_MINFLT] = stat->minflt;
	s->v[FIGURE_MAJFLT] = stat->majflt;
	uint64_t born = ticks_to_ns(stat->starttime);
	/* A fixture may have been born in the future of this machine. */
	if (known(born) && born <= clock_boot())
		s->v[FIGURE_AGE] = clock_boot() - born;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

bool live_figures_hold(const struct live_figures *f, uint64_t now, uint64_t period,
                       uint64_t interval)
{
	uint64_t hold = later(known_mul(period, HOLD_PERIODS), HOLD_LEAST);
	uint64_t most = later(known_mul(interval, HOLD_PERIODS), HOLD_MOST);
	return f->serial && !f->failed && now - f->read <= (hold < most ? hold : most);
}

static void fill_totals(const struct live_figures *f, struct sample *s)
{
	const uint64_t *t = f->totals;
	s->v[FIGURE_PSS] = t[SMAPS_PSS];
	s->v[FIGURE_PRIVATE] = known_add(known_add(t[SMAPS_PRIVATE_CLEAN], t[SMAPS_PRIVATE_DIRTY]),
	                                 t[SMAPS_PRIVATE_HUGETLB]);
	s->v[FIGURE_PRIVATE_DIRTY] = t[SMAPS_PRIVATE_DIRTY];
	s->v[FIGURE_SHARED] = known_add(known_add(t[SMAPS_SHARED_CLEAN], t[SMAPS_SHARED_DIRTY]),
	                                t[SMAPS_SHARED_HUGETLB]);
	s->v[FIGURE_ANON_HUGE] = t[SMAPS_ANON_HUGE];
	s->v[FIGURE_MAPS] = f->mappings;
}

/* What the slow reader knows by now. */
static void fill_slow(struct live *l, struct sample *s)
{
	struct live_shared *sh = l->sh;
	live_lock(sh);
	if (l->heap_wanted && sh->heap_answered == l->heap_ticket)
		s->v[FIGURE_HEAP] = sh->heap_bytes;
	s->v[FIGURE_FDS] = sh->fd_count;
	memcpy(&s->v[FIGURE_SLOW], sh->slow, sizeof(sh->slow));
	if (sh->figures.mappings &&
	    live_figures_hold(&sh->figures, clock_mono(), sh->costs.period_ns, sh->min_period))
		fill_totals(&sh->figures, s);
	/* Held for longer: without it the base series would leap by what waits to be taken back. */
	if (sh->figures.mappings && !sh->reduced) {
		s->v[FIGURE_LAZYFREE] = sh->figures.totals[SMAPS_LAZYFREE];
		s->flags |= sh->figures.torn ? SAMPLE_TORN : 0;
	}
	if (sh->figures.serial != l->figures_seen)
		s->flags |= SAMPLE_FRESH;
	l->figures_seen = sh->figures.serial;
	s->flags |= sh->reduced ? SAMPLE_REDUCED : 0;
	live_unlock(sh);
	l->heap_wanted = false;
}

/* True when the machine slept since the last sample: then time passed that nobody saw. */
static bool slept(struct live *l)
{
	uint64_t before = l->asleep;
	l->asleep = known_sub(clock_boot(), clock_mono());
	return l->asleep > before + ASLEEP_LEAST;
}

/* A procfs has nothing else; in a fixture a FIFO may stand there, which would hold up the clock. */
static bool meminfo_is_plain(const struct live *l)
{
	struct stat st;
	return fstatat(l->dir.rootfd, "meminfo", &st, 0) == 0 && S_ISREG(st.st_mode);
}

static void meminfo_update(struct live *l, uint64_t now)
{
	if (now < l->meminfo_next)
		return;
	l->meminfo_next = now + MEMINFO_PERIOD;
	if (!meminfo_is_plain(l) || procdir_read_global(&l->dir, "meminfo", &l->text) < 0 ||
	    meminfo_parse(buf_str(&l->text), l->text.len, l->meminfo) < 0)
		memset(l->meminfo, 0xff, sizeof(l->meminfo));
}

static void wake_drain(struct live *l)
{
	uint64_t n;
	while (read(l->sh->wakefd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
}

static int sample_end(struct live *l)
{
	l->ended = true;
	live_lock(l->sh);
	l->sh->gone = true;
	live_unlock(l->sh);
	return -ENODATA;
}

int live_sample(struct source *source, uint64_t now, struct sample *ret)
{
	struct live *l = (struct live *)source;
	struct proc_status status;
	struct proc_stat stat;
	struct sample s;

	wake_drain(l);
	if (l->ended)
		return -ENODATA;
	int e = live_look(l, &status, &stat);
	l->unread = e < 0 ? e : 0;
	if (e == -ESRCH)
		return sample_end(l);
	/* Without VmRSS its memory is being taken down: soon a zombie, but not yet. */
	if (e < 0 || (known(l->status.v[STATUS_VM_RSS]) && !known(status.v[STATUS_VM_RSS])))
		return -EAGAIN;

	sample_init(&s);
	s.time = known(l->last_time) && now <= l->last_time ? l->last_time + 1 : now;
	s.wall = clock_wall();
	struct live_image image = {.code = stat.start_code, .stack = stat.start_stack};
	if (is_other_image(l, &status, &image)) {
		s.flags |= SAMPLE_EPOCH;
		epoch_begin(l, &status, &image);
	} else if (!known(l->image.code)) {
		l->image = image;
	}
	l->status = status;
	l->last_time = s.time;
	l->state = state_of(l, status.state);
	s.flags |= l->state == TARGET_STOPPED || l->state == TARGET_TRACED ? SAMPLE_STOPPED : 0;
	s.flags |= slept(l) ? SAMPLE_GAP : 0;
	peaks_update(l);
	fill_cheap(l, &stat, &s);
	fill_slow(l, &s);
	meminfo_update(l, now);
	*ret = s;
	return 0;
}
