/* SPDX-License-Identifier: MIT */
/*
 * bench_replay_seek FILE [SEEKS]: how long it takes to open a recording and to show a moment of it, wall and CPU, ms: opening,
 * the first moment after it, and SEEKS (100) moments at random times, median and worst.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "store/replay.h"

enum { SEEKS_MAX = 10000 };

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double wall_ms(void)
{
	return (double)clock_mono() / (double)NS_PER_MS;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One moment, thrown away; ms of wall time. */
static double seek(struct replay *r, uint64_t time)
{
	struct moment *m = NULL;
	struct fault fault = {0};
	double begin = wall_ms();

	if (replay_moment(r, time, 0, &m, &fault)) {
		fprintf(stderr, "bench_replay_seek: %s\n", fault.text);
		exit(1);
	}
	double took = wall_ms() - begin;
	moment_unref(m);
	return took;
}

int main(int argc, char **argv)
{
	static double took[SEEKS_MAX];
	int seeks = argc > 2 ? atoi(argv[2]) : 100;
	struct replay *r = NULL;
	struct fault fault = {0};

	if (argc < 2 || seeks < 1 || seeks > SEEKS_MAX)
		return 2;
	double wall = wall_ms(), cpu = cpu_ms();
	if (replay_open(argv[1], &r, &fault)) {
		fprintf(stderr, "bench_replay_seek: %s\n", fault.text);
		return 1;
	}
	printf("open_ms=%.1f open_cpu_ms=%.1f ", wall_ms() - wall, cpu_ms() - cpu);
	uint64_t oldest = replay_oldest(r), newest = replay_newest(r);
	printf("days=%.1f first_ms=%.1f ", (double)(newest - oldest) / 86400e9, seek(r, newest));
	srandom(1);
	cpu = cpu_ms();
	for (int i = 0; i < seeks; i++) {
		double share = (double)random() / (double)RAND_MAX;
		took[i] = seek(r, oldest + (uint64_t)(share * (double)(newest - oldest)));
	}
	cpu = cpu_ms() - cpu;
	qsort(took, (size_t)seeks, sizeof(*took), compare);
	printf("seek_ms=%.1f seek_worst_ms=%.1f seek_cpu_ms=%.1f\n", took[seeks / 2],
	       took[seeks - 1], cpu / seeks);
	replay_free(r);
	return 0;
}
