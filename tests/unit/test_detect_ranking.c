/* SPDX-License-Identifier: MIT */
/* Which of all processes most likely leak, and whether the machine loses memory. */
#include "detect/ranking.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "detect/machine.h"

#define MB (1ull << 20)

enum { STEP_S = 2 };

/* A list of `count` processes at rest with pids from 1 on, `second` seconds after the first. */
static struct process_list *list_at(unsigned second, size_t count)
{
	struct process_list *l = calloc(1, sizeof(*l) + count * sizeof(l->rows[0]));

	assert_non_null(l);
	atomic_init(&l->refs, 1);
	l->time = second * NS_PER_S;
	l->interval = STEP_S * NS_PER_S;
	l->count = count;
	l->growth_known = second >= 10;
	machine_init(&l->machine);
	for (size_t i = 0; i < count; i++) {
		struct process *p = &l->rows[i];
		p->pid = (int32_t)i + 1;
		p->state = 'S';
		p->confidence = -1;
		p->rss = p->hwm = 50 * MB;
		p->vsz = 200 * MB;
		p->anon = 20 * MB;
		p->swap = p->shmem = 0;
		p->age = 3600 * NS_PER_S + l->time;
		p->growth = 0;
		snprintf(p->comm, sizeof(p->comm), "p%zu", i);
	}
	return l;
}

/* Makes it hold `kib` more, and a suspect with this history of the last passes, 2 s apart. */
static void suspect(struct process_list *l, size_t row, uint64_t (*course)(unsigned second))
{
	struct process_suspect *s = &l->suspects[l->suspect_count++];
	struct process *p = &l->rows[row];
	unsigned second = (unsigned)(l->time / NS_PER_S);

	p->suspect = true;
	p->anon += course(second);
	p->rss += course(second);
	p->hwm = p->rss;
	p->growth = 1;
	s->row = (uint32_t)row;
	s->from = 0;
	l->time_count = second / STEP_S + 1;
	assert_true(l->time_count <= PROCESS_TRACE);
	for (unsigned i = 0; i < l->time_count; i++) {
		l->times[i] = i * STEP_S * NS_PER_S;
		s->held[i] = (uint32_t)((20 * MB + course(i * STEP_S)) >> 10);
		s->rss[i] = (uint32_t)((50 * MB + course(i * STEP_S)) >> 10);
	}
}

static uint64_t leaks(unsigned second)
{
	return (uint64_t)second * 20000;
}

static uint64_t rests(unsigned second)
{
	return second < 6 ? second * 40960 : 6 * 40960;
}

/* From `from` on a list every 2 s in which rows 1 and 2 are suspects; the last one is the caller's. */
static struct process_list *judged(struct ranking *r, unsigned from, unsigned to)
{
	struct process_list *l = NULL;

	for (unsigned second = from; second <= to; second += STEP_S) {
		process_list_unref(l);
		l = list_at(second, 5);
		suspect(l, 1, leaks);
		suspect(l, 2, rests);
		ranking_judge(r, l);
	}
	return l;
}

static void ranking__names__the_leak_and_no_other(void **state)
{
	struct ranking *r = ranking_new();
	struct process_list *l = judged(r, 10, 60);

	(void)state;
	assert_int_equal(l->rows[1].verdict, VERDICT_LEAK);
	assert_int_equal(l->rows[1].cause, CAUSE_LEAK);
	assert_true(l->rows[1].confidence > 70);
	assert_true(l->rows[1].growth > 19000.0 * 60 && l->rows[1].growth < 21000.0 * 60);
	assert_non_null(strstr(l->suspects[0].reason, "grew by"));
	assert_int_equal(l->rows[2].verdict, VERDICT_NO_LEAK);
	assert_true(l->rows[1].suspicion > l->rows[2].suspicion);
	/* Who was not looked at has no verdict: that is not the same as no leak. */
	assert_int_equal(l->rows[0].verdict, VERDICT_UNKNOWN);
	assert_int_equal(l->rows[0].confidence, -1);
	assert_int_equal(l->rows[0].suspicion, 0);
	process_list_unref(l);
	ranking_free(r);
	ranking_free(NULL);
}

