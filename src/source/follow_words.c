/* SPDX-License-Identifier: MIT */
/*
 * What is said of a followed name: who is taken, that it ended, that another one goes on. Knows the words, and
 * refuses to know how any of it is noticed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "source/follow_internal.h"

/* The start of a process is known by the clock tick. */
#define TICK_SLACK (20 * NS_PER_MS)

void follow_name(struct follow *f)
{
	safe_copy(f->shown, sizeof(f->shown), f->name, strlen(f->name), SAFE_UTF8);
	snprintf(f->nobody->comm, sizeof(f->nobody->comm), "%s", f->name);
	snprintf(f->nobody->command, sizeof(f->nobody->command), "%s", f->name);
}

static void tell(struct follow *f, enum event_kind kind, bool warning, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* What nobody fetched in time is lost; the latest news are the first to be. */
static void tell(struct follow *f, enum event_kind kind, bool warning, const char *format, ...)
{
	struct source_news *n = &f->news[f->news_count];
	va_list args;

	if (f->news_count == NEWS_MAX)
		return;
	f->news_count++;
	n->kind = kind;
	n->warning = warning;
	va_start(args, format);
	vsnprintf(n->text, sizeof(n->text), format, args);
	va_end(args);
}

bool follow_news(struct source *s, struct source_news *ret)
{
	struct follow *f = (struct follow *)s;

	if (!f->news_count)
		return false;
	*ret = f->news[0];
	f->news_count--;
	memmove(f->news, f->news + 1, f->news_count * sizeof(f->news[0]));
	return true;
}

void follow_tell_nobody(struct follow *f)
{
	tell(f, EVENT_START, false, "no %s yet: waiting for it", f->shown);
}

void follow_tell_refused(struct follow *f, const struct fault *fault)
{
	if (!f->refused)
		tell(f, EVENT_WARNING, true, "%.*s", WARNING_MAX - 1, fault->text);
	f->refused = true;
}

void follow_tell_exit(struct follow *f, uint64_t now)
{
	char clock[HUMAN_MAX];

	f->gone = now;
	tell(f, EVENT_EXIT, false, "pid %d exited %s%s; waiting for the next %s", f->pid,
	     human_localtime(clock, clock_wall()),
	     source_oom_killed(f->inner) ? ", its cgroup counted an OOM kill" : "", f->shown);
}

/* How old it is, ns; UNKNOWN where its start is of another machine's clock. */
static uint64_t age_of(const struct follow *f)
{
	uint64_t tick = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);

	return known_sub(clock_boot(), known_mul(f->born, tick));
}

/*
 * The end came at some time between the last sample and when it was noticed: only who is older than that sample
 * ran beside, and only who was born after the notice was surely away for a while.
 */
static void tell_restart(struct follow *f, const char *among)
{
	char away[HUMAN_MAX], after[HUMAN_MAX + 8] = "", more[80] = "";
	uint64_t age = age_of(f), now = clock_mono() - f->start;

	if (f->unseen)
		snprintf(more, sizeof(more), "; %u before it ended before a sample could be taken",
		         f->unseen);
	if (!known(age) || age < now - f->gone)
		snprintf(after, sizeof(after), " after %s",
		         human_duration(away, now - f->gone - known_or(age, 0)));
	if (known(age) && age > now - f->last_time + TICK_SLACK)
		tell(f, EVENT_RESTART, false, "goes on as pid %d, which ran before the end%s%s",
		     f->pid, among, more);
	else
		tell(f, EVENT_RESTART, false, "restarted as pid %d%s%s%s", f->pid, after, among,
		     more);
}

void follow_tell_begin(struct follow *f)
{
	char among[SHOWN_NAME + 64] = "";
	size_t count = f->found.count;

	if (count > 1)
		snprintf(among, sizeof(among), ", the oldest of %zu %s%s", count,
		         f->unit ? "main processes of " : "named ", f->shown);
	if (f->lives)
		tell_restart(f, among);
	else
		tell(f, EVENT_START, false, "follows pid %d (%s)", f->pid, f->shown);
	if (count > 1)
		tell(f, EVENT_WARNING, true, "%zu %s %s: the oldest, pid %d, is followed", count,
		     f->unit ? "main processes of" : "processes are named", f->shown, f->pid);
}

void follow_waiting(const struct follow *f, uint64_t now, char *out, size_t size)
{
	char since[HUMAN_MAX];

	if (!f->lives)
		snprintf(out, size, "no %s yet: waiting for it", f->shown);
	else
		snprintf(out, size, "gone since %s: waiting for the next %s",
		         human_duration(since,
		                        (now > f->gone ? now - f->gone : 0) / NS_PER_S * NS_PER_S),
		         f->shown);
}
