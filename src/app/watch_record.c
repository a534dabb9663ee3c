/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * What a watch tells its recorder, and what it says of how the recorder fares. Refuses to know how and when it is
 * written.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "app/modes.h"
#include "base/safe_text.h"

/* --- facts --------------------------------------------------------------------------------------- */

/* What is not known is told, too: it takes the place of what was known of another image. */
static void fact_number(struct watch *w, const char *key, uint64_t value)
{
	char text[32] = "";

	if (known(value))
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	recorder_fact(w->recorder, key, text);
}

static void fact_raw(struct watch *w, const char *key, const char *raw)
{
	char safe[1024];

	safe_copy(safe, sizeof(safe), raw, strlen(raw), SAFE_UTF8);
	recorder_fact(w->recorder, key, safe);
}

static void tell_machine(struct watch *w)
{
	struct utsname u;
	char text[sizeof(u.sysname) + sizeof(u.release) + sizeof(u.machine) + 4];

	if (uname(&u) < 0)
		return;
	snprintf(text, sizeof(text), "%s %s %s", u.sysname, u.release, u.machine);
	fact_raw(w, "kernel", text);
	fact_raw(w, "host", u.nodename);
}

/* What surrounds the process: once an image, for limits seldom change. */
static void tell_facts(struct watch *w)
{
	const struct moment *m = w->facts;

	tell_machine(w);
	fact_raw(w, "version", version_text());
	fact_number(w, "interval", w->interval);
	fact_raw(w, "cgroup", m->cgroup_path);
	fact_number(w, "limit.cgroup", m->cgroup_limit);
	fact_number(w, "limit.as", m->limits[LIMIT_AS]);
	fact_number(w, "limit.data", m->limits[LIMIT_DATA]);
	fact_number(w, "limit.stack", m->limits[LIMIT_STACK]);
	fact_number(w, "limit.nofile", m->limits[LIMIT_NOFILE]);
	fact_number(w, "limit.mappings", m->limits[LIMIT_MAPPINGS]);
	fact_number(w, "memory", m->meminfo[MEMINFO_TOTAL]);
	if (m->target)
		fact_raw(w, "command", m->target->command);
	fact_raw(w, "lacking", m->abilities.lacking);
}

/* All in one: later ones replace it whole. */
static void tell_warnings(struct watch *w)
{
	char text[MOMENT_WARNINGS * (WARNING_MAX + 1)] = "";
	size_t n = 0;

	if (w->warning_count == w->record.warnings && w->alarms == w->record.alarms)
		return;
	w->record.warnings = w->warning_count;
	w->record.alarms = w->alarms;
	for (unsigned i = w->own_notes; i < w->warning_count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? "\n" : "",
		                      w->warnings[i]);
	recorder_fact(w->recorder, "warnings", text);
}

/* --- images and samples ---------------------------------------------------------------------------- */

static bool same_image(const struct target *a, const struct target *b)
{
	return a->pid == b->pid && a->start_ticks == b->start_ticks && !strcmp(a->comm, b->comm) &&
	       !strcmp(a->command, b->command) && !strcmp(a->exe, b->exe) &&
	       !strcmp(a->user, b->user);
}

/* The command line comes in later than the first sample: the image is told again, of the same time. */
static void tell_image(struct watch *w, bool begins)
{
	struct target *t = w->facts ? w->facts->target : NULL;

	if (!t || (!begins && w->record.image && same_image(t, w->record.image)))
		return;
	if (begins)
		w->record.begun = w->row.sample.time;
	target_unref(w->record.image);
	w->record.image = target_ref(t);
	recorder_image(w->recorder, w->record.begun, t);
	tell_facts(w);
}

void watch_record_sample(struct watch *w)
{
	const struct sample *s = &w->row.sample;

	if (!w->recorder)
		return;
	tell_image(w, !w->record.image || (s->flags & SAMPLE_EPOCH));
	recorder_sample(w->recorder, s);
}

/* --- what a person did -------------------------------------------------------------------------------- */

void watch_mark_baseline(struct watch *w)
{
	if (w->samples)
		watch_event(w, EVENT_BASELINE, "changes count from here");
}

/* Not in history: who steps from event to event is not interested in where he stopped before. */
void watch_mark_freeze(struct watch *w)
{
	const struct event e = {.time = w->row.sample.time,
	                        .kind = EVENT_FREEZE,
	                        .text = "the picture was frozen"};

	if (!w->samples)
		return;
	recorder_verdict_now(w->recorder, e.time, watch_verdict(w));
	recorder_event(w->recorder, &e);
}

/* --- the end ------------------------------------------------------------------------------------------ */

void watch_record_ended(struct watch *w)
{
	if (!w->recorder)
		return;
	if (w->samples)
		recorder_verdict_now(w->recorder, w->row.sample.time, watch_verdict(w));
	recorder_fact(w->recorder, "ended", watch_end_json[w->ended]);
	if (w->child_status[0])
		fact_raw(w, "child", w->child_status);
	tell_warnings(w);
}

/* --- the past --------------------------------------------------------------------------------------- */

struct past {
	struct watch *w;
	unsigned images; /* begun so far */
	unsigned last;   /* images in all */
};

static void count_images(void *arg, const struct sample *s, uint64_t span,
                         const struct sample extremes[2])
{
	struct past *p = arg;

	(void)span;
	(void)extremes;
	if (!p->last || s->flags & SAMPLE_EPOCH)
		p->last++;
}

static void ignore_regions(void *arg, struct region_table *t)
{
	(void)arg;
	(void)t;
}

