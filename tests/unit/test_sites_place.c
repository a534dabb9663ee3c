/* SPDX-License-Identifier: MIT */
/* Where a probe goes: the heads of real functions, and heads that are made to mislead. */
#include "sites/place.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { ADDRESS = 0x41000 };

/* Bytes as the libraries of distributions have them. */
static const struct head {
	const char *of;
	unsigned arguments, moved;
	bool emulated, returns;
	const char *code; /* hexadecimal */
} heads[] = {
        {"glibc 2.31 malloc", 1, 7, true, true,
         "488b05098114004154554889fd53488b004885c00f85460100004885ff0f881d"
         "010000488d471731"},
        {"glibc 2.31 free", 1, 17, true, false,
         "4883ec18488b05dd7a1400488b004885c00f85810000004885ff7474488b47f8"
         "488d77f0a8027538"},
        {"glibc 2.31 aligned_alloc", 2, 4, true, true,
         "488b1424e977f6ffff0f1f80000000008b05be771400554889fd85c07822488b"
         "05ab731400488b54"},
        {"glibc 2.36 malloc", 1, 0, true, true,
         "415455534889fb4883ec10803d461b1400000f84f80100004885db0f88fd0100"
         "00488d431731ed48"},
        {"glibc 2.36 free", 1, 3, true, true,
         "4885ff0f84bf00000055488d77f0534883ec18488b1dd69e1300488b47f8648b"
         "2ba802755b488b15"},
        {"glibc 2.36 aligned_alloc", 2, 7, true, true,
         "803d710e1400007407e932f6ffff66904883ec18488974240848893c24e8bebc"
         "ffff488b74240848"},
        {"glibc 2.36 posix_memalign", 3, 7, true, true,
         "803d010214000041544989d4554889fd534889f3745a4889da48c1ea03488d42"
         "ff4821d04889da83"},
        {"glibc 2.41 calloc", 2, 0, true, true,
         "41564889f84155415455534883ec1048f7e64889c30f90c04885db0f882f0200"
         "000fb6c04885c00f"},
        {"glibc 2.41 free", 1, 3, true, true,
         "4885ff0f847f010000415741564155415455488d6ff0534883ec284c8b258e2b"
         "1400488b47f86445"},
        {"musl 1.2.3 malloc", 1, 0, true, true,
         "e96b190000662e0f1f84000000000090554889f85348f7d84821f84883ec0848"
         "39f80f8530020000"},
        {"musl 1.2.3 aligned_alloc", 2, 0, true, true,
         "554889f85348f7d84821f84883ec084839f80f85300200004889c34889f54801"
         "f30f820902000048"},
        {"jemalloc 5.3 malloc", 1, 7, true, true,
         "4881ff001000000f8793000000488d155c7f2c00488d4707488b0d49960a0048"
         "c1e8034c8d058681"},
        {"jemalloc 5.3 free", 1, 48, true, true,
         "4889f8488b150e530a004889f948c1e81a4881e1000000c025f0000000644803"
         "0425000000004801d0483b88b00100000f858a0000004889fe4c8b80b8010000"},
        {"tcmalloc 2.10 malloc", 1, 10, true, true,
         "488b0559ab00004885c07575488b0505a10000644c8b004d85c074654881ff00"
         "040000775383c707"},
        {"tcmalloc 2.10 posix_memalign", 3, 11, true, true,
         "488d46ff4883c8074885f0752b53b8160000004889fb4889f74885f674124889"
         "d6e8faeafeff4885"},
        {"mimalloc 2.0.9 malloc", 1, 0, false, true,
         "488b0549b400004889fe64488b384881fe000400007729488d460748c1e80348"
         "8b44c708488b5010"},
        {"mimalloc 2.0.9 free", 1, 6, true, true,
         "4889f94885ff745d488d7fff4889c84881e7000000fe4829f848c1e810488d04"
         "8048c1e004488db0"},
};

static struct place_choice choice_of(const char *hexadecimal, unsigned arguments)
{
	uint8_t code[64];
	size_t n = 0;
	struct place_choice c;

	for (; hexadecimal[2 * n]; n++)
		assert_int_equal(sscanf(hexadecimal + 2 * n, "%2hhx", &code[n]), 1);
	place_choose(code, n, ADDRESS, arguments, &c);
	return c;
}

static void place__finds_the_cheap_instruction_in_heads_of_real_functions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		const struct head *h = &heads[i];
		struct place_choice c = choice_of(h->code, h->arguments);
		if (c.moved != h->moved || c.emulated != h->emulated || c.returns != h->returns)
			fail_msg("%s: %s", h->of, c.words);
	}
}

#define ENDBR64     "f30f1efa"
#define TEST_RDI    "4885ff"
#define MOV_RDI_RBX "4889df" /* writes rdi */
#define MOV_EDX_EAX "89c2"   /* writes half of rdx */
#define SUB_RSP     "4883ec18"
#define PUSH_RBP    "55"
#define PUSH_R12    "4154"
#define RET         "c3"

static void place__goes_behind_what_is_executed_out_of_line(void **state)
{
	(void)state;
	struct place_choice c = choice_of(ENDBR64 PUSH_R12 PUSH_RBP, 1);
	assert_int_equal(c.moved, 4);
	assert_true(c.emulated && c.returns);
	assert_string_equal(c.words, "push r12 at +4");
	c = choice_of(ENDBR64 TEST_RDI PUSH_RBP, 1);
	assert_int_equal(c.moved, 7);
}

static void place__stops_where_an_argument_is_overwritten(void **state)
{
	(void)state;
	struct place_choice c = choice_of(MOV_RDI_RBX PUSH_RBP, 1);
	assert_int_equal(c.moved, 0);
	assert_false(c.emulated);
	/* The third is nobody's where there are two. */
	assert_int_equal(choice_of(MOV_EDX_EAX PUSH_RBP, 3).moved, 0);
	assert_int_equal(choice_of(MOV_EDX_EAX PUSH_RBP, 2).moved, 2);
}

