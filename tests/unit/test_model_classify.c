/* SPDX-License-Identifier: MIT */
/* What each mapping is taken for, alone and among its neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support_pass.h"

#define BASE 0x7f0000000000ull
#define PAGE (4 * KB)

static struct region_table *pass_once(const struct vma *v, size_t n)
{
	struct tracker *t = tracker_new();
	struct region_table *table = pass_run(t, v, n, 1);

	tracker_free(t);
	return table;
}

static void assert_kind(const struct vma *v, enum region_kind kind)
{
	struct region_table *t = pass_once(v, 1);

	assert_int_equal(t->count, 1);
	assert_string_equal(region_kinds[t->rows[0]->kind].json, region_kinds[kind].json);
	region_table_unref(t);
}

static void kind__by_name_and_protection(void **state)
{
	static const struct {
		struct vma v;
		enum region_kind kind;
	} rows[] = {
	        {{MB, 2 * MB, "rw-p", "[heap]", 0, PAGE, NULL}, REGION_HEAP},
	        {{MB, 2 * MB, "rw-p", "/tmp/[heap]", 5, PAGE, NULL}, REGION_DATA},
	        {{MB, 2 * MB, "rw-p", "[heap]", 5, PAGE, NULL}, REGION_OTHER}, /* C-4 */
	        {{MB, 2 * MB, "rw-p", "[stack]", 0, PAGE, NULL}, REGION_MAIN_STACK},
	        {{MB, 2 * MB, "rw-p", "[stack:77]", 0, PAGE, NULL}, REGION_STACK}, /* C-10 */
	        {{MB, 2 * MB, "r-xp", "[vdso]", 0, PAGE, NULL}, REGION_VDSO},
	        {{MB, 2 * MB, "r--p", "[vvar_vclock]", 0, 0, NULL}, REGION_VDSO},
	        {{0xffffffffff600000, 0xffffffffff601000, "--xp", "[vsyscall]", 0, 0, NULL},
	         REGION_VDSO}, /* C-11 */
	        {{MB, 2 * MB, "rw-p", "", 0, PAGE, NULL}, REGION_ANON},
	        {{MB, 2 * MB, "---p", "", 0, 0, NULL}, REGION_RESERVED},
	        {{MB, 9 * MB, "rw-p", "", 0, 0, NULL}, REGION_RESERVED},
	        {{MB, MB + PAGE, "rw-p", "", 0, 0, NULL}, REGION_ANON},
	        {{MB, MB + PAGE, "rw-p", "", 0, 0, "nr"}, REGION_RESERVED},
	        {{MB, 9 * MB, "rw-p", "", 0, UNKNOWN, NULL}, REGION_ANON},
	        {{MB, 2 * MB, "rwxp", "", 0, PAGE, NULL}, REGION_JIT},
	        {{MB, 2 * MB, "rw-p", "[anon: glibc: malloc arena]", 0, PAGE, NULL}, REGION_ARENA},
	        {{MB, 2 * MB, "rw-p", "[anon: glibc: pthread stack: 7]", 0, PAGE, NULL},
	         REGION_STACK},
	        {{MB, 2 * MB, "rw-p", "[anon: Go: heap]", 0, PAGE, NULL}, REGION_ANON},
	        {{MB, 2 * MB, "rw-p", "[anon:scudo:primary]", 0, PAGE, NULL}, REGION_ANON},
	        {{MB, 2 * MB, "rw-p", "[anon:.bss]", 0, PAGE, NULL}, REGION_BSS},
	        {{MB, 2 * MB, "rw-s", "/memfd:x (deleted)", 9, PAGE, NULL}, REGION_SHM},
	        {{MB, 2 * MB, "rw-s", "/dev/zero (deleted)", 9, PAGE, NULL}, REGION_SHM},
	        {{MB, 2 * MB, "rw-s", "/SYSV00000000 (deleted)", 9, PAGE, NULL}, REGION_SHM},
	        {{MB, 2 * MB, "rw-s", "/dev/shm/a", 9, PAGE, NULL}, REGION_SHM},
	        {{MB, 2 * MB, "rw-s", "[anon_shmem:x]", 9, PAGE, NULL}, REGION_SHM},
	        {{MB, 2 * MB, "rw-p", "/dev/zero", 9, PAGE, NULL}, REGION_ANON},
	        {{MB, 2 * MB, "rw-s", "/dev/nvidia0", 9, PAGE, NULL}, REGION_OTHER},
	        {{MB, 2 * MB, "rw-s", "anon_inode:[perf_event]", 9, PAGE, NULL}, REGION_OTHER},
	        {{MB, 2 * MB, "rw-s", "socket:[1]", 9, PAGE, NULL}, REGION_OTHER},
	        {{MB, 2 * MB, "r--s", "/var/cache/a", 9, PAGE, NULL}, REGION_FILE},
	        {{MB, 2 * MB, "r--p", "/var/cache/a", 9, PAGE, NULL}, REGION_FILE},
	        {{MB, 2 * MB, "r-xp", "/lib/a.so", 9, PAGE, NULL}, REGION_TEXT},
	        {{MB, 2 * MB, "rw-p", "/lib/a.so", 9, PAGE, NULL}, REGION_DATA},
	        {{MB, 2 * MB, "rw-p", "", 0, PAGE, "ht"}, REGION_HUGE},
	        {{MB, 2 * MB, "rw-p", "/anon_hugepage (deleted)", 9, 0, NULL}, REGION_HUGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_kind(&rows[i].v, rows[i].kind);
}

