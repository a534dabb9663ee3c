/* SPDX-License-Identifier: MIT */
/*
 * Own memory and descriptors over a long watch: soak DIRECTORY [SAMPLES [WARM [PAGES [restarts]]]]. The dashboard, its
 * recording and the list of processes over a made-up busy process (stage.h), a second a sample, SAMPLES (86,400: a day)
 * in all. What is compared is the most that was there in the second half of the first WARM (7,200) samples and in as many
 * at the end: what is allocated, which may be 256 kB more (what hangs on the screen changes with the keys), anonymous
 * resident memory, PAGES (32) pages more, and descriptors, none.
 *
 * Pages of the program's own file and of its libraries are left out: they come in when code runs for the first time, and
 * go when the kernel wants them. Those few that may come are malloc's: what is free lies elsewhere from time to time.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/support_file.h"
#include "base/clock.h"
#include "model/history.h"
#include "stage.h"

enum { DAY = 86400, WARM = 7200, PAGES = 32, USED_KB = 256, ROWS = 12, LOOK_EVERY = 25 };

/* The most of a span of samples. */
struct most {
	long rss, anon, used, history; /* kB; used: allocated and not freed */
	unsigned fds;
};

/* kB of a line of status. */
static long status_of(const char *key)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			kb = strtol(line + strlen(key) + 1, NULL, 10);
	if (f)
		fclose(f);
	if (kb < 0)
		exit(2);
	return kb;
}

static void most_of(long *most, long now)
{
	*most = now > *most ? now : *most;
}

static void look(struct stage *s, struct most *m)
{
	stage_settle(s);
	struct mallinfo2 info = mallinfo2();
	unsigned fds = entries_of("/proc/self/fd");

	most_of(&m->rss, status_of("VmRSS"));
	most_of(&m->anon, status_of("RssAnon"));
	most_of(&m->used, (long)((info.uordblks + info.hblkhd) / 1024));
	most_of(&m->history, (long)(history_size(watch_history(s->watch)) / 1024));
	m->fds = fds > m->fds ? fds : m->fds;
}

/* Turns up to the sample `to`; *n is the last one so far. */
static struct most turn_to(struct stage *s, unsigned *n, unsigned to)
{
	struct most m = {0};

	while (*n < to) {
		stage_turn(s, ++*n);
		if (*n % LOOK_EVERY == 0 || *n == to)
			look(s, &m);
	}
	return m;
}

static void print(unsigned n, const struct most *m)
{
	printf("%8u %9ld %9ld %9ld %9ld %5u\n", n, m->rss, m->anon, m->used, m->history, m->fds);
	fflush(stdout);
}

static long argument(int argc, char **argv, int n, long otherwise)
{
	return argc > n ? strtol(argv[n], NULL, 10) : otherwise;
}

/* The whole course in rows; what was after warming up, and at the end. */
static void run(struct stage *s, unsigned samples, unsigned warm, struct most *ret_first,
                struct most *ret_last)
{
	unsigned n = 0, step = (samples - warm) / ROWS + 1;
	struct most m = turn_to(s, &n, warm / 2);

	printf("most until   rss_kb   anon_kb   used_kb   history   fds\n");
	print(n, &m);
	*ret_first = turn_to(s, &n, warm);
	print(n, ret_first);
	while (n + step < samples - warm / 2) {
		m = turn_to(s, &n, n + step);
		print(n, &m);
	}
	m = turn_to(s, &n, samples - warm / 2);
	*ret_last = turn_to(s, &n, samples);
	print(n, ret_last);
}

int main(int argc, char **argv)
{
	unsigned samples = (unsigned)argument(argc, argv, 2, DAY);
	unsigned warm = (unsigned)argument(argc, argv, 3, WARM);
	long pages = argument(argc, argv, 4, PAGES);
	bool restarts = argc > 5 && strcmp(argv[5], "restarts") == 0;
	struct most first, last;
	struct stage stage;
	uint64_t begin = clock_mono();

	if (argc < 2 || warm < 2 || samples < warm + warm / 2)
		return 2;
	/* As main() of the program has it. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	stage_raise(&stage, argv[1], (samples < DAY ? 1ull : 8ull) << 20, restarts);
	run(&stage, samples, warm, &first, &last);
	stage_strike(&stage);
	long more = (last.anon - first.anon) / (sysconf(_SC_PAGESIZE) / 1024);
	int fds = (int)last.fds - (int)first.fds;
	bool flat = more <= pages && fds <= 0 && last.used - first.used <= USED_KB;
	printf("%s: of %u samples, %u to warm up: %+ld pages of %ld, %+d descriptors, %+ld kB "
	       "allocated; took %.1f s\n",
	       flat ? "flat" : "NOT FLAT", samples, warm, more,
	       last.anon / (sysconf(_SC_PAGESIZE) / 1024), fds, last.used - first.used,
	       (double)(clock_mono() - begin) / (double)NS_PER_S);
	return flat ? 0 : 1;
}
