/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/* The version, which the build writes into a generated header, and what was built in. */

#include "report/data.h"
#include "sites/tracer.h"
#include "store/recording.h"
#include "version.h"

const char *version_text(void)
{
	return VERSION;
}

int version_write(struct buf *out)
{
	buf_addf(out, "memleak-detective %s\n", VERSION);
	buf_addf(out, "json: %s\n",
	         json_available() ? "yes (jansson)" : "no (built without jansson)");
	buf_addf(out, "recordings: %s\n",
	         recording_available() ? "yes (SQLite)" : "no (built without SQLite)");
	return buf_addf(out, "call sites: %s\n", tracer_built());
}
