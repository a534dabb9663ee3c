/* SPDX-License-Identifier: MIT */
#include "app/options.h"

/*
 * Words of the command line -> settings. Refuses what contradicts itself before anything is opened.
 */

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "app/options_internal.h"
#include "base/clock.h"
#include "base/safe_text.h"
#include "store/recording.h"

enum { ROWS_MAX = 64 };

static int set_flag(struct options *o, int code)
{
	switch (code) {
	case 'b':
		o->batch = true;
		return 0;
	case OPTION_JSON:
		o->json = o->batch = true;
		return 0;
	case OPTION_REPORT:
	case OPTION_NO_REPORT:
		o->report = code == OPTION_REPORT;
		return 0;
	case OPTION_EXIT_CODE:
		o->exit_code = true;
		return 0;
	case OPTION_KILL:
		o->kill = true;
		return 0;
	case OPTION_HEAP:
		o->heap = true;
		return 0;
	case OPTION_NO_SITES:
		o->no_sites = true;
		return 0;
	case OPTION_ASCII:
		o->tui.ascii = true;
		return 0;
	case OPTION_KEYS:
		o->mode = MODE_KEYS;
		return 0;
	case 'h':
		o->mode = MODE_HELP;
		return 0;
	case 'V':
		o->mode = MODE_VERSION;
		return 0;
	default:
		return -EINVAL;
	}
}

const char *option_name(int code)
{
	for (const struct option_row *r = option_rows; r->name; r++)
		if (r->code == code)
			return r->name;
	return "";
}

/* The option says what is looked at, which only one can. */
static int claim(struct parse *p, int code, enum mode mode)
{
	if (p->claimed && p->claimed != code)
		return fault_set(p->fault, STATUS_USAGE,
		                 "--%s together with --%s; give one thing to watch",
		                 option_name(p->claimed), option_name(code));
	p->claimed = code;
	p->o->mode = mode;
	return 0;
}

static int set_text(struct parse *p, int code, const char *text)
{
	struct options *o = p->o;

	switch (code) {
	case OPTION_COLUMNS:
		o->columns = text;
		return 0;
	case OPTION_CSV:
		o->csv = text;
		o->batch = o->batch || strcmp(text, "-") == 0;
		return 0;
	case OPTION_ANALYZE:
		o->analyze = text;
		return claim(p, code, MODE_ANALYZE);
	case OPTION_REPLAY:
		o->replay = text;
		return claim(p, code, MODE_REPLAY);
	case OPTION_DIFF:
		o->diff_a = text;
		return claim(p, code, MODE_DIFF);
	case OPTION_FOLLOW:
		o->follow = text;
		return claim(p, code, MODE_WATCH);
	case OPTION_RECORD:
		o->record = text;
		return 0;
	case OPTION_OPENMETRICS:
		o->openmetrics = text;
		return 0;
	case OPTION_PROCFS:
		o->procfs = text;
		return 0;
	case OPTION_NORMAL:
		o->normal_file = text;
		return 0;
	default:
		return -EINVAL;
	}
}

static int set_value(struct parse *p, int code, const char *text)
{
	if (!*text)
		return fault_set(p->fault, STATUS_USAGE, "--%s: its value is empty; see --help",
		                 option_name(code));
	switch (code) {
	case 'p':
		return option_set_pid(p, text);
	case 'i':
		return option_set_interval(p, text);
	case 'd':
		return option_set_time(p, "duration", text, &p->o->duration);
	case OPTION_MAX_STALL:
		return option_set_stall(p, text);
	case OPTION_SITES:
		return option_set_sites(p, text);
	case OPTION_MAX_SLOWDOWN:
		return option_set_slowdown(p, text);
	case OPTION_RECORD_LIMIT:
		return option_set_record_limit(p, text);
	case OPTION_MAX_RSS:
		return option_set_threshold(p, "max-rss", text, MAX_RSS);
	case OPTION_MAX_HEAP:
		return option_set_threshold(p, "max-heap", text, MAX_HEAP);
	case OPTION_MAX_ANON:
		return option_set_threshold(p, "max-anon", text, MAX_ANON);
	case OPTION_MAX_MAPS:
		return option_set_threshold(p, "max-maps", text, MAX_MAPS);
	case OPTION_MAX_GROWTH:
		return option_set_threshold(p, "max-growth", text, MAX_GROWTH);
	case OPTION_COLOR:
		return option_set_color(p, text);
	case OPTION_THEME:
		return option_set_theme(p, text);
	case OPTION_DEMO_TARGET:
		return option_set_demo(p, text, MODE_DEMO_TARGET);
	default:
		return set_text(p, code, text);
	}
}

