/* SPDX-License-Identifier: MIT */
/*
 * Knows the names of allocators' functions, what they do with their arguments, and whose are in use: what an
 * executable or a library defines beside the C library stands before the C library's. Refuses to know which of two such
 * a call reaches: both get probes, and the one that is not called costs nothing.
 */
#include "sites/spots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sites/place.h"

/* Where a name stands. */
enum kind {
	PLAIN,    /* replaces the C library's */
	PREFIXED, /* beside it: called by its own name */
	OPERATOR, /* of C++: has a body of its own only where the allocator brings it */
	KERNEL,   /* mmap(), munmap() */
};

/* Whose name comes first speaks for its aliases: malloc() before all. */
/* clang-format off */
#define FUNCTIONS(X) \
	X("malloc", ROLE_MALLOC, PLAIN) \
	X("calloc", ROLE_CALLOC, PLAIN) \
	X("realloc", ROLE_REALLOC, PLAIN) \
	X("free", ROLE_FREE, PLAIN) \
	X("posix_memalign", ROLE_POSIX, PLAIN) \
	X("aligned_alloc", ROLE_ALIGNED, PLAIN) \
	X("memalign", ROLE_ALIGNED, PLAIN) \
	X("valloc", ROLE_MALLOC, PLAIN) \
	X("pvalloc", ROLE_MALLOC, PLAIN) \
	X("je_malloc", ROLE_MALLOC, PREFIXED) \
	X("je_calloc", ROLE_CALLOC, PREFIXED) \
	X("je_realloc", ROLE_REALLOC, PREFIXED) \
	X("je_free", ROLE_FREE, PREFIXED) \
	X("je_posix_memalign", ROLE_POSIX, PREFIXED) \
	X("je_aligned_alloc", ROLE_ALIGNED, PREFIXED) \
	X("je_memalign", ROLE_ALIGNED, PREFIXED) \
	X("je_valloc", ROLE_MALLOC, PREFIXED) \
	X("je_pvalloc", ROLE_MALLOC, PREFIXED) \
	X("tc_malloc", ROLE_MALLOC, PREFIXED) \
	X("tc_calloc", ROLE_CALLOC, PREFIXED) \
	X("tc_realloc", ROLE_REALLOC, PREFIXED) \
	X("tc_free", ROLE_FREE, PREFIXED) \
	X("tc_posix_memalign", ROLE_POSIX, PREFIXED) \
	X("tc_aligned_alloc", ROLE_ALIGNED, PREFIXED) \
	X("tc_memalign", ROLE_ALIGNED, PREFIXED) \
	X("tc_valloc", ROLE_MALLOC, PREFIXED) \
	X("tc_pvalloc", ROLE_MALLOC, PREFIXED) \
	X("mi_malloc", ROLE_MALLOC, PREFIXED) \
	X("mi_calloc", ROLE_CALLOC, PREFIXED) \
	X("mi_realloc", ROLE_REALLOC, PREFIXED) \
	X("mi_free", ROLE_FREE, PREFIXED) \
	X("mi_posix_memalign", ROLE_POSIX, PREFIXED) \
	X("mi_aligned_alloc", ROLE_ALIGNED, PREFIXED) \
	X("mi_memalign", ROLE_ALIGNED, PREFIXED) \
	X("mi_valloc", ROLE_MALLOC, PREFIXED) \
	X("mi_pvalloc", ROLE_MALLOC, PREFIXED) \
	X("mallocx", ROLE_MALLOC, PREFIXED) \
	X("rallocx", ROLE_REALLOC, PREFIXED) \
	X("dallocx", ROLE_FREE, PREFIXED) \
	X("sdallocx", ROLE_FREE, PREFIXED) \
	X("je_mallocx", ROLE_MALLOC, PREFIXED) \
	X("je_rallocx", ROLE_REALLOC, PREFIXED) \
	X("je_dallocx", ROLE_FREE, PREFIXED) \
	X("je_sdallocx", ROLE_FREE, PREFIXED) \
	X("_Znwm", ROLE_MALLOC, OPERATOR) \
	X("_Znam", ROLE_MALLOC, OPERATOR) \
	X("_ZnwmRKSt9nothrow_t", ROLE_MALLOC, OPERATOR) \
	X("_ZnamRKSt9nothrow_t", ROLE_MALLOC, OPERATOR) \
	X("_ZnwmSt11align_val_t", ROLE_MALLOC, OPERATOR) \
	X("_ZnamSt11align_val_t", ROLE_MALLOC, OPERATOR) \
	X("_ZdlPv", ROLE_FREE, OPERATOR) \
	X("_ZdaPv", ROLE_FREE, OPERATOR) \
	X("_ZdlPvm", ROLE_FREE, OPERATOR) \
	X("_ZdaPvm", ROLE_FREE, OPERATOR) \
	X("_ZdlPvRKSt9nothrow_t", ROLE_FREE, OPERATOR) \
	X("_ZdaPvRKSt9nothrow_t", ROLE_FREE, OPERATOR) \
	X("_ZdlPvSt11align_val_t", ROLE_FREE, OPERATOR) \
	X("_ZdaPvSt11align_val_t", ROLE_FREE, OPERATOR) \
	X("mmap", ROLE_MMAP, KERNEL) \
	X("mmap64", ROLE_MMAP, KERNEL) \
	X("munmap", ROLE_MUNMAP, KERNEL)
