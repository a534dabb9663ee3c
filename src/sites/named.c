/* SPDX-License-Identifier: MIT */
/*
 * Knows by name what belongs to allocators and to runtimes of languages, in objects of their own or linked into a program.
 * And by how their names are made, wrappers of programs around malloc. Refuses to know what else a program has.
 */
#include "sites/named.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Objects that are no program's own, by the begin of their file name. */
static const char *const modules[] = {
        "libc.so",     "libc-2.",      "libc.musl-",  "ld-linux",    "ld-musl-",    "ld-2.",
        "libpthread.", "libpthread-2", "libjemalloc", "libtcmalloc", "libmimalloc", "libstdc++.so",
        "libc++.so",   "libc++abi.so", "libgcc_s.so", "[vdso]",
};

/* Functions, exactly, without a suffix that the compiler added (".part.0"). */
static const char *const functions[] = {
        "malloc",
        "calloc",
        "realloc",
        "reallocarray",
        "free",
        "cfree",
        "memalign",
        "aligned_alloc",
        "posix_memalign",
        "valloc",
        "pvalloc",
        "mallocx",
        "rallocx",
        "xallocx",
        "dallocx",
        "sdallocx",
        /* of glibc */
        "_int_malloc",
        "_int_free",
        "_int_realloc",
        "_int_memalign",
        "_mid_memalign",
        "_int_free_chunk",
        "_int_free_merge_chunk",
        "_int_free_create_chunk",
        "_int_free_maybe_consolidate",
        "malloc_consolidate",
        "sysmalloc",
        "sysmalloc_mmap",
        "systrim",
        "sysmadvise_thp",
        "tcache_init",
        "ptmalloc_init",
        "unlink_chunk",
        "arena_get2",
        "new_heap",
        "alloc_new_heap",
        "grow_heap",
        "heap_trim",
        "alloc_perturb",
        "malloc_hook_ini",
        "realloc_hook_ini",
        "memalign_hook_ini",
        "checked_request2size",
        "sbrk",
        "brk",
        "mmap",
        "mmap64",
        "mremap",
        "munmap",
        "madvise",
        /* copies */
        "memcpy",
        "memmove",
        "memset",
        "mempcpy",
        "memccpy",
        "bcopy",
        "bzero",
        "explicit_bzero",
        "strcpy",
        "strncpy",
        "stpcpy",
        "stpncpy",
        "strcat",
        "strncat",
        "strdup",
        "strndup",
        "wmemset",
        "wmemcpy",
        "wmemmove",
        "memcmp",
        "memchr",
        "strlen",
        /* of Python, which has an allocator of its own */
        "PyMem_Malloc",
        "PyMem_Calloc",
        "PyMem_Realloc",
        "PyMem_RawMalloc",
        "PyMem_RawCalloc",
        "PyMem_RawRealloc",
        "PyObject_Malloc",
        "PyObject_Calloc",
        "PyObject_Realloc",
        "pymalloc_alloc",
        "new_arena",
};

