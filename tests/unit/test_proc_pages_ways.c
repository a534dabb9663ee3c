/* SPDX-License-Identifier: MIT */
/* Page maps as any kernel has them: written by hand, of older kernels, and read in both ways there are. */
#include "proc/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/known.h"
#include "proc/counters.h"
#include "proc/procdir.h"
#include "proc/system.h"
#include "support_file.h"
#include "support_live.h"

enum { PAGE = 4096, RUNS = 8 };
#define PRESENT (1ull << 63)
#define SWAPPED (1ull << 62)
#define OF_FILE (1ull << 61)

/* A page map with these entries, from address 0 on. */
static int map_of(const uint64_t *entries, size_t n)
{
	char path[32];

	return file_of(entries, n * sizeof(*entries), path);
}

static void pages__without_scan__are_told_by_their_entries(void **state)
{
	static const uint64_t entries[] = {0, PRESENT | 77, PRESENT | OF_FILE, SWAPPED | 5, SWAPPED,
	                                   0, PRESENT};
	struct page_counts c = {0};
	struct page_run runs[RUNS];
	uint64_t walked = 0;
	size_t count = 0;
	int fd = map_of(entries, 7);

	(void)state;
	assert_int_equal(pages_probe(fd, PAGE), PAGES_PAGEMAP);
	assert_int_equal(pages_count(fd, PAGES_PAGEMAP, PAGE, 0, 7 * PAGE, &c), 0);
	assert_int_equal(c.present, 3);
	assert_int_equal(c.file, 1);
	assert_int_equal(c.swapped, 2);
	assert_int_equal(c.untouched, 2);
	assert_int_equal(c.huge, UNKNOWN);
	assert_int_equal(pages_runs(fd, PAGES_PAGEMAP, PAGE, 0, 7 * PAGE, runs, RUNS, &count,
	                            &walked),
	                 0);
	assert_int_equal(count, 3);
	assert_int_equal(walked, 7 * PAGE);
	assert_int_equal(runs[0].start, 1 * PAGE);
	assert_int_equal(runs[0].end, 3 * PAGE);
	assert_false(runs[0].swapped);
	assert_int_equal(runs[1].start, 3 * PAGE);
	assert_int_equal(runs[1].end, 5 * PAGE);
	assert_true(runs[1].swapped);
	assert_int_equal(runs[2].start, 6 * PAGE);
	/* Where there is room for two it says how far it came. */
	assert_int_equal(pages_runs(fd, PAGES_PAGEMAP, PAGE, 0, 7 * PAGE, runs, 2, &count, &walked),
	                 0);
	assert_int_equal(count, 2);
	assert_int_equal(walked, 6 * PAGE);
	close(fd);
}

static void pages__past_the_end_of_the_map__are_untouched(void **state)
{
	static const uint64_t entries[] = {PRESENT, PRESENT};
	struct page_counts c = {0};
	struct page_run runs[RUNS];
	uint64_t walked = 0;
	size_t count = 0;
	int fd = map_of(entries, 2);

	(void)state;
	assert_int_equal(pages_count(fd, PAGES_PAGEMAP, PAGE, 0, 10 * PAGE, &c), 0);
	assert_int_equal(c.present, 2);
	assert_int_equal(c.untouched, 8);
	assert_int_equal(pages_runs(fd, PAGES_PAGEMAP, PAGE, 0, 10 * PAGE, runs, RUNS, &count,
	                            &walked),
	                 0);
	assert_int_equal(count, 1);
	assert_int_equal(runs[0].end, 2 * PAGE);
	assert_int_equal(walked, 10 * PAGE);
	close(fd);
}

