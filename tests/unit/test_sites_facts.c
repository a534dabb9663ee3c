/* SPDX-License-Identifier: MIT */
/* From samples to what is published: stacks unwound in batches, levels named once, spans of pages. Symbols are doubles. */
#include "sites/facts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sites/intake.h"

enum { PAGE = 4096, SECOND = 1000000000 };

/* --- doubles ---------------------------------------------------------------------------------------------- */

static unsigned asked, batches;
static bool dead;

/* The stack is its instruction pointer, then what lies in its bytes. */
int symbols_unwind(struct symbols *s, const struct stack_taken *stacks, size_t count,
                   struct stack_unwound *ret)
{
	(void)s;
	batches++;
	if (dead)
		return -EIO;
	for (size_t i = 0; i < count; i++) {
		ret[i] = (struct stack_unwound){.count = 1, .whole = stacks[i].size > 0};
		ret[i].at[0] = stacks[i].registers[STACK_RIP];
		for (size_t k = 0; k + 8 <= stacks[i].size; k += 8)
			memcpy(&ret[i].at[ret[i].count++], stacks[i].bytes + k, 8);
	}
	return 0;
}

/* 0x1xxx: memcpy of libc, 0x2xxx: "user", line by hundreds, with one inlined into it; 0x3xxx: main;
 * 0x4xxx: "zmalloc"; 0x5xxx: "user" alone, as in 0x2xxx; else nothing. */
int symbols_name(struct symbols *s, const uint64_t *addresses, size_t count, symbol_frames *tell,
                 void *arg)
{
	(void)s;
	for (size_t i = 0; i < count; i++) {
		uint64_t a = addresses[i];
		struct symbol_frame f[2] = {{.function = "", .file = "", .module = ""}};
		size_t n = 1;
		asked++;
		if (a >> 12 == 1)
			f[0] = (struct symbol_frame){"memcpy",    "",    "/lib/libc.so.6",
			                             (unsigned)a, false, a & 0xfff};
		if (a >> 12 == 2) {
			f[0] = (struct symbol_frame){"inner", "a.h", "/bin/x", 3, true, a};
			f[1] = (struct symbol_frame){"user", "a.c", "/bin/x", (unsigned)(a / 256),
			                             false,  a};
			n = 2;
		}
		if (a >> 12 == 3)
			f[0] = (struct symbol_frame){"main", "a.c", "/bin/x", 9, false, a};
		if (a >> 12 == 4)
			f[0] = (struct symbol_frame){"zmalloc", "z.c", "/bin/x", 7, false, a};
		if (a >> 12 == 5)
			f[0] = (struct symbol_frame){"user",   "a.c",
			                             "/bin/x", (unsigned)(a / 256) - 0x30,
			                             false,    a};
		tell(arg, i, f, n);
	}
	return 0;
}

/* --- a bed ------------------------------------------------------------------------------------------------ */

static struct symbols *const symbols = (struct symbols *)&asked; /* never looked into */

struct bed {
	struct trie *trie;
	struct ledger *ledger;
	struct site_names *names;
	struct leaves *leaves;
	struct intake *intake;
	unsigned order; /* of the last one booked */
};

static void book(void *arg, const struct site_sample *s, uint32_t stack)
{
	struct bed *b = arg;

	/* Where there are several, their sizes are their numbers. */
	assert_true(s->size == 0 || s->size == b->order);
	b->order++;
	if (s->kind == SAMPLE_FREE)
		ledger_remove(b->ledger, s->address, s->time);
	else
		ledger_add(b->ledger, s->address, PAGE, 1, stack, s->time);
}

static int bed_make(void **state)
{
	struct bed *b = calloc(1, sizeof(*b));

	asked = batches = 0;
	dead = false;
	b->trie = trie_new(1000);
	b->ledger = ledger_new(5000);
	b->names = site_names_new();
	b->leaves = leaves_new(b->names, symbols);
	b->intake = intake_new(symbols, b->trie, b->leaves, book, b);
	*state = b;
	return b->intake ? 0 : -1;
}

