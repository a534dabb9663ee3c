/* SPDX-License-Identifier: MIT */
/*
 * Debug information wherever it lies and however it is packed: beside, below roots, in caches,
 * shared, compressed, split.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_symbols_built.h"

/* $1.debug, and $1 without what is in it; $2: more of objcopy. */
#define APART                                                                             \
	"apart() { objcopy --only-keep-debug \"$1\" \"$1.debug\" && objcopy --strip-all " \
	"$2 \"$1\"; }\n"
/* The build-id of $1, as two directories have it: DIRECTORY/REST. */
#define ID                                                            \
	"id() { readelf -n \"$1\" | sed -n 's/.*Build ID: *//p'; }\n" \
	"id_place() { id \"$1\" | sed 's|^\\(..\\)\\(.*\\)|\\1/\\2.debug|'; }\n"

/* --- by name ---------------------------------------------------------------------------------- */

/* Without a build-id it is the sum of all bytes that tells whose file it is. */
static void link__is_followed_where_the_sum_is_right(void **state)
{
	(void)state;
	built_needs("objcopy");
	built_run(APART "cp \"$B/symbols-chain\" linked\n"
	                "objcopy --remove-section=.note.gnu.build-id linked\n"
	                "apart linked\nobjcopy --add-gnu-debuglink=linked.debug linked\n");
	struct chain c = chain_start(built_path("linked"), NULL);
	struct built_seen with = built_see(&c);
	built_expect(&with, BUILT_CHAIN, true);
	/* One byte more, and it is another file. */
	built_run("printf x >>linked.debug\n");
	struct built_seen without = built_see(&c);
	built_expect(&without, "? ? ? ", false);
	assert_null(strstr(without.names, "chain"));
	chain_end(&c);
}

/* --- by build-id ------------------------------------------------------------------------------ */

static void cache__of_debuginfod_is_read_where_its_user_has_it(void **state)
{
	static const char *const variables[] = {"DEBUGINFOD_CACHE_PATH", "XDG_CACHE_HOME", "HOME"};
	static const char *const below[] = {"", "debuginfod_client/", ".cache/debuginfod_client/"};
	char script[512], *home = strdup(getenv("HOME") ? getenv("HOME") : "/");

	(void)state;
	built_needs("objcopy");
	built_run(APART "cp \"$B/symbols-chain\" cached\napart cached\n");
	struct chain c = chain_start(built_path("cached"), NULL);
	unsetenv("DEBUGINFOD_CACHE_PATH");
	unsetenv("XDG_CACHE_HOME");
	struct built_seen before = built_see(&c);
	built_expect(&before, "? ? ? ", false);
	for (size_t i = 0; i < 3; i++) {
		setenv(variables[i], built_path("cache"), 1);
		snprintf(script, sizeof(script),
		         ID "mkdir -p cache/%s\"$(id cached)\"\n"
		            "ln cached.debug cache/%s\"$(id cached)\"/debuginfo\n",
		         below[i], below[i]);
		built_run(script);
		struct built_seen after = built_see(&c);
		built_expect(&after, BUILT_CHAIN, true);
		built_run("rm -r cache\n");
		unsetenv(variables[i]);
	}
	setenv("HOME", home, 1);
	setenv("DEBUGINFOD_CACHE_PATH", "/nowhere", 1);
	free(home);
	chain_end(&c);
}

