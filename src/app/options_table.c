/* SPDX-License-Identifier: MIT */
#include "app/options.h"

/*
 * The option table and the texts made from it. Knows names and help; what an option does to the settings
 * is in options.c.
 */

#include <stdio.h>
#include <string.h>

const struct option_row option_rows[] = {
        {'p', "pid", "PID", "the process to watch (also without the option's name)"},
        {'i', "interval", "TIME", "between samples: 5, 0.5, 500ms, 2m; default 1 s; 0.05 s to 1 h"},
        {'d', "duration", "TIME",
         "stop after this time; default: until quit or until the target ends"},
        {'b', "batch", NULL, "the table even on a terminal"},
        {OPTION_COLUMNS, "columns", "LIST",
         "columns of the table: time date rss vsz heap anon swap shmem file pss private shared "
         "threads fds delta rate confidence, or all; default time,rss,heap,delta"},
        {OPTION_CSV, "csv", "FILE", "every sample as CSV; - is stdout and implies --batch"},
        {OPTION_JSON, "json", NULL,
         "the final report as one JSON object on stdout; implies --batch"},
        {OPTION_REPORT, "report", NULL, "the closing report (the default)"},
        {OPTION_NO_REPORT, "no-report", NULL, "no closing report"},
        {OPTION_EXIT_CODE, "exit-code", NULL,
         "exit 1 when the verdict is leak or a threshold was crossed"},
        {OPTION_MAX_RSS, "max-rss", "SIZE",
         "warn when RSS is above this; this and the next four may be given several times"},
        {OPTION_MAX_HEAP, "max-heap", "SIZE", "warn when [heap] is above this"},
        {OPTION_MAX_ANON, "max-anon", "SIZE", "warn when anonymous memory is above this"},
        {OPTION_MAX_MAPS, "max-maps", "N", "warn when there are more mappings than this"},
        {OPTION_MAX_GROWTH, "max-growth", "SIZE/TIME", "warn when memory grows faster, e.g. 10M/h"},
        {OPTION_NORMAL, "normal", "FILE",
         "warn when memory departs from the course in FILE, which --analyze can read; "
         "default: from that of the first day"},
        {OPTION_ANALYZE, "analyze", "FILE",
         "the verdict on a recording, a CSV or a log, without a screen; - is stdin"},
        {OPTION_TOP, "top", "[N]",
         "the N (10) processes most likely to leak after --duration; without it one look, by RSS"},
        {OPTION_RECORD, "record", "FILE",
         "write all of the watch into FILE, or behind what an earlier one wrote there"},
        {OPTION_RECORD_LIMIT, "record-limit", "SIZE",
         "the most that FILE may take, the oldest is thinned first; default 256M"},
        {OPTION_OPENMETRICS, "openmetrics", "FILE",
         "rewrite FILE at every sample for the textfile collector of Prometheus, which wants it to "
         "end in .prom; it is removed at the end"},
        {OPTION_REPLAY, "replay", "FILE",
         "the dashboard over a recording, also while it is written; with --batch, --csv, --json "
         "its rows and the report"},
        {OPTION_DIFF, "diff", "A B",
         "what changed between two moments: recordings (their newest moment), or what e exported "
         "as .json or .csv; also with --json"},
        {OPTION_FOLLOW, "follow", "NAME",
         "watch whatever process has this name (of its program, or of a systemd unit that ends in "
         ".service), across restarts, waiting while there is none"},
        {OPTION_PROCFS, "procfs", "DIR", "another /proc: of a container, of a test"},
        {OPTION_MAX_STALL, "max-stall", "TIME",
         "the longest planned stall of the target by one system call; default 50 ms"},
        {OPTION_HEAP, "heap", NULL,
         "look inside the heap while watching: block sizes that grow, memory that malloc keeps, "
         "blocks that nobody points to; the dashboard has x for it; watch for 25 s or more"},
        {OPTION_SITES, "sites", "TIME",
         "trace for this time which code allocates what is not freed again: the price is told "
         "first; growth stacks where no more is permitted; the dashboard has view 6 for it"},
        {OPTION_NO_SITES, "no-sites", NULL,
         "never trace, not by a key either: root keeps no right to administer the machine"},
        {OPTION_MAX_SLOWDOWN, "max-slowdown", "PERCENT",
         "what that may cost the target, over the whole time; default 5"},
        {OPTION_KILL, "kill", NULL,
         "end the started COMMAND with the watch: SIGTERM to its process group, as timeout does; "
         "one that is still there 1 s later is told of"},
        {OPTION_ASCII, "ascii", NULL, "draw with ASCII only"},
        {OPTION_COLOR, "color", "WHEN", "auto, always or never; NO_COLOR is honoured"},
        {OPTION_THEME, "theme", "NAME", "dark, light or mono"},
        {OPTION_DEMO, "demo", "[SCENARIO]",
         "start a bundled target and watch it: leak slow-leak mmap-leak cache sawtooth step "
         "retention"},
        {OPTION_KEYS, "keys", NULL, "the keys of the dashboard"},
        {'h', "help", NULL, "this text"},
        {'V', "version", NULL, "the version and the optional parts built in"},
        {OPTION_DEMO_TARGET, "demo-target", "SCENARIO", NULL},
        {0, NULL, NULL, NULL},
};

