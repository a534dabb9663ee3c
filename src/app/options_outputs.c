/* SPDX-License-Identifier: MIT */
#include "app/options_internal.h"

/*
 * The files that are written: that each is one of its own. Knows which options name one; refuses to know what goes
 * into it.
 */

#include <errno.h>
#include <string.h>

#include "app/same_file.h"

struct named {
	const char *option;
	const char *path; /* NULL: not given */
};

static bool is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int check_pair(struct parse *p, const struct named *a, const struct named *b)
{
	if (!a->path || !b->path || is_stdout(a->path) || is_stdout(b->path) ||
	    !same_file(a->path, b->path))
		return 0;
	return fault_set(p->fault, STATUS_USAGE, "%s and %s name the same file; give each its own",
	                 a->option, b->option);
}

int option_check_outputs(struct parse *p)
{
	const struct options *o = p->o;
	const struct named outputs[] = {{"--record", o->record},
	                                {"--csv", o->csv},
	                                {"--openmetrics", o->openmetrics}};
	enum { OUTPUTS = sizeof(outputs) / sizeof(outputs[0]) };

	if (o->record && is_stdout(o->record))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--record writes a database, not to stdout; give a file");
	if (o->openmetrics && is_stdout(o->openmetrics))
		return fault_set(p->fault, STATUS_USAGE,
		                 "--openmetrics rewrites a file, which stdout is not; give one");
	for (int i = 0; i < OUTPUTS; i++)
		for (int j = i + 1; j < OUTPUTS; j++)
			if (check_pair(p, &outputs[i], &outputs[j]))
				return -EINVAL;
	return 0;
}
