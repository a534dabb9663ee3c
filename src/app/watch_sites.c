/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * Who traces which code grows, and where what is found goes:
 *
 *   --sites TIME, or a key of view 6 -> app_trace(), app_price() -> ORDER_TRACE, ORDER_PRICE -> here
 *   -> tracer (sites/tracer.h, a thread of its own) -> facts -> history, detect -> moments -> view 6, report.
 *
 * What --sites asks for is priced first, told, and begun then. Knows when the process is another one and when it is
 * gone, and no clock but for the last wait; refuses to know how code is traced.
 */

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"
#include "proc/procdir.h"

/* What --max-slowdown and the time of allocations are where nobody says. */
#define SLOWDOWN_USUAL 5.0
#define SPAN_USUAL     (30 * NS_PER_S)

/* Less than this is not worth a price. */
#define SPAN_LEAST NS_PER_S

/* How long the end of a watch waits for the last facts; a person who leaves has less patience. */
#define LAST_FACTS       (2 * NS_PER_S)
#define LAST_FACTS_HASTY (500 * NS_PER_MS)

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
}

/* Once each time the words change: a reason that stays is no news. */
static void tell_trouble(struct watch *w, const char *text)
{
	char safe[sizeof(w->sites.told)], line[sizeof(safe) + 8];

	if (!text[0] || !strcmp(w->sites.told, text))
		return;
	snprintf(w->sites.told, sizeof(w->sites.told), "%s", text);
	safe_copy(safe, sizeof(safe), text, strlen(text), SAFE_UTF8);
	snprintf(line, sizeof(line), "sites: %s", safe);
	watch_say(w, "Warning: %s", line);
	watch_note(w, line);
}

/* Also where it withdrew by itself, for it cost too much. */
static void tell_failure(struct watch *w, const struct sites_progress *p)
{
	if (w->sites.tracer && (p->phase == SITES_FAILED || p->phase == SITES_STOPPED))
		tell_trouble(w, p->why);
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
	tell_trouble(w, why);
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

/* ns that what is wanted goes on for; UNKNOWN: until told. */
static uint64_t time_left(const struct watch *w)
{
	uint64_t now = w->row.sample.time;

	if (!known(w->sites.until))
		return UNKNOWN;
	return w->sites.until > now ? w->sites.until - now : 0;
}

static void trace(struct watch *w, enum sites_kind kind)
{
	w->sites.plan = PLAN_RUN;
	w->sites.kind = kind;
	tracer_run(w->sites.tracer, kind, time_left(w));
}

static void carry_out(struct watch *w)
{
	if (w->sites.plan == PLAN_RUN)
		trace(w, w->sites.kind);
	else
		tracer_price(w->sites.tracer, time_left(w));
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
		refuse(w, "out of memory; free some and start it again");
		return;
	}
	tracer_hint(w->sites.tracer, w->sites.hint);
	carry_out(w);
}

/* --- what people ask for -------------------------------------------------------------------------- */

