/* SPDX-License-Identifier: MIT */
#include "app/closing.h"

/*
 * The end of a watch, the same for batch, dashboard and --analyze.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/modes.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "report/data.h"
#include "report/diagnosis.h"
#include "report/table.h"

enum { REPORT_MAX = 256 << 20 };
#define REAPED (200 * NS_PER_MS) /* what a child that was just seen to end needs until it can be */

/* One that does not end at SIGTERM is told as one that runs. */
static void left_describe(struct child *child, const struct options *o, char *out, size_t size)
{
	char how[80] = "";

	if (child->told)
		child_await(child, CHILD_CARES, how, sizeof(how));
	if (!o->kill)
		snprintf(out, size, "runs on as process %d", child->pid);
	else if (!child->told || how[0])
		snprintf(out, size, "was told to end (--kill)");
	else
		snprintf(out, size, "was told to end (--kill), but runs on as process %d",
		         child->pid);
}

void closing_end(struct watch *w, enum watch_end how, const struct options *o, struct child *child)
{
	char text[160] = "", status[80] = "", clock[HUMAN_MAX];

	if (how == END_TARGET && o->mode != MODE_ANALYZE)
		snprintf(text, sizeof(text), "exited %s%s", human_localtime(clock, clock_wall()),
		         source_oom_killed(watch_source(w)) ? ", its cgroup counted an OOM kill"
		                                            : "");
	watch_end(w, how, text);
	if (!child || o->mode != MODE_COMMAND)
		return;
	if (how == END_TARGET)
		child_await(child, REAPED, status, sizeof(status));
	else
		left_describe(child, o, status, sizeof(status));
	watch_child_status(w, status);
}

static int write_report(const struct moment *m, const struct options *o, bool table,
                        struct buf *out)
{
	enum safe_mode mode = o->tui.ascii ? SAFE_ASCII : SAFE_UTF8;
	int err = m ? 0 : -ENOMEM;

	if (!err && o->json) {
		err = json_report(m, version_text(), false, out);
		if (!err)
			err = buf_addc(out, '\n');
	} else if (!err) {
		struct table chosen;
		err = table ? table_init(&chosen, o->columns, m->interval, NULL) : 0;
		if (!err && table)
			err = table_closing(&chosen, m, out);
		if (!err)
			err = diagnosis_write(m, mode, out);
	}
	return err;
}

static int print_report(const struct moment *m, const struct options *o, bool table,
                        struct output *out, struct fault *fault)
{
	struct buf b;
	int err;

	buf_init(&b, REPORT_MAX);
	err = write_report(m, o, table, &b);
	if (err == -ENOTSUP)
		fault_set(fault, STATUS_USAGE,
		          "--json: this program was built without jansson; install its development "
		          "package and "
		          "build again");
	else if (err)
		fault_set(fault, STATUS_OUTPUT, "cannot make the report: %s", fault_reason(err));
	else
		err = output_write(out, &b);
	buf_done(&b);
	return err;
}

int closing_report(struct watch *w, const struct options *o, bool table, struct output *out,
                   struct fault *fault)
{
	struct moment *m;
	int err;

	if (!o->report || !watch_samples(w))
		return 0;
	m = watch_moment(w, UNKNOWN, 0);
	err = print_report(m, o, table, out, fault);
	moment_unref(m);
	return err;
}

int closing_report_moment(const struct moment *m, const struct options *o, struct output *out,
                          struct fault *fault)
{
	return o->report ? print_report(m, o, true, out, fault) : 0;
}

void closing_no_sample(struct child *child)
{
	char how[80] = "", text[240];

	if (child)
		child_await(child, REAPED, how, sizeof(how));
	if (how[0])
		snprintf(
		        text, sizeof(text),
		        "the command %s before one sample could be taken; nothing was learnt of it",
		        how);
	else
		snprintf(text, sizeof(text),
		         "the process ended before one sample could be taken; watch it sooner");
	output_note(text);
}

void closing_unread(const struct watch *w)
{
	int err = watch_unread(w);
	char text[200];

	if (err)
		snprintf(text, sizeof(text), "no sample could be taken: %s; %s", fault_reason(err),
		         err == -EMFILE || err == -ENFILE ? "raise the limit (ulimit -n)"
		         : err == -ENOMEM                 ? "free some and try again"
		                                          : "try again");
	else
		snprintf(text, sizeof(text),
		         "the watch ended before one sample could be taken; watch for longer");
	output_note(text);
}

void closing_not_found(const struct options *o)
{
	char text[240], name[80];

	safe_copy(name, sizeof(name), o->follow, strlen(o->follow), SAFE_UTF8);
	snprintf(text, sizeof(text),
	         "--follow %s: nobody was found under it; `ps -e -o pid,comm,unit` shows the names "
	         "there are, with sudo also where others are hidden",
	         name);
	output_note(text);
}

int closing_status(struct watch *w, const struct options *o)
{
	if (!watch_samples(w))
		return STATUS_GONE;
	return o->exit_code && watch_alarmed(w) ? STATUS_LEAK : STATUS_OK;
}