static const char usage[] =
        "Is a running process leaking memory, or reserving, keeping or using it - and where?\n"
        "\n"
        "memleak-detective [OPTION]... [PID]                watch a process: dashboard or table\n"
        "memleak-detective [OPTION]... -- COMMAND [ARG]...  start a command and watch it\n"
        "memleak-detective --follow NAME                    whatever has that name, for ever\n"
        "memleak-detective --replay FILE                    the same dashboard over a recording\n"
        "memleak-detective --analyze FILE                   the verdict on a recording or a CSV\n"
        "memleak-detective --diff A B                       what changed between two moments\n"
        "memleak-detective --top [N] [-d TIME]              which process leaks, no screen\n"
        "\n"
        "On a terminal it is a dashboard, elsewhere a plain table that ends with a diagnosis.\n"
        "Without a PID, on a terminal: choose from the list of processes.\n"
        "\n";

static const char closing[] =
        "\nExit status: 0 watched; 1 leak or threshold crossed (only with --exit-code); 2 usage, "
        "or a file\n"
        "to read that cannot be read or is none of ours; 3 no such process, or gone before one "
        "sample;\n"
        "4 not permitted; 5 output failed.\n"
        "\nmemleak-detective 1234                 the dashboard; ? explains it\n"
        "memleak-detective 1234 -i 5 -d 60 | tee log    13 rows and a diagnosis\n"
        "memleak-detective 1234 -d 10m --exit-code --json >report.json\n";

/* Appends `text` wrapped at 100 columns, continuation lines indented to `indent`. */
static void wrap(struct buf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " ");
		if (column + word + 1 > 98 && column > indent) {
			buf_addc(out, '\n');
			buf_fill(out, ' ', indent);
			column = indent;
		}
		if (column > indent) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, word);
		column += word;
		text += word + strspn(text + word, " ");
	}
	buf_addc(out, '\n');
}

static int options_write(struct buf *out)
{
	for (const struct option_row *r = option_rows; r->name; r++) {
		char name[64];

		if (!r->help)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", r->name, r->argument ? " " : "",
		         r->argument ? r->argument : "");
		if (r->code < 256)
			buf_addf(out, "  -%c, --%-22s", r->code, name);
		else
			buf_addf(out, "      --%-22s", name);
		buf_addc(out, ' ');
		wrap(out, r->help, 31);
	}
	return out->error;
}

int options_help(struct buf *out)
{
	buf_adds(out, usage);
	options_write(out);
	return buf_adds(out, closing);
}
