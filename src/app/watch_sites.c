/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * Who traces which code grows, and where what is found goes:
 *
 *   --sites TIME, or a key of view 6 -> app_trace(), app_price() -> ORDER_TRACE, ORDER_PRICE -> here
 *   -> tracer (sites/tracer.h, a thread of its own) -> facts -> history, detect -> moments -> view 6, report.
 *
 * What --sites asks for is priced first, told, and begun then. watch_sites_tell.c has what is said meanwhile, watch_sites_end.c
 * how it ends. Refuses to know how code is traced.
 */

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/known.h"
#include "proc/procdir.h"

/* What --max-slowdown and the time of allocations are where nobody says. */
#define SLOWDOWN_USUAL 5.0
#define SPAN_USUAL     (30 * NS_PER_S)

/* Where samples lie further apart, a failure is believed at once: see tell_failure. */
#define NEXT_SAMPLE_SOON (2 * NS_PER_S)

void watch_sites_init(struct watch *w, const struct options *o)
{
	w->sites = (struct watch_sites){
	        .proc = o->procfs,
	        .asked = o->sites,
	        .span = o->sites ? o->sites : SPAN_USUAL,
	        .max_slowdown = o->max_slowdown > 0 ? o->max_slowdown : SLOWDOWN_USUAL,
	        .until = UNKNOWN,
	        .hint = UNKNOWN,
	};
	sites_progress_init(&w->sites.progress);
	w->sites.progress.never = o->no_sites && !w->from_file;
	const char *why = w->sites.progress.never ? "left out by --no-sites; watch it without that"
	                                          : tracer_missing();
	if (why) {
		w->sites.progress.phase = SITES_FAILED;
		snprintf(w->sites.progress.why, sizeof(w->sites.progress.why), "%s", why);
	}
}

uint64_t watch_sites_left(const struct watch *w)
{
	uint64_t now = w->row.sample.time;

	if (!known(w->sites.until))
		return w->sites.plan == PLAN_PRICE ? w->sites.span : UNKNOWN;
	return w->sites.until > now ? w->sites.until - now : 0;
}

/* --- beginning ------------------------------------------------------------------------------------ */

/* Nobody can be traced there, and that stays so. */
static void refuse(struct watch *w, const char *why)
{
	struct sites_progress *p = &w->sites.progress;

	sites_progress_init(p);
	p->phase = SITES_FAILED;
	snprintf(p->why, sizeof(p->why), "%s", why);
	w->sites.plan = PLAN_NOTHING;
	watch_sites_trouble(w, why);
}

/* Pids below another procfs are not those that the kernel would trace for us. */
static bool is_foreign(const char *proc)
{
	struct procdir d;
	bool foreign;

	if (procdir_open_root(proc, &d))
		return true;
	foreign = !d.real;
	procdir_close(&d);
	return foreign;
}

static void trace(struct watch *w, enum sites_kind kind)
{
	w->sites.plan = PLAN_RUN;
	w->sites.kind = kind;
	w->sites.lesser = false;
	tracer_run(w->sites.tracer, kind, watch_sites_left(w));
}

static void carry_out(struct watch *w)
{
	if (w->sites.plan == PLAN_RUN)
		trace(w, w->sites.kind);
	else
		tracer_price(w->sites.tracer, watch_sites_left(w));
}

static void begin(struct watch *w)
{
	const struct target *t = w->facts ? w->facts->target : NULL;

	if (w->sites.plan == PLAN_NOTHING || w->sites.tracer || !t || !t->pid ||
	    w->ended != END_NOT_YET)
		return;
	if (is_foreign(w->sites.proc)) {
		refuse(w, "nothing is traced under --procfs: its process ids mean nothing here; "
		          "watch where the process runs");
		return;
	}
	w->sites.tracer = tracer_new(w->sites.proc, t->pid, w->sites.start, w->sites.max_slowdown);
	if (!w->sites.tracer) {
		refuse(w,
		       errno == EMFILE
		               ? "all files that this tool may open are open: raise `ulimit -n`, "
		                 "then start it again"
		               : "out of memory; free some and start it again");
		return;
	}
	snprintf(w->sites.program, sizeof(w->sites.program), "%s", t->comm);
	tracer_hint(w->sites.tracer, w->sites.hint);
	carry_out(w);
}

/* --- what people ask for -------------------------------------------------------------------------- */

static bool order(struct watch *w, enum sites_plan plan, enum sites_kind kind)
{
	bool timed = plan != PLAN_RUN || kind != SITES_GROWTH;

	if (w->from_file || w->ended != END_NOT_YET || w->sites.progress.never)
		return false;
	w->sites.plan = plan;
	w->sites.kind = kind;
	w->sites.by_option = false;
	w->sites.until = timed ? known_add(w->row.sample.time, w->sites.span) : UNKNOWN;
	w->sites.told[0] = '\0';
	if (w->sites.tracer)
		carry_out(w);
	else
		begin(w);
	return true;
}