/* clang-format on */

#define NAME(name, role, kind) name,
#define WHAT(name, role, kind) {role, kind},
static const char *const names[] = {FUNCTIONS(NAME)};
static const struct {
	enum probe_role role;
	enum kind kind;
} what[] = {FUNCTIONS(WHAT)};
#undef NAME
#undef WHAT

enum { NAMES = sizeof(names) / sizeof(*names) };

const char *const *spots_names(size_t *ret_count)
{
	*ret_count = NAMES;
	return names;
}

/* Registers with arguments that a probe on such a function must see. */
static unsigned role_arguments(enum probe_role role)
{
	static const unsigned counts[ROLE_COUNT] = {
	        [ROLE_MALLOC] = 1, [ROLE_CALLOC] = 2, [ROLE_REALLOC] = 2, [ROLE_ALIGNED] = 2,
	        [ROLE_POSIX] = 3,  [ROLE_FREE] = 1,   [ROLE_MMAP] = 2,    [ROLE_MUNMAP] = 2};

	return counts[role];
}

bool role_returns(enum probe_role role)
{
	return role != ROLE_FREE && role != ROLE_MUNMAP;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_loader(const char *module)
{
	return begins(module, "ld-linux") || begins(module, "ld-2.");
}

/* glibc's libc.so.6 and libc-2.31.so, musl's libc.so and ld-musl-x86_64.so.1. */
static bool is_c_library(const char *module)
{
	return begins(module, "libc.so") || begins(module, "libc-2.") ||
	       begins(module, "libc.musl") || begins(module, "ld-musl");
}

uint64_t spot_reach(const struct symbol_place *p)
{
	/* glibc's malloc.o has 15 KiB of functions before malloc(). */
	return strstr(p->module, ".so") && !is_c_library(p->module) ? 128 << 10 : 20 << 10;
}

static bool is_named(const struct symbol_place *p, const char *name)
{
	return p->name < NAMES && strcmp(names[p->name], name) == 0;
}

static bool same_file(const struct symbol_place *a, const struct symbol_place *b)
{
	return strcmp(a->path, b->path) == 0;
}

/* Whether the file of `p` has a function of this kind. */
static bool file_has(const struct symbol_place *found, size_t count, const struct symbol_place *p,
                     enum kind kind)
{
	for (size_t i = 0; i < count; i++)
		if (found[i].name < NAMES && what[found[i].name].kind == kind &&
		    same_file(&found[i], p))
			return true;
	return false;
}

/* Some file other than the C library defines malloc(): the C library's is not called. */
static bool is_replaced(const struct symbol_place *found, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_named(&found[i], "malloc") && !is_c_library(found[i].module) &&
		    !is_loader(found[i].module))
			return true;
	return false;
}

/*
 * Nothing but moves and a jump: the body is another function, which has a probe of its own or is not wanted. A conditional
 * jump before it makes it a body of its own.
 */
