/* SPDX-License-Identifier: MIT */
/*
 * The texts io and memory.stat. Knows what v1 and v2 of control groups call the same thing; refuses to
 * know which file it reads.
 */
#include "proc/counters.h"

#include <errno.h>
#include <string.h>

#include "proc/lines.h"

/* A name and the figure it stands for; of two names for one the later row is the better one. */
struct name {
	const char *text;
	unsigned key;
};

static int figures_found(const uint64_t *v, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (known(v[i]))
			return 0;
	return -EINVAL;
}

int io_parse(const char *text, size_t len, uint64_t ret[IO_KEY_COUNT])
{
	static const struct name names[] = {{"rchar", IO_RCHAR},
	                                    {"wchar", IO_WCHAR},
	                                    {"read_bytes", IO_READ_BYTES},
	                                    {"write_bytes", IO_WRITE_BYTES}};
	struct span rest = {text, len}, line, key, value;

	memset(ret, 0xff, IO_KEY_COUNT * sizeof(*ret));
	while (span_line(&rest, &line)) {
		if (!span_split(line, &key, &value))
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (span_is(key, names[i].text))
				ret[names[i].key] = span_number(value);
	}
	return figures_found(ret, IO_KEY_COUNT);
}

int memstat_parse(const char *text, size_t len, uint64_t ret[MEMSTAT_KEY_COUNT])
{
	/* "rss" and "cache" of v1 leave out the groups below: only where "total_..." is missing. */
	static const struct name names[] = {
	        {"rss", MEMSTAT_ANON},    {"total_rss", MEMSTAT_ANON},   {"anon", MEMSTAT_ANON},
	        {"cache", MEMSTAT_FILE},  {"total_cache", MEMSTAT_FILE}, {"file", MEMSTAT_FILE},
	        {"slab", MEMSTAT_KERNEL}, {"kernel", MEMSTAT_KERNEL},    {"sock", MEMSTAT_SOCK},
	};
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	struct span rest = {text, len}, line, key, value;
	size_t from[MEMSTAT_KEY_COUNT] = {0};

	memset(ret, 0xff, MEMSTAT_KEY_COUNT * sizeof(*ret));
	while (span_line(&rest, &line)) {
		if (!span_word(&line, &key) || !span_word(&line, &value))
			continue;
		for (size_t i = 0; i < NAMES; i++) {
			unsigned k = names[i].key;
			if (span_is(key, names[i].text) && i >= from[k] &&
			    known(span_number(value))) {
				ret[k] = span_number(value);
				from[k] = i;
			}
		}
	}
	return figures_found(ret, MEMSTAT_KEY_COUNT);
}
