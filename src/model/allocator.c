/* SPDX-License-Identifier: MIT */
/*
 * Knows the names that allocators leave in the mappings of a process. Refuses to know where their blocks are,
 * and what is linked into a program without a name.
 */
#include "model/allocator.h"

#include <string.h>

const char *const allocator_names[ALLOCATOR_COUNT] = {
        [ALLOCATOR_UNKNOWN] = NULL,
        [ALLOCATOR_GLIBC] = "glibc",
        [ALLOCATOR_MUSL] = "musl",
        [ALLOCATOR_JEMALLOC] = "jemalloc",
        [ALLOCATOR_TCMALLOC] = "tcmalloc",
        [ALLOCATOR_MIMALLOC] = "mimalloc",
        [ALLOCATOR_GO] = "Go",
        [ALLOCATOR_SCUDO] = "Scudo",
};

struct sign {
	const char *begin;
	enum allocator means;
};

/* What the name of a library begins with, its directory left out: versions and hashes follow. */
static const struct sign libraries[] = {
        {"libjemalloc.", ALLOCATOR_JEMALLOC}, {"libjemalloc-", ALLOCATOR_JEMALLOC},
        {"libjemalloc_", ALLOCATOR_JEMALLOC}, {"libtcmalloc.", ALLOCATOR_TCMALLOC},
        {"libtcmalloc_", ALLOCATOR_TCMALLOC}, {"libtcmalloc-", ALLOCATOR_TCMALLOC},
        {"libmimalloc.", ALLOCATOR_MIMALLOC}, {"libmimalloc-", ALLOCATOR_MIMALLOC},
        {"libscudo.", ALLOCATOR_SCUDO},       {"libclang_rt.scudo", ALLOCATOR_SCUDO},
        {"ld-musl-", ALLOCATOR_MUSL},         {"libc.musl-", ALLOCATOR_MUSL},
        {"libc.so.6", ALLOCATOR_GLIBC},       {"libc-2.", ALLOCATOR_GLIBC},
};

/* Labels of anonymous memory, where the kernel keeps them. */
static const struct sign labels[] = {
        {"[anon: Go: ", ALLOCATOR_GO},          {"[anon:scudo:", ALLOCATOR_SCUDO},
        {"[anon:jemalloc", ALLOCATOR_JEMALLOC}, {"[anon:tcmalloc", ALLOCATOR_TCMALLOC},
        {"[anon:mimalloc", ALLOCATOR_MIMALLOC}, {"[anon: glibc: malloc", ALLOCATOR_GLIBC},
};

static enum allocator sign_find(const struct sign *signs, size_t count, const char *name,
                                size_t len)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(signs[i].begin);
		if (len >= n && memcmp(name, signs[i].begin, n) == 0)
			return signs[i].means;
	}
	return ALLOCATOR_UNKNOWN;
}

/* Debian's file of musl, which is its loader too, has a name that only its directory tells apart. */
static bool is_musl(const char *name, size_t len)
{
	static const char file[] = "/libc.so";
	size_t n = sizeof(file) - 1;

	return len > n && memcmp(name + len - n, file, n) == 0 && memmem(name, len - n, "musl", 4);
}

/* Any program has a C library, also one that allocates otherwise. */
static unsigned weight(enum allocator a)
{
	if (a == ALLOCATOR_UNKNOWN)
		return 0;
	return a == ALLOCATOR_GLIBC || a == ALLOCATOR_MUSL ? 1 : 2;
}

void allocator_see(enum allocator *seen, const char *name, size_t len, bool pseudo)
{
	enum allocator found;

	if (pseudo) {
		found = sign_find(labels, sizeof(labels) / sizeof(*labels), name, len);
	} else {
		const char *slash = memrchr(name, '/', len);
		const char *base = slash ? slash + 1 : name;
		found = sign_find(libraries, sizeof(libraries) / sizeof(*libraries), base,
		                  len - (size_t)(base - name));
		found = is_musl(name, len) ? ALLOCATOR_MUSL : found;
	}
	if (weight(found) > weight(*seen))
		*seen = found;
}

void allocator_see_start(enum allocator *seen, uint64_t start)
{
	/* Go asks for its first arena here, so that its addresses begin with bytes no UTF-8 text has. */
	bool go = start == 0xc000000000 || start == 0x4000000000;

	if (go && weight(ALLOCATOR_GO) > weight(*seen))
		*seen = ALLOCATOR_GO;
}
