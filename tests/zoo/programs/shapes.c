/* SPDX-License-Identifier: MIT */
#include "../../targets/target.h"

#include <fcntl.h>
#include <stdint.h>

/*
 * shapes NAME [NUMBER]...: programs too small for a file each. Every one does a single thing to its memory;
 * record.sh says which of them are leaks, and why.
 */

/* cache MIB SECONDS: fills a cache of 1 KiB blocks within SECONDS, then only replaces entries. */
static void cache(size_t mib, double seconds)
{
	size_t entries = mib * 1024, filled = 0,
	       each = (size_t)((double)entries / seconds / 20) + 1;
	void **cached = must(calloc(entries, sizeof(*cached)));

	for (;;) {
		for (size_t i = 0; i < each && filled < entries; i++)
			cached[filled++] = touched(1024);
		for (size_t i = 0; i < 50 && filled == entries; i++) {
			size_t old = (size_t)random() % entries;
			free(cached[old]);
			cached[old] = touched(1024);
		}
		rest(0.05);
	}
}

/* touch MIB SECONDS: one block for the whole life, written once from its begin to its end. */
static void touch(size_t mib, double seconds)
{
	size_t step = MiB / 16, size = mib * MiB;
	char *block = must(malloc(size));

	for (size_t done = 0; done + step <= size; done += step) {
		fill(block + done, step);
		rest(seconds * (double)step / (double)size);
	}
	rest_for_ever();
}

/* batch MIB PERIOD: like cron: builds up to MIB in small blocks, works PERIOD / 6, frees all, sleeps PERIOD / 3. */
static void batch(size_t mib, double period)
{
	static void *block[1 << 18];
	for (;;) {
		size_t size = (mib / 2 + (size_t)random() % (mib / 2 + 1)) * MiB, n = 0;

		for (size_t held = 0; held < size && n < sizeof(block) / sizeof(*block);
		     held += 700) {
			block[n++] = touched(600 + (size_t)random() % 200);
			if (n % 2000 == 0)
				rest(0.1);
		}
		rest(period / 6);
		while (n > 0)
			free(block[--n]);
		rest(period / 3);
	}
}

/* memfd KIB_PER_SECOND: a mapped queue in a memfd, lengthened for each message and never cut. */
static void memfd(double rate)
{
	int fd = memfd_create("queue", MFD_CLOEXEC);
	size_t size = 4096;
	char *queue;

	if (ftruncate(fd, (off_t)size) != 0)
		exit(1);
	queue = must(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	for (;;) {
		fill(queue + size - 4096, 4096);
		if (ftruncate(fd, (off_t)size + 4096) != 0)
			exit(1);
		queue = must(mremap(queue, size, size + 4096, MREMAP_MAYMOVE));
		size += 4096;
		rest(4 / rate);
	}
}

/* A thread that used a part of its stack and waits for what never comes. */
static void *wait_for_nothing(void *unused)
{
	char used[20000];

	fill(used, sizeof(used));
	rest_for_ever();
	return unused;
}

/* threads PER_SECOND: one thread for each connection, and none of them ends. */
static void threads(double rate)
{
	pthread_t thread;

	for (;;) {
		if (pthread_create(&thread, NULL, wait_for_nothing, NULL) != 0)
			rest_for_ever();
		rest(1 / rate);
	}
}

/* mmap PER_SECOND: maps a buffer of 16 to 124 KiB for each request, forgets every one of them. */
static void map(double rate)
{
	for (;;) {
		anonymous_touched(16384 + (size_t)(random() % 28) * 4096);
		rest(1 / rate);
	}
}

/* big MIB BYTES_PER_SECOND: a large process at work, which forgets blocks of 500 bytes. */
static void big(size_t mib, double rate)
{
	size_t entries = mib * 256;
	void **kept = must(calloc(entries, sizeof(*kept)));

	for (size_t i = 0; i < entries; i++)
		kept[i] = touched(3500 + (size_t)random() % 500);
	for (;;) {
		for (double leaked = 0; leaked < rate / 20; leaked += 500)
			touched(500);
		for (size_t i = 0; i < 100; i++) {
			size_t old = (size_t)random() % entries;
			free(kept[old]);
			kept[old] = touched(3500 + (size_t)random() % 500);
		}
		rest(0.05);
	}
}

/* spike MIB PERIOD: one burst of blocks, all freed but the last: what lies below that stays with malloc. */
static void spike(size_t mib, double period)
{
	size_t blocks = mib * 1024;
	void **block = must(calloc(blocks, sizeof(*block)));

	for (;;) {
		for (size_t i = 0; i < blocks; i++)
			block[i] = touched(1000);
		for (size_t i = 0; i + 1 < blocks; i++)
			free(block[i]);
		rest(period);
		free(block[blocks - 1]);
	}
}

/* file MIB SECONDS FILE: reads a mapped file of MIB once within SECONDS, then here and there. */
static void file(size_t mib, double seconds, const char *path)
{
	size_t size = mib * MiB;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	volatile const char *mapped = must(mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0));

	for (size_t at = 0; at < size; at += 65536) {
		(void)mapped[at];
		rest(seconds * 65536 / (double)size);
	}
	for (;;) {
		(void)mapped[(size_t)random() % size];
		rest(0.01);
	}
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	double a = argument(argc, argv, 2, 0), b = argument(argc, argv, 3, 0);

	srandom(1);
	if (strcmp(name, "cache") == 0)
		cache((size_t)a, b);
	if (strcmp(name, "touch") == 0)
		touch((size_t)a, b);
	if (strcmp(name, "batch") == 0)
		batch((size_t)a, b);
	if (strcmp(name, "memfd") == 0)
		memfd(a);
	if (strcmp(name, "threads") == 0)
		threads(a);
	if (strcmp(name, "mmap") == 0)
		map(a);
	if (strcmp(name, "big") == 0)
		big((size_t)a, b);
	if (strcmp(name, "spike") == 0)
		spike((size_t)a, b);
	if (strcmp(name, "file") == 0 && argc > 4)
		file((size_t)a, b, argv[4]);
	fprintf(stderr, "shapes: no shape `%s', or too few numbers\n", name);
	return 2;
}
