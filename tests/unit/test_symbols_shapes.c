/* SPDX-License-Identifier: MIT */
/*
 * Programs and libraries in shapes that linkers and administrators give them, and tables as large
 * as there are.
 */
#include <elf.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_symbols_built.h"

/* --- addresses -------------------------------------------------------------------------------- */

static void static__program_at_a_fixed_address_is_read(void **state)
{
	(void)state;
	built_needs_made("static");
	struct built_seen seen = built_start("static", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
}

static void static__program_at_any_address_is_read(void **state)
{
	(void)state;
	built_needs_made("static-pie");
	struct built_seen seen = built_start("static-pie", NULL);
	built_expect(&seen, BUILT_CHAIN, true);
}

/* A copy of the program, which loads the library beside it. */
static struct chain with_library(const char *library)
{
	char script[256];

	snprintf(script, sizeof(script),
	         "rm -f loads loads.so\ncp \"$B/symbols-chain\" loads\ncp %s loads.so\n", library);
	built_run(script);
	struct chain c = chain_start(built_path("loads"), "object");
	assert_int_equal(kill(c.pid, SIGUSR1), 0);
	chain_await(&c, "loaded");
	return c;
}

/* The code of the function that the library has is in memory what is told of the file. */
static void expect_found(const struct chain *c)
{
	static const char *const name = "object_outer";
	struct symbols *s = NULL;
	struct symbol_place p[2];
	uint8_t memory[64] = {0};
	size_t count = 0;

	assert_int_equal(symbols_open("/proc", c->pid, &s), 0);
	assert_int_equal(symbols_find(s, &name, 1, p, 2, &count), 0);
	assert_int_equal(count, 1);
	struct iovec to = {memory, p[0].code_count}, from = {(void *)p[0].address, p[0].code_count};
	assert_true(p[0].code_count > 0);
	assert_int_equal(process_vm_readv(c->pid, &to, 1, &from, 1, 0), p[0].code_count);
	assert_memory_equal(memory, p[0].code, p[0].code_count);
	symbols_close(s);
}

/* As prelink leaves it: what the file says is far from 0, and where it lies is elsewhere. */
static void prelinked__library_is_read_wherever_it_lies(void **state)
{
	static const char *const libraries[] = {"prelinked.so", "apart.so"};

	(void)state;
	built_needs("readelf");
	built_needs_made("prelinked.so");
	built_run("readelf -lW prelinked.so | grep -q 'LOAD .* 0x0*3000000 '\n"
	          "objcopy --only-keep-debug prelinked.so apart.debug\n"
	          "objcopy -S --add-gnu-debuglink=apart.debug prelinked.so apart.so\n");
	for (size_t i = 0; i < 2; i++) {
		struct chain c = with_library(libraries[i]);
		struct built_seen seen = built_see(&c);
		built_expect(&seen, "demo::inner(int) object_outer ", true);
		if (i == 0)
			expect_found(&c);
		chain_end(&c);
	}
}

/*
 * Linkers that put code into one page with what comes before it, at an address that is not its
 * place in the file.
 */
static void linked__otherwise_a_library_is_read(void **state)
{
	(void)state;
	built_needs_made("linked.so");
	struct chain c = with_library("linked.so");
	struct built_seen seen = built_see(&c);
	built_expect(&seen, "demo::inner(int) object_outer ", true);
	expect_found(&c);
	chain_end(&c);
}

struct offsets {
	unsigned right, wrong;
	uint64_t low, high; /* what lies in the program's code, as the file has it */
};

static void offsets_count(void *arg, size_t index, const struct symbol_frame *frames, size_t count)
{
	struct offsets *o = arg;

	(void)index, (void)count;
	if (frames[0].offset >= o->low && frames[0].offset < o->high)
		o->right++;
	else
		o->wrong++;
}

/* In a stripped program too, wherever it lies: from there anybody with its debug file can go on. */
static void offset__is_the_address_that_the_file_has(void **state)
{
	static const char *const files[] = {"symbols-chain", "symbols-chain.fixed"};
	char script[512], line[128] = "";

	(void)state;
	built_needs("nm");
	for (size_t i = 0; i < 2; i++) {
		struct offsets o = {0};
		struct symbols *s = NULL;
		snprintf(
		        script, sizeof(script),
		        "objcopy -S \"$B/%s\" bare\nnm -S \"$B/%s\" | grep ' chain_middle$' >sym\n",
		        files[i], files[i]);
		built_run(script);
		FILE *f = fopen(built_path("sym"), "r");
		assert_non_null(f);
		assert_non_null(fgets(line, sizeof(line), f));
		fclose(f);
		o.low = strtoull(line, NULL, 16);
		o.high = o.low + strtoull(strchr(line, ' '), NULL, 16);
		struct chain c = chain_start(built_path("bare"), NULL);
		assert_int_equal(symbols_open("/proc", c.pid, &s), 0);
		struct stack_unwound u = chain_unwind(&c, s);
		assert_int_equal(symbols_name(s, u.at, 7, offsets_count, &o), 0);
		assert_int_equal(o.right, 1);
		assert_int_equal(o.wrong, 6);
		symbols_close(s);
		chain_end(&c);
	}
}

/* --- files that went -------------------------------------------------------------------------- */

/* By what is mapped, and not by who has its name now. */
static void replaced__library_is_the_one_that_is_mapped(void **state)
{
	(void)state;
	built_needs_root();
	struct chain c = with_library("\"$B/symbols-chain.so\"");
	built_run("rm loads.so\n");
	struct built_seen seen = built_see(&c);
	built_expect(&seen, "demo::inner(int) object_outer ", true);
	built_run("cp \"$B/symbols-chain\" loads.so\n");
	seen = built_see(&c);
	built_expect(&seen, "demo::inner(int) object_outer ", true);
	chain_end(&c);
}

/*
 * A user whom map_files is not shown: the library has no names then, and not those of another file.
 */
static void nobody__reads_what_has_a_path(void **state)
{
	(void)state;
	struct chain c = with_library("\"$B/symbols-chain.so\"");
	struct built_seen seen = built_see(&c);
	built_expect(&seen, "demo::inner(int) object_outer ", true);
	built_run("rm loads.so\ncp \"$B/symbols-chain\" loads.so\n");
	seen = built_see(&c);
	assert_null(strstr(seen.names, "inner"));
	assert_non_null(strstr(seen.names, "rest_loaded ? "));
	chain_end(&c);
	/* Of the program itself a link is shown to everybody. */
	built_run("cp \"$B/symbols-chain\" gone\n");
	seen = built_start("gone", "hidden");
	built_expect(&seen, BUILT_CHAIN, true);
}

enum { NOBODY = 65534, CANNOT = 77 };

static int see_as_nobody(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nobody__reads_what_has_a_path)};

	if (geteuid() == 0)
		return CANNOT;
	if (access("tests/targets/symbols-chain.c", R_OK) != 0 ||
	    access(chain_path("symbols-chain.so"), R_OK) != 0)
		return CANNOT;
	return cmocka_run_group_tests(tests, built_begin, built_end);
}

