/* SPDX-License-Identifier: MIT */
/*
 * What the C library says of itself: the name of its file up to 2.33 ("libc-2.31.so"), or the sentence
 * it prints when it is run ("GNU C Library ... version 2.36."), if that happens to be in memory. A
 * help, no proof: see glibc_name().
 */
#include <stdlib.h>
#include <string.h>

#include "heap/walk_internal.h"

enum { TEXT_MAX = 8 << 20, STEP = 1 << 18, OVERLAP = 256 };

/* "2.36" -> 36; 0: something else. */
static unsigned minor_of(const char *text, size_t len)
{
	unsigned minor = 0;

	if (len < 4 || memcmp(text, "2.", 2) != 0)
		return 0;
	for (size_t n = 2; n < len && n < 5 && text[n] >= '0' && text[n] <= '9'; n++)
		minor = 10 * minor + (unsigned)(text[n] - '0');
	return minor;
}

static unsigned by_sentence(const char *bytes, size_t len)
{
	static const char begin[] = "GNU C Library ", word[] = " version ";
	const char *at = memmem(bytes, len, begin, sizeof(begin) - 1);

	if (!at)
		return 0;
	len -= (size_t)(at - bytes);
	const char *version = memmem(at, len < OVERLAP ? len : OVERLAP, word, sizeof(word) - 1);
	if (!version)
		return 0;
	version += sizeof(word) - 1;
	return minor_of(version, len - (size_t)(version - at));
}

static unsigned by_memory(struct memory *m, const struct memory_range *r, char *buffer)
{
	uint64_t end = r->end - r->start > TEXT_MAX ? r->start + TEXT_MAX : r->end;

	for (uint64_t at = r->start; (at = memory_next(m, at, end)) < end;) {
		ssize_t got = memory_read(m, at, buffer, end - at < STEP ? end - at : STEP);
		if (got <= 0)
			break;
		unsigned minor = by_sentence(buffer, (size_t)got);
		if (minor)
			return minor;
		at += got > OVERLAP && at + (uint64_t)got < end && got == STEP
		              ? (uint64_t)got - OVERLAP
		              : (uint64_t)got;
	}
	return 0;
}

unsigned glibc_banner(struct memory *m)
{
	char *buffer = malloc(STEP);
	unsigned minor = 0;

	for (size_t n = 0; buffer && n < m->range_count && !minor; n++) {
		const struct memory_range *r = &m->ranges[n];
		const char *name = memrchr(m->names + r->name, '/', r->name_len);
		size_t len = name ? r->name_len - (size_t)(name + 1 - (m->names + r->name)) : 0;

		if (len < 7 || memcmp(++name, "libc", 4) != 0 || r->prot & MAP_WRITE)
			continue;
		if (name[4] == '-')
			minor = minor_of(name + 5, len - 5);
		else if (name[4] == '.' && r->prot & MAP_READ && !(r->prot & MAP_EXEC))
			minor = by_memory(m, r, buffer);
	}
	free(buffer);
	return minor;
}