static int bed_clear(void **state)
{
	struct bed *b = *state;

	intake_free(b->intake);
	leaves_free(b->leaves);
	site_names_free(b->names);
	ledger_free(b->ledger);
	trie_free(b->trie);
	free(b);
	return 0;
}

/* A page touched at `at`, called from `caller` (0: the stack ends there). */
static void touched(struct bed *b, uint64_t page, uint64_t at, uint64_t caller, uint64_t time)
{
	struct site_sample s = {.kind = SAMPLE_FAULT, .time = time, .address = page, .weight = 1};

	s.stack.registers[STACK_RIP] = at;
	s.stack.bytes = (const uint8_t *)&caller;
	s.stack.size = caller ? sizeof(caller) : 0;
	intake_add(b->intake, &s);
	intake_flush(b->intake);
}

static struct sites_facts *told(struct bed *b, uint32_t **ret_stacks)
{
	struct sites_facts *f = sites_facts_new();

	intake_flush(b->intake);
	f->kind = SITES_GROWTH;
	assert_int_equal(facts_fill(f, b->ledger, b->trie, b->names, symbols, 0, 10ull * SECOND,
	                            ret_stacks),
	                 0);
	return f;
}

/* --- tests ------------------------------------------------------------------------------------------------ */

static void facts__name_the_first_level_that_is_the_programs_own(void **state)
{
	struct bed *b = *state;

	const uint64_t stack[] = {0x1000, 0x2100};

	/* As an allocation's, which keeps all of its frames. */
	ledger_add(b->ledger, PAGE, PAGE, 1, trie_add(b->trie, stack, 2), 1);
	struct sites_facts *f = told(b, NULL);
	assert_int_equal(f->site_count, 1);
	const struct site *s = &f->sites[0];
	assert_int_equal(s->frame_count, 3);
	assert_int_equal(s->named, 1);
	assert_string_equal(sites_text(f, f->frames[0].function), "memcpy");
	assert_string_equal(sites_text(f, f->frames[1].function), "inner");
	assert_true(f->frames[1].inlined);
	assert_string_equal(sites_text(f, f->frames[2].function), "user");
	assert_int_equal(f->frames[2].line, 0x21);
	assert_int_equal(f->frames[0].offset, 0);
	assert_int_equal(f->frames[2].offset, 0x2100);
	assert_int_equal(f->nameless, 0);
	/* One text each, however often it is used. */
	assert_int_equal(f->frames[1].module, f->frames[2].module);
	assert_string_equal(sites_text(f, 0), "");
	sites_facts_unref(f);
}

static void facts__pass_over_wrappers_of_malloc__where_somebody_calls_them(void **state)
{
	struct bed *b = *state;
	const uint64_t called[] = {0x1000, 0x4000, 0x2100, 0x3000}, alone[] = {0x1000, 0x4000};

	ledger_add(b->ledger, PAGE, 2 * PAGE, 1, trie_add(b->trie, called, 4), 1);
	ledger_add(b->ledger, 8 * PAGE, PAGE, 1, trie_add(b->trie, alone, 2), 1);
	struct sites_facts *f = told(b, NULL);
	assert_int_equal(f->site_count, 2);
	assert_int_equal(f->sites[0].frame_count, 5);
	assert_int_equal(f->sites[0].named, 2);
	assert_string_equal(sites_text(f, f->frames[f->sites[0].frame + 1].function), "zmalloc");
	assert_int_equal(f->sites[1].named, 1);
	sites_facts_unref(f);
}

