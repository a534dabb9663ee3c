/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * --top: all processes looked at for --duration, then the ones most likely to leak as text. Knows when to
 * stop looking; refuses to know who is suspicious.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "app/output.h"
#include "app/signals.h"
#include "base/clock.h"
#include "detect/ranking.h"
#include "report/data.h"
#include "report/top.h"
#include "source/processes.h"

enum { TOP_TEXT = 16 << 20 };

/* How long command lines are waited for where one look is all. */
#define NAMES_WAIT NS_PER_S

struct top {
	const struct options *o;
	struct processes *processes;
	struct process_list *list; /* the newest; NULL: none yet */
	int signals;
	uint64_t end; /* CLOCK_MONOTONIC ns: not to wait longer than that */
};

static bool is_enough(const struct top *t)
{
	if (!t->list)
		return false;
	if (!known(t->o->duration))
		return t->list->time_count > 1; /* the first has no names yet */
	return t->list->time + t->o->interval / 2 >= t->o->duration;
}

/* Until enough was seen, the time is over, or a signal came. */
static void look(struct top *t)
{
	struct pollfd p[2] = {{processes_fd(t->processes), POLLIN, 0}, {t->signals, POLLIN, 0}};

	while (!is_enough(t)) {
		uint64_t now = clock_mono(), left = t->end > now ? t->end - now : 0;
		struct timespec wait = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
		/* One list at least: without it there is nothing to say. */
		int n = ppoll(p, 2, t->list ? &wait : NULL, NULL);
		if (n == 0 || (n > 0 && p[1].revents))
			return;
		struct process_list *list = n > 0 ? processes_take(t->processes) : NULL;
		if (!list)
			continue;
		process_list_unref(t->list);
		t->list = list;
	}
}

static int say(const struct top *t)
{
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout", .wake_fd = t->signals};
	enum safe_mode mode = t->o->tui.ascii ? SAFE_ASCII : SAFE_UTF8;
	struct fault fault = {0};
	struct buf b;
	int err;

	buf_init(&b, TOP_TEXT);
	if (t->o->json) {
		err = top_json(t->list, t->o->top, version_text(), &b);
		err = err ? err : buf_addc(&b, '\n');
	} else {
		err = top_table(t->list, t->o->top, mode, &b);
	}
	if (err)
		fault_set(&fault, STATUS_OUTPUT, "cannot make the report: %s", fault_reason(err));
	else
		output_write(&out, &b);
	buf_done(&b);
	if (err) {
		output_fault(&fault);
		return fault.status;
	}
	if (output_status(&out))
		return STATUS_OUTPUT;
	return t->o->exit_code && top_leaks(t->list, t->o->top) ? STATUS_LEAK : STATUS_OK;
}

/* What we lack ourselves. */
static bool is_lack(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

static int lack_tell(const struct top *t, int err, struct fault *fault)
{
	return fault_set(fault, STATUS_GONE, "cannot list the processes in %s: %s; %s",
	                 t->o->procfs, fault_reason(err),
	                 err == -ENOMEM ? "free some memory and try again"
	                                : "raise the limit (ulimit -n)");
}

static int begin(struct top *t, struct fault *fault)
{
	struct processes_judge judge = {ranking_judge_any, ranking_free_any, ranking_new()};

	if (t->o->json && !json_available())
		fault_set(fault, STATUS_USAGE,
		          "--json: this program was built without jansson; install its "
		          "development package and build again");
	else if (t->signals < 0)
		fault_set(fault, STATUS_GONE, "cannot receive signals: %s", fault_reason(errno));
	if (fault->status || !judge.arg) {
		ranking_free(judge.arg);
		return fault->status ? -EINVAL
		                     : fault_set(fault, STATUS_GONE,
		                                 "out of memory; free some and try again");
	}
	t->processes = processes_start(t->o->procfs, t->o->interval, 0, &judge);
	if (!t->processes)
		return lack_tell(t, -errno, fault);
	return 0;
}

/* What lacks is ours where the system says so, else the directory's. */
static void say_nobody(const struct top *t, struct fault *fault)
{
	int err = t->list ? t->list->error : -ENOMEM;

	if (is_lack(err))
		lack_tell(t, err, fault);
	else
		fault_set(fault, STATUS_GONE,
		          "no process is to be seen in %s; is it a procfs that may be read?",
		          t->o->procfs);
}

/* A list that is not whole must not pass for one that is. */
static void note_missing(const struct process_list *l)
{
	char text[160];

	if (!is_lack(l->error))
		return;
	snprintf(text, sizeof(text), "not all processes could be seen: %s; %s",
	         fault_reason(l->error),
	         l->error == -ENOMEM ? "free some memory and try again"
	                             : "raise the limit (ulimit -n)");
	output_note(text);
}

int run_top(const struct options *o)
{
	struct top t = {.o = o, .signals = signals_open_end()};
	struct fault fault = {0};

	if (begin(&t, &fault)) {
		output_fault(&fault);
		return fault.status;
	}
	t.end = clock_mono() + (known(o->duration) ? o->duration + 2 * o->interval : NAMES_WAIT);
	look(&t);
	processes_stop(t.processes);
	if (!t.list || !t.list->count) {
		say_nobody(&t, &fault);
		output_fault(&fault);
		process_list_unref(t.list);
		return fault.status;
	}
	int status = say(&t);
	note_missing(t.list);
	process_list_unref(t.list);
	return status;
}