bool watch_sites_run(struct watch *w, enum sites_kind kind)
{
	bool obeyed;

	if (kind != SITES_NONE)
		return order(w, PLAN_RUN, kind);
	obeyed = w->sites.tracer && order(w, PLAN_RUN, SITES_NONE);
	w->sites.plan = PLAN_NOTHING;
	return obeyed;
}

bool watch_sites_price(struct watch *w)
{
	return order(w, PLAN_PRICE, SITES_ALLOCATIONS);
}

void watch_sites_ask(struct watch *w)
{
	if (!w->sites.asked || w->from_file)
		return;
	w->sites.plan = PLAN_PRICE;
	w->sites.kind = SITES_ALLOCATIONS;
	w->sites.by_option = true;
}

/* --- --sites: the price, then the tracing --------------------------------------------------------- */

/* Its time counts from here; where another program came in between, it has what is left. */
static void trace_for_option(struct watch *w, enum sites_kind kind)
{
	if (!known(w->sites.until))
		w->sites.until = known_add(w->row.sample.time, w->sites.span);
	trace(w, kind);
}

/* Where no probe can be set, who makes it grow is told by its page faults. */
static void fall_back(struct watch *w, const struct sites_progress *p)
{
	watch_sites_trouble(w, p->why);
	if (w->sites.by_option && w->sites.plan == PLAN_PRICE)
		trace_for_option(w, SITES_GROWTH);
}

/* True: it did something. */
static bool go_on_with_option(struct watch *w, const struct sites_progress *p)
{
	if (!w->sites.by_option || w->sites.plan != PLAN_PRICE || w->ended != END_NOT_YET)
		return false;
	if (p->phase == SITES_PRICED) {
		watch_sites_announce(w, p);
		trace_for_option(w, SITES_ALLOCATIONS);
		return true;
	}
	if (p->phase != SITES_FAILED || w->interval <= NEXT_SAMPLE_SOON)
		return false;
	fall_back(w, p);
	return true;
}

/* --- what comes in -------------------------------------------------------------------------------- */

/* Where all of it goes. */
static void keep(struct watch *w, struct sites_facts *f)
{
	history_sites(w->history, f);
	detect_sites(w->detect, f);
	recorder_sites(w->recorder, f);
	w->sites.found = true;
}

static bool take(struct watch *w)
{
	struct sites_facts *f = w->sites.tracer ? tracer_take(w->sites.tracer) : NULL;

	if (!f)
		return false;
	w->sites.whole = f->ended;
	sites_facts_unref(w->sites.last);
	w->sites.last = sites_facts_ref(f);
	if (w->samples) {
		keep(w, f);
		if (w->sites.kind == SITES_ALLOCATIONS && f->kind != SITES_ALLOCATIONS)
			watch_sites_lesser(w, f);
	}
	sites_facts_unref(f);
	return true;
}

bool watch_sites_take(struct watch *w)
{
	struct sites_progress p;
	bool news = take(w);

	if (!w->sites.tracer)
		return false;
	tracer_progress(w->sites.tracer, &p);
	if (go_on_with_option(w, &p))
		tracer_progress(w->sites.tracer, &p);
	if (p.phase != w->sites.progress.phase)
		news = true;
	watch_sites_mark(w, &w->sites.progress, &p);
	w->sites.progress = p;
	return news;
}

int watch_sites_fd(const struct watch *w)
{
	return w->sites.tracer ? tracer_fd(w->sites.tracer) : -1;
}

bool watch_sites_moves(const struct watch *w)
{
	struct sites_progress p;

	if (!w->sites.tracer)
		return false;
	tracer_progress(w->sites.tracer, &p);
	return p.phase == SITES_OPENING || p.phase == SITES_PRICING ||
	       p.phase != w->sites.progress.phase;
}

void watch_sites_hint(struct watch *w, const struct heap_facts *f)
{
	uint64_t largest = UNKNOWN;

	for (unsigned i = 0; f->walked && i < f->class_count && !known(largest); i++)
		if (f->classes[i].steady && f->classes[i].growth_bytes > 0)
			largest = f->classes[i].high;
	if (largest == w->sites.hint)
		return;
	w->sites.hint = largest;
	if (w->sites.tracer)
		tracer_hint(w->sites.tracer, largest);
}

/*
 * Believed by the second sample that sees it: where the process went, or became another one as scripts do that start a program,
 * the next sample says so better.
 */
static void tell_failure(struct watch *w)
{
	bool failed = w->sites.tracer && watch_sites_failed(&w->sites.progress);

	if (failed && w->sites.failed)
		fall_back(w, &w->sites.progress);
	w->sites.failed = failed;
}

/* Of a recording: what was found then. */
static void take_recorded(struct watch *w)
{
	struct sites_facts *f;

	while ((f = source_sites(w->source))) {
		keep(w, f);
		sites_facts_unref(f);
	}
}

void watch_see_sites(struct watch *w)
{
	if (w->from_file)
		take_recorded(w);
	if ((w->row.sample.flags & SAMPLE_EPOCH) && w->samples > 1)
		watch_sites_forget(w);
	begin(w);
	watch_sites_take(w);
	tell_failure(w);
}