/* More entries than are read at once, each page a run of its own. */
static void pages__of_a_large_map__are_all_seen(void **state)
{
	enum { ENTRIES = 10000 };
	uint64_t *entries = calloc(ENTRIES, sizeof(*entries)), walked = 0;
	struct page_run *runs = calloc(ENTRIES, sizeof(*runs));
	struct page_counts c = {0};
	size_t count = 0;

	(void)state;
	assert_true(entries && runs);
	for (size_t i = 0; i < ENTRIES; i += 2)
		entries[i] = PRESENT;
	int fd = map_of(entries, ENTRIES);
	assert_int_equal(pages_count(fd, PAGES_PAGEMAP, PAGE, 0, ENTRIES * PAGE, &c), 0);
	assert_int_equal(c.present, ENTRIES / 2);
	assert_int_equal(c.untouched, ENTRIES / 2);
	assert_int_equal(pages_runs(fd, PAGES_PAGEMAP, PAGE, 0, ENTRIES * PAGE, runs, ENTRIES,
	                            &count, &walked),
	                 0);
	assert_int_equal(count, ENTRIES / 2);
	assert_int_equal(runs[count - 1].start, (ENTRIES - 2) * PAGE);
	close(fd);
	free(entries);
	free(runs);
}

static void pages__refuse__what_cannot_be_asked(void **state)
{
	struct page_counts c = {0};
	struct page_run runs[RUNS];
	uint64_t next = 7;
	size_t count = 7;
	int fd = map_of(&(uint64_t){PRESENT}, 1), closed = dup(fd);

	(void)state;
	close(closed);
	assert_int_equal(pages_probe(closed, PAGE), PAGES_NONE);
	assert_int_equal(pages_count(closed, PAGES_PAGEMAP, PAGE, 0, PAGE, &c), -EBADF);
	assert_int_equal(pages_count(closed, PAGES_SCAN, PAGE, 0, PAGE, &c), -EBADF);
	assert_int_equal(pages_count(fd, PAGES_NONE, PAGE, 0, PAGE, &c), -ENOTSUP);
	assert_int_equal(pages_count(fd, PAGES_PAGEMAP, PAGE, 1, PAGE, &c), -EINVAL);
	assert_int_equal(pages_count(fd, PAGES_PAGEMAP, PAGE, PAGE, 0, &c), -EINVAL);
	assert_int_equal(pages_count(fd, PAGES_PAGEMAP, PAGE, 0, PAGES_SLICE + PAGE, &c), -EINVAL);
	assert_int_equal(pages_next(fd, PAGES_PAGEMAP, PAGE, 0, PAGE, &next), -ENOTSUP);
	assert_int_equal(pages_next(fd, PAGES_SCAN, PAGE, 1, PAGE, &next), -EINVAL);
	assert_int_equal(pages_next(closed, PAGES_SCAN, PAGE, 0, PAGE, &next), -EBADF);
	assert_int_equal(pages_runs(fd, PAGES_PAGEMAP, PAGE, 1, PAGE, runs, RUNS, &count, &next),
	                 -EINVAL);
	assert_true(pages_runs(closed, PAGES_PAGEMAP, PAGE, 0, PAGE, runs, RUNS, &count, &next) <
	            0);
	assert_true(pages_runs(closed, PAGES_SCAN, PAGE, 0, PAGE, runs, RUNS, &count, &next) < 0);
	assert_int_equal(next, 7);
	assert_int_equal(c.present + c.untouched, 0);
	close(fd);
}

/* A path longer than the kernel has room for in its answer is no reason to have none. */
static void vma_query__answers__for_a_file_with_a_long_path(void **state)
{
	char dir[] = "/tmp/vma-XXXXXX", path[256];
	struct vma_answer a;
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%0200d", dir, 7);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 * PAGE), 0);
	void *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	int e = vma_query(maps, (uintptr_t)p, &a);
	if (e == 0) {
		assert_int_equal(a.start, (uintptr_t)p);
		assert_true(a.end >= (uintptr_t)p + PAGE);
		assert_false(a.heap);
		/* Past the last mapping there is no heap; of a file that is no map nothing is known. */
		uint64_t bytes = 7;
		assert_int_equal(vma_heap_size(maps, UINT64_MAX - 1, &bytes), 0);
		assert_int_equal(bytes, 0);
	} else {
		assert_int_equal(e, -ENOTTY);
	}
	assert_int_equal(vma_query(fd, 0, &a), -ENOTTY);
	munmap(p, PAGE);
	close(fd);
	close(maps);
	unlink(path);
	rmdir(dir);
}

/* --- files below a process ------------------------------------------------------------------------------ */

