/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdint.h>

/* Cycles by duration: 100 ns a bucket up to 1 ms, then 10 us a bucket up to 1 s. */
enum { FINE = 10000, COARSE = 100000 };

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static size_t bucket_of(uint64_t ns)
{
	if (ns < 1000000)
		return (size_t)(ns / 100);
	ns /= 10000;
	return ns < COARSE ? FINE + (size_t)ns : FINE + COARSE - 1;
}

static double bucket_us(size_t bucket)
{
	return bucket < FINE ? (double)bucket / 10 : (double)(bucket - FINE) * 10;
}

static double quantile(const uint64_t *histogram, uint64_t total, double q)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < FINE + COARSE; i++) {
		seen += histogram[i];
		if ((double)seen >= q * (double)total)
			return bucket_us(i);
	}
	return bucket_us(FINE + COARSE - 1);
}

/*
 * churn [KEPT_MIB]: maps, touches and unmaps 64 KiB without a pause, beside KEPT_MIB of resident memory.
 * On SIGTERM it says how long its own cycles took: a reader of /proc that holds its locks shows here.
 */
int main(int argc, char **argv)
{
	size_t kept = (size_t)argument(argc, argv, 1, 256);
	uint64_t *histogram = must(calloc(FINE + COARSE, sizeof(*histogram)));
	uint64_t cycles = 0, longest = 0;

	target_begin();
	signal(SIGTERM, end);
	anonymous_touched(kept * MiB);
	ready(getpid());
	while (!ended) {
		uint64_t begin = now();
		munmap(anonymous_touched(65536), 65536);
		uint64_t took = now() - begin;
		histogram[bucket_of(took)]++;
		longest = took > longest ? took : longest;
		cycles++;
	}
	printf("cycles %llu p50_us %.1f p99_us %.1f p99.9_us %.1f max_us %.1f\n",
	       (unsigned long long)cycles, quantile(histogram, cycles, 0.5),
	       quantile(histogram, cycles, 0.99), quantile(histogram, cycles, 0.999),
	       (double)longest / 1000);
	free(histogram);
	return 0;
}
