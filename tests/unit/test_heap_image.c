/* SPDX-License-Identifier: MIT */
/* Memory saved in a file: what comes back, and what is refused. */
#include "heap/image.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_live.h"

enum { PAGES = 64, IMAGE_MAX = 64 << 20 };

static char *ground;
static size_t page;

static void ground_write(int turn)
{
	(void)turn;
	for (size_t i = 0; i < PAGES; i += i % 5 ? 1 : 3)
		memset(ground + i * page, (int)(i + 1), page - i);
}

static int ground_setup(void **state)
{
	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	ground = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	              0);
	madvise(ground, PAGES * page, MADV_NOHUGEPAGE);
	return ground == MAP_FAILED;
}

static bool keep_none(const struct memory_range *r, void *arg)
{
	(void)r;
	(void)arg;
	return false;
}

static void assert_same_pages(struct memory *a, struct memory *b, uint64_t start, uint64_t end)
{
	char *one = malloc(page), *two = malloc(page);

	for (uint64_t at = start; at < end; at += page) {
		ssize_t n = memory_read(a, at, one, page);
		assert_int_equal(n, memory_read(b, at, two, page));
		assert_int_equal(memory_next(a, at, end), memory_next(b, at, end));
		assert_memory_equal(one, two, (size_t)n);
	}
	free(one);
	free(two);
}

static void assert_same_lists(const struct memory *a, const struct memory *b)
{
	assert_int_equal(a->page, b->page);
	assert_int_equal(a->range_count, b->range_count);
	for (size_t i = 0; i < a->range_count; i++) {
		const struct memory_range *r = &a->ranges[i], *s = &b->ranges[i];
		assert_int_equal(r->start, s->start);
		assert_int_equal(r->end, s->end);
		assert_int_equal(r->offset, s->offset);
		assert_int_equal(r->prot, s->prot);
		assert_int_equal(r->kind, s->kind);
		assert_int_equal(r->name_len, s->name_len);
		assert_memory_equal(a->names + r->name, b->names + s->name, r->name_len);
	}
	assert_int_equal(a->thread_count, b->thread_count);
	for (size_t i = 0; i < a->thread_count; i++) {
		assert_int_equal(a->threads[i].tid, b->threads[i].tid);
		assert_int_equal(a->threads[i].sp, b->threads[i].sp);
	}
}

static void image_write__keeps__every_page_that_is_in_memory(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *live = NULL, *saved = NULL;
	struct buf image;
	(void)state;

	buf_init(&image, IMAGE_MAX);
	assert_int_equal(memory_open_live("/proc", c.pid, &live), 0);
	assert_int_equal(memory_begin(live), 0);
	assert_int_equal(image_write(live, NULL, NULL, &image), 0);
	assert_int_equal(memory_open_image(image.data, image.len, &saved), 0);
	assert_int_equal(memory_begin(saved), 0);
	assert_same_lists(live, saved);
	assert_same_pages(live, saved, (uintptr_t)ground, (uintptr_t)ground + PAGES * page);
	assert_true(saved->bytes_read > PAGES * page / 2);
	memory_free(saved);
	memory_free(live);
	buf_done(&image);
	child_end(&c);
}

static void image_write__says_too_large__past_the_limit(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *live = NULL;
	struct buf image;
	(void)state;

	buf_init(&image, 100000);
	assert_int_equal(memory_open_live("/proc", c.pid, &live), 0);
	assert_int_equal(memory_begin(live), 0);
	assert_int_equal(image_write(live, NULL, NULL, &image), -EFBIG);
	buf_reset(&image);
	assert_int_equal(image_write(live, keep_none, NULL, &image), 0);
	memory_free(live);
	buf_done(&image);
	child_end(&c);
}

#define HEAD "memory image 1\npage 4096\nswapped 8192\n"
#define MAP  "map 10000-14000 rw-p 00000000 00:00 0 [heap]\n"
#define NONE "map 14000-15000 ---p 00000000 00:00 0 \n"

/* `text` with `pages` pages of content: what the door says. */
static int door(const char *text, size_t pages, struct memory **ret)
{
	static char bytes[64 << 10];
	size_t n = strlen(text);

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, text, n);
	for (size_t i = 0; i < pages; i++)
		memset(bytes + n + i * 4096, (int)i + 1, 4096);
	return memory_open_image(bytes, n + pages * 4096, ret);
}

