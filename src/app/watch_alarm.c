/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * Alarms: thresholds that were given and what is normal. Knows when one rings and what is noted of it;
 * refuses to know how it looks and sounds.
 */

#include <stdio.h>

/* Samples after which a figure that is still unknown will stay so. */
enum { BLIND_AFTER = 3 };

/* Most anonymous memory outside [heap] makes --max-heap look at the wrong place: said once. */
static void hint_at_anon(struct watch *w)
{
	const uint64_t *v = w->row.sample.v;

	if (w->heap_hint || !thresholds_has(&w->thresholds, MAX_HEAP) || !known(v[FIGURE_HEAP]) ||
	    !known(v[FIGURE_ANON]))
		return;
	w->heap_hint = true;
	if (v[FIGURE_HEAP] < v[FIGURE_ANON] / 2) {
		const char *text = "most anonymous memory of this process lies outside [heap]: "
		                   "--max-anon sees it, --max-heap does not";
		watch_note(w, text);
		watch_say(w, "Note: %s", text);
	}
}

/* A threshold on a figure that stays unknown would never fire: said once, when it had its chance. */
static void tell_blind_thresholds(struct watch *w)
{
	static const struct {
		enum threshold_kind kind;
		enum figure figure;
		const char *option;
	} needs[] = {
	        {MAX_RSS, FIGURE_RSS, "--max-rss"},
	        {MAX_HEAP, FIGURE_HEAP, "--max-heap"},
	        {MAX_ANON, FIGURE_ANON, "--max-anon"},
	        {MAX_MAPS, FIGURE_MAPS, "--max-maps"},
	};
	char text[WARNING_MAX];

	if (w->samples != BLIND_AFTER)
		return;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (!thresholds_has(&w->thresholds, needs[i].kind) ||
		    known(w->row.sample.v[needs[i].figure]))
			continue;
		snprintf(text, sizeof(text),
		         "%s cannot be checked: its figure is not readable here", needs[i].option);
		watch_say(w, "Note: %s", text);
		watch_note(w, text);
	}
}

/* One note an alarm, however often it rings. */
static void alarm_note(struct watch *w, unsigned which, unsigned times, const char *text)
{
	int *at = &w->noted[which];

	if (*at < 0 && w->warning_count < MOMENT_WARNINGS) {
		*at = (int)w->warning_count;
		watch_note(w, text);
	} else if (*at >= 0) {
		snprintf(w->warnings[*at], WARNING_MAX, "%.*s (%u times)", WARNING_MAX - 24, text,
		         times);
	}
}

static void alarm_ring(struct watch *w, unsigned which, unsigned times, const char *text)
{
	w->alarms++;
	watch_say(w, "Warning: %s", text);
	watch_event(w, EVENT_ALARM, text);
	alarm_note(w, which, times, text);
}

/* What the banner says while it lasts. */
static void alarm_tell(struct watch *w, double growth)
{
	const struct sample *s = &w->row.sample;
	char text[WARNING_MAX], departure[WARNING_MAX];
	unsigned count = thresholds_above(&w->thresholds, s, growth, text, sizeof(text));

	normal_line(&w->normal, s, departure, sizeof(departure));
	if (departure[0] && count++ == 0)
		snprintf(text, sizeof(text), "%s", departure);
	w->alarm[0] = '\0';
	if (count == 1)
		snprintf(w->alarm, sizeof(w->alarm), "%s", text);
	else if (count > 1)
		snprintf(w->alarm, sizeof(w->alarm), "%.*s (and %u more)", WARNING_MAX - 24, text,
		         count - 1);
}

void watch_see_alarms(struct watch *w)
{
	double growth = watch_verdict(w)->growth;
	const struct sample *s = &w->row.sample;
	const struct threshold *t;
	char text[WARNING_MAX];

	hint_at_anon(w);
	tell_blind_thresholds(w);
	while ((t = thresholds_check(&w->thresholds, s, growth, text, sizeof(text))))
		alarm_ring(w, (unsigned)(t - w->thresholds.t), t->times, text);
	if (normal_check(&w->normal, s)) {
		normal_line(&w->normal, s, text, sizeof(text));
		alarm_ring(w, ALARM_NORMAL, w->normal.times, text);
	}
	alarm_tell(w, growth);
}
