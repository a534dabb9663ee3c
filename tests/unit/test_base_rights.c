/* SPDX-License-Identifier: MIT */
/* What somebody is told who may not: it must help that one. Each case is a child that gives rights up. */
#include "base/rights.h"

#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const uint64_t both = RIGHT(RIGHT_SYS_ADMIN) | RIGHT(RIGHT_SYS_PTRACE);

/* Has `set` and nothing else from now on. */
static bool keep_only(uint64_t set)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	uint32_t low = (uint32_t)set, high = (uint32_t)(set >> 32);
	struct __user_cap_data_struct d[2] = {{low, low, 0}, {high, high, 0}};

	return syscall(SYS_capset, &head, d) == 0;
}

/* In a child that has `set`, as user `uid`: the remedy where `both` is wanted. Skips where we have not got that much. */
static void remedy_with(uint64_t set, uid_t uid, char out[RIGHTS_REMEDY])
{
	int ends[2];

	if (geteuid() != 0 || rights_lacking(both)) {
		print_message("skipped: only root can give rights up\n");
		skip();
	}
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		if ((uid && setuid(uid)) || (!uid && !keep_only(set)))
			_exit(99);
		rights_remedy(both, out, RIGHTS_REMEDY);
		_exit(write(ends[1], out, RIGHTS_REMEDY) == RIGHTS_REMEDY ? 0 : 98);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], out, RIGHTS_REMEDY), RIGHTS_REMEDY);
	close(ends[0]);
	close(ends[1]);
}

static void remedy__of_a_user__is_root(void **state)
{
	char said[RIGHTS_REMEDY];

	(void)state;
	remedy_with(0, 65534, said);
	assert_string_equal(said, "run this as root or with CAP_SYS_ADMIN and CAP_SYS_PTRACE");
}

static void remedy__of_root__is_what_it_lacks(void **state)
{
	char said[RIGHTS_REMEDY];

	(void)state;
	remedy_with(0, 0, said);
	assert_string_equal(said,
	                    "this root lacks CAP_SYS_ADMIN, CAP_SYS_PTRACE: give its container "
	                    "--cap-add SYS_ADMIN --cap-add SYS_PTRACE, or run outside");
	remedy_with(RIGHT(RIGHT_SYS_PTRACE), 0, said);
	assert_string_equal(said, "this root lacks CAP_SYS_ADMIN: give its container --cap-add "
	                          "SYS_ADMIN, or run outside");
}

static void remedy__of_root_that_lacks_nothing__is_elsewhere(void **state)
{
	char said[RIGHTS_REMEDY];

	(void)state;
	remedy_with(both, 0, said);
	assert_non_null(strstr(said, "user namespace"));
	assert_null(strstr(said, "lacks"));
}

static void remedy__of_every_right__fits(void **state)
{
	char said[RIGHTS_REMEDY], more[2 * RIGHTS_REMEDY];
	uint64_t all = both | RIGHT(RIGHT_PERFMON) | RIGHT(RIGHT_DAC_READ_SEARCH);

	(void)state;
	assert_string_equal(rights_remedy(all, said, sizeof(said)),
	                    rights_remedy(all, more, sizeof(more)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(remedy__of_a_user__is_root),
	        cmocka_unit_test(remedy__of_root__is_what_it_lacks),
	        cmocka_unit_test(remedy__of_root_that_lacks_nothing__is_elsewhere),
	        cmocka_unit_test(remedy__of_every_right__fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
