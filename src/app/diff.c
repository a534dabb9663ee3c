/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * --diff: two files, two moments, one report. Knows what a file is and which two cannot be compared; refuses to
 * know what changed.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/output.h"
#include "base/safe_text.h"
#include "report/data.h"
#include "report/diff.h"
#include "source/snapshot.h"
#include "store/replay.h"

enum { REPORT_MAX = 64 << 20, NAME_MAX_SHOWN = 128 };

static const char *shown(const char *raw, char out[NAME_MAX_SHOWN])
{
	return safe_copy(out, NAME_MAX_SHOWN, raw, strlen(raw), SAFE_UTF8);
}

/* --- the moments ----------------------------------------------------------------------------------- */

/* The newest moment of a recording. */
static int load_recording(const char *path, struct moment **ret, struct fault *fault)
{
	struct replay *r = NULL;
	int err = replay_open(path, &r, fault);

	if (!err)
		err = replay_moment(r, replay_newest(r), 0, ret, fault);
	replay_free(r);
	return err;
}

static int load(const char *path, struct moment **ret, struct fault *fault)
{
	int err = replay_recognise(path) ? load_recording(path, ret, fault)
	                                 : snapshot_load(path, ret, fault);

	/* Whoever refused has said why; -ENOMEM of deep below need not have. */
	if (err && !fault->status)
		fault_set(fault, STATUS_USAGE, "%s: cannot be read: %s; give another file", path,
		          fault_reason(err));
	return err;
}

/* --- what cannot be compared ------------------------------------------------------------------------ */

static int refuse_same_file(const struct options *o, struct fault *fault)
{
	struct stat a, b;

	if (stat(o->diff_a, &a) < 0 || stat(o->diff_b, &b) < 0)
		return 0;
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino || !S_ISREG(a.st_mode))
		return 0;
	return fault_set(fault, STATUS_USAGE,
	                 "--diff: %s and %s are one file; give two, or compare two moments of one "
	                 "recording with --replay FILE and the keys m, m, d",
	                 o->diff_a, o->diff_b);
}

/* Name of the executable without its directories; "" unknown. */
static const char *program_of(const struct moment *m)
{
	const char *exe = m->target ? m->target->exe : "", *slash = strrchr(exe, '/');

	return slash ? slash + 1 : exe;
}

static bool differ(const char *a, const char *b)
{
	return a[0] && b[0] && strcmp(a, b) != 0;
}

/* Another version in another place is still the program; another name of both sorts is another one. */
static int refuse_strangers(const struct options *o, const struct moment *a, const struct moment *b,
                            struct fault *fault)
{
	char first[NAME_MAX_SHOWN], second[NAME_MAX_SHOWN];

	if (!a->target || !b->target || !differ(a->target->comm, b->target->comm))
		return 0;
	if (program_of(a)[0] && program_of(b)[0] && !differ(program_of(a), program_of(b)))
		return 0;
	return fault_set(fault, STATUS_USAGE,
	                 "--diff: %s is of %s and %s of %s; give two moments of one program",
	                 o->diff_a, shown(a->target->comm, first), o->diff_b,
	                 shown(b->target->comm, second));
}

static int refuse_nothing_in_common(const struct options *o, const struct diff *d,
                                    struct fault *fault)
{
	if (d->match != DIFF_NOT_MATCHED)
		return 0;
	for (unsigned i = 0; i < d->figure_count; i++)
		if (d->figures[i].value.known)
			return 0;
	return fault_set(
	        fault, STATUS_USAGE,
	        "--diff: %s and %s have nothing in common that could be compared; give two "
	        "recordings or two exported moments",
	        o->diff_a, o->diff_b);
}

/* --- the report ------------------------------------------------------------------------------------- */

static int say(const struct options *o, const struct diff *d, struct fault *fault)
{
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout"};
	struct diff_files files = {
	        {d->swapped ? o->diff_b : o->diff_a, d->swapped ? o->diff_a : o->diff_b}};
	struct buf b;
	int err;

	buf_init(&b, REPORT_MAX);
	if (o->json) {
		err = diff_json(d, &files, version_text(), &b);
		err = err ? err : buf_addc(&b, '\n');
	} else {
		err = diff_text(d, &files, o->tui.ascii ? SAFE_ASCII : SAFE_UTF8, &b);
	}
	if (err)
		fault_set(fault, STATUS_OUTPUT, "cannot make the report: %s", fault_reason(err));
	else
		output_write(&out, &b);
	buf_done(&b);
	return err ? STATUS_OUTPUT : output_status(&out);
}

static int compare(const struct options *o, const struct moment *a, const struct moment *b,
                   struct fault *fault)
{
	struct diff *d = NULL;
	int status;

	if (refuse_strangers(o, a, b, fault))
		return fault->status;
	if (diff_new(a, b, diff_one_watch(a, b), &d)) {
		fault_set(fault, STATUS_OUTPUT, "out of memory; free some and try again");
		return fault->status;
	}
	status = refuse_nothing_in_common(o, d, fault) ? fault->status : say(o, d, fault);
	diff_unref(d);
	return status;
}

int run_diff(const struct options *o)
{
	struct moment *a = NULL, *b = NULL;
	struct fault fault = {0};
	int status = STATUS_OK;

	if (o->json && !json_available())
		fault_set(&fault, STATUS_USAGE,
		          "--json: this program was built without jansson; install its "
		          "development package and build again");
	else if (!refuse_same_file(o, &fault) && !load(o->diff_a, &a, &fault) &&
	         !load(o->diff_b, &b, &fault))
		status = compare(o, a, b, &fault);
	moment_unref(a);
	moment_unref(b);
	output_fault(&fault);
	return fault.status ? fault.status : status;
}
