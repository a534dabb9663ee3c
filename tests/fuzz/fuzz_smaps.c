/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a smaps text, in four ways that must agree: whole, byte by byte by a parser that has
 * learnt nothing (so by the general path alone), again by one that has learnt this very text, and
 * in pieces of uneven size. The first byte chooses the pieces and whether the end is an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proc/smaps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 1099511628211ull;
	return h;
}

struct result {
	uint64_t digest, count;
	struct smaps_stats stats;
};

static int see(const struct smaps_record *r, void *arg)
{
	struct result *res = arg;
	uint64_t numbers[] = {r->map.start, r->map.end,   r->map.offset, r->map.inode,
	                      r->map.major, r->map.minor, r->map.prot,   r->map.name_len,
	                      r->flags,     r->has_flags};
	res->digest = mix(res->digest, numbers, sizeof(numbers));
	res->digest = mix(res->digest, r->bytes, sizeof(r->bytes));
	res->digest = mix(res->digest, r->map.name, r->map.name_len);
	res->count++;
	demand(r->map.start < r->map.end);
	demand(r->has_flags || !r->flags);
	demand(r->flags >> 63 == 0);
	return 0;
}

/* A piece, but for single bytes, lies in storage of its own size: no byte too many can be read. */
static struct result run(struct smaps_parser *p, const char *text, size_t len, size_t piece,
                         bool whole)
{
	struct result res = {0};
	smaps_begin(p, see, &res);
	for (size_t at = 0, n; at < len; at += n) {
		n = piece < len - at ? piece : len - at;
		if (piece == 1) {
			demand(smaps_feed(p, text + at, n) == 0);
			continue;
		}
		char *bytes = malloc(n);
		demand(bytes != NULL);
		memcpy(bytes, text + at, n);
		demand(smaps_feed(p, bytes, n) == 0);
		free(bytes);
	}
	demand(smaps_end(p, whole, &res.stats) == 0);
	demand(res.stats.records == res.count && res.stats.bytes == len);
	return res;
}

static void demand_same(const struct result *a, const struct result *b)
{
	demand(a->digest == b->digest && a->count == b->count);
	demand(a->stats.damaged == b->stats.damaged);
	demand(a->stats.torn == b->stats.torn && a->stats.partial == b->stats.partial);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const char *text = (const char *)data + 1;
	size_t len = size - 1;
	bool whole = data[0] & 1;
	size_t piece = 2 + (size_t)(data[0] >> 1) * 7;
	struct smaps_parser *p = smaps_parser_new();
	struct smaps_parser *bytewise = smaps_parser_new();
	demand(p && bytewise);

	struct result first = run(p, text, len, len ? len : 1, whole);
	struct result general = run(bytewise, text, len, 1, whole);
	demand(general.stats.slow >= general.count);
	struct result learnt = run(p, text, len, len ? len : 1, whole);
	struct result pieces = run(p, text, len, piece, whole);
	demand_same(&first, &general);
	demand_same(&learnt, &general);
	demand_same(&pieces, &general);
	smaps_parser_free(p);
	smaps_parser_free(bytewise);
	return 0;
}
