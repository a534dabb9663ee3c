/* SPDX-License-Identifier: MIT */
/*
 * Own memory and descriptors over a long watch: soak DIRECTORY [SAMPLES [WARM [PAGES [restarts]]]]. The dashboard, its
 * recording and the list of processes over a made-up busy process (stage.h), a second a sample, SAMPLES (86,400: a day)
 * in all. What is compared is after the first WARM (7,200) of them and at the end; it may have PAGES (0) pages more,
 * and not one descriptor.
 *
 * Anonymous resident memory is what counts: pages of the program's own file and of its libraries come in when code runs
 * for the first time, and go when the kernel wants them.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/history.h"
#include "stage.h"

enum { DAY = 86400, WARM = 7200, LOOKS = 12 };

struct look {
	unsigned n;
	long rss, anon, used, history; /* kB; used: allocated and not freed */
	unsigned fds;
};

static unsigned descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

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

static struct look look_now(struct stage *s, unsigned n)
{
	stage_settle(s);
	struct mallinfo2 m = mallinfo2();

	return (struct look){.n = n,
	                     .rss = status_of("VmRSS"),
	                     .anon = status_of("RssAnon"),
	                     .used = (long)((m.uordblks + m.hblkhd) / 1024),
	                     .history = (long)(history_size(watch_history(s->watch)) / 1024),
	                     .fds = descriptors()};
}

static void print(const struct look *l)
{
	printf("%8u %9ld %9ld %9ld %9ld %5u\n", l->n, l->rss, l->anon, l->used, l->history, l->fds);
	fflush(stdout);
}

static long argument(int argc, char **argv, int n, long otherwise)
{
	return argc > n ? strtol(argv[n], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	unsigned samples = (unsigned)argument(argc, argv, 2, DAY);
	unsigned warm = (unsigned)argument(argc, argv, 3, WARM);
	long pages = argument(argc, argv, 4, 0);
	bool restarts = argc > 5 && strcmp(argv[5], "restarts") == 0;
	struct look first = {0}, last = {0};
	struct stage stage;
	uint64_t begin = clock_mono();

	if (argc < 2 || warm < 1 || samples <= warm)
		return 2;
	/* As main() of the program has it. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	stage_raise(&stage, argv[1], restarts);
	printf("%8s %9s %9s %9s %9s %5s\n", "samples", "rss_kb", "anon_kb", "used_kb", "history",
	       "fds");
	for (unsigned n = 1; n <= samples; n++) {
		stage_turn(&stage, n);
		if (n == warm || n == samples || n % (samples / LOOKS) == 0) {
			last = look_now(&stage, n);
			print(&last);
		}
		if (n == warm)
			first = last;
	}
	stage_strike(&stage);
	long page = sysconf(_SC_PAGESIZE) / 1024, more = (last.anon - first.anon) / page;
	int fds = (int)last.fds - (int)first.fds;
	bool flat = more <= pages && !fds;
	printf("%s: after %u samples, of which %u to warm up: %+ld pages, %+d descriptors, %+ld kB "
	       "allocated; "
	       "took %.1f s\n",
	       flat ? "flat" : "NOT FLAT", samples, warm, more, fds, last.used - first.used,
	       (double)(clock_mono() - begin) / (double)NS_PER_S);
	return flat ? 0 : 1;
}