/* A site's faults in malloc, in memset, in its own code, and in what was inlined into the same line of it. */
static void facts__are_one_site_for_a_call_and_what_the_runtime_does_for_it(void **state)
{
	struct bed *b = *state;
	const uint64_t at[][3] = {
	        {0x1000, 0x1800, 0x5100}, /* malloc's own frames */
	        {0x1000, 0x5104, 0},      {0x5108, 0, 0},
	        {0x2100, 0, 0}, /* "inner", inlined into "user" at that line */
	        {0x1000, 0x2108, 0},
	};

	for (unsigned i = 0; i < 5; i++) {
		struct site_sample s = {.kind = SAMPLE_FAULT, .time = i, .address = i * PAGE};
		uint64_t callers[3];
		unsigned n = 0;
		for (unsigned k = 1; k < 3 && at[i][k]; k++)
			callers[n++] = at[i][k];
		callers[n++] = 0x3000;
		s.stack.registers[STACK_RIP] = at[i][0];
		s.stack.bytes = (const uint8_t *)callers;
		s.stack.size = n * sizeof(callers[0]);
		intake_add(b->intake, &s);
	}
	b->order = 0;
	touched(b, 50 * PAGE, 0x2200, 0x3000, 9); /* another line */
	touched(b, 51 * PAGE, 0x1000, 0x1800, 9); /* nobody but the runtime */
	struct sites_facts *f = told(b, NULL);
	assert_int_equal(f->site_count, 3);
	assert_int_equal(f->sites[0].samples, 5);
	assert_int_equal(f->sites[0].frame_count, 2);
	assert_int_equal(f->sites[0].named, 0);
	assert_string_equal(sites_text(f, f->frames[f->sites[0].frame].function), "user");
	sites_facts_unref(f);
}

static void facts__name_the_innermost__where_nothing_is_known(void **state)
{
	struct bed *b = *state;

	touched(b, PAGE, 0x9000, 0, 1);
	struct sites_facts *f = told(b, NULL);
	assert_int_equal(f->sites[0].frame_count, 1);
	assert_int_equal(f->sites[0].named, 0);
	assert_int_equal(f->frames[0].address, 0x9000);
	assert_int_equal(f->nameless, 1);
	assert_int_equal(intake_stacks(b->intake), 1);
	assert_int_equal(intake_broken(b->intake), 1);
	sites_facts_unref(f);
}

static void facts__ask_for_an_address_once(void **state)
{
	struct bed *b = *state;

	touched(b, PAGE, 0x1000, 0x3000, 1);
	sites_facts_unref(told(b, NULL));
	assert_int_equal(asked, 2);
	sites_facts_unref(told(b, NULL));
	assert_int_equal(asked, 2);
	/* What has an object stays, also when code was mapped since. */
	site_names_doubt(b->names);
	sites_facts_unref(told(b, NULL));
	assert_int_equal(asked, 2);
}

static void facts__are_one_site_for_all_instructions_of_a_line(void **state)
{
	struct bed *b = *state;

	touched(b, 1 * PAGE, 0x2100, 0x3000, 1);
	touched(b, 2 * PAGE, 0x2104, 0x3000, 1);
	touched(b, 3 * PAGE, 0x2200, 0x3000, 1);
	struct sites_facts *f = told(b, NULL);
	assert_int_equal(f->site_count, 2);
	assert_int_equal(f->sites[0].samples, 2);
	sites_facts_unref(f);
	assert_int_equal(leaves_get(b->leaves, 0x2104), 0x2100);
	assert_int_equal(leaves_get(b->leaves, 0x2104), 0x2100);
	/* Another line of it, and code without a name, stand for themselves. */
	assert_int_equal(leaves_get(b->leaves, 0x2200), 0x2200);
	assert_int_equal(leaves_get(b->leaves, 0x9004), 0x9004);
	/* In the runtime lines are nobody's concern. */
	assert_int_equal(leaves_get(b->leaves, 0x1000), 0x1000);
	assert_int_equal(leaves_get(b->leaves, 0x1999), 0x1000);
}

static void intake__books_in_order__and_keeps_the_first_level_where_nothing_unwinds(void **state)
{
	struct bed *b = *state;
	uint64_t caller = 0x3000;

	dead = true;
	for (unsigned i = 0; i < 1000; i++) {
		struct site_sample s = {.kind = i % 4 == 3 ? SAMPLE_FREE : SAMPLE_FAULT,
		                        .address = (i - (i % 4 == 3)) * PAGE,
		                        .size = i,
		                        .time = i};
		if (s.kind == SAMPLE_FAULT) {
			s.stack.registers[STACK_RIP] = 0x9000;
			s.stack.bytes = (const uint8_t *)&caller;
			s.stack.size = sizeof(caller);
		}
		intake_add(b->intake, &s);
	}
	struct sites_facts *f = told(b, NULL);
	assert_int_equal(b->order, 1000);
	assert_int_equal(ledger_count(b->ledger), 500);
	assert_int_equal(f->site_count, 1);
	assert_int_equal(f->sites[0].frame_count, 1);
	assert_true(batches >= 5 && batches < 30);
	sites_facts_unref(f);
}

