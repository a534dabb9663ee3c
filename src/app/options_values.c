/* SPDX-License-Identifier: MIT */
#include "app/options_internal.h"

/*
 * What the value of an option means. Refuses what is no such value, with one that would be.
 */

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/safe_text.h"
#include "report/top.h"
#include "store/recording.h"

enum { TOP_DEFAULT = 10 };
#define SITES_LEAST (2 * NS_PER_S) /* growth is what a first half left */

/* A usage error about the value of an option. */
static int refuse(struct parse *p, const char *option, const char *value, const char *remedy)
{
	char safe[128];

	safe_copy(safe, sizeof(safe), value, strlen(value), SAFE_ASCII);
	return fault_set(p->fault, STATUS_USAGE, "--%s: '%s' %s", option, safe, remedy);
}

int option_set_pid(struct parse *p, const char *text)
{
	uint64_t pid = 0;

	if (num_u64(text, strlen(text), &pid) || pid == 0 || pid > INT32_MAX)
		return refuse(p, "pid", text,
		              "is no process id; give a number from 1 to 2147483647");
	if (p->has_pid && p->o->pid != (int32_t)pid)
		return fault_set(p->fault, STATUS_USAGE,
		                 "two process ids, %d and %d; one process is watched at a time",
		                 p->o->pid, (int)pid);
	p->has_pid = true;
	p->o->pid = (int32_t)pid;
	if (p->o->mode == MODE_PICK)
		p->o->mode = MODE_WATCH;
	return 0;
}

int option_set_interval(struct parse *p, const char *text)
{
	uint64_t ns;

	if (num_time(text, &ns))
		return refuse(p, "interval", text,
		              "is no time; give one such as 5, 0.5, 500ms or 2m");
	if (ns < 50 * NS_PER_MS || ns > 3600 * NS_PER_S)
		return refuse(p, "interval", text, "is out of range; give 0.05 s to 1 h");
	p->o->interval = ns;
	p->o->interval_set = true;
	return 0;
}

int option_set_time(struct parse *p, const char *option, const char *text, uint64_t *ret)
{
	uint64_t ns;

	if (num_time(text, &ns) || ns == 0)
		return refuse(p, option, text,
		              "is no time above zero; give one such as 30, 500ms, 10m or 2h");
	*ret = ns;
	return 0;
}

int option_set_sites(struct parse *p, const char *text)
{
	uint64_t ns = 0;
	int e = option_set_time(p, "sites", text, &ns);

	if (e == 0 && ns < SITES_LEAST)
		return refuse(p, "sites", text,
		              "is too short to tell what stays from what goes; give 2s or more");
	if (e == 0)
		p->o->sites = ns;
	return e;
}

int option_set_stall(struct parse *p, const char *text)
{
	uint64_t ns;

	if (num_time(text, &ns) || ns == 0)
		return refuse(p, "max-stall", text, "is no time above zero; give one such as 50ms");
	p->o->max_stall = ns;
	return 0;
}

int option_set_slowdown(struct parse *p, const char *text)
{
	double percent;

	if (num_double(text, strlen(text), &percent) || !(percent > 0) || percent > 100)
		return refuse(p, "max-slowdown", text,
		              "is no percentage above 0, up to 100; give one such as 5");
	p->o->max_slowdown = percent;
	return 0;
}

int option_set_record_limit(struct parse *p, const char *text)
{
	uint64_t bytes;

	if (num_size(text, &bytes))
		return refuse(p, "record-limit", text, "is no size; give one such as 256M");
	if (bytes < RECORDING_LIMIT_MIN)
		return refuse(p, "record-limit", text, "is too little; give 1M at least");
	p->o->record_limit = bytes;
	return 0;
}

int option_set_threshold(struct parse *p, const char *option, const char *text,
                         enum threshold_kind kind)
{
	uint64_t n = 0;
	double limit = 0;

	if (kind == MAX_GROWTH) {
		if (num_rate(text, &limit) || !(limit > 0))
			return refuse(p, option, text,
			              "is no rate; give a size per s, m, h or d, such as 10M/h");
	} else {
		int err = kind == MAX_MAPS ? num_u64(text, strlen(text), &n) : num_size(text, &n);
		if (err || n == 0)
			return refuse(p, option, text,
			              kind == MAX_MAPS
			                      ? "is no count above zero; give a number"
			                      : "is no size above zero; give one such as 512M");
		limit = (double)n;
	}
	if (thresholds_add(&p->o->thresholds, kind, limit))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--%s: more than %d thresholds; give fewer", option,
		                 THRESHOLDS_MAX);
	return 0;
}

int option_set_color(struct parse *p, const char *text)
{
	static const char *const words[] = {"auto", "always", "never"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, words[i]) == 0) {
			p->o->tui.color = (enum tui_color)i;
			return 0;
		}
	}
	return refuse(p, "color", text, "is unknown; give auto, always or never");
}

int option_set_theme(struct parse *p, const char *text)
{
	for (int i = 0; tui_themes[i]; i++) {
		if (strcmp(text, tui_themes[i]) == 0) {
			p->o->tui.theme = tui_themes[i];
			return 0;
		}
	}
	return refuse(p, "theme", text, "is unknown; give dark, light or mono");
}

int option_set_top(struct parse *p, const char *text)
{
	uint64_t n = TOP_DEFAULT;

	if (text && (num_u64(text, strlen(text), &n) || n == 0 || n > TOP_MAX))
		return refuse(p, "top", text, "is no number of processes; give one from 1 to 1000");
	p->o->top = (unsigned)n;
	p->o->mode = MODE_TOP;
	return 0;
}

int option_set_demo(struct parse *p, const char *text, enum mode mode)
{
	p->o->demo = text ? demo_find(text) : &demos[0];
	if (!p->o->demo)
		return refuse(
		        p, "demo", text,
		        "is no scenario; give leak, slow-leak, mmap-leak, cache, sawtooth, step or "
		        "retention");
	p->o->mode = mode;
	return 0;
}
