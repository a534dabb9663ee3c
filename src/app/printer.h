/* SPDX-License-Identifier: MIT */
#ifndef APP_PRINTER_H
#define APP_PRINTER_H

/* A watch as text: rows or CSV lines as they come, warnings between them, the report at the end. */

#include "app/child.h"
#include "app/options.h"
#include "app/output.h"
#include "app/watch.h"
#include "report/table.h"

struct printer {
	const struct options *o;
	struct watch *watch; /* borrowed; set by the owner before the first sample */
	struct table table;
	struct output rows;   /* the table; fd -1 with --json and --csv - */
	struct output csv;    /* fd -1: none */
	struct output report; /* where diagnosis or JSON go, and warnings between rows */
	struct buf line;
	bool headed;  /* the headers were written */
	bool hurries; /* told to end: it waits no longer for a reader that may never read */
};

/*
 * Chooses the outputs. `wake_fd`: what ends a wait for a reader that does not read; -1: nothing. 0, or
 * -errno with a fault; printer_done is due either way.
 */
int printer_init(struct printer *p, const struct options *o, int wake_fd, struct fault *fault);

/* Creates the --csv file: only when there is something to watch, for it replaces what was there. */
int printer_open(struct printer *p, struct fault *fault);
void printer_done(struct printer *p);

/* Writes the newest sample of the watch, headers before the first, and the lines that it brought. */
void printer_sample(struct printer *p);

/* The lines alone, headers before the first: between two samples. */
void printer_lines(struct printer *p);

/* END_EOF when nobody reads any more or a write failed; else END_NOT_YET. */
enum watch_end printer_end(const struct printer *p);

/* Report and the end of the files. The exit status, errors told on stderr. */
int printer_finish(struct printer *p);

#endif
