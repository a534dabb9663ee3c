/* SPDX-License-Identifier: MIT */
/* Where a probe on a return hides who called: maps below a directory of ours. */
#include "sites/trampoline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>

#define PAGE_OF_KERNEL 0x7fffffffe000u
#define CODE           "55c0dc022000-55c0dc023000 r-xp 00001000 fe:00 12 /bin/leak\n"
#define UPROBES        "7fffffffe000-7ffffffff000 --xp 00000000 00:00 0                  [uprobes]\n"

struct bed {
	char path[64];
	struct procdir dir;
};

static void maps_write(struct bed *b, const char *text)
{
	int fd = openat(b->dir.fd, "maps", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int bed_make(void **state)
{
	struct bed *b = calloc(1, sizeof(*b));

	snprintf(b->path, sizeof(b->path), "/tmp/trampoline-XXXXXX");
	if (!mkdtemp(b->path))
		return -1;
	b->dir.fd = open(b->path, O_DIRECTORY | O_CLOEXEC);
	*state = b;
	return b->dir.fd < 0 ? -1 : 0;
}

static int bed_clear(void **state)
{
	struct bed *b = *state;

	unlinkat(b->dir.fd, "maps", 0);
	close(b->dir.fd);
	rmdir(b->path);
	free(b);
	return 0;
}

static const struct stack_unwound hidden = {.count = 3,
                                            .at = {0x7f0000001000, 0x7f0000002345,
                                                   PAGE_OF_KERNEL - 1}};

static void trampoline__hides_the_caller__where_the_kernel_has_its_page(void **state)
{
	struct bed *b = *state;
	struct trampoline t = {0};

	maps_write(b, CODE UPROBES);
	assert_true(trampoline_hides(&t, &b->dir, &hidden));
	/* It stays: nothing is read for the next. */
	maps_write(b, CODE);
	assert_true(trampoline_hides(&t, &b->dir, &hidden));
}

static void trampoline__hides_nothing__without_that_page(void **state)
{
	struct bed *b = *state;
	struct trampoline t = {0};

	maps_write(b, CODE);
	assert_false(trampoline_hides(&t, &b->dir, &hidden));
	unlinkat(b->dir.fd, "maps", 0);
	t = (struct trampoline){0};
	assert_false(trampoline_hides(&t, &b->dir, &hidden));
}

static void trampoline__leaves_other_stacks_alone(void **state)
{
	struct bed *b = *state;
	struct stack_unwound u = hidden;
	struct trampoline t = {0};

	maps_write(b, CODE UPROBES);
	u.whole = true;
	assert_false(trampoline_hides(&t, &b->dir, &u));
	u = hidden;
	u.at[2] -= 8;
	assert_false(trampoline_hides(&t, &b->dir, &u));
	u = hidden;
	u.at[2] = 0x55c0dc023000 - 1;
	assert_false(trampoline_hides(&t, &b->dir, &u));
	/* And the one that is hidden is seen after such a one. */
	assert_true(trampoline_hides(&t, &b->dir, &hidden));
	/* It was interrupted right there: no frame called. */
	u = (struct stack_unwound){.count = 1, .at = {PAGE_OF_KERNEL - 1}};
	assert_false(trampoline_hides(&t, &b->dir, &u));
}

#define BED_TEST(t) cmocka_unit_test_setup_teardown(t, bed_make, bed_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BED_TEST(trampoline__hides_the_caller__where_the_kernel_has_its_page),
	        BED_TEST(trampoline__hides_nothing__without_that_page),
	        BED_TEST(trampoline__leaves_other_stacks_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
