/* SPDX-License-Identifier: MIT */
#include "app/options_internal.h"

/*
 * What contradicts what, once all words are read. Refuses to know how they are written; two outputs that are one file are
 * options_outputs.c's.
 */

#include <errno.h>
#include <string.h>

#include "base/known.h"
#include "base/safe_text.h"

/* --top is about all processes: what is about one has no meaning there. */
static int check_top(struct parse *p)
{
	const struct options *o = p->o;

	if (!o->top)
		return 0;
	if (p->has_pid || p->claimed)
		return fault_set(
		        p->fault, STATUS_USAGE,
		        "--top together with one thing to watch; it looks at all processes");
	if (o->csv || o->columns)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--top has a table of its own; leave out --csv and --columns, or "
		                 "give --json");
	if (!o->report)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--top is a report; it cannot go with --no-report");
	if (o->thresholds.count || o->normal_file)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--top together with a threshold or --normal, which are about one "
		                 "process; leave them out, or give a PID");
	return 0;
}

/* What reads files and watches no process. */
static int check_files(struct parse *p)
{
	const struct options *o = p->o;
	bool file = o->mode == MODE_ANALYZE || o->mode == MODE_REPLAY || o->mode == MODE_DIFF;

	if (o->mode == MODE_DIFF && !o->diff_b)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--diff compares two files; give the second one behind the first");
	if (o->mode == MODE_DIFF && (o->csv || o->columns || !o->report))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--diff has a report of its own; leave out --csv, --columns and "
		                 "--no-report, or give --json");
	if (file && (o->interval_set || known(o->duration)))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--%s takes its times from the file; leave out --interval "
		                 "and --duration",
		                 option_name(p->claimed));
	if (o->heap && (file || o->top))
		return fault_set(
		        p->fault, STATUS_USAGE,
		        "--heap together with --%s; it looks inside a process that is watched",
		        file ? option_name(p->claimed) : "top");
	if (o->sites && (file || o->top))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--sites together with --%s; it traces a process that is watched",
		                 file ? option_name(p->claimed) : "top");
	if ((o->record || o->openmetrics) && (file || o->top))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--%s together with --%s; it writes of a process that is watched",
		                 o->record ? "record" : "openmetrics",
		                 file ? option_name(p->claimed) : "top");
	return 0;
}

int option_check_contradictions(struct parse *p)
{
	const struct options *o = p->o;

	if (check_top(p))
		return -EINVAL;
	if (o->json && o->csv && strcmp(o->csv, "-") == 0)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--json and --csv - both want stdout; give --csv a file");
	if (p->has_pid && p->claimed)
		return fault_set(p->fault, STATUS_USAGE,
		                 "a process id together with --%s; give one thing to watch",
		                 option_name(p->claimed));
	if ((o->csv || o->record || o->openmetrics) && o->mode == MODE_PICK)
		return fault_set(p->fault, STATUS_USAGE, "--%s writes of one process; give its PID",
		                 o->csv      ? "csv"
		                 : o->record ? "record"
		                             : "openmetrics");
	if (o->sites && o->mode == MODE_PICK)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--sites traces one process; give its PID");
	if (o->sites && o->no_sites)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--sites together with --no-sites; leave one of them out");
	if (o->kill && o->mode != MODE_COMMAND)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--kill ends a started command; give one behind --");
	if (o->json && !o->report)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--json is a report; it cannot go with --no-report");
	if (o->normal_file && strcmp(o->normal_file, "-") == 0)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--normal reads no standard input; give a file");
	return option_check_outputs(p) ? -EINVAL : check_files(p);
}
