/* SPDX-License-Identifier: MIT */
#include "support_symbols_built.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* As src/rules.mk compiles the targets. */
#define COMPILE                                                                                 \
	"cc() { ${CC:-gcc} -std=c17 -D_GNU_SOURCE -w -O2 -fomit-frame-pointer "                 \
	"-fno-optimize-sibling-calls -Wl,--build-id -pthread \"$@\"; }\nexec 2>build.log\nset " \
	"-e\n"

/* pause of the C library rests in rest_here, and that is all before main. */
enum { OWN_FIRST = 1, OWN_COUNT = 6 };

static char directory[] = "/tmp/symbols-built.XXXXXX";

int built_begin(void **state)
{
	char source[4096];

	(void)state;
	if (!mkdtemp(directory) || !realpath("tests/targets/symbols-chain.c", source))
		return -1;
	setenv("D", directory, 1);
	setenv("S", source, 1);
	setenv("B", chain_path(""), 1);
	/* What this user's debuginfod fetched some day is none of a test's. */
	setenv("DEBUGINFOD_CACHE_PATH", "/nowhere", 1);
	return system("chmod 755 \"$D\"");
}

int built_end(void **state)
{
	(void)state;
	return system("rm -rf \"$D\"");
}

const char *built_path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void built_needs(const char *command)
{
	char path[4096], *rest = path;
	const char *all = getenv("PATH");

	snprintf(path, sizeof(path), "%s", all ? all : "");
	for (char *in; (in = strsep(&rest, ":"));) {
		char whole[4200];
		snprintf(whole, sizeof(whole), "%s/%s", in, command);
		if (access(whole, X_OK) == 0)
			return;
	}
	print_message("skipped: no %s here\n", command);
	skip();
}

void built_needs_made(const char *name)
{
	if (access(built_path(name), X_OK) != 0) {
		print_message("skipped: nothing here compiles %s\n", name);
		skip();
	}
}

void built_needs_root(void)
{
	if (geteuid() != 0) {
		print_message("skipped: that takes root\n");
		skip();
	}
}

bool built_tries(const char *script)
{
	char whole[8192];
	int n = snprintf(whole, sizeof(whole), "cd \"$D\"\n" COMPILE "%s", script);

	assert_true(n > 0 && (size_t)n < sizeof(whole));
	return system(whole) == 0;
}

void built_run(const char *script)
{
	if (built_tries(script))
		return;
	if (system("cat \"$D\"/build.log >&2") == 0)
		fail_msg("failed: %s", script);
	fail();
}

int built_again(const char *argument)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		execl("/proc/self/exe", "again", argument, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void frames_add(void *arg, size_t address, const struct symbol_frame *frames, size_t count)
{
	struct built_seen *seen = arg;

	(void)address;
	for (size_t i = 0; i < count; i++) {
		const char *name = frames[i].function[0] ? frames[i].function : "?";
		size_t used = strlen(seen->names);
		snprintf(seen->names + used, sizeof(seen->names) - used,
		         frames[i].inlined ? "[%s] " : "%s ", name);
		seen->lines += frames[i].line && strstr(frames[i].file, "symbols-chain.c");
	}
}

struct built_seen built_see(const struct chain *c)
{
	struct symbols *s = NULL;
	struct symbols_health h;
	struct built_seen seen = {.lines = 0};

	assert_int_equal(symbols_open("/proc", c->pid, &s), 0);
	struct stack_unwound u = chain_unwind(c, s);
	seen.whole = u.whole;
	/* What the C library tells of itself takes long to read, and is the same each time. */
	assert_true(u.count > OWN_FIRST);
	size_t own = u.count - OWN_FIRST < OWN_COUNT ? u.count - OWN_FIRST : OWN_COUNT;
	assert_int_equal(symbols_name(s, u.at + OWN_FIRST, own, frames_add, &seen), 0);
	symbols_health(s, &h);
	if (h.children_lost)
		fail_msg("%s", h.trouble);
	symbols_close(s);
	return seen;
}

struct built_seen built_start(const char *name, const char *mode)
{
	struct chain c = chain_start(built_path(name), mode);
	struct built_seen seen = built_see(&c);

	chain_end(&c);
	return seen;
}

void built_expect(const struct built_seen *seen, const char *names, bool has_lines)
{
	if (!strstr(seen->names, names))
		fail_msg("no \"%s\" in \"%s\"", names, seen->names);
	assert_true(seen->whole);
	assert_int_equal(seen->lines > 0, has_lines);
}