static const char *const prefixes[] = {
        /* of glibc: __libc_malloc, __GI___libc_malloc, __memset_avx2_unaligned_erms, __memcpy_chk */
        "__libc_",
        "__GI_",
        "__mem",
        "__str",
        "__stp",
        "__wmem",
        "__bzero",
        "__mmap",
        "__sbrk",
        "__brk",
        /* of jemalloc, tcmalloc and mimalloc */
        "je_",
        "_rjem_",
        "jemalloc_",
        "arena_malloc",
        "arena_slab_",
        "arena_palloc",
        "arena_ralloc",
        "tcache_alloc",
        "tc_malloc",
        "tc_calloc",
        "tc_realloc",
        "tc_new",
        "tc_memalign",
        "tcmalloc::",
        "mi_malloc",
        "mi_calloc",
        "mi_realloc",
        "mi_zalloc",
        "mi_heap_",
        "mi_new",
        "_mi_",
        /* of C++ and Rust; what comes before a template's name is taken off */
        "operator new",
        "operator delete",
        "std::",
        "__gnu_cxx::",
        "__cxxabi",
        "__cxa_",
        "alloc::",
        "core::",
        "hashbrown::",
        "<std::",
        "<alloc::",
        "<core::",
        "<hashbrown::",
        "__rust_",
        "__rdl_",
        "__rg_",
        "_PyMem_",
        "_PyObject_Malloc",
        "_PyObject_Calloc",
        "_PyObject_Realloc",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool starts_with(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return n <= len && memcmp(text, prefix, n) == 0;
}

/* "void std::vector<int>::push_back(int)" -> "std::vector..": a demangled template begins with what it returns. */
static const char *return_type_skip(const char *name)
{
	const char *begin = name;
	unsigned depth = 0;

	for (const char *p = name; *p; p++) {
		if (*p == '<')
			depth++;
		else if (*p == '>' && depth)
			depth--;
		else if (*p == '(' && !depth && strncmp(p, "(anonymous", 10) != 0)
			break;
		else if (*p == ' ' && !depth && strncmp(p, " namespace)", 11) != 0)
			begin = p + 1;
	}
	return begin;
}

/* Up to ".part.0", ".constprop.0", "@plt" or the parameters. */
static size_t stem_length(const char *name)
{
	size_t n = strcspn(name, ".@(");

	return n ? n : strlen(name);
}

static bool function_is_runtime(const char *function)
{
	const char *name =
	        strncmp(function, "operator ", 9) == 0 ? function : return_type_skip(function);
	size_t stem = stem_length(name);

	for (size_t i = 0; i < COUNT(functions); i++)
		if (strlen(functions[i]) == stem && memcmp(name, functions[i], stem) == 0)
			return true;
	for (size_t i = 0; i < COUNT(prefixes); i++)
		if (starts_with(name, strlen(name), prefixes[i]))
			return true;
	return false;
}

static bool module_is_runtime(const char *module)
{
	const char *slash = strrchr(module, '/');
	const char *file = slash ? slash + 1 : module;

	for (size_t i = 0; i < COUNT(modules); i++)
		if (starts_with(file, strlen(file), modules[i]))
			return true;
	return false;
}

bool named_is_runtime(const char *function, const char *module)
{
	return module_is_runtime(module) || function_is_runtime(function);
}

/* --- wrappers --------------------------------------------------------------------------------------------- */

/* How names end of what only allocates; without case: xmalloc, zcalloc, g_realloc, sqlite3Malloc, PyMem_Malloc. */
static const char *const endings[] = {
        "malloc",       "calloc", "realloc", "zalloc",  "memalign",
        "reallocarray", "palloc", "strdup",  "strndup",
};

/* What is behind such an ending and says how, not for what: g_malloc0_n, zmalloc_usable, sqlite3DbMallocRawNN. */
static const char *const manners[] = {
        "_n",         "0",      "0_n",      "_usable", "_internal", "_usable_internal",
        "_safe",      "_array", "_zero",    "Zero",    "Raw",       "RawNN",
        "RawNNTyped", "_flags", "_aligned", "_multi",  "_default",  "_extended",
};

/* Names that are made otherwise: of PostgreSQL, nginx, GLib. */
static const char *const wrappers[] = {
        "MemoryContextAlloc", "MemoryContextAllocZero", "AllocSetAlloc",
        "ngx_alloc",          "g_slice_alloc",
};

static bool text_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool is_manner(const char *text, size_t len)
{
	bool found = !len;

	for (size_t i = 0; i < COUNT(manners) && !found; i++)
		found = text_is(text, len, manners[i]);
	return found;
}

/* Some ending, with nothing but a manner behind it. */
static bool ends_as_allocator(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(endings); i++) {
		size_t n = strlen(endings[i]);
		for (size_t at = 0; at + n <= len; at++)
			if (strncasecmp(name + at, endings[i], n) == 0 &&
			    is_manner(name + at + n, len - at - n))
				return true;
	}
	return false;
}

bool named_is_wrapper(const char *function)
{
	size_t len = stem_length(function);

	/* A method, a namespace: not how C names what it wraps. */
	if (memchr(function, ':', len) || memchr(function, ' ', len))
		return false;
	for (size_t i = 0; i < COUNT(wrappers); i++)
		if (text_is(function, len, wrappers[i]))
			return true;
	return ends_as_allocator(function, len);
}