static void place__tells_when_the_return_address_is_no_longer_on_top(void **state)
{
	(void)state;
	struct place_choice c = choice_of(SUB_RSP TEST_RDI "7405", 1);
	assert_int_equal(c.moved, 7);
	assert_true(c.emulated);
	assert_false(c.returns);
	/* At the begin it always is. */
	assert_true(choice_of(SUB_RSP TEST_RDI RET, 1).returns);
}

static void place__stops_at_what_leaves_the_function(void **state)
{
	(void)state;
	assert_false(choice_of(TEST_RDI RET PUSH_RBP, 1).emulated);
	assert_false(choice_of(TEST_RDI "0f05" PUSH_RBP, 1).emulated); /* syscall */
	assert_false(choice_of(TEST_RDI "ffe0" PUSH_RBP, 1).emulated); /* jmp rax */
	assert_false(choice_of(TEST_RDI "ffd0" PUSH_RBP, 1).emulated); /* call rax */
	assert_false(choice_of(TEST_RDI "e305" PUSH_RBP, 1).emulated); /* jrcxz */
}

static void place__may_be_a_branch_itself_for_every_call_comes_to_it(void **state)
{
	(void)state;
	assert_int_equal(choice_of(TEST_RDI "7405" PUSH_RBP, 1).moved, 3);         /* je */
	assert_int_equal(choice_of(TEST_RDI "0f8405000000" PUSH_RBP, 1).moved, 3); /* je, far */
	assert_int_equal(choice_of(TEST_RDI "e905000000", 1).moved, 3);            /* jmp */
	assert_int_equal(choice_of(TEST_RDI "e805000000", 1).moved, 3);            /* call */
}

static void place__is_never_in_a_loop(void **state)
{
	(void)state;
	/* test; push; dec eax; jne to the push */
	struct place_choice c = choice_of(TEST_RDI PUSH_RBP "ffc875fb", 1);
	assert_int_equal(c.moved, 0);
	assert_false(c.emulated);
	/* a loop behind it does not matter: test; push; dec eax; jne to the dec */
	assert_int_equal(choice_of(TEST_RDI PUSH_RBP "ffc875fc", 1).moved, 3);
}

static void place__takes_only_the_nops_that_the_kernel_knows(void **state)
{
	(void)state;
	assert_true(choice_of("90", 1).emulated);
	assert_true(choice_of("0f1f440000", 1).emulated);
	assert_false(choice_of("0f1f440100", 1).emulated);
	assert_false(choice_of(ENDBR64, 1).emulated);
	assert_false(choice_of("6655", 1).emulated); /* push bp */
	assert_false(choice_of("6a01", 1).emulated); /* push 1 */
}

static void place__takes_the_begin_where_there_is_no_code(void **state)
{
	struct place_choice c;

	(void)state;
	place_choose(NULL, 0, ADDRESS, 1, &c);
	assert_int_equal(c.moved, 0);
	assert_false(c.emulated);
	assert_true(c.returns);
	assert_string_equal(c.words, "its begin");
	assert_int_equal(choice_of("0606", 1).moved, 0); /* no instruction */
	assert_int_equal(choice_of("48", 1).moved, 0);   /* cut */
}

static void place__has_room_for_as_many_instructions_as_bytes(void **state)
{
	char code[2 * 64 + 1];

	(void)state;
	for (size_t i = 0; i < 63; i++)
		memcpy(code + 2 * i, "f8", 2); /* clc */
	strcpy(code + 2 * 63, PUSH_RBP);
	for (int i = 0; i < 3; i++)
		assert_int_equal(choice_of(code, 6).moved, 63);
}

/* Of new memory; what the program has by then it may use. 0 would be no limit to the kernel. */
static void refuse_memory(bool refuse)
{
	static struct rlimit before;
	struct rlimit none;

	if (refuse)
		assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
	none = (struct rlimit){1, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_DATA, refuse ? &none : &before), 0);
}

static void place__takes_the_begin_where_there_is_no_memory(void **state)
{
	(void)state;
	refuse_memory(true);
	struct place_choice c = choice_of(ENDBR64 PUSH_R12 PUSH_RBP, 1);
	refuse_memory(false);
	assert_int_equal(c.moved, 0);
	assert_false(c.emulated);
	assert_true(c.returns);
	assert_string_equal(c.words, "its begin");
	assert_int_equal(choice_of(ENDBR64 PUSH_R12 PUSH_RBP, 1).moved, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(place__finds_the_cheap_instruction_in_heads_of_real_functions),
	        cmocka_unit_test(place__goes_behind_what_is_executed_out_of_line),
	        cmocka_unit_test(place__stops_where_an_argument_is_overwritten),
	        cmocka_unit_test(place__tells_when_the_return_address_is_no_longer_on_top),
	        cmocka_unit_test(place__stops_at_what_leaves_the_function),
	        cmocka_unit_test(place__may_be_a_branch_itself_for_every_call_comes_to_it),
	        cmocka_unit_test(place__is_never_in_a_loop),
	        cmocka_unit_test(place__takes_only_the_nops_that_the_kernel_knows),
	        cmocka_unit_test(place__takes_the_begin_where_there_is_no_code),
	        cmocka_unit_test(place__has_room_for_as_many_instructions_as_bytes),
	        cmocka_unit_test(place__takes_the_begin_where_there_is_no_memory),
	};

	/* What is large comes from the kernel every time, where it can be refused. */
	mallopt(M_MMAP_THRESHOLD, 1 << 16);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