/* Who becomes suspect late is judged by its short history at once. */
static void ranking__learns__from_the_history(void **state)
{
	struct ranking *early = ranking_new(), *late = ranking_new();
	struct process_list *a = judged(early, 0, 60), *b = judged(late, 56, 60);

	(void)state;
	assert_int_equal(a->rows[1].verdict, VERDICT_LEAK);
	assert_int_equal(b->rows[1].verdict, VERDICT_LEAK);
	process_list_unref(a);
	process_list_unref(b);
	ranking_free(early);
	ranking_free(late);
}

static void ranking__is__the_same_for_the_same_lists(void **state)
{
	struct ranking *x = ranking_new(), *y = ranking_new();
	struct process_list *a = judged(x, 10, 40), *b = judged(y, 10, 40);

	(void)state;
	for (size_t i = 0; i < a->count; i++)
		assert_memory_equal(&a->rows[i], &b->rows[i], sizeof(a->rows[i]));
	process_list_unref(a);
	process_list_unref(b);
	ranking_free(x);
	ranking_free(y);
}

/* The pid of a leaker that passes to another process does not pass its verdict on. */
static void ranking__forgets__a_process_that_ended(void **state)
{
	struct ranking *r = ranking_new();
	struct process_list *l = judged(r, 10, 60);

	(void)state;
	assert_int_equal(l->rows[1].verdict, VERDICT_LEAK);
	process_list_unref(l);
	l = list_at(62, 5);
	l->rows[1].start_ticks = 77;
	ranking_judge(r, l);
	assert_int_equal(l->rows[1].verdict, VERDICT_UNKNOWN);
	process_list_unref(l);
	ranking_free(r);
}

/* Another program in the same process begins anew. */
static void ranking__begins__anew_after_an_exec(void **state)
{
	struct ranking *r = ranking_new();
	struct process_list *l = judged(r, 10, 60);

	(void)state;
	process_list_unref(l);
	l = list_at(62, 5);
	suspect(l, 1, leaks);
	snprintf(l->rows[1].comm, sizeof(l->rows[1].comm), "other");
	ranking_judge(r, l);
	assert_int_not_equal(l->rows[1].verdict, VERDICT_LEAK);
	process_list_unref(l);
	ranking_free(r);
}

/* The list was not looked at for ten minutes: what came meanwhile was not seen to grow. */
static void ranking__believes__no_growth_of_a_pause(void **state)
{
	struct ranking *r = ranking_new();
	struct process_list *l = NULL;

	(void)state;
	for (unsigned second = 10; second <= 40; second += STEP_S) {
		process_list_unref(l);
		l = list_at(second, 3);
		suspect(l, 1, rests);
		ranking_judge(r, l);
	}
	process_list_unref(l);
	for (unsigned second = 640; second <= 700; second += STEP_S) {
		l = list_at(second, 3);
		l->rows[1].suspect = true;
		l->rows[1].anon += 40 * MB;
		l->rows[1].rss = l->rows[1].hwm = l->rows[1].rss + 40 * MB;
		ranking_judge(r, l);
		assert_int_not_equal(l->rows[1].verdict, VERDICT_LEAK);
		process_list_unref(l);
	}
	ranking_free(r);
}

/* --- the machine ------------------------------------------------------------------------------------ */

static struct machine machine_of(void)
{
	struct machine m;

	machine_init(&m);
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		m.first[i] = 100 * MB;
	m.first[MEMINFO_TOTAL] = 16384 * MB;
	m.first[MEMINFO_AVAILABLE] = 8192 * MB;
	m.first[MEMINFO_SWAP_TOTAL] = m.first[MEMINFO_SWAP_FREE] = 0;
	memcpy(m.now, m.first, sizeof(m.now));
	m.span = 720 * NS_PER_S;
	return m;
}

