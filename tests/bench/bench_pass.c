/* SPDX-License-Identifier: MIT */
/*
 * CPU of one full pass of the slow reader - smaps read, parsed, matched with the regions of the pass
 * before, handed out - beside that of `cat /proc/PID/smaps >/dev/null`: bench_pass PID [ROUNDS].
 *
 * Rounds alternate. "cat" is what cat does, done here: no process is started for it, which would
 * flatter us. "cat_command" is the real one, with its start.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/live_internal.h"

enum { CAT_BUFFER = 128 * 1024, ROUNDS_MAX = 1000 }; /* what GNU cat reads at a time */

extern char **environ;

static double spent_ms(const struct rusage *r)
{
	return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1e3 +
	       (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e3;
}

static double cpu_ms(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return spent_ms(&r);
}

static int cat(const struct procdir *dir)
{
	static char buffer[CAT_BUFFER];
	int fd = procdir_open_file(dir, "smaps");
	int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || sink < 0)
		return -EIO;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		if (write(sink, buffer, (size_t)n) != n)
			n = -1;
	}
	close(fd);
	close(sink);
	return n < 0 ? -EIO : 0;
}

static int cat_command(char *pid, double *ret_ms)
{
	char path[64];
	char *argv[] = {"cat", path, NULL};
	posix_spawn_file_actions_t actions;
	struct rusage r;
	pid_t child;
	int status;

	snprintf(path, sizeof(path), "/proc/%s/smaps", pid);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	int err = posix_spawnp(&child, "cat", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	if (wait4(child, &status, 0, &r) != child || status)
		return -EIO;
	*ret_ms = spent_ms(&r);
	return 0;
}

/* The reader of a live source, without its thread. */
static int reader_open(struct live_reader *r, int32_t pid)
{
	const struct live_options options = {.max_stall = 50 * NS_PER_MS};
	struct procdir dir;
	int other;

	if (procdir_open("/proc", pid, &dir, &other) != PROCDIR_OK)
		return -ESRCH;
	*r = (struct live_reader){.sh = live_shared_new(&options, &dir)};
	r->parser = smaps_parser_new();
	r->tracker = tracker_new();
	if (!r->sh || !r->parser || !r->tracker)
		return -ENOMEM;
	r->dir = dir;
	r->window_then = r->rss_then = UNKNOWN;
	buf_init(&r->text, 256 << 10);
	buf_init(&r->heap, 256 << 20);
	buf_init(&r->maps, 256 << 20);
	budget_init(&r->pass, 0, options.max_stall);
	return live_image_read(&r->dir, &r->text, &r->sh->image, NULL);
}

/* One pass and what the clock does when it is told of it. */
static int pass(struct live_reader *r, uint64_t *ret_mappings)
{
	uint64_t n;

	live_pass(r);
	if (read(r->sh->wakefd, &n, sizeof(n)) < 0 || !r->sh->table || r->sh->costs.sliced)
		return -EIO;
	*ret_mappings = r->sh->table->mappings;
	region_table_unref(r->sh->table);
	r->sh->table = NULL;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_value);
	return values[count / 2];
}

int main(int argc, char **argv)
{
	static double plain[ROUNDS_MAX], command[ROUNDS_MAX], ours[ROUNDS_MAX], ratio[ROUNDS_MAX];
	int rounds = argc > 2 ? atoi(argv[2]) : 21;
	struct live_reader r;
	uint64_t mappings = 0;

	if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	/* The first pass learns the layout and meets no table. */
	int err = reader_open(&r, atoi(argv[1]));
	if (!err)
		err = pass(&r, &mappings);
	for (int i = 0; i < rounds && !err; i++) {
		double begin = cpu_ms();
		err = cat(&r.dir);
		double middle = cpu_ms();
		if (!err)
			err = pass(&r, &mappings);
		plain[i] = middle - begin;
		ours[i] = cpu_ms() - middle;
		ratio[i] = ours[i] / plain[i];
		if (!err)
			err = cat_command(argv[1], &command[i]);
	}
	if (err) {
		fprintf(stderr, "bench_pass: error %d\n", -err);
		return 1;
	}
	printf("mappings %llu pass_ms %.2f cat_ms %.2f cat_command_ms %.2f ratio %.3f\n",
	       (unsigned long long)mappings, median(ours, rounds), median(plain, rounds),
	       median(command, rounds), median(ratio, rounds));
	return 0;
}
