/* SPDX-License-Identifier: MIT */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

/*
 * The command line. One row of option_rows[] drives parsing, --help and the README; adding an option is
 * one row in options_table.c and one case in options.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "model/normal.h"
#include "model/threshold.h"
#include "source/demo.h"
#include "tui/tui.h"

/* What the command line asks for. */
enum mode {
	MODE_WATCH,
	MODE_PICK,
	MODE_COMMAND,
	MODE_DEMO,
	MODE_DEMO_TARGET,
	MODE_ANALYZE,
	MODE_TOP,
	MODE_REPLAY,
	MODE_DIFF,
	MODE_HELP,
	MODE_VERSION,
	MODE_KEYS
};

struct options {
	enum mode mode;
	int32_t pid;         /* MODE_WATCH */
	uint64_t interval;   /* ns between samples */
	bool interval_set;   /* given on the command line */
	uint64_t duration;   /* ns; UNKNOWN: until quit or target exit */
	bool batch;          /* --batch, or implied by --json and --csv - */
	const char *columns; /* --columns; NULL: the default */
	const char *csv;     /* --csv; NULL: none; "-": stdout */
	bool json, report, exit_code, kill;
	bool heap;           /* --heap: look inside the heap from the begin */
	uint64_t sites;      /* --sites: ns to trace allocations for, from the begin; 0: no */
	bool no_sites;       /* --no-sites: nobody can begin to trace */
	double max_slowdown; /* per cent that tracing may cost the target */
	struct thresholds thresholds;
	const char *normal_file;     /* --normal; NULL: none */
	const struct normal *normal; /* what was learnt from it, by main; borrowed */
	const char *analyze;         /* MODE_ANALYZE: file, or "-" */
	unsigned top;                /* MODE_TOP: how many */
	const char *record;          /* --record; NULL: none */
	uint64_t record_limit;       /* bytes of that file */
	struct recorder *recorder;   /* of it, opened before COMMAND was started; NULL: not yet */
	const char *openmetrics;     /* --openmetrics; NULL: none */
	struct metrics *metrics;     /* of it, likewise */
	const char *replay;          /* MODE_REPLAY: the recording */
	const char *diff_a, *diff_b; /* MODE_DIFF: recordings or exported snapshots */
	const char *follow;          /* --follow: name or unit; NULL: none */
	const char *procfs;          /* another /proc; "/proc" */
	uint64_t max_stall;          /* ns */
	char privileges_note[160]; /* what of root's rights is kept against the rule; "": nothing */
	struct tui_options tui;
	const struct demo *demo; /* MODE_DEMO, MODE_DEMO_TARGET */
	char **command;          /* MODE_COMMAND: argv, NULL-terminated; borrowed */
};

/* One option as the table knows it. */
struct option_row {
	int code;             /* the short letter, or a value above 255 */
	const char *name;     /* long name */
	const char *argument; /* "TIME", "[SCENARIO]" when optional; NULL: none */
	const char *help;     /* one sentence without full stop; NULL: not listed */
};
extern const struct option_row option_rows[]; /* ends with a NULL name */

enum { /* codes of options without a letter */
       OPTION_COLUMNS = 256,
       OPTION_CSV,
       OPTION_JSON,
       OPTION_REPORT,
       OPTION_NO_REPORT,
       OPTION_EXIT_CODE,
       OPTION_MAX_RSS,
       OPTION_MAX_HEAP,
       OPTION_MAX_ANON,
       OPTION_MAX_MAPS,
       OPTION_MAX_GROWTH,
       OPTION_NORMAL,
       OPTION_ANALYZE,
       OPTION_TOP,
       OPTION_RECORD,
       OPTION_RECORD_LIMIT,
       OPTION_OPENMETRICS,
       OPTION_REPLAY,
       OPTION_DIFF,
       OPTION_FOLLOW,
       OPTION_PROCFS,
       OPTION_MAX_STALL,
       OPTION_KILL,
       OPTION_HEAP,
       OPTION_SITES,
       OPTION_NO_SITES,
       OPTION_MAX_SLOWDOWN,
       OPTION_ASCII,
       OPTION_COLOR,
       OPTION_THEME,
       OPTION_DEMO,
       OPTION_DEMO_TARGET,
       OPTION_KEYS,
};

/* Parses argv. 0, or -EINVAL with a fault (status 2): what, which object, why, what to do. */
int options_parse(int argc, char **argv, struct options *ret, struct fault *fault);

/* The text of --help, with the option table as the README has it. 0 or -errno. */
int options_help(struct buf *out);

#endif
