/* SPDX-License-Identifier: MIT */
/* Knows where fixtures lie; refuses to know what is in them. */
#include "support_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/known.h"

static struct fixture fixture_copy(const char *bytes, size_t n)
{
	struct fixture f = {malloc(n ? n : 1), n};
	assert_non_null(f.text);
	memcpy(f.text, bytes, n);
	return f;
}

struct fixture fixture_load(const char *name)
{
	char path[512];
	static char bytes[1 << 20];
	snprintf(path, sizeof(path), "tests/fixtures/%s", name);
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("%s: run the tests from the top of the source tree", path);
	size_t n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return fixture_copy(bytes, n);
}

struct fixture fixture_of(const char *text)
{
	return fixture_copy(text, strlen(text));
}

struct fixture fixture_cut(const struct fixture *f, size_t n)
{
	return fixture_copy(f->text, n);
}

void fixture_done(struct fixture *f)
{
	free(f->text);
	*f = (struct fixture){NULL, 0};
}

void figure_holds(uint64_t cut, uint64_t whole)
{
	if (known(cut) && cut != whole)
		fail_msg("a cut text says %ju, the whole one %ju", (uintmax_t)cut,
		         (uintmax_t)whole);
}
