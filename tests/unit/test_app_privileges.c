/* SPDX-License-Identifier: MIT */
/* What root gives up: which rights are wanted for what, and that no more than these are left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/privileges.h"

enum { SOMEBODY = 65534, SOMEBODY_ELSE = 65533 };

#define WATCHING                                                                         \
	(RIGHT(RIGHT_SYS_PTRACE) | RIGHT(RIGHT_DAC_READ_SEARCH) | RIGHT(RIGHT_PERFMON) | \
	 RIGHT(RIGHT_BPF))
#define TRACING (WATCHING | RIGHT(RIGHT_SYS_ADMIN))

static const struct options watch = {.mode = MODE_WATCH, .pid = 1};

/* --- what is wanted ------------------------------------------------------------------------------- */

static void a_watch__wants_five_rights_and_no_others(void **state)
{
	static const enum mode modes[] = {MODE_WATCH, MODE_PICK, MODE_COMMAND, MODE_DEMO, MODE_TOP};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct options o = {.mode = modes[i], .heap = true, .sites = 1};
		assert_true(privileges_wanted(&o, 0) == TRACING);
	}
}

static void without_sites__it_wants_no_right_to_administer(void **state)
{
	struct options o = watch;

	(void)state;
	o.no_sites = true;
	assert_true(privileges_wanted(&o, 0) == WATCHING);
}

static void who_reads_files__wants_to_read_files(void **state)
{
	static const enum mode modes[] = {MODE_ANALYZE, MODE_REPLAY, MODE_DIFF};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct options o = {.mode = modes[i]};
		assert_true(privileges_wanted(&o, 0) == RIGHT(RIGHT_DAC_READ_SEARCH));
	}
}

static void more_is_wanted__where_it_was_asked_for(void **state)
{
	struct options o = {.mode = MODE_COMMAND, .kill = true};
	uint64_t outputs = RIGHT(RIGHT_DAC_OVERRIDE) | RIGHT(RIGHT_CHOWN);

	(void)state;
	assert_true(privileges_wanted(&o, 0) == (TRACING | RIGHT(RIGHT_KILL)));
	assert_true(privileges_wanted(&watch, outputs) == (TRACING | outputs));
}

/* --- what is left --------------------------------------------------------------------------------- */