static void spans__join_neighbours_of_one_site__and_nobody_elses(void **state)
{
	struct bed *b = *state;
	static const struct {
		unsigned page;
		uint64_t at;
	} touches[] = {{10, 0x2100}, {11, 0x2100}, {12, 0x9000}, {13, 0x2100}, {90, 0x2100}};
	uint32_t *stacks = NULL;
	struct facts_page pages[5];

	for (unsigned i = 0; i < 5; i++) {
		uint64_t at = touches[i].at;
		uint32_t stack = trie_add(b->trie, &at, 1);
		pages[i] = (struct facts_page){touches[i].page * PAGE, stack};
		ledger_add(b->ledger, pages[i].address, PAGE, 2, stack, 1);
	}
	struct sites_facts *f = told(b, &stacks);
	assert_int_equal(facts_spans(f, pages, 5, 8 * PAGE, stacks), 0);
	assert_int_equal(f->span_count, 4);
	assert_int_equal(f->spans[0].start, 10 * PAGE);
	assert_int_equal(f->spans[0].end, 12 * PAGE);
	assert_int_equal(f->spans[0].bytes, 2 * 2 * PAGE);
	assert_int_equal(f->spans[1].start, 12 * PAGE);
	assert_int_not_equal(f->spans[1].site, f->spans[0].site);
	assert_int_equal(f->spans[3].start, 90 * PAGE);
	/* Together as much as lives. */
	uint64_t sum = 0;
	for (unsigned i = 0; i < f->span_count; i++)
		sum += f->spans[i].bytes;
	assert_int_equal(sum, f->live_bytes);
	free(stacks);
	sites_facts_unref(f);
}

static void spans__keep_the_largest__where_there_are_too_many(void **state)
{
	struct bed *b = *state;
	enum { COUNT = SITES_SPANS_MAX + 100 };
	struct facts_page *pages = calloc(COUNT, sizeof(*pages));
	uint32_t *stacks = NULL;
	uint64_t at = 0x2100;
	uint32_t stack = trie_add(b->trie, &at, 1);

	for (unsigned i = 0; i < COUNT; i++) {
		/* The last two are one span. */
		unsigned page = i == COUNT - 1 ? 100 * (i - 1) + 1 : 100 * i;
		pages[i] = (struct facts_page){(uint64_t)page * PAGE, stack};
		ledger_add(b->ledger, pages[i].address, PAGE, 1, stack, 1);
	}
	struct sites_facts *f = told(b, &stacks);
	assert_int_equal(facts_spans(f, pages, COUNT, PAGE, stacks), 0);
	assert_int_equal(f->span_count, SITES_SPANS_MAX);
	assert_int_equal(f->spans[SITES_SPANS_MAX - 1].bytes, 2 * PAGE);
	for (unsigned i = 1; i < f->span_count; i++)
		assert_true(f->spans[i - 1].end <= f->spans[i].start);
	free(stacks);
	free(pages);
	sites_facts_unref(f);
}

#define BED_TEST(t) cmocka_unit_test_setup_teardown(t, bed_make, bed_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BED_TEST(facts__name_the_first_level_that_is_the_programs_own),
	        BED_TEST(facts__pass_over_wrappers_of_malloc__where_somebody_calls_them),
	        BED_TEST(facts__are_one_site_for_a_call_and_what_the_runtime_does_for_it),
	        BED_TEST(facts__name_the_innermost__where_nothing_is_known),
	        BED_TEST(facts__ask_for_an_address_once),
	        BED_TEST(facts__are_one_site_for_all_instructions_of_a_line),
	        BED_TEST(intake__books_in_order__and_keeps_the_first_level_where_nothing_unwinds),
	        BED_TEST(spans__join_neighbours_of_one_site__and_nobody_elses),
	        BED_TEST(spans__keep_the_largest__where_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
