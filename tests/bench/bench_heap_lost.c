/* SPDX-License-Identifier: MIT */
/*
 * Scans for lost blocks: bench_heap_lost PID [SCANS [SECONDS [LEDGER]]]. Prints what was found, what the scans took, and
 * what the tool needed for it. LEDGER is a file of the target heap-mutate, which knows what it leaked: then also
 * how many of the blocks lost before the first scan were found, and how many were reported that are not lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "heap/lost.h"
#include "heap/lost_internal.h"
#include "heap/memory.h"
#include "heap/walk.h"

#define HIDE 0xa5a5a5a5a5a5a5a5ull /* as in tests/targets/heap-mutate.c */

struct ledger {
	volatile uint64_t count, moves;
	uint64_t entries[];
};

struct bench {
	struct memory *m;
	struct walker *walker;
	struct lost *lost;
	const struct ledger *ledger;
	uint64_t leaked_first,
	        leaked_last; /* of the ledger: before the first scan, after the last one */
	uint64_t begin, walk_worst, scan_worst, scan_sum, scan_cpu, count;
	uint64_t own_before; /* bytes */
	double grown;
	struct heap_lost out;
};

/* "VmRSS" or "VmHWM" of ourselves, bytes. */
static uint64_t own_memory(const char *key)
{
	char line[256];
	uint64_t kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			kb = strtoull(line + strlen(key) + 1, NULL, 10);
	if (f)
		fclose(f);
	return kb * 1024;
}

static int bench_scan(struct bench *b, unsigned n)
{
	struct heap_walk *walk;
	int err = memory_begin(b->m);

	if (err)
		return err;
	uint64_t begin = clock_mono();
	err = walker_walk(b->walker, b->m, NULL, &walk);
	if (err)
		return err;
	uint64_t walked = clock_mono(), cpu = clock_thread();
	if (n == 0 && b->ledger)
		b->leaked_first = b->ledger->count;
	err = lost_scan(b->lost, b->m, walk, walked - b->begin, NULL, &b->out);
	uint64_t took = clock_mono() - walked;
	b->scan_cpu += clock_thread() - cpu;
	b->walk_worst = walked - begin > b->walk_worst ? walked - begin : b->walk_worst;
	b->scan_worst = took > b->scan_worst ? took : b->scan_worst;
	b->scan_sum += took;
	b->count = walk->count;
	if (getenv("VERBOSE"))
		fprintf(stderr,
		        "scan %u: %.1f ms, walk %.1f ms, suspect %llu probable %llu lost %llu "
		        "heads; "
		        "definitely %llu indirectly %llu possibly %llu suspect %llu\n",
		        n + 1, (double)took / 1e6, (double)(walked - begin) / 1e6,
		        (unsigned long long)b->out.by_certainty[LOST_SUSPECT],
		        (unsigned long long)b->out.by_certainty[LOST_PROBABLE],
		        (unsigned long long)b->out.by_certainty[LOST_LOST],
		        (unsigned long long)b->out.definitely_blocks,
		        (unsigned long long)b->out.indirectly_blocks,
		        (unsigned long long)b->out.possibly_blocks,
		        (unsigned long long)b->out.suspect_blocks);
	heap_walk_free(walk);
	return err;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What was reported as certainly lost, beside the book of who leaked it. */
static void bench_compare(const struct bench *b)
{
	const struct lost_ages *ages = lost_ages_of(b->lost);
	uint64_t count = b->leaked_last, found = 0, reported = 0, wrong = 0;
	uint64_t *all = malloc((count + 1) * sizeof(*all));

	if (!all)
		return;
	for (uint64_t i = 0; i < count; i++)
		all[i] = b->ledger->entries[i] ^ HIDE;
	/* The first ones are those before the first scan; each part in order, to be found. */
	qsort(all, b->leaked_first, sizeof(*all), by_value);
	qsort(all + b->leaked_first, count - b->leaked_first, sizeof(*all), by_value);
	for (size_t i = 0; i < ages->count; i++) {
		const struct lost_age *age = &ages->items[i];
		if (age->possibly || age_certainty(ages, age, b->out.time) != LOST_LOST)
			continue;
		reported++;
		if (bsearch(&age->address, all, b->leaked_first, sizeof(*all), by_value))
			found++;
		else if (!bsearch(&age->address, all + b->leaked_first, count - b->leaked_first,
		                  sizeof(*all), by_value))
			wrong++;
	}
	free(all);
	printf("leaked_before %llu found %llu missed_percent %.3f reported %llu wrong %llu "
	       "wrong_percent %.3f moves %llu ",
	       (unsigned long long)b->leaked_first, (unsigned long long)found,
	       100 - 100 * (double)found / (double)b->leaked_first, (unsigned long long)reported,
	       (unsigned long long)wrong, reported ? 100 * (double)wrong / (double)reported : 0,
	       (unsigned long long)b->ledger->moves);
}

static int bench_open(struct bench *b, int32_t pid, const char *path)
{
	enum allocator allocator;
	char why[200] = "";
	int err = memory_open_live("/proc", pid, &b->m);

	if (path) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
		void *map = size <= 0 ? MAP_FAILED
		                      : mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			return -errno;
		b->ledger = map;
	}
	if (!err)
		err = memory_begin(b->m);
	if (!err)
		err = walker_new(b->m, NULL, why, &allocator, &b->walker);
	if (why[0] && err)
		fprintf(stderr, "%s\n", why);
	b->lost = lost_new();
	b->begin = clock_mono();
	return b->lost ? err : -ENOMEM;
}