static void procdir__files_that_are_none__are_errors(void **state)
{
	struct procdir d;
	struct buf b;
	char text[64];
	uint64_t dev, inode, kills;
	int other;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(procdir_open("/proc", getpid(), &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_read(&d, "fd", &b), -EISDIR);
	assert_int_equal(procdir_read_once(&d, "self/fd", text, sizeof(text)), -EISDIR);
	assert_int_equal(procdir_read_once(&d, "self/nothing", text, sizeof(text)), -ENOENT);
	assert_int_equal(procdir_identity(&d, "nothing", &dev, &inode), -ENOENT);
	assert_int_equal(procdir_oom_kills(-1, &kills), -EBADF);
	procdir_close(&d);
	buf_done(&b);
}

static void procdir_open__takes_for_gone__what_the_kernel_buries(void **state)
{
	struct tree t = tree_new();
	struct procdir d;
	int other;

	(void)state;
	tree_status(&t, 'X', 1000);
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_GONE);
	tree_free(&t);
}

/* In a container only a part of the tree is mounted: the path goes on from there. */
static void procdir_cgroup__below_a_mounted_part__is_found(void **state)
{
	struct tree t = tree_new();
	struct cgroup_room room;
	struct cgroup_place place;
	struct procdir d;
	char group[256];
	uint64_t kills;
	int other;

	(void)state;
	tree_path(&t, "inner", group);
	assert_int_equal(mkdir(group, 0700), 0);
	tree_write(&t, "inner/memory.max", "1048576\n");
	tree_write(&t, "inner/memory.current", "4096\n");
	tree_path(&t, "", group);
	group[strlen(group) - 1] = '\0';
	tree_write(&t, "mountinfo", "30 23 0:26 /docker/abc %s rw - cgroup2 cgroup rw\n", group);
	tree_write(&t, "cgroup", "0::/docker/abc/inner\n");
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_cgroup_limit(&d, &room, &kills, &place), 0);
	assert_int_equal(room.limit, 1048576);
	assert_int_equal(room.usage, 4096);
	assert_int_equal(kills, UNKNOWN);
	procdir_close(&d);
	tree_free(&t);
}

static void parsers__pass_over__lines_of_another_shape(void **state)
{
	static const char io[] = "garbage\nrchar: 5\n", stat[] = "alone\nanon 7\n",
	                  limits[] = "Max open files\nMax open files  soon  9  files\n"
	                             "Max address space  unlimited  unlimited  bytes\n",
	                  mounts[] = "30 23 0:26\n31 23 0:26 / /m rw - cgroup2 cgroup rw\n";
	uint64_t figures[IO_KEY_COUNT], memory[MEMSTAT_KEY_COUNT], most[LIMIT_KEY_COUNT];
	struct cgroup_mount mount;

	(void)state;
	assert_int_equal(io_parse(io, sizeof(io) - 1, figures), 0);
	assert_int_equal(figures[IO_RCHAR], 5);
	assert_int_equal(memstat_parse(stat, sizeof(stat) - 1, memory), 0);
	assert_int_equal(memory[MEMSTAT_ANON], 7);
	assert_int_equal(limits_parse(limits, sizeof(limits) - 1, most), 0);
	assert_int_equal(most[LIMIT_NOFILE], UNKNOWN);
	assert_int_equal(most[LIMIT_AS], UNKNOWN);
	assert_int_equal(cgroup_mount_parse(mounts, sizeof(mounts) - 1, true, &mount), 0);
	assert_string_equal(mount.point, "/m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pages__without_scan__are_told_by_their_entries),
	        cmocka_unit_test(pages__past_the_end_of_the_map__are_untouched),
	        cmocka_unit_test(pages__of_a_large_map__are_all_seen),
	        cmocka_unit_test(pages__refuse__what_cannot_be_asked),
	        cmocka_unit_test(vma_query__answers__for_a_file_with_a_long_path),
	        cmocka_unit_test(procdir__files_that_are_none__are_errors),
	        cmocka_unit_test(procdir_open__takes_for_gone__what_the_kernel_buries),
	        cmocka_unit_test(procdir_cgroup__below_a_mounted_part__is_found),
	        cmocka_unit_test(parsers__pass_over__lines_of_another_shape),
	};
	return cmocka_run_group_tests_name("proc_pages_ways", tests, NULL, NULL);
}