static int become_nobody(void)
{
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return CANNOT;
	return built_again("nobody, who is");
}

static void files__are_found_without_any_rights(void **state)
{
	(void)state;
	int status = built_again("nobody");
	if (status == CANNOT) {
		print_message("skipped: nobody can read where the targets lie\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* --- tables ----------------------------------------------------------------------------------- */

enum { SYMBOLS = 400000, STEP = 16, NAME = 9, CODE = 0x1000, SECTIONS = 4 };
static const char section_names[] = "\0.text\0.symtab\0.strtab";

/* A library with so many functions of 16 bytes, "f0000000" and so on, and no code in them. */
static void large_write(int fd)
{
	const uint64_t size = (uint64_t)SYMBOLS * STEP, symbols = CODE + size,
	               strings = symbols + (SYMBOLS + 1) * sizeof(Elf64_Sym),
	               named = strings + 32 + (uint64_t)SYMBOLS * NAME;
	Elf64_Ehdr head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
	                               EV_CURRENT},
	                   .e_type = ET_DYN,
	                   .e_machine = EM_X86_64,
	                   .e_version = EV_CURRENT,
	                   .e_phoff = sizeof(head),
	                   .e_shoff = named,
	                   .e_ehsize = sizeof(head),
	                   .e_phentsize = sizeof(Elf64_Phdr),
	                   .e_phnum = 1,
	                   .e_shentsize = sizeof(Elf64_Shdr),
	                   .e_shnum = SECTIONS,
	                   .e_shstrndx = 3};
	Elf64_Phdr load = {PT_LOAD, PF_R | PF_X, 0, 0, 0, symbols, symbols, 0x1000};
	Elf64_Shdr sections[SECTIONS] = {
	        {0},
	        {1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, CODE, CODE, size, 0, 0, 16, 0},
	        {7, SHT_SYMTAB, 0, 0, symbols, strings - symbols, 3, 1, 8, sizeof(Elf64_Sym)},
	        {15, SHT_STRTAB, 0, 0, strings, named - strings, 0, 0, 1, 0},
	};
	uint8_t *all = calloc(1, named + sizeof(sections));
	Elf64_Sym *symbol = (Elf64_Sym *)(void *)(all + symbols);

	assert_non_null(all);
	memcpy(all, &head, sizeof(head));
	memcpy(all + sizeof(head), &load, sizeof(load));
	memcpy(all + strings, section_names, sizeof(section_names));
	memcpy(all + named, sections, sizeof(sections));
	for (unsigned i = 0; i < SYMBOLS; i++) {
		snprintf((char *)all + strings + 32 + i * NAME, NAME, "f%07u", i);
		symbol[i + 1] = (Elf64_Sym){
		        32 + i * NAME, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, CODE + i * STEP,
		        STEP};
	}
	assert_int_equal(write(fd, all, named + sizeof(sections)), named + sizeof(sections));
	free(all);
}

static void expect_name(void *arg, size_t index, const struct symbol_frame *frames, size_t count)
{
	const unsigned *numbers = arg;
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "f%07u", numbers[index]);
	assert_int_equal(count, 1);
	assert_string_equal(frames[0].function, wanted);
	assert_string_equal(frames[0].module, "large.so");
}