static void bench_print(const struct bench *b, unsigned scans)
{
	const struct heap_lost *o = &b->out;

	if (b->ledger)
		bench_compare(b);
	printf("definitely_blocks %llu definitely_bytes %llu indirectly_blocks %llu "
	       "indirectly_bytes %llu "
	       "possibly_blocks %llu reachable_blocks %llu suspect_blocks %llu whole_stacks %u "
	       "root_bytes %llu unread_bytes %llu torn %llu growth_blocks %.3f grown %.0f "
	       "scan_ms %.1f scan_cpu_ms %.1f scan_worst_ms %.1f walk_worst_ms %.1f blocks %llu "
	       "bytes_a_block %.1f\n",
	       (unsigned long long)o->definitely_blocks, (unsigned long long)o->definitely_bytes,
	       (unsigned long long)o->indirectly_blocks, (unsigned long long)o->indirectly_bytes,
	       (unsigned long long)o->possibly_blocks, (unsigned long long)o->reachable_blocks,
	       (unsigned long long)o->suspect_blocks, o->whole_stacks,
	       (unsigned long long)o->root_bytes, (unsigned long long)o->unread_bytes,
	       (unsigned long long)o->torn, o->growth_blocks, b->grown,
	       (double)b->scan_sum / 1e6 / scans, (double)b->scan_cpu / 1e6 / scans,
	       (double)b->scan_worst / 1e6, (double)b->walk_worst / 1e6,
	       (unsigned long long)b->count,
	       (double)(own_memory("VmHWM") - b->own_before) / (double)(b->count ? b->count : 1));
}

int main(int argc, char **argv)
{
	unsigned scans = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 4;
	double seconds = argc > 3 ? strtod(argv[3], NULL) : 5;
	struct bench b = {0};
	uint64_t first = UNKNOWN;

	if (argc < 2 || !scans)
		return 2;
	/* As the tool has it: what is freed goes back, and what was needed is what shows. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	b.own_before = own_memory("VmRSS");
	int err = bench_open(&b, atoi(argv[1]), argc > 4 ? argv[4] : NULL);
	for (unsigned n = 0; !err && n < scans; n++) {
		if (n)
			usleep((useconds_t)(seconds * 1e6));
		err = bench_scan(&b, n);
		if (!err && n + 1 >= LOST_SCANS_LOST) {
			uint64_t blocks = b.out.definitely_blocks + b.out.indirectly_blocks;
			first = known(first) ? first : blocks;
			b.grown = (double)blocks - (double)first;
		}
	}
	if (err) {
		fprintf(stderr, "bench_heap_lost: %s\n", strerror(-err));
		return 1;
	}
	if (b.ledger)
		b.leaked_last = b.ledger->count;
	bench_print(&b, scans);
	for (unsigned i = 0; getenv("VERBOSE") && i < b.out.head_count && i < 20; i++) {
		const struct lost_head *h = &b.out.heads[i];
		fprintf(stderr,
		        "%s %s %#llx size %llu twins %llu bytes %llu + %llu in %llu scans %u "
		        "growth %.2f %s\n",
		        lost_certainty_words[h->certainty], lost_kind_words[h->kind],
		        (unsigned long long)h->address, (unsigned long long)h->size,
		        (unsigned long long)h->twins, (unsigned long long)h->bytes,
		        (unsigned long long)h->indirect_bytes,
		        (unsigned long long)h->indirect_blocks, h->scans, h->growth, h->type);
	}
	lost_free(b.lost);
	walker_free(b.walker);
	memory_free(b.m);
	return 0;
}