/* A probe is set by a path from here that leads into the root of the process. */
static void expect_path(const struct chain *c, const char *name, const char *end)
{
	struct symbols *s = NULL;
	struct symbol_place place;
	size_t count = 0;

	assert_int_equal(symbols_open("/proc", c->pid, &s), 0);
	assert_int_equal(symbols_find(s, &name, 1, &place, 1, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(place.path + strlen(place.path) - strlen(end), end);
	assert_int_equal(access(place.path, R_OK), 0);
	symbols_close(s);
}

/*
 * Below the root of the process, as a container has them; all is in the file, so nothing else need
 * lie there.
 */
static void build_id__leads_to_a_file_below_the_root_of_the_process(void **state)
{
	(void)state;
	built_needs("objcopy");
	built_needs_root();
	built_needs_made("static");
	built_run(APART ID "mkdir -p root/bin\ncp static root/bin/chain\napart root/bin/chain\n"
	                   "place=root/usr/lib/debug/.build-id/$(id_place root/bin/chain)\n"
	                   "mkdir -p \"$(dirname $place)\"\ncp root/bin/chain.debug $place\n");
	struct chain c = chain_start_below(built_path("root"), "/bin/chain");
	struct built_seen seen = built_see(&c);
	built_expect(&seen, BUILT_CHAIN, true);
	expect_path(&c, "chain_end", "/root/bin/chain");
	/* An empty file there is nobody's, and does not end the search. */
	built_run(ID "id=$(id root/bin/chain)\n: >root/usr/lib/debug/.build-id/$(id_place "
	             "root/bin/chain)\nmkdir -p cache/$id\n"
	             "cp root/bin/chain.debug cache/$id/debuginfo\n");
	setenv("DEBUGINFOD_CACHE_PATH", built_path("cache"), 1);
	seen = built_see(&c);
	setenv("DEBUGINFOD_CACHE_PATH", "/nowhere", 1);
	built_expect(&seen, BUILT_CHAIN, true);
	built_run("rm -r cache\n");
	chain_end(&c);
}

/*
 * Beside it and in the tree of names: paths of such a process are told from our root, not from its
 * own.
 */
static void link__is_followed_below_the_root_of_the_process(void **state)
{
	static const char *const moves[] = {"usr/lib/debug/bin", "bin/.debug", "bin"};
	char script[512];

	(void)state;
	built_needs("objcopy");
	built_needs_root();
	built_needs_made("static");
	built_run(APART "mkdir -p named/bin\ncp static named/bin/chain\napart named/bin/chain\nmv "
	                "named/bin/chain.debug named/last\n"
	                "objcopy --add-gnu-debuglink=named/last named/bin/chain\n");
	struct chain c = chain_start_below(built_path("named"), "/bin/chain");
	struct built_seen before = built_see(&c);
	built_expect(&before, "? ? ? ", false);
	for (size_t i = 0; i < 3; i++) {
		snprintf(script, sizeof(script),
		         "rm -f named/usr/lib/debug/bin/last named/bin/.debug/last\n"
		         "mkdir -p named/%s\ncp named/last named/%s/\n",
		         moves[i], moves[i]);
		built_run(script);
		struct built_seen after = built_see(&c);
		built_expect(&after, BUILT_CHAIN, true);
	}
	chain_end(&c);
}

/* In a file system of its own over /usr/lib/debug. */
static void build_id__leads_to_a_file_of_this_machine_behind_a_mount(void **state)
{
	(void)state;
	built_run(APART "cp \"$B/symbols-chain\" hosted\napart hosted\n");
	struct chain c = chain_start(built_path("hosted"), NULL);
	struct built_seen before = built_see(&c);
	built_expect(&before, "? ? ? ", false);
	built_run(ID "place=/usr/lib/debug/.build-id/$(id_place hosted)\n"
	             "mkdir -p \"$(dirname $place)\"\ncp hosted.debug $place\n");
	struct built_seen after = built_see(&c);
	built_expect(&after, BUILT_CHAIN, true);
	chain_end(&c);
}

enum { CANNOT = 77 };

static int see_host_files(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(build_id__leads_to_a_file_of_this_machine_behind_a_mount),
	};

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "/usr/lib/debug", "tmpfs", 0, NULL) != 0)
		return CANNOT;
	return cmocka_run_group_tests(tests, built_begin, built_end);
}