static bool order(struct watch *w, enum sites_plan plan, enum sites_kind kind)
{
	bool timed = plan != PLAN_RUN || kind != SITES_GROWTH;

	if (w->from_file || w->ended != END_NOT_YET)
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

/* Said before it begins, and even where no rows are: who asked for it knows what it takes. */
static void announce(struct watch *w, const struct sites_progress *p)
{
	char price[160], time[HUMAN_MAX];

	if (!isfinite(p->expected))
		snprintf(price, sizeof(price), "its price is not known before");
	else if (p->expected > w->sites.max_slowdown)
		snprintf(price, sizeof(price),
		         "about %.0f %% slower while probes are set, so they are set for a part of "
		         "the time",
		         p->expected);
	else
		snprintf(price, sizeof(price), "about %.1f %% slower", p->expected);
	watch_announce(w,
	               "Note: sites: probes on the functions that allocate, for %s: %s; at most "
	               "%g %% (--max-slowdown)",
	               human_duration(time, time_left(w)), price, w->sites.max_slowdown);
}

static void go_on_with_option(struct watch *w, const struct sites_progress *p)
{
	if (!w->sites.by_option || w->sites.plan != PLAN_PRICE)
		return;
	if (p->phase == SITES_PRICED) {
		announce(w, p);
		trace(w, SITES_ALLOCATIONS);
	} else if (p->phase == SITES_FAILED) {
		/* No probe can be set: who makes it grow is told by its page faults. */
		tell_trouble(w, p->why);
		trace(w, SITES_GROWTH);
	}
}

/* --- what comes in -------------------------------------------------------------------------------- */

static bool take(struct watch *w)
{
	struct sites_facts *f = w->sites.tracer ? tracer_take(w->sites.tracer) : NULL;

	if (!f)
		return false;
	w->sites.whole = f->ended;
	if (w->samples) {
		history_sites(w->history, f);
		/* detect_sites(w->detect, f): what the verdict makes of it; to be called here and when f is forgotten. */
		w->sites.found = true;
		if (w->sites.kind == SITES_ALLOCATIONS && f->kind != SITES_ALLOCATIONS)
			tell_trouble(w, f->note);
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
	go_on_with_option(w, &p);
	if (p.phase != w->sites.progress.phase)
		news = true;
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

/* --- another program, and the end ----------------------------------------------------------------- */

/* What it was doing stays to be seen, and so does why it failed. */
static void leave(struct watch *w)
{
	enum sites_phase phase;

	if (!w->sites.tracer)
		return;
	tracer_progress(w->sites.tracer, &w->sites.progress);
	phase = w->sites.progress.phase;
	if (phase != SITES_OFF && phase != SITES_FAILED && phase != SITES_ENDED)
		w->sites.progress.phase = SITES_STOPPED;
	tracer_free(w->sites.tracer);
	w->sites.tracer = NULL;
}

static bool is_over(const struct watch *w)
{
	enum sites_phase phase = w->sites.progress.phase;

	return phase == SITES_ENDED || phase == SITES_FAILED;
}

/*
 * Another program in its place: what was found says nothing of it. Growth stacks, and what is left of the time of
 * --sites, begin anew; a yes to the price of one program is none to that of another.
 */
static void forget(struct watch *w)
{
	struct sites_progress *p = &w->sites.progress;

	if (!w->sites.tracer)
		return;
	leave(w);
	w->sites.hint = UNKNOWN;
	if (is_over(w) || (w->sites.by_option && time_left(w) < SPAN_LEAST)) {
		w->sites.plan = PLAN_NOTHING;
	} else if (w->sites.by_option) {
		w->sites.plan = PLAN_PRICE;
	} else if (w->sites.plan != PLAN_RUN || w->sites.kind != SITES_GROWTH) {
		w->sites.plan = PLAN_NOTHING;
		p->phase = SITES_STOPPED;
		snprintf(p->why, sizeof(p->why),
		         "the process executed another program; start it again");
	}
}

void watch_see_sites(struct watch *w)
{
	if ((w->row.sample.flags & SAMPLE_EPOCH) && w->samples > 1)
		forget(w);
	/* The time of --sites counts from its first sample. */
	if (w->sites.by_option && !known(w->sites.until))
		w->sites.until = known_add(w->row.sample.time, w->sites.span);
	begin(w);
	watch_sites_take(w);
	tell_failure(w, &w->sites.progress);
}

/* Stops it and takes what it found until then. */
static void take_last(struct watch *w)
{
	bool hasty = w->ended == END_QUIT || w->ended == END_SIGNAL;
	uint64_t now = clock_mono(), until = now + (hasty ? LAST_FACTS_HASTY : LAST_FACTS);
	struct pollfd p = {tracer_fd(w->sites.tracer), POLLIN, 0};

	w->sites.whole = false;
	tracer_run(w->sites.tracer, SITES_NONE, 0);
	while (!w->sites.whole && now < until) {
		poll(&p, 1, (int)((until - now) / NS_PER_MS) + 1);
		take(w);
		now = clock_mono();
	}
}

void watch_sites_end(struct watch *w)
{
	struct sites_progress p;

	if (!w->sites.tracer)
		return;
	watch_sites_take(w);
	tracer_progress(w->sites.tracer, &p);
	if (p.phase == SITES_TRACING)
		take_last(w);
	if (w->ended != END_TARGET)
		tell_failure(w, &p);
	leave(w);
	if (w->sites.by_option && !w->sites.found && !w->sites.told[0])
		watch_note(w, "sites: the watch ended before anything was traced; watch longer");
}

void watch_sites_fill(const struct watch *w, struct moment *m)
{
	m->sites_progress = w->sites.progress;
	if (w->sites.tracer)
		tracer_progress(w->sites.tracer, &m->sites_progress);
}

void watch_sites_done(struct watch *w)
{
	tracer_free(w->sites.tracer);
	w->sites.tracer = NULL;
}