static void kind__library__text_rodata_data_bss(void **state)
{
	const struct vma v[] = {
	        {BASE, BASE + MB, "r--p", "/lib/a.so", 9, PAGE, NULL},
	        {BASE + MB, BASE + 2 * MB, "r-xp", "/lib/a.so", 9, PAGE, NULL},
	        {BASE + 2 * MB, BASE + 3 * MB, "r--p", "/lib/a.so", 9, PAGE, NULL},
	        {BASE + 3 * MB, BASE + 4 * MB, "rw-p", "/lib/a.so", 9, PAGE, NULL},
	        {BASE + 4 * MB, BASE + 5 * MB, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 6 * MB, BASE + 7 * MB, "r--p", "/lib/locale", 10, PAGE, NULL},
	};
	static const enum region_kind kinds[] = {REGION_RODATA, REGION_TEXT, REGION_RODATA,
	                                         REGION_DATA,   REGION_BSS,  REGION_FILE};
	struct region_table *t = pass_once(v, 6);

	(void)state;
	assert_int_equal(t->count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(t->rows[i]->kind, kinds[i]);
	region_table_unref(t);
}

static void kind__heap__all_its_mappings_are_one_region(void **state)
{
	const struct vma v[] = {
	        {MB, 2 * MB, "rw-p", "[heap]", 0, 3 * PAGE, NULL},
	        {2 * MB, 3 * MB, "r--p", "[heap]", 0, PAGE, NULL},
	        {4 * MB, 5 * MB, "r--s", "/a", 7, PAGE, NULL},
	        {6 * MB, 9 * MB, "rw-p", "[heap]", 0, 2 * PAGE, NULL},
	};
	struct region_table *t = pass_once(v, 4);
	const struct region *heap = t->rows[0];

	(void)state; /* C-14 */
	assert_int_equal(t->count, 2);
	assert_int_equal(t->mappings, 4);
	assert_int_equal(heap->kind, REGION_HEAP);
	assert_int_equal(heap->mappings, 3);
	assert_int_equal(heap->size, 5 * MB);
	assert_int_equal(heap->end, 9 * MB);
	assert_int_equal(heap->bytes[SMAPS_RSS], 6 * PAGE);
	assert_int_equal(heap->bytes[SMAPS_KERNEL_PAGE], PAGE);
	assert_int_equal(t->by_kind[REGION_HEAP].size, 5 * MB);
	region_table_unref(t);
}

static void kind__arena__used_part_and_reserve_are_one_region(void **state)
{
	const struct vma v[] = {
	        {BASE, BASE + 2 * MB, "rw-p", "", 0, MB, NULL},
	        {BASE + 2 * MB, BASE + 64 * MB, "---p", "", 0, 0, NULL},
	        {BASE + 64 * MB, BASE + 66 * MB, "rw-p", "", 0, MB, NULL},
	        {BASE + 66 * MB, BASE + 128 * MB, "---p", "", 0, 0, NULL},
	};
	struct region_table *t = pass_once(v, 4);
	char label[64];

	(void)state; /* C-15: two slots are two arenas */
	assert_int_equal(t->count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(t->rows[i]->kind, REGION_ARENA);
		assert_int_equal(t->rows[i]->size, 64 * MB);
		assert_int_equal(t->rows[i]->mappings, 2);
		assert_int_equal(t->rows[i]->prot, MAP_READ | MAP_WRITE);
	}
	region_label(t->rows[0], label, sizeof(label));
	assert_string_equal(label, "malloc arena");
	region_table_unref(t);
}

static void kind__arena__once_full__stays_an_arena(void **state)
{
	struct vma v[] = {
	        {BASE, BASE + 60 * MB, "rw-p", "", 0, MB, NULL},
	        {BASE + 60 * MB, BASE + 64 * MB, "---p", "", 0, 0, NULL},
	};
	struct tracker *t = tracker_new();
	struct region_table *a = pass_run(t, v, 2, 1), *b, *c;
	uint64_t id = a->rows[0]->id;

	(void)state;
	v[0].end = BASE + 64 * MB;
	b = pass_run(t, v, 1, 2);
	c = pass_run(t, v, 1, 3);
	assert_int_equal(b->rows[0]->kind, REGION_ARENA);
	assert_int_equal(b->rows[0]->id, id);
	assert_int_equal(c->rows[0]->kind, REGION_ARENA);
	assert_ptr_equal(b->rows[0], c->rows[0]);
	region_table_unref(a);
	region_table_unref(b);
	region_table_unref(c);
	tracker_free(t);
	assert_kind(&v[0], REGION_ANON); /* nobody can know without having seen it grow */
}

static void kind__stack__by_its_guard(void **state)
{
	const struct vma v[] = {
	        {BASE + MB, BASE + MB + PAGE, "---p", "", 0, 0, NULL},
	        {BASE + MB + PAGE, BASE + 9 * MB + PAGE, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 10 * MB, BASE + 10 * MB + PAGE, "---p", "", 0, 0, NULL},
	        {BASE + 10 * MB + PAGE, BASE + 10 * MB + 2 * PAGE, "rw-p", "", 0, PAGE, NULL},
	};
	struct region_table *t = pass_once(v, 4);

	(void)state;
	assert_int_equal(t->rows[0]->kind, REGION_RESERVED);
	assert_int_equal(t->rows[1]->kind, REGION_STACK);
	assert_int_equal(t->rows[3]->kind, REGION_ANON); /* too small for a stack */
	region_table_unref(t);
}

static void kind__stack__guard_joined_with_the_reserve_of_an_arena(void **state)
{
	const struct vma v[] = {
	        {BASE, BASE + 2 * MB, "rw-p", "", 0, MB, NULL},
	        {BASE + 2 * MB, BASE + 64 * MB + PAGE, "---p", "", 0, 0, NULL},
	        {BASE + 64 * MB + PAGE, BASE + 72 * MB + PAGE, "rw-p", "", 0, PAGE, NULL},
	};
	struct region_table *t = pass_once(v, 3);

	(void)state;
	assert_int_equal(t->count, 2);
	assert_int_equal(t->rows[0]->kind, REGION_ARENA);
	assert_int_equal(t->rows[1]->kind, REGION_STACK);
	region_table_unref(t);
}

static void kind__stack__with_pointers_a_guard_needs_the_size_of_a_proven_one(void **state)
{
	const struct vma v[] = {
	        {BASE + MB, BASE + MB + PAGE, "---p", "", 0, 0, NULL},
	        {BASE + MB + PAGE, BASE + 9 * MB + PAGE, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 20 * MB, BASE + 20 * MB + PAGE, "---p", "", 0, 0, NULL},
	        {BASE + 20 * MB + PAGE, BASE + 28 * MB + PAGE, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 30 * MB, BASE + 30 * MB + PAGE, "---p", "", 0, 0, NULL},
	        {BASE + 30 * MB + PAGE, BASE + 31 * MB, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 40 * MB, BASE + 41 * MB, "rw-p", "", 0, PAGE, NULL},
	};
	const uint64_t pointers[] = {BASE + 9 * MB, BASE + 40 * MB + PAGE, 0x1000};
	struct tracker *t = tracker_new();
	struct region_table *table;

	(void)state;
	assert_int_equal(tracker_stacks(t, pointers, 3), 0);
	table = pass_run(t, v, 7, 1);
	assert_int_equal(row_at(table, v[1].start)->kind, REGION_STACK);
	assert_int_equal(row_at(table, v[3].start)->kind, REGION_STACK); /* kept for reuse */
	assert_int_equal(row_at(table, v[5].start)->kind, REGION_ANON);  /* a guarded block */
	assert_int_equal(row_at(table, v[6].start)->kind, REGION_STACK); /* no guard at all */
	region_table_unref(table);
	tracker_free(t);
}

static void kind__same_records__other_stack_pointers_are_seen(void **state)
{
	const struct vma v[] = {
	        {BASE + MB, BASE + 9 * MB, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 40 * MB, BASE + 41 * MB, "rw-p", "", 0, 2 * PAGE, NULL},
	};
	const uint64_t pointer = BASE + 40 * MB + PAGE;
	struct tracker *t = tracker_new();
	struct region_table *first = pass_run(t, v, 2, 1), *same = pass_run(t, v, 2, 2);

	(void)state;
	assert_int_equal(same->time, 2);
	assert_int_equal(same->mappings, 2);
	assert_int_equal(same->size, first->size);
	assert_memory_equal(same->totals, first->totals, sizeof(same->totals));
	assert_memory_equal(same->by_kind, first->by_kind, sizeof(same->by_kind));
	assert_int_equal(tracker_stacks(t, &pointer, 1), 0);
	struct region_table *told = pass_run(t, v, 2, 3);
	assert_int_equal(row_at(told, v[1].start)->kind, REGION_STACK);
	assert_int_equal(row_at(told, v[1].start)->id, row_at(first, v[1].start)->id);
	assert_int_equal(told->by_kind[REGION_STACK].rss, 2 * PAGE);
	assert_int_equal(told->by_kind[REGION_ANON].rss, PAGE);
	region_table_unref(first);
	region_table_unref(same);
	region_table_unref(told);
	tracker_free(t);
}

static void kind__splits__of_one_kind_are_one_region(void **state)
{
	const struct vma v[] = {
	        {BASE + MB, BASE + 2 * MB, "rw-p", "", 0, PAGE, "hg"},
	        {BASE + 2 * MB, BASE + 3 * MB, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 3 * MB, BASE + 4 * MB, "rw-p", "", 0, PAGE, "dd"},
	        {BASE + 4 * MB, BASE + 5 * MB, "rw-p", "[anon: Go: heap]", 0, PAGE, NULL},
	        {BASE + 5 * MB, BASE + 6 * MB, "r--p", "", 0, PAGE, NULL},
	};
	struct region_table *t = pass_once(v, 5);

	(void)state; /* C-23 */
	assert_int_equal(t->count, 3);
	assert_int_equal(t->rows[0]->mappings, 3);
	assert_int_equal(t->rows[0]->size, 3 * MB);
	assert_true(t->rows[0]->flags & smaps_flag_bit("dd"));
	assert_true(t->rows[0]->flags & smaps_flag_bit("hg"));
	region_table_unref(t);
}

static void region_weight__by_kind(void **state)
{
	struct vma v = {MB, 2 * MB, "rw-p", "", 0, 40 * KB, NULL};
	struct smaps_record r = record_of(&v);
	struct tracker *t = tracker_new();
	struct region_table *table;

	(void)state;
	r.bytes[SMAPS_LAZYFREE] = 12 * KB;
	r.bytes[SMAPS_SWAP] = 100 * KB;
	tracker_begin(t);
	assert_int_equal(tracker_add(&r, t), 0);
	v = (struct vma){3 * MB, 4 * MB, "rw-s", "/memfd:a", 4, 60 * KB, NULL};
	r = record_of(&v);
	assert_int_equal(tracker_add(&r, t), 0);
	v = (struct vma){8 * MB, 10 * MB, "rw-p", "/anon_hugepage (deleted)", 4, 0, "ht"};
	r = record_of(&v);
	r.bytes[SMAPS_PRIVATE_HUGETLB] = 2 * MB;
	assert_int_equal(tracker_add(&r, t), 0);
	assert_int_equal(tracker_end(t, 1, false, false, false, &table), 0);
	assert_int_equal(region_weight(table->rows[0]), 128 * KB);
	assert_int_equal(region_weight(table->rows[1]), 60 * KB);
	assert_int_equal(region_weight(table->rows[2]), 2 * MB);
	region_table_unref(table);
	tracker_free(t);
}

static void region_perms__as_the_kernel_writes_them(void **state)
{
	char out[5];

	(void)state;
	assert_string_equal(region_perms(MAP_READ | MAP_EXEC, out), "r-xp");
	assert_string_equal(region_perms(MAP_WRITE | MAP_MAYSHARE, out), "-w-s");
}

static void region_label__cuts_to_the_room_there_is(void **state)
{
	const struct vma v = {MB, 2 * MB, "r--p", "/a/long/name", 3, PAGE, NULL};
	struct region_table *t = pass_once(&v, 1);
	char out[8];

	(void)state;
	region_label(t->rows[0], out, sizeof(out));
	assert_string_equal(out, "/a/long");
	region_label(t->rows[0], out, 0);
	region_table_unref(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(kind__by_name_and_protection),
	        cmocka_unit_test(kind__library__text_rodata_data_bss),
	        cmocka_unit_test(kind__heap__all_its_mappings_are_one_region),
	        cmocka_unit_test(kind__arena__used_part_and_reserve_are_one_region),
	        cmocka_unit_test(kind__arena__once_full__stays_an_arena),
	        cmocka_unit_test(kind__stack__by_its_guard),
	        cmocka_unit_test(kind__stack__guard_joined_with_the_reserve_of_an_arena),
	        cmocka_unit_test(kind__stack__with_pointers_a_guard_needs_the_size_of_a_proven_one),
	        cmocka_unit_test(kind__same_records__other_stack_pointers_are_seen),
	        cmocka_unit_test(kind__splits__of_one_kind_are_one_region),
	        cmocka_unit_test(region_weight__by_kind),
	        cmocka_unit_test(region_perms__as_the_kernel_writes_them),
	        cmocka_unit_test(region_label__cuts_to_the_room_there_is),
	};

	return cmocka_run_group_tests_name("model_classify", tests, NULL, NULL);
}