static bool is_forwarder(const struct symbol_place *p)
{
	const uint8_t *c = p->code;
	unsigned i = 0, n = p->code_count;

	while (i < n) {
		if (c[i] == 0xe9 || c[i] == 0xeb)
			return true;
		if (i + 4 <= n && memcmp(c + i, "\xf3\x0f\x1e\xfa", 4) == 0) /* endbr64 */
			i += 4;
		else if (i + 3 <= n && (c[i] & 0xf8) == 0x48 && c[i + 1] == 0x89 &&
		         c[i + 2] >= 0xc0) /* mov register, register */
			i += 3;
		else if (i + 5 <= n && (c[i] & 0xf8) == 0xb8) /* mov register, number */
			i += 5;
		else if (i + 2 <= n && c[i] == 0x31 &&
		         c[i + 1] >= 0xc0) /* xor register, register */
			i += 2;
		else
			return false;
	}
	return false;
}

/* These are wanted also where they are a jump: musl's go where no name leads. */
static bool is_primary(const struct symbol_place *p)
{
	return is_named(p, "malloc") || is_named(p, "calloc") || is_named(p, "realloc") ||
	       is_named(p, "free");
}

static bool file_defines_malloc(const struct symbol_place *found, size_t count,
                                const struct symbol_place *p)
{
	for (size_t i = 0; i < count; i++)
		if (is_named(&found[i], "malloc") && same_file(&found[i], p))
			return true;
	return false;
}

static bool is_wanted(const struct symbol_place *found, size_t count, const struct symbol_place *p,
                      bool replaced, bool with_mmap)
{
	if (p->name >= NAMES || is_loader(p->module))
		return false;
	if (!is_primary(p) && is_forwarder(p))
		return false;
	switch (what[p->name].kind) {
	case PLAIN:
		if (is_c_library(p->module))
			return !replaced;
		/* Else it is something of that name, but no allocator. */
		return file_defines_malloc(found, count, p);
	case PREFIXED:
		return true;
	case OPERATOR:
		return file_has(found, count, p, PREFIXED);
	default:
		return with_mmap &&
		       (is_c_library(p->module) || file_defines_malloc(found, count, p));
	}
}

static bool is_there(const struct spots *s, uint64_t address)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->spot[i].place.address == address)
			return true;
	return false;
}

static void add(struct spots *s, const struct symbol_place *p)
{
	enum probe_role role = what[p->name].role;
	size_t size = p->size && p->size < p->code_count ? (size_t)p->size : p->code_count;
	struct place_choice c;

	if (is_there(s, p->address))
		return;
	if (s->count == SPOTS_MAX) {
		s->left_out++;
		return;
	}
	place_choose(p->code, size, p->address, role_arguments(role), &c);
	/* A return can be seen only from where the return address is. */
	if (role_returns(role) && !c.returns)
		c = (struct place_choice){0};
	s->spot[s->count] = (struct probe_spot){.role = role, .place = *p, .moved = c.moved};
	s->emulated[s->count++] = c.emulated;
}

/* The version of a library that has to be cut is left out first. */
static int module_length(const char *module)
{
	const char *so = strstr(module, ".so.");
	size_t n = strlen(module);

	return (int)(n <= 12 || !so ? n : (size_t)(so - module) + 3);
}

static void say_source(struct spots *s)
{
	const struct symbol_place *p = &s->spot[0].place;
	unsigned more = (unsigned)s->count - 1;
	char text[256];

	if (more)
		snprintf(text, sizeof(text), "%s of %.*s and %u more function%s", names[p->name],
		         module_length(p->module), p->module, more, more == 1 ? "" : "s");
	else
		snprintf(text, sizeof(text), "%s of %.*s", names[p->name], module_length(p->module),
		         p->module);
	char *end = strstr(text, " function");
	if (strlen(text) >= sizeof(s->source) && end)
		*end = '\0';
	snprintf(s->source, sizeof(s->source), "%.47s", text);
}

int spots_choose(const struct symbol_place *found, size_t count, bool with_mmap, struct spots *ret)
{
	bool replaced = is_replaced(found, count);
	struct spots *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	/* In the order of the names, so that malloc() speaks for all, and an alias is called by its first name. */
	for (unsigned n = 0; n < NAMES; n++)
		for (size_t i = 0; i < count; i++)
			if (found[i].name == n &&
			    is_wanted(found, count, &found[i], replaced, with_mmap))
				add(s, &found[i]);
	bool any = false;
	for (size_t i = 0; i < s->count; i++)
		any |= s->spot[i].role < ROLE_FREE;
	if (any) {
		say_source(s);
		*ret = *s;
	}
	free(s);
	return any ? 0 : -ENOENT;
}
