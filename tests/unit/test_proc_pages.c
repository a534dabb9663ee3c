/* SPDX-License-Identifier: MIT */
/* Page maps and single mappings, asked of the kernel about ourselves. */
#include "proc/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/known.h"
#include "support_live.h"

enum { PAGES = 64, TOUCHED = 5 };

struct ground {
	int pagemap, maps;
	uint64_t page, start, end;
	enum pages_way way;
};

/* A mapping of which a few pages were touched, the first at page 7. */
static int ground_setup(void **state)
{
	struct ground *g = calloc(1, sizeof(*g));
	g->page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t size = PAGES * g->page;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < TOUCHED; i++)
		p[(7 + 2 * i) * g->page] = 1;
	g->start = (uintptr_t)p;
	g->end = g->start + size;
	g->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	g->maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	if (g->pagemap >= 0)
		g->way = pages_probe(g->pagemap, g->page);
	*state = g;
	return 0;
}

static int ground_teardown(void **state)
{
	struct ground *g = *state;
	munmap((void *)(uintptr_t)g->start, g->end - g->start);
	close(g->pagemap);
	close(g->maps);
	free(g);
	return 0;
}

static void assert_counts(const struct ground *g, enum pages_way way)
{
	struct page_counts c = {0};
	assert_int_equal(pages_count(g->pagemap, way, g->page, g->start, g->end, &c), 0);
	assert_int_equal(c.present, TOUCHED);
	assert_int_equal(c.swapped, 0);
	assert_int_equal(c.file, 0);
	assert_int_equal(c.untouched, PAGES - TOUCHED);
}

static void pages_count__counts__touched_pages(void **state)
{
	struct ground *g = *state;
	if (g->way == PAGES_NONE)
		skip();
	assert_counts(g, PAGES_PAGEMAP);
	assert_counts(g, g->way);
}

static void pages_count__adds__to_what_was_counted(void **state)
{
	struct ground *g = *state;
	struct page_counts c = {0};
	if (g->way == PAGES_NONE)
		skip();
	for (uint64_t at = g->start; at < g->end; at += g->page)
		assert_int_equal(pages_count(g->pagemap, g->way, g->page, at, at + g->page, &c), 0);
	assert_int_equal(c.present, TOUCHED);
	assert_int_equal(c.present + c.swapped + c.untouched, PAGES);
}

static void pages_count__says_huge_is_unknown__without_scan(void **state)
{
	struct ground *g = *state;
	struct page_counts c = {0};
	if (g->way == PAGES_NONE)
		skip();
	pages_count(g->pagemap, PAGES_PAGEMAP, g->page, g->start, g->end, &c);
	assert_int_equal(c.huge, UNKNOWN);
	assert_int_equal(c.huge_anon, UNKNOWN);
}

/* True when the page is this process's own: some kernels give one where others map the page of zeros. */
static bool is_own(const struct ground *g, uint64_t at)
{
	uint64_t entry = 0;
	assert_int_equal(pread(g->pagemap, &entry, sizeof(entry),
	                       (off_t)(at / g->page * sizeof(entry))),
	                 sizeof(entry));
	return entry >> 56 & 1;
}

static void pages_count__leaves_out__the_shared_page_of_zeros(void **state)
{
	struct ground *g = *state;
	struct page_counts c = {0};
	uint64_t read_only = g->start + 30 * g->page;
	if (g->way != PAGES_SCAN)
		skip();
	/* Reading a page that was never written maps the page of zeros. */
	(void)*(volatile char *)(uintptr_t)read_only;
	if (is_own(g, read_only)) {
		print_message("skipped: this kernel gives a page of its own to who only reads\n");
		skip();
	}
	assert_int_equal(pages_count(g->pagemap, g->way, g->page, g->start, g->end, &c), 0);
	assert_int_equal(c.present, TOUCHED);
}

static void pages_count__refuses__long_and_crooked_ranges(void **state)
{
	struct ground *g = *state;
	struct page_counts c = {0};
	assert_int_equal(pages_count(g->pagemap, PAGES_SCAN, g->page, 0, PAGES_SLICE + g->page, &c),
	                 -EINVAL);
	assert_int_equal(pages_count(g->pagemap, PAGES_SCAN, g->page, 1, g->page, &c), -EINVAL);
	assert_int_equal(pages_count(g->pagemap, PAGES_NONE, g->page, 0, g->page, &c), -ENOTSUP);
}

static void pages_next__skips__what_was_only_reserved(void **state)
{
	struct ground *g = *state;
	uint64_t next;
	if (g->way != PAGES_SCAN)
		skip();
	assert_int_equal(pages_next(g->pagemap, g->way, g->page, g->start, g->end, &next), 0);
	assert_int_equal(next, g->start + 7 * g->page);
	uint64_t behind = g->start + (7 + 2 * TOUCHED) * g->page;
	assert_int_equal(pages_next(g->pagemap, g->way, g->page, behind, g->end, &next), 0);
	assert_int_equal(next, g->end);
}

static void vma_query__finds__the_mapping_of_an_address(void **state)
{
	struct ground *g = *state;
	struct vma_answer a;
	int e = vma_query(g->maps, g->start + g->page, &a);
	if (e == -ENOTTY)
		skip();
	assert_int_equal(e, 0);
	assert_true(a.start <= g->start && a.end >= g->end);
	assert_false(a.heap);
}

static void vma_heap_size__equals__the_sum_in_maps(void **state)
{
	struct ground *g = *state;
	uint64_t bytes;
	/* A hole in the rights splits the heap into three mappings (C-14). */
	char *p = sbrk((intptr_t)(16 * g->page));
	assert_true(p != (void *)-1);
	uint64_t middle = ((uintptr_t)p / g->page + 4) * g->page;
	assert_int_equal(mprotect((void *)(uintptr_t)middle, g->page, PROT_READ), 0);
	int e = vma_heap_size(g->maps, UNKNOWN, &bytes);
	if (e == -ENOTTY)
		skip();
	assert_int_equal(e, 0);
	assert_true(bytes >= 16 * g->page);
	assert_int_equal(bytes, heap_of(getpid()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(pages_count__counts__touched_pages, ground_setup,
	                                        ground_teardown),
	        cmocka_unit_test_setup_teardown(pages_count__adds__to_what_was_counted,
	                                        ground_setup, ground_teardown),
	        cmocka_unit_test_setup_teardown(pages_count__says_huge_is_unknown__without_scan,
	                                        ground_setup, ground_teardown),
	        cmocka_unit_test_setup_teardown(pages_count__leaves_out__the_shared_page_of_zeros,
	                                        ground_setup, ground_teardown),
	        cmocka_unit_test_setup_teardown(pages_count__refuses__long_and_crooked_ranges,
	                                        ground_setup, ground_teardown),
	        cmocka_unit_test_setup_teardown(pages_next__skips__what_was_only_reserved,
	                                        ground_setup, ground_teardown),
	        cmocka_unit_test_setup_teardown(vma_query__finds__the_mapping_of_an_address,
	                                        ground_setup, ground_teardown),
	        cmocka_unit_test_setup_teardown(vma_heap_size__equals__the_sum_in_maps,
	                                        ground_setup, ground_teardown),
	};
	return cmocka_run_group_tests_name("proc_pages", tests, NULL, NULL);
}
