/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>

/*
 * heap-census [THREADS [BLOCKS [MODE [LARGEST [ARENAS]]]]]: blocks of 1 to LARGEST bytes, a third of
 * them freed again, in as many arenas as there are threads, or in ARENAS. It keeps its own book in
 * static memory, prints it beside what malloc says of itself, and is quiet then. After a line on stdin
 * it trims, and prints its RSS before and after. Runs on every glibc from 2.26 on. MODE is a sum: 1
 * also aligned_alloc, calloc and realloc; 2 somebody else takes parts of the brk area; 4 the brk area
 * cannot grow; 8 every 50th block has a mapping of its own, some of them aligned.
 */
extern struct mallinfo2 mallinfo2(void) __attribute__((weak)); /* from 2.33 on */

#define LIVE_MAX (1 << 21)

static struct {
	void *at;
	size_t size; /* of its chunk */
} live[LIVE_MAX];
static size_t live_count, live_bytes, thread_count, blocks, mode, largest;
static pthread_mutex_t book = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t filled;

static size_t chunk_size(void *p)
{
	size_t word = ((size_t *)p)[-1];

	return word & ~(size_t)7;
}

static void note(void *p)
{
	pthread_mutex_lock(&book);
	live[live_count].at = p;
	live[live_count++].size = chunk_size(p);
	live_bytes += chunk_size(p);
	pthread_mutex_unlock(&book);
}

static unsigned next(unsigned *seed)
{
	return *seed = *seed * 1103515245 + 12345;
}

static void *one(unsigned *seed)
{
	size_t size = 1 + (next(seed) >> 8) % (next(seed) >> 8 & 7 ? largest / 15 : largest);

	if ((next(seed) >> 8) % 4096 == 0)
		size = 200000 + (next(seed) >> 8) % 100000;
	if (mode & 8 && (next(seed) >> 8) % 50 == 0)
		return (next(seed) >> 8) % 2
		               ? must(malloc(200000))
		               : must(aligned_alloc((size_t)64 << (next(seed) >> 8) % 16, 1 << 20));
	if (!(mode & 1))
		return touched(size);
	switch ((next(seed) >> 8) % 4) {
	case 0:
		return fill(must(aligned_alloc((size_t)16 << (next(seed) >> 8) % 9, size)), size);
	case 1:
		return must(calloc(1, size));
	case 2:
		return fill(must(realloc(touched(size / 2 + 1), size)), size);
	default:
		return touched(size);
	}
}

/* What others do to the brk area. */
static void disturb(size_t n)
{
	if (mode & 2 && n % (blocks / 4 + 1) == blocks / 8)
		fill(must(sbrk(5000)), 5000);
	if (mode & 4 && n == blocks / 2) {
		/* A page in the way, right behind it. */
		uintptr_t end = ((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095;
		must(mmap((void *)end, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		          0));
	}
}

static void *work(void *arg)
{
	unsigned seed = (unsigned)(size_t)arg * 7919 + 1;
	void **mine = must(mmap(NULL, blocks * sizeof(*mine), PROT_READ | PROT_WRITE,
	                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	size_t n;

	for (n = 0; n < blocks; n++) {
		mine[n] = one(&seed);
		if (!arg)
			disturb(n);
	}
	for (n = 0; n < blocks; n++)
		if ((next(&seed) >> 8) % 3 == 0) {
			free(mine[n]);
			mine[n] = NULL;
		}
	for (n = 0; n < blocks; n++)
		if (mine[n])
			note(mine[n]);
	munmap(mine, blocks * sizeof(*mine));
	pthread_barrier_wait(&filled);
	if (arg)
		rest_for_ever();
	return NULL;
}

/*
 * Without malloc, which would change what it counts; from smaps, for statm is off by some pages a CPU;
 * without pages of files, for trimming runs code that did not run before.
 */
static size_t rss(void)
{
	char text[2048] = "";
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	const char *line = NULL;

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		line = strstr(text, "Anonymous:");
	close(fd);
	/* No strtoul(): newer headers make of it a function that older libraries do not have. */
	return line ? (size_t)strtod(line + 10, NULL) * 1024 : 0;
}

static struct mallinfo2 info_of(void)
{
	if (mallinfo2)
		return mallinfo2();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	struct mallinfo i = mallinfo();
#pragma GCC diagnostic pop
	return (struct mallinfo2){
	        .arena = (unsigned)i.arena,
	        .uordblks = (unsigned)i.uordblks,
	        .fordblks = (unsigned)i.fordblks,
	        .fsmblks = (unsigned)i.fsmblks,
	        .ordblks = (unsigned)i.ordblks,
	        .smblks = (unsigned)i.smblks,
	        .hblks = (unsigned)i.hblks,
	        .hblkhd = (unsigned)i.hblkhd,
	        .keepcost = (unsigned)i.keepcost,
	};
}

static char output[1 << 12];

int main(int argc, char **argv)
{
	char line[8];

	thread_count = (size_t)argument(argc, argv, 1, 1);
	blocks = (size_t)argument(argc, argv, 2, 20000);
	mode = (size_t)argument(argc, argv, 3, 0);
	largest = (size_t)argument(argc, argv, 4, 6000);
	target_begin();
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	if (!thread_count || largest < 15 || blocks * thread_count > LIVE_MAX)
		return 2;
	mallopt(M_ARENA_MAX, (int)argument(argc, argv, 5, (double)thread_count));
	pthread_barrier_init(&filled, NULL, (unsigned)thread_count);
	for (size_t n = 1; n < thread_count; n++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, work, (void *)n) != 0)
			return 1;
	}
	work(NULL);
	/* Each pthread_create() takes one block for itself, which is not in the book. */
	struct mallinfo2 i = info_of();
	printf("live_blocks %zu live_bytes %zu arena %zu uordblks %zu fordblks %zu fsmblks %zu "
	       "ordblks %zu smblks %zu hblks %zu hblkhd %zu keepcost %zu threads %zu\n",
	       live_count, live_bytes, i.arena, i.uordblks, i.fordblks, i.fsmblks, i.ordblks,
	       i.smblks, i.hblks, i.hblkhd, i.keepcost, thread_count);
	ready(getpid());
	if (read(0, line, sizeof(line)) > 0) {
		size_t before = rss();
		malloc_trim(0);
		size_t after = rss();
		printf("rss_before %zu rss_after %zu\n", before, after);
		fflush(stdout);
	}
	rest_for_ever();
}