static void build_id__leads_to_a_file_of_this_machine(void **state)
{
	(void)state;
	built_needs("objcopy");
	built_needs_root();
	int status = built_again("host");
	if (status == CANNOT) {
		print_message("skipped: nothing can be mounted over /usr/lib/debug\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* --- what several files share (dwz) ----------------------------------------------------------- */

static void dwz__is_read_in_one_file(void **state)
{
	(void)state;
	built_needs("dwz");
	built_run("dwz -L none -o dwz.one \"$B/symbols-chain\"\n");
	struct built_seen seen = built_start("dwz.one", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
}

/*
 * Two debug files and a third that holds what both have; where that is not found symbols still are.
 */
static void dwz__is_read_where_debug_files_share(void **state)
{
	(void)state;
	built_needs("dwz");
	built_needs("objcopy");
	built_run(APART "cp \"$B/symbols-chain\" dwz.a\ncp \"$B/symbols-chain.fixed\" dwz.b\n"
	                "apart dwz.a\napart dwz.b\n"
	                "dwz -L none -m dwz.common dwz.a.debug dwz.b.debug\n"
	                "readelf -SW dwz.a.debug | grep -q gnu_debugaltlink\n"
	                "objcopy --add-gnu-debuglink=dwz.a.debug dwz.a\n");
	struct chain c = chain_start(built_path("dwz.a"), NULL);
	struct built_seen beside = built_see(&c);
	built_expect(&beside, BUILT_CHAIN, true);
	built_run("mv dwz.common dwz.moved\n");
	struct built_seen without = built_see(&c);
	built_expect(&without, BUILT_BARE, true);
	built_run(ID "mkdir -p dwz.cache/\"$(id dwz.moved)\"\n"
	             "cp dwz.moved dwz.cache/\"$(id dwz.moved)\"/debuginfo\n");
	setenv("DEBUGINFOD_CACHE_PATH", built_path("dwz.cache"), 1);
	struct built_seen cached = built_see(&c);
	setenv("DEBUGINFOD_CACHE_PATH", "/nowhere", 1);
	built_expect(&cached, BUILT_CHAIN, true);
	chain_end(&c);
}

static void dwz__is_read_where_programs_share(void **state)
{
	(void)state;
	built_needs("dwz");
	built_run("mkdir -p share\ncp \"$B/symbols-chain\" share/a\n"
	          "cp \"$B/symbols-chain.fixed\" share/b\ncd share\n"
	          "dwz -L none -m common.dwz a b\nreadelf -SW a | grep -q gnu_debugaltlink\n");
	struct built_seen seen = built_start("share/a", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
	seen = built_start("share/b", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
	/* Another file of that name is not what they share. */
	built_run("cp share/a share/common.dwz\n");
	seen = built_start("share/b", NULL);
	built_expect(&seen, BUILT_BARE, true);
}

/* --- how it is packed ------------------------------------------------------------------------- */

static void packed__symbols_in_the_program_itself_are_read(void **state)
{
	static const char *const names[] = {"chain_end", "chain_middle"};
	struct symbol_place places[4];
	struct symbols *s = NULL;
	size_t count = 0;

	(void)state;
	built_needs("xz");
	built_needs("objcopy");
	built_run("objcopy --strip-debug \"$B/symbols-chain\" mini\nxz -kf mini\n"
	          "objcopy --strip-all --add-section .gnu_debugdata=mini.xz \"$B/symbols-chain\" "
	          "mini.packed\n");
	struct chain c = chain_start(built_path("mini.packed"), NULL);
	struct built_seen seen = built_see(&c);
	built_expect(&seen, BUILT_BARE, false);
	/* And a probe can be set by them. */
	assert_int_equal(symbols_open("/proc", c.pid, &s), 0);
	assert_int_equal(symbols_find(s, names, 2, places, 4, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(places[0].module, "mini.packed");
	symbols_close(s);
	chain_end(&c);
}

static void compressed__sections_are_read(void **state)
{
	static const char *const kinds[] = {"zlib", "zlib-gnu"};
	char script[512];

	(void)state;
	built_needs("objcopy");
	for (size_t i = 0; i < 2; i++) {
		snprintf(script, sizeof(script),
		         "objcopy --compress-debug-sections=%s \"$B/symbols-chain\" packed\n"
		         "readelf -StW packed | grep -q '%s'\n",
		         kinds[i], i == 0 ? "ZLIB" : "zdebug_info");
		built_run(script);
		struct built_seen seen = built_start("packed", NULL);
		built_expect(&seen, BUILT_CHAIN, true);
	}
	/* In a file of its own, as distributions have it. */
	built_run(APART "objcopy --compress-debug-sections=zlib \"$B/symbols-chain\" packed\n"
	                "apart packed\nobjcopy --add-gnu-debuglink=packed.debug packed\n");
	struct built_seen seen = built_start("packed", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
}

/* What elfutils was built without costs lines and inlined functions, and no name. */
static void compressed__sections_of_an_unknown_kind_cost_no_names(void **state)
{
	(void)state;
	built_needs("objcopy");
	if (!built_tries("objcopy --compress-debug-sections=zstd \"$B/symbols-chain\" zstd\n"
	                 "readelf -StW zstd | grep -q ZSTD\n")) {
		print_message("skipped: this objcopy does not know zstd\n");
		skip();
	}
	struct built_seen seen = built_start("zstd", NULL);
	built_expect(&seen, seen.lines ? BUILT_CHAIN : BUILT_BARE, seen.lines > 0);
	print_message("zstd: %s\n",
	              seen.lines ? "read" : "left out, elfutils here does not know it");
}

/* Code that is unwound by what debuggers read, in the program and apart from it. */
static void frames__for_debuggers_alone_are_unwound_by(void **state)
{
	(void)state;
	built_needs("objcopy");
	built_needs_made("frame");
	built_run("readelf -SW frame | grep -q debug_frame\n");
	struct built_seen seen = built_start("frame", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
	built_run(APART "cp frame frame.apart\napart frame.apart\n"
	                "objcopy --add-gnu-debuglink=frame.apart.debug frame.apart\n");
	seen = built_start("frame.apart", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
}

/*
 * Split off into .dwo: the reader opens no file by itself. Lines stay with the program, names with
 * its symbols.
 */
static void split__debug_information_costs_inlined_functions_alone(void **state)
{
	(void)state;
	built_needs_made("split");
	built_run("ls *.dwo >/dev/null\n");
	struct built_seen seen = built_start("split", NULL);
	built_expect(&seen, BUILT_BARE, true);
}

/* What takes a compiler, at once; what it cannot make is not there. */
static int begin(void **state)
{
	int r = built_begin(state);

	if (r == 0)
		built_tries("cc -g -static -o static \"$S\" &\n"
		            "cc -g -fno-asynchronous-unwind-tables -fno-unwind-tables -o frame "
		            "\"$S\" &\n"
		            "cc -g -gsplit-dwarf -o split \"$S\" &\nwait\n");
	return r;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "host"))
		return see_host_files();

	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(link__is_followed_where_the_sum_is_right),
	        cmocka_unit_test(link__is_followed_below_the_root_of_the_process),
	        cmocka_unit_test(cache__of_debuginfod_is_read_where_its_user_has_it),
	        cmocka_unit_test(build_id__leads_to_a_file_below_the_root_of_the_process),
	        cmocka_unit_test(build_id__leads_to_a_file_of_this_machine),
	        cmocka_unit_test(dwz__is_read_in_one_file),
	        cmocka_unit_test(dwz__is_read_where_debug_files_share),
	        cmocka_unit_test(dwz__is_read_where_programs_share),
	        cmocka_unit_test(packed__symbols_in_the_program_itself_are_read),
	        cmocka_unit_test(compressed__sections_are_read),
	        cmocka_unit_test(compressed__sections_of_an_unknown_kind_cost_no_names),
	        cmocka_unit_test(frames__for_debuggers_alone_are_unwound_by),
	        cmocka_unit_test(split__debug_information_costs_inlined_functions_alone),
	};

	return cmocka_run_group_tests(tests, begin, built_end);
}