/* A figure of this thread's status, by its name with the colon, in hexadecimal. */
static uint64_t status_of(const char *name)
{
	char line[256];
	uint64_t found = UINT64_MAX;
	FILE *f = fopen("/proc/thread-self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			found = strtoull(line + strlen(name), NULL, 16);
	if (f)
		fclose(f);
	return found;
}

/* Runs `act` in a child, so that we keep our rights: its number of the line that did not hold, 0 for none. */
static void in_child(int (*act)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("check %d of the child does not hold", WEXITSTATUS(status));
}

static int keep_five(void)
{
	uint64_t had = status_of("CapPrm:"), effective = status_of("CapEff:"),
	         bound = status_of("CapBnd:");

	if (privileges_keep(TRACING))
		return 1;
	if (status_of("CapPrm:") != (had & TRACING))
		return 2;
	if (status_of("CapEff:") != (effective & TRACING))
		return 3;
	if (status_of("CapInh:") != 0 || status_of("CapAmb:") != 0)
		return 4;
	/* To bound it takes a right of its own. */
	if ((had & RIGHT(8)) && status_of("CapBnd:") != (bound & TRACING))
		return 5;
	return status_of("NoNewPrivs:") == 1 ? 0 : 6;
}

static int keep_fewer(void)
{
	uint64_t had = status_of("CapPrm:");
	uint64_t part = RIGHT(RIGHT_SYS_PTRACE) | RIGHT(RIGHT_CHOWN);

	/* Who lacks some of them, as in a container, does not get them. */
	if (privileges_keep(part) || privileges_keep(TRACING))
		return 1;
	return status_of("CapPrm:") == (had & RIGHT(RIGHT_SYS_PTRACE)) ? 0 : 2;
}

static int keep_none(void)
{
	/* In a container there may be nobody else. */
	if (geteuid() == 0 && (setgid(SOMEBODY) || setuid(SOMEBODY)))
		return 0;
	if (privileges_keep(TRACING))
		return 2;
	return status_of("CapPrm:") == 0 && status_of("NoNewPrivs:") == 1 ? 0 : 3;
}

/* Executing a program brings nothing back either. */
static int keep_across_exec(void)
{
	if (privileges_keep(WATCHING))
		return 1;
	execlp("sh", "sh", "-c",
	       "set -- $(sed -n 's/^CapEff:.//p' /proc/self/status); [ $((0x$1 & ~0xc000080004)) = "
	       "0 ]",
	       (char *)NULL);
	return 2;
}

static void keep__leaves_what_is_wanted_and_there(void **state)
{
	(void)state;
	in_child(keep_five);
	in_child(keep_fewer);
	in_child(keep_across_exec);
}

static void keep__asks_nothing_of_who_has_none(void **state)
{
	(void)state;
	in_child(keep_none);
}

/* --- files that are written ----------------------------------------------------------------------- */

struct room {
	char dir[32], path[64];
};

static int room_open(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	if (!r)
		return -1;
	snprintf(r->dir, sizeof(r->dir), "/tmp/rights-XXXXXX");
	*state = r;
	if (!mkdtemp(r->dir))
		return -1;
	snprintf(r->path, sizeof(r->path), "%s/out", r->dir);
	return 0;
}

static int room_close(void **state)
{
	struct room *r = *state;

	unlink(r->path);
	rmdir(r->dir);
	free(r);
	return 0;
}

/* Gives the directory away. */
static void room_of(const struct room *r, uid_t owner, mode_t mode)
{
	if (geteuid() != 0 || chown(r->dir, owner, owner) < 0) {
		print_message("skipped: only root gives files away, where there are others\n");
		skip();
	}
	assert_int_equal(chmod(r->dir, mode), 0);
}

static void file_of(const struct room *r, uid_t owner)
{
	FILE *f = fopen(r->path, "w");

	assert_non_null(f);
	fclose(f);
	assert_int_equal(chown(r->path, owner, owner), 0);
}

/* Each option that names a file. */
static void needs(const struct room *r, uint64_t csv, uint64_t recording, uint64_t metrics)
{
	struct options o = watch;
	uint64_t before = status_of("CapEff:");

	o.csv = r->path;
	assert_int_equal(privileges_of_outputs(&o, WATCHING), csv);
	o.csv = NULL;
	o.record = r->path;
	assert_int_equal(privileges_of_outputs(&o, WATCHING), recording);
	o.record = NULL;
	o.openmetrics = r->path;
	assert_int_equal(privileges_of_outputs(&o, WATCHING), metrics);
	/* Looking costs the one who asked nothing. */
	assert_true(status_of("CapEff:") == before);
}

static void outputs__need_nothing__where_one_may_write(void **state)
{
	struct options o = watch;

	needs(*state, 0, 0, 0);
	file_of(*state, geteuid());
	needs(*state, 0, 0, 0);
	o.csv = "-";
	assert_int_equal(privileges_of_outputs(&o, WATCHING), 0);
	/* What is not there is no matter of rights. */
	o.csv = o.record = "/no/where/at all";
	assert_int_equal(privileges_of_outputs(&o, WATCHING), 0);
}

static void outputs__need_root__in_the_directory_of_another(void **state)
{
	const struct room *r = *state;
	const uint64_t all = RIGHT(RIGHT_DAC_OVERRIDE);

	room_of(r, SOMEBODY, 0700);
	needs(r, all, all, all);
	file_of(r, SOMEBODY);
	needs(r, all, all | RIGHT(RIGHT_CHOWN), all);
}

static void outputs__need_to_own__where_everybody_has_files(void **state)
{
	const struct room *r = *state;

	room_of(r, SOMEBODY, 01777);
	needs(r, 0, 0, 0);
	file_of(r, SOMEBODY_ELSE);
	needs(r, RIGHT(RIGHT_DAC_OVERRIDE), RIGHT(RIGHT_DAC_OVERRIDE) | RIGHT(RIGHT_CHOWN),
	      RIGHT(RIGHT_FOWNER));
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_open, room_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_watch__wants_five_rights_and_no_others),
	        cmocka_unit_test(without_sites__it_wants_no_right_to_administer),
	        cmocka_unit_test(who_reads_files__wants_to_read_files),
	        cmocka_unit_test(more_is_wanted__where_it_was_asked_for),
	        cmocka_unit_test(keep__leaves_what_is_wanted_and_there),
	        cmocka_unit_test(keep__asks_nothing_of_who_has_none),
	        IN_ROOM(outputs__need_nothing__where_one_may_write),
	        IN_ROOM(outputs__need_root__in_the_directory_of_another),
	        IN_ROOM(outputs__need_to_own__where_everybody_has_files),
	};

	return cmocka_run_group_tests_name("app_privileges", tests, NULL, NULL);
}