/* The table in the form getopt wants, and its string of short options ("+": stop at COMMAND). */
static void getopt_tables(struct option longs[ROWS_MAX], char shorts[2 * ROWS_MAX])
{
	size_t n = 0, s = 0;

	shorts[s++] = ':';
	for (const struct option_row *r = option_rows; r->name && n < ROWS_MAX - 1; r++, n++) {
		int has = !r->argument            ? no_argument
		          : r->argument[0] == '[' ? optional_argument
		                                  : required_argument;
		longs[n] = (struct option){.name = r->name, .has_arg = has, .val = r->code};
		if (r->code < 256) {
			shorts[s++] = (char)r->code;
			if (has == required_argument)
				shorts[s++] = ':';
		}
	}
	longs[n] = (struct option){0};
	shorts[s] = 0;
}

/* `--demo leak` and `--demo=leak` both work: a following word that names a scenario is its value. */
static int take_demo(struct parse *p, int argc, char **argv)
{
	const char *text = optarg;

	if (!text && optind < argc && demo_find(argv[optind]))
		text = argv[optind++];
	int err = option_set_demo(p, text, MODE_DEMO);
	return err ? err : claim(p, OPTION_DEMO, MODE_DEMO);
}

/* `--top 5` and `--top=5` likewise: a following number is its value. */
static int take_top(struct parse *p, int argc, char **argv)
{
	const char *text = optarg;

	if (!text && optind < argc && *argv[optind] &&
	    strspn(argv[optind], "0123456789") == strlen(argv[optind]))
		text = argv[optind++];
	return option_set_top(p, text);
}

static int bad_option(struct parse *p, int c, char **argv, const char *word)
{
	char safe[128];

	(void)argv;
	safe_copy(safe, sizeof(safe), word, strlen(word), SAFE_ASCII);
	return fault_set(p->fault, STATUS_USAGE,
	                 c == ':' ? "%s needs a value; see --help" : "%s is no option; see --help",
	                 safe);
}

static int parse_options(struct parse *p, int argc, char **argv)
{
	struct option longs[ROWS_MAX];
	char shorts[2 * ROWS_MAX];
	int c;

	getopt_tables(longs, shorts);
	opterr = 0;
	optind = 1;
	for (;;) {
		int at = optind;
		c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == -1)
			return 0;
		if (c == '?' || c == ':')
			return bad_option(p, c, argv, argv[at < argc ? at : argc - 1]);
		int err = c == OPTION_DEMO  ? take_demo(p, argc, argv)
		          : c == OPTION_TOP ? take_top(p, argc, argv)
		          : optarg          ? set_value(p, c, optarg)
		                            : set_flag(p->o, c);
		if (err)
			return err;
	}
}

/* What stands behind the options: a PID, or, in the last `words` words, a command behind "--". */
static int parse_operands(struct parse *p, int argc, char **argv, int words)
{
	struct options *o = p->o;

	if (words == 0)
		return fault_set(p->fault, STATUS_USAGE,
		                 "-- without a command; give one behind it");
	if (words > 0) {
		if (p->claimed || o->top || p->has_pid || argc - optind > words)
			return fault_set(
			        p->fault, STATUS_USAGE,
			        "-- COMMAND together with another target; give one thing to watch");
		o->mode = MODE_COMMAND;
		o->command = argv + optind;
		return 0;
	}
	if (o->mode == MODE_DIFF && optind < argc)
		o->diff_b = argv[optind++];
	if (optind < argc && p->claimed) {
		char safe[128];
		safe_copy(safe, sizeof(safe), argv[optind], strlen(argv[optind]), SAFE_ASCII);
		return fault_set(p->fault, STATUS_USAGE,
		                 "'%s' together with --%s; give one thing to watch", safe,
		                 option_name(p->claimed));
	}
	while (optind < argc) {
		int err = option_set_pid(p, argv[optind++]);
		if (err)
			return err;
	}
	return 0;
}

/* Words behind the first "--", which getopt, moving operands about, does not tell; -1: there is none. */
static int words_behind_dashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return argc - i - 1;
	return -1;
}

int options_parse(int argc, char **argv, struct options *ret, struct fault *fault)
{
	struct options o = {
	        .mode = MODE_PICK,
	        .interval = NS_PER_S,
	        .duration = UNKNOWN,
	        .report = true,
	        .procfs = "/proc",
	        .max_stall = 50 * NS_PER_MS,
	        .max_slowdown = 5,
	        .record_limit = RECORDING_LIMIT,
	};
	struct parse p = {.o = &o, .fault = fault};
	int words = words_behind_dashes(argc, argv);
	int err = parse_options(&p, argc, argv);

	if (!err && (o.mode == MODE_HELP || o.mode == MODE_VERSION || o.mode == MODE_KEYS))
		goto out;
	if (!err)
		err = parse_operands(&p, argc, argv, words);
	if (!err)
		err = option_check_contradictions(&p);
out:
	if (!err)
		*ret = o;
	return err;
}