static void table__of_hundreds_of_thousands_of_symbols_is_read(void **state)
{
	static const char *const names[] = {"f0399999", "f0400000", "f0000000"};
	unsigned numbers[] = {0, 1, 77777, SYMBOLS / 2, SYMBOLS - 1};
	uint64_t addresses[5];
	struct symbol_place places[4];
	struct symbols_health h;
	struct symbols *s = NULL;
	size_t size = CODE + (size_t)SYMBOLS * STEP, found = 0;
	int fd = open(built_path("large.so"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_true(fd >= 0);
	large_write(fd);
	uint8_t *code = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_true(code != MAP_FAILED);
	close(fd);
	for (size_t i = 0; i < 5; i++)
		addresses[i] = (uint64_t)(uintptr_t)code + CODE + numbers[i] * STEP + i;
	assert_int_equal(symbols_open("/proc", getpid(), &s), 0);
	assert_int_equal(symbols_name(s, addresses, 5, expect_name, numbers), 0);
	assert_int_equal(symbols_find(s, names, 3, places, 4, &found), 0);
	assert_int_equal(found, 2);
	symbols_health(s, &h);
	if (h.children_lost)
		fail_msg("%s", h.trouble);
	symbols_close(s);
	munmap(code, size);
}

/* What takes a compiler, at once; what it cannot make is not there. */
static int begin(void **state)
{
	int r = built_begin(state);

	if (r == 0)
		built_tries(
		        "object() { cc -g -DSHARED_OBJECT -fPIC -shared -o \"$@\" \"$S\"; }\n"
		        "cc -g -c -o chain.o \"$S\" && {\n"
		        "  cc -static -o static chain.o &\n"
		        "  cc -static-pie -o static-pie chain.o &\n}\n"
		        "object prelinked.so -Wl,-Ttext-segment=0x3000000 &\n"
		        "{ object linked.so -fuse-ld=lld || object linked.so -fuse-ld=gold; } &\n"
		        "wait\n");
	return r;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return !strcmp(argv[1], "nobody") ? become_nobody() : see_as_nobody();

	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(static__program_at_a_fixed_address_is_read),
	        cmocka_unit_test(static__program_at_any_address_is_read),
	        cmocka_unit_test(prelinked__library_is_read_wherever_it_lies),
	        cmocka_unit_test(linked__otherwise_a_library_is_read),
	        cmocka_unit_test(offset__is_the_address_that_the_file_has),
	        cmocka_unit_test(replaced__library_is_the_one_that_is_mapped),
	        cmocka_unit_test(files__are_found_without_any_rights),
	        cmocka_unit_test(table__of_hundreds_of_thousands_of_symbols_is_read),
	};

	return cmocka_run_group_tests(tests, begin, built_end);
}