static void ignore_verdict(void *arg, uint64_t time, const struct verdict *v)
{
	(void)arg;
	(void)time;
	(void)v;
}

static void ignore_event(void *arg, const struct event *e)
{
	(void)arg;
	(void)e;
}

/* Of the images before the present one nobody knows the names any more. */
static void past_image(struct past *p, uint64_t time)
{
	struct target *t = p->w->facts ? p->w->facts->target : NULL, *nameless;

	if (!t)
		return;
	if (++p->images == p->last) {
		p->w->record.begun = time;
		recorder_past(p->w->recorder, record_image(time, t));
		return;
	}
	nameless = target_new();
	if (!nameless)
		return;
	nameless->pid = t->pid;
	nameless->uid = t->uid;
	nameless->start_ticks = t->start_ticks;
	nameless->page = t->page;
	recorder_past(p->w->recorder, record_image(time, nameless));
	target_unref(nameless);
}

static void past_sample(void *arg, const struct sample *s, uint64_t span,
                        const struct sample extremes[2])
{
	struct past *p = arg;

	if (!p->images || s->flags & SAMPLE_EPOCH)
		past_image(p, s->time - span);
	recorder_past(p->w->recorder, record_sample(s, span, extremes));
}

static void past_regions(void *arg, struct region_table *t)
{
	recorder_past(((struct past *)arg)->w->recorder, record_regions(t));
}

static void past_verdict(void *arg, uint64_t time, const struct verdict *v)
{
	recorder_past(((struct past *)arg)->w->recorder, record_verdict(time, v));
}

static void past_event(void *arg, const struct event *e)
{
	recorder_past(((struct past *)arg)->w->recorder, record_event(e));
}

static void past_heap(void *arg, struct heap_facts *f)
{
	recorder_past(((struct past *)arg)->w->recorder, record_heap(f));
}

static void past_sites(void *arg, struct sites_facts *f)
{
	recorder_past(((struct past *)arg)->w->recorder, record_sites(f));
}

static void tell_past(struct watch *w)
{
	static const struct history_visitor count = {count_images, ignore_regions, ignore_verdict,
	                                             ignore_event, NULL,           NULL};
	static const struct history_visitor tell = {past_sample, past_regions, past_verdict,
	                                            past_event,  past_heap,    past_sites};
	struct past p = {.w = w};

	recorder_past(w->recorder, record_past(w->row.sample.time));
	history_visit(w->history, &count, &p);
	history_visit(w->history, &tell, &p);
	if (w->facts->target)
		w->record.image = target_ref(w->facts->target);
	tell_facts(w);
	tell_warnings(w);
	if (w->ended != END_NOT_YET)
		watch_record_ended(w);
}

void watch_record(struct watch *w, struct recorder *r)
{
	watch_record_done(w);
	w->recorder = recorder_ref(r);
	if (w->samples && w->facts)
		tell_past(w);
}

void watch_record_done(struct watch *w)
{
	recorder_unref(w->recorder);
	target_unref(w->record.image);
	w->recorder = NULL;
	w->record = (struct watch_recording){0};
}

/* --- how it fares ------------------------------------------------------------------------------------ */

static void note_once(struct watch *w, const char *text)
{
	for (unsigned i = 0; i < w->warning_count; i++)
		if (!strcmp(w->warnings[i], text))
			return;
	watch_note(w, text);
}

/* Same trouble, though the figures in its words moved on. */
static bool same_trouble(const char *a, const char *b)
{
	enum { WORDS = 12 };

	return strncmp(a, b, WORDS) == 0;
}

static void see_trouble(struct watch *w, const char *trouble)
{
	char text[WARNING_MAX];

	if (same_trouble(trouble, w->record.trouble))
		return;
	snprintf(text, sizeof(text), trouble[0] ? "recording: %s" : "recording goes on%s", trouble);
	watch_say(w, "Note: %s", text);
	if (trouble[0])
		note_once(w, text);
	snprintf(w->record.trouble, sizeof(w->record.trouble), "%s", trouble);
}

/* The last trouble a recorder can have; said once. */
static void see_failure(struct watch *w, const struct recorder_state *s)
{
	if (s->phase != RECORDER_FAILED || w->record.failed)
		return;
	w->record.failed = true;
	note_once(w, s->fault.text);
}

void watch_see_recording(struct watch *w)
{
	struct recorder_state s;

	if (!w->recorder)
		return;
	recorder_state(w->recorder, &s);
	see_trouble(w, s.trouble);
	see_failure(w, &s);
	tell_warnings(w);
}

void watch_record_end(struct watch *w)
{
	struct recorder_state s;
	char text[WARNING_MAX];

	if (!w->recorder)
		return;
	recorder_state(w->recorder, &s);
	see_failure(w, &s);
	if (!s.dropped || w->record.dropped_told)
		return;
	w->record.dropped_told = true;
	snprintf(text, sizeof(text),
	         "recording: samples missing there: %llu; the disk took nothing for too long",
	         (unsigned long long)s.dropped);
	watch_note(w, text);
}

void watch_record_fill(const struct watch *w, struct moment *m)
{
	struct recorder_state s;

	if (!w->recorder)
		return;
	recorder_state(w->recorder, &s);
	if (s.phase == RECORDER_FAILED && !s.size)
		return;
	snprintf(m->recording, sizeof(m->recording), "%s", recorder_file(w->recorder));
	m->recording_on = s.phase == RECORDER_OPENING || s.phase == RECORDER_OPEN;
	m->recording_size = s.size;
	snprintf(m->recording_trouble, sizeof(m->recording_trouble), "%s", s.trouble);
}
