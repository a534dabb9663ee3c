/* SPDX-License-Identifier: MIT */
/* Knows how to feed the parser in pieces and to keep its records; refuses to judge them. */
#include "support_smaps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_fixture.h"

const char *const smaps_fixtures[SMAPS_FIXTURES] = {
        "proc/smaps-3.10.txt",      "proc/smaps-4.4.txt",    "proc/smaps-4.19.txt",
        "proc/smaps-5.10.txt",      "proc/smaps-6.1.txt",    "proc/smaps-6.18.txt",
        "proc/smaps-arm64-64k.txt", "proc/smaps-32bit.txt",  "proc/smaps-qemu-user.txt",
        "proc/smaps-sandbox.txt",   "proc/smaps-torn.txt",   "proc/smaps-touching-value.txt",
        "proc/smaps-wide.txt",      "proc/smaps-future.txt",
};
static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 1099511628211ull;
	return h;
}

int seen_take(const struct smaps_record *r, void *arg)
{
	struct seen *s = arg;
	uint64_t numbers[] = {r->map.start, r->map.end,   r->map.offset, r->map.inode,
	                      r->map.major, r->map.minor, r->map.prot,   r->map.name_len,
	                      r->flags,     r->has_flags};
	s->digest = mix(s->digest, numbers, sizeof(numbers));
	s->digest = mix(s->digest, r->bytes, sizeof(r->bytes));
	s->digest = mix(s->digest, r->map.name, r->map.name_len);
	if (s->count < SEEN_RECORDS) {
		struct kept *k = &s->rec[s->count];
		k->r = *r;
		snprintf(k->name, sizeof(k->name), "%.*s", (int)r->map.name_len, r->map.name);
	}
	s->count++;
	return s->count == s->stop_at ? -ECANCELED : 0;
}

struct smaps_parser *smaps_parser_get(void)
{
	struct smaps_parser *p = smaps_parser_new();
	assert_non_null(p);
	return p;
}

struct smaps_stats smaps_feed_all(struct smaps_parser *p, const char *text, size_t len,
                                  size_t first, size_t piece, struct seen *seen)
{
	struct smaps_stats stats;
	memset(seen, 0, sizeof(*seen));
	smaps_begin(p, seen_take, seen);
	for (size_t at = 0, n = first; at < len; at += n, n = piece) {
		n = n < len - at ? n : len - at;
		char *bytes = malloc(n ? n : 1);
		assert_non_null(bytes);
		memcpy(bytes, text + at, n);
		assert_int_equal(smaps_feed(p, bytes, n), 0);
		free(bytes);
	}
	assert_int_equal(smaps_end(p, true, &stats), 0);
	assert_true(stats.records == (uint64_t)seen->count);
	assert_true(stats.bytes == len);
	return stats;
}

struct smaps_stats smaps_load(const char *name, struct seen *seen)
{
	struct fixture f = fixture_load(name);
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats = smaps_feed_all(p, f.text, f.len, f.len, f.len, seen);
	smaps_parser_free(p);
	fixture_done(&f);
	return stats;
}

struct smaps_stats smaps_parse(const char *text, struct seen *seen)
{
	struct fixture f = fixture_of(text);
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats = smaps_feed_all(p, f.text, f.len, f.len, f.len, seen);
	smaps_parser_free(p);
	fixture_done(&f);
	return stats;
}

const struct kept *seen_named(const struct seen *s, const char *name)
{
	for (int i = 0; i < s->count; i++) {
		if (strcmp(s->rec[i].name, name) == 0)
			return &s->rec[i];
	}
	fail_msg("no record is called %s", name);
	return NULL;
}
