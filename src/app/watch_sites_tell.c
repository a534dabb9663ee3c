/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * What is said of a tracing: its price, and its troubles. Refuses to know when.
 */

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/safe_text.h"
#include "base/text_add.h"
#include "model/site_name.h"

void watch_sites_trouble(struct watch *w, const char *text)
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

void watch_sites_lesser(struct watch *w, const struct sites_facts *f)
{
	const char *end = strstr(f->note, "; ");
	char text[sizeof(w->sites.told)];
	int reason;

	if (w->sites.lesser)
		return;
	w->sites.lesser = true;
	/* Why stands first in its note; the rest is about figures, changes by the second, and is shown beside them. */
	reason = (int)(end ? end - f->note : (ptrdiff_t)strlen(f->note));
	snprintf(text, sizeof(text), "%s%s%.*s",
	         f->kind == SITES_HITS ? "allocations are counted, not their bytes"
	                               : "growth stacks instead of allocations",
	         reason ? ": " : "", reason, f->note);
	watch_sites_trouble(w, text);
}

/* Per cent of the growth, or of the calls, that the first site has; NAN: it is not known to grow. */
static double first_part(const struct sites_facts *f)
{
	const struct site *s = f->sites;

	if (!f->site_count)
		return (double)NAN;
	if (f->kind == SITES_HITS)
		return 100 * (double)s->samples / (double)f->samples;
	return s->growth_bytes > 0 && s->share > 0 ? 100 * s->share : (double)NAN;
}

/* Those that wait came after the other program did, perhaps: they are no part of its history. */
static void last_take(struct watch *w)
{
	struct sites_facts *f = tracer_take(w->sites.tracer);

	if (!f)
		return;
	sites_facts_unref(w->sites.last);
	w->sites.last = f;
}

void watch_sites_drop(struct watch *w)
{
	last_take(w);
	const struct sites_facts *f = w->sites.last;
	char text[WARNING_MAX], safe[WARNING_MAX], name[120];

	if (!f || !f->samples)
		return;
	double part = first_part(f);
	snprintf(text, sizeof(text), "sites: of %s, the program before: ", w->sites.program);
	if (isnan(part))
		text_add(text, sizeof(text), "no call site was seen to grow");
	else
		text_add(text, sizeof(text), "%.0f %% of %s: %s", part,
		         f->kind == SITES_HITS ? "all calls" : "what grew",
		         site_name_brief(f, site_named(f, f->sites), name, sizeof(name)));
	text_add(text, sizeof(text), "; its figures are dropped, new ones begin");
	safe_copy(safe, sizeof(safe), text, strlen(text), SAFE_UTF8);
	watch_say(w, "Note: %s", safe);
	watch_note(w, safe);
	sites_facts_unref(w->sites.last);
	w->sites.last = NULL;
}

bool watch_sites_failed(const struct sites_progress *p)
{
	return p->why[0] && (p->phase == SITES_FAILED || p->phase == SITES_STOPPED);
}

static const char *const traced_words[SITES_KIND_COUNT] = {"", "growth stacks", "allocations",
                                                           "calls of the allocator"};

void watch_sites_mark(struct watch *w, const struct sites_progress *before,
                      const struct sites_progress *p)
{
	const char *what = traced_words[p->kind];
	char text[160], slower[64] = "";

	if (!w->samples || before->phase == p->phase)
		return;
	if (p->phase == SITES_TRACING) {
		if (p->kind != SITES_GROWTH && p->expected > w->sites.max_slowdown)
			snprintf(slower, sizeof(slower), " in bursts: at most %g %% slower",
			         w->sites.max_slowdown);
		else if (p->kind != SITES_GROWTH && isfinite(p->expected))
			snprintf(slower, sizeof(slower), ": about %.1f %% slower, at most %g %%",
			         p->expected, w->sites.max_slowdown);
		snprintf(text, sizeof(text), "tracing of %s began%s", what, slower);
		watch_event(w, EVENT_TRACE, text);
	} else if (before->phase == SITES_TRACING) {
		what = traced_words[before->kind];
		if (isfinite(p->slowdown))
			snprintf(slower, sizeof(slower),
			         p->slowdown > SITES_SLOWDOWN_ROUGH ? ": it cost at least %.0f %%"
			                                            : ": it cost %.1f %%",
			         p->slowdown);
		snprintf(text, sizeof(text), "tracing of %s ended%s", what, slower);
		watch_event(w, EVENT_TRACE, text);
		if (w->sites.by_option)
			watch_announce(w, "Note: sites: %s; the report has what was found", text);
	}
}

void watch_sites_announce(struct watch *w, const struct sites_progress *p)
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
	               human_duration(time, watch_sites_left(w)), price, w->sites.max_slowdown);
}
