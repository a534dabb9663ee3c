/* SPDX-License-Identifier: MIT */
/* Stands for json.c where jansson was not found. Knows only that, and says so. */
#include "report/data.h"
#include "report/diff.h"
#include "report/top.h"

#include <errno.h>

int json_report(const struct moment *m, const char *version, bool snapshot, struct buf *out)
{
	(void)m;
	(void)version;
	(void)snapshot;
	(void)out;
	return -ENOTSUP;
}

int top_json(const struct process_list *l, size_t n, const char *version, struct buf *out)
{
	(void)l;
	(void)n;
	(void)version;
	(void)out;
	return -ENOTSUP;
}

int diff_json(const struct diff *d, const struct diff_files *files, const char *version,
              struct buf *out)
{
	(void)d;
	(void)files;
	(void)version;
	(void)out;
	return -ENOTSUP;
}

bool json_available(void)
{
	return false;
}