static void machine__says__who_took_it(void **state)
{
	static const struct {
		enum meminfo_key key;
		enum machine_part part;
		const char *says;
	} cases[] = {
	        {MEMINFO_SLAB_UNRECLAIM, MACHINE_SLAB,
	         "4.0 GB lost in 12 min: 4.0 GB grew in kernel slab, no process has it"},
	        {MEMINFO_ANON_PAGES, MACHINE_PROCESSES, "4.0 GB grew in processes"},
	        {MEMINFO_SHMEM, MACHINE_SHMEM, "grew in shared memory and tmpfs, no process"},
	        {MEMINFO_PAGE_TABLES, MACHINE_TABLES, "grew in page tables"},
	        {MEMINFO_HUGETLB, MACHINE_HUGE, "grew in huge pages set aside"},
	        {MEMINFO_KERNEL_STACK, MACHINE_STACKS, "grew in kernel stacks"},
	};
	char text[240];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine m = machine_of();
		struct machine_course c;
		m.now[cases[i].key] += 4096 * MB;
		m.now[MEMINFO_AVAILABLE] -= 4096 * MB;
		machine_course_find(&m, &c);
		assert_true(c.known && c.loses);
		assert_int_equal(c.lost, 4096 * MB);
		assert_int_equal(c.most, cases[i].part);
		machine_sentence(&m, text, sizeof(text));
		assert_non_null(strstr(text, cases[i].says));
	}
}

static void machine__counts__swapped_memory_as_held_by_processes(void **state)
{
	struct machine m = machine_of();
	struct machine_course c;

	(void)state;
	m.first[MEMINFO_SWAP_TOTAL] = m.now[MEMINFO_SWAP_TOTAL] = 8192 * MB;
	m.first[MEMINFO_SWAP_FREE] = 8192 * MB;
	m.now[MEMINFO_SWAP_FREE] = 6144 * MB;
	machine_course_find(&m, &c);
	assert_int_equal(c.lost, 2048 * MB);
	assert_int_equal(c.most, MACHINE_PROCESSES);
}

static void machine__says__that_nobody_in_meminfo_has_it(void **state)
{
	struct machine m = machine_of();
	char text[240];

	(void)state;
	m.now[MEMINFO_AVAILABLE] -= 4096 * MB;
	m.now[MEMINFO_SLAB_UNRECLAIM] += 10 * MB;
	machine_sentence(&m, text, sizeof(text));
	assert_non_null(strstr(text, "nobody in meminfo"));
}

static void machine__is__calm_where_little_or_nothing_is_lost(void **state)
{
	struct machine m = machine_of();
	char text[240];

	(void)state;
	m.now[MEMINFO_AVAILABLE] -= 20 * MB;
	machine_sentence(&m, text, sizeof(text));
	assert_string_equal(text,
	                    "the machine loses no memory: 20.0 MB less available than 12 min ago");
	m.now[MEMINFO_AVAILABLE] += 60 * MB;
	machine_sentence(&m, text, sizeof(text));
	assert_non_null(strstr(text, "40.0 MB more available"));
	m.now[MEMINFO_AVAILABLE] -= 40 * MB;
	machine_sentence(&m, text, sizeof(text));
	assert_string_equal(text,
	                    "the machine loses no memory: as much is available as 12 min ago");
}

static void machine__does_not_know__without_meminfo(void **state)
{
	struct machine m;
	struct machine_course c;
	char text[240];

	(void)state;
	machine_init(&m);
	m.span = 60 * NS_PER_S;
	machine_course_find(&m, &c);
	assert_false(c.known || c.loses);
	machine_sentence(&m, text, sizeof(text));
	assert_string_equal(text, "-");
	m = machine_of();
	m.span = 0; /* one look */
	machine_sentence(&m, text, sizeof(text));
	assert_string_equal(text, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ranking__names__the_leak_and_no_other),
	        cmocka_unit_test(ranking__learns__from_the_history),
	        cmocka_unit_test(ranking__is__the_same_for_the_same_lists),
	        cmocka_unit_test(ranking__forgets__a_process_that_ended),
	        cmocka_unit_test(ranking__begins__anew_after_an_exec),
	        cmocka_unit_test(ranking__believes__no_growth_of_a_pause),
	        cmocka_unit_test(machine__says__who_took_it),
	        cmocka_unit_test(machine__counts__swapped_memory_as_held_by_processes),
	        cmocka_unit_test(machine__says__that_nobody_in_meminfo_has_it),
	        cmocka_unit_test(machine__is__calm_where_little_or_nothing_is_lost),
	        cmocka_unit_test(machine__does_not_know__without_meminfo),
	};
	return cmocka_run_group_tests_name("detect_ranking", tests, NULL, NULL);
}