static void memory_open_image__gives_back__what_was_written_by_hand(void **state)
{
	struct memory *m = NULL;
	unsigned char got[8192];
	(void)state;

	assert_int_equal(door(HEAD "thread 7 11ff0\nthread 8 -\n" MAP NONE
	                           "pages 10000 11000\npages 12000 14000\n\n",
	                      3, &m),
	                 0);
	assert_int_equal(memory_begin(m), 0);
	assert_int_equal(m->swapped, 8192);
	assert_int_equal(m->thread_count, 2);
	assert_int_equal(m->threads[0].sp, 0x11ff0);
	assert_false(known(m->threads[1].sp));
	assert_int_equal(m->ranges[0].kind, MEMORY_HEAP);
	assert_int_equal(memory_read(m, 0x10ff8, got, 16), 8);
	assert_int_equal(got[7], 1);
	assert_int_equal(memory_read(m, 0x12ffc, got, 8), 8);
	assert_int_equal(got[3], 2);
	assert_int_equal(got[4], 3);
	assert_int_equal(memory_read(m, 0x11000, got, 8), 0);
	assert_int_equal(memory_next(m, 0x11000, 0x20000), 0x12000);
	assert_int_equal(memory_read(m, UINT64_MAX - 3, got, 8), 0);
	memory_free(m);
}

static void memory_open_image__refuses__what_does_not_add_up(void **state)
{
	static const struct {
		const char *text;
		size_t pages;
	} bad[] = {
	        {"", 0},
	        {"memory image 2\npage 4096\nswapped 0\n\n", 0},
	        {"memory image 1\npage 4095\nswapped 0\n\n", 0},
	        {"memory image 1\npage 12288\nswapped 0\n\n", 0},
	        {"memory image 1\npage 4096\n\n", 0},
	        {HEAD, 0},                             /* no empty line */
	        {HEAD "\n", 1},                        /* content of nothing */
	        {HEAD MAP "pages 10000 11000\n\n", 0}, /* content is missing */
	        {HEAD MAP "pages 10000 11000\n\n", 2}, /* too much */
	        {HEAD MAP "pages 10000 10800\n\n", 1}, /* half a page */
	        {HEAD MAP "pages 11000 11000\n\n", 0}, /* empty */
	        {HEAD MAP "pages 12000 11000\n\n", 1}, /* backwards */
	        {HEAD MAP "pages 10000 ffffffffffff0000\n\n", 1},
	        {HEAD MAP "pages 12000 13000\npages 10000 11000\n\n", 2},
	        {HEAD MAP "pages 10000 12000\npages 11000 13000\n\n", 4}, /* overlap */
	        {HEAD MAP "pages 14000 15000\n\n", 1},      /* nothing is mapped there */
	        {HEAD MAP NONE "pages 13000 15000\n\n", 2}, /* nobody may read that */
	        {HEAD MAP "pages 13000\n\n", 1},
	        {HEAD MAP MAP "\n", 0}, /* mapped twice */
	        {HEAD "map 10000-14001 rw-p 00000000 00:00 0 \n\n", 0},
	        {HEAD "map nonsense\n\n", 0},
	        {HEAD "thread x 10\n\n", 0},
	        {HEAD "thread 4294967296 10\n\n", 0},
	        {HEAD "thread 1 0x10\n\n", 0},
	        {HEAD "thread 1\n\n", 0},
	        {HEAD "novelty 1\n\n", 0},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct memory *m = NULL;
		if (door(bad[i].text, bad[i].pages, &m) != -EINVAL)
			fail_msg("accepted: %s", bad[i].text);
		assert_null(m);
	}
}

static void memory_open_image__refuses__every_image_that_was_cut(void **state)
{
	static const char text[] = HEAD "thread 7 11ff0\n" MAP "pages 12000 13000\n\n";
	static char bytes[sizeof(text) + 4096];
	size_t len = sizeof(text) - 1 + 4096;
	struct memory *m = NULL;
	(void)state;

	memcpy(bytes, text, sizeof(text) - 1);
	for (size_t n = 0; n < len; n++) {
		char *cut = malloc(n ? n : 1);
		memcpy(cut, bytes, n);
		assert_int_equal(memory_open_image(cut, n, &m), -EINVAL);
		free(cut);
	}
	assert_int_equal(memory_open_image(bytes, len, &m), 0);
	memory_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(image_write__keeps__every_page_that_is_in_memory,
	                               ground_setup),
	        cmocka_unit_test_setup(image_write__says_too_large__past_the_limit, ground_setup),
	        cmocka_unit_test(memory_open_image__gives_back__what_was_written_by_hand),
	        cmocka_unit_test(memory_open_image__refuses__what_does_not_add_up),
	        cmocka_unit_test(memory_open_image__refuses__every_image_that_was_cut),
	};
	return cmocka_run_group_tests_name("heap_image", tests, NULL, NULL);
}
