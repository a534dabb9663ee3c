/* SPDX-License-Identifier: MIT */
/*
 * Speed of the smaps parser on a saved text: bench_smaps_parse FILE [ROUNDS]. Prints the best round
 * of three ways to hand the text over, beside the cost of merely finding its newlines.
 * `bench_smaps_parse --make N` prints the smaps of a process with N more mappings instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "proc/smaps.h"

struct sum {
	uint64_t rss, mappings, flags;
};

static int record_sum(const struct smaps_record *r, void *arg)
{
	struct sum *s = arg;
	s->rss += r->bytes[SMAPS_RSS];
	s->mappings++;
	s->flags ^= r->flags + r->map.start;
	return 0;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Alternating protections keep neighbours from being merged; every third page is touched. */
static int make(long n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *base = mmap(NULL, (size_t)n * page, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return 1;
	for (long i = 0; i < n; i++) {
		if (i % 3 == 0)
			base[(size_t)i * page] = 1;
		if (i % 2 && mprotect(base + (size_t)i * page, page, PROT_READ))
			return 1;
	}
	char text[65536];
	size_t got;
	FILE *f = fopen("/proc/self/smaps", "r");
	if (!f)
		return 1;
	while ((got = fread(text, 1, sizeof(text), f)) > 0)
		fwrite(text, 1, got, stdout);
	fclose(f);
	return 0;
}

static char *file_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "r");
	size_t cap = 256u << 20;
	char *text = malloc(cap);
	if (!f || !text)
		exit(1);
	*ret_len = fread(text, 1, cap, f);
	fclose(f);
	return text;
}

static uint64_t lines_count(const char *text, size_t len)
{
	uint64_t n = 0;
	const char *end = text + len;
	for (const char *s = text; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		n++;
	return n;
}

/* A read(2) of smaps gives the whole records that fit into a page: where do those reads end? */
static size_t *reads_find(const char *text, size_t len, size_t *ret_count)
{
	size_t *cuts = calloc(len / 256 + 2, sizeof(*cuts));
	size_t n = 0;
	size_t from = 0;
	size_t record_end = 0;
	if (!cuts)
		exit(1);
	for (const char *s = text; (s = memchr(s, '\n', (size_t)(text + len - s)));) {
		s++;
		if (s < text + len && *s >= 'A' && *s <= 'Z')
			continue;
		if ((size_t)(s - text) - from > 4096 && record_end > from)
			from = cuts[n++] = record_end;
		record_end = (size_t)(s - text);
	}
	cuts[n++] = len;
	*ret_count = n;
	return cuts;
}

enum way { WAY_LINES, WAY_WHOLE, WAY_PIECES, WAY_ROOM, WAY_COUNT };

struct input {
	const char *text;
	size_t len;
	size_t *cuts;
	size_t cut_count;
};

static uint64_t round_run(enum way way, struct smaps_parser *p, const struct input *in,
                          struct smaps_stats *stats)
{
	struct sum sum = {0};
	size_t room;
	if (way == WAY_LINES)
		return lines_count(in->text, in->len);
	smaps_begin(p, record_sum, &sum);
	if (way == WAY_WHOLE)
		smaps_feed(p, in->text, in->len);
	for (size_t at = 0; way == WAY_PIECES && at < in->len; at += 3800)
		smaps_feed(p, in->text + at, in->len - at < 3800 ? in->len - at : 3800);
	for (size_t i = 0, at = 0; way == WAY_ROOM && i < in->cut_count; at = in->cuts[i++]) {
		char *to = smaps_room(p, &room);
		memcpy(to, in->text + at, in->cuts[i] - at);
		smaps_fed(p, in->cuts[i] - at);
	}
	smaps_end(p, true, stats);
	return sum.mappings;
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"newlines only", "whole text", "pieces of 3800 bytes",
	                                    "reads into smaps_room"};
	if (argc == 3 && strcmp(argv[1], "--make") == 0)
		return make(atol(argv[2]));
	if (argc < 2)
		return 2;
	int rounds = argc > 2 ? atoi(argv[2]) : 20;
	struct input in;
	char *text = file_read(argv[1], &in.len);
	in.text = text;
	in.cuts = reads_find(text, in.len, &in.cut_count);
	struct smaps_parser *p = smaps_parser_new();
	double lines = 0;
	for (int way = 0; p && way < WAY_COUNT; way++) {
		struct smaps_stats stats = {0};
		double best = 1e9;
		uint64_t n = 0;
		for (int i = 0; i < rounds; i++) {
			double t = now();
			n = round_run((enum way)way, p, &in, &stats);
			t = now() - t;
			best = t < best ? t : best;
		}
		lines = way == WAY_LINES ? best : lines;
		printf("%-22s %8.2f ms  %6.2f GB/s  x%.2f of the newline scan  %llu %s, %llu "
		       "slow\n",
		       names[way], best * 1e3, (double)in.len / best / 1e9, best / lines,
		       (unsigned long long)n, way == WAY_LINES ? "lines" : "records",
		       (unsigned long long)stats.slow);
	}
	smaps_parser_free(p);
	free(in.cuts);
	free(text);
	return 0;
}
