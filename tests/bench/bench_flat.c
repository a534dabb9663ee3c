/* SPDX-License-Identifier: MIT */
/*
 * Memory and descriptors of a long watch: bench_flat TREE PID [SAMPLES]. TREE is a copy of a procfs
 * whose figures this program moves; the watch over it is turned as fast as it goes, one second of the
 * watch a sample, with a moment each as the dashboard takes them. History fills up first, which takes
 * a day of a watch and is bounded (HISTORY_LIMIT): until it stands still over SAMPLES. What is compared
 * is before and after SAMPLES more.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/watch.h"
#include "base/buf.h"
#include "base/clock.h"
#include "model/history.h"
#include "proc/procdir.h"
#include "source/live.h"

enum { TEXT_MAX = 1 << 20, PASS_EVERY = 10 };

struct tree {
	const char *path;
	int32_t pid;
	struct buf status, smaps; /* as copied */
};

static int text_load(struct buf *b, const struct procdir *dir, const char *name)
{
	buf_init(b, TEXT_MAX);
	return procdir_read(dir, name, b);
}

/* Replaces a file at once: a reader sees the old one or the new one. */
static int text_store(const struct tree *t, const char *name, const char *text, size_t len)
{
	char path[4096], fresh[4096 + 8];

	snprintf(path, sizeof(path), "%s/%d/%s", t->path, t->pid, name);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	FILE *f = fopen(fresh, "w");
	if (!f)
		return -errno;
	fwrite(text, 1, len, f);
	if (fclose(f) != 0 || rename(fresh, path) != 0)
		return -errno;
	return 0;
}

/* The text with the figures of `key` moved by `kb`, in as many columns as before. */
static int figure_move(const struct tree *t, const char *name, const struct buf *text,
                       const char *key, unsigned kb)
{
	char *copy = strndup(text->data, text->len);
	int err = copy ? 0 : -ENOMEM;

	for (char *at = copy; at && (at = strstr(at, key)); at++) {
		char *unit = strstr(at, " kB"), *digit = unit;
		unsigned long old;
		if ((at != copy && at[-1] != '\n') || !unit)
			continue;
		while (digit[-1] >= '0' && digit[-1] <= '9')
			digit--;
		old = strtoul(digit, NULL, 10);
		if (unit - digit >= 3)
			snprintf(digit, (size_t)(unit - digit) + 1, "%*lu", (int)(unit - digit),
			         old > 200 ? old - kb : old);
		*unit = ' ';
	}
	if (!err)
		err = text_store(t, name, copy, text->len);
	free(copy);
	return err;
}

static int tree_open(struct tree *t)
{
	struct procdir dir;
	int other;

	if (procdir_open(t->path, t->pid, &dir, &other) != PROCDIR_OK)
		return -ESRCH;
	int err = text_load(&t->status, &dir, "status");
	if (!err)
		err = text_load(&t->smaps, &dir, "smaps");
	procdir_close(&dir);
	return err;
}

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

static unsigned long rss_kb(void)
{
	unsigned long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2)
		exit(1);
	fclose(f);
	return resident * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

/* One sample, its lines, and a moment. */
static int turn(struct watch *w, const struct tree *t, unsigned n)
{
	int err = figure_move(t, "status", &t->status, "VmRSS", n * 4 % 200);

	if (!err && n % PASS_EVERY == 0)
		err = figure_move(t, "smaps", &t->smaps, "Rss", n * 4 % 200);
	if (!err)
		err = watch_sample(w, (uint64_t)n * NS_PER_S);
	if (err)
		return err;
	while (watch_next_line(w))
		;
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	if (!m)
		return -ENOMEM;
	moment_unref(m);
	return 0;
}

struct look {
	unsigned long rss, history; /* kB */
	unsigned fds;
};

static struct look look_now(struct watch *w)
{
	return (struct look){rss_kb(), history_size(watch_history(w)) / 1024, descriptors()};
}

/* `count` more samples, and how it looks then. */
static int turns(struct watch *w, const struct tree *t, unsigned count, unsigned *n,
                 struct look *ret)
{
	int err = 0;

	for (unsigned end = *n + count; !err && *n < end; (*n)++)
		err = turn(w, t, *n);
	*ret = look_now(w);
	return err;
}

/* Until history no longer grows by a hundredth; -EOVERFLOW: it never stops. */
static int fill(struct watch *w, const struct tree *t, unsigned samples, unsigned *n,
                struct look *ret)
{
	enum { ROUNDS = 20 };
	unsigned long before = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int err = turns(w, t, samples, n, ret);
		if (err)
			return err;
		if (ret->history * 100 <= before * 101)
			return 0;
		before = ret->history;
	}
	return -EOVERFLOW;
}

int main(int argc, char **argv)
{
	unsigned samples = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 10000;
	struct tree t = {.path = argc > 2 ? argv[1] : "", .pid = argc > 2 ? atoi(argv[2]) : 0};
	struct options o = {.interval = NS_PER_S, .duration = UNKNOWN, .procfs = t.path};
	struct live_options live = {.proc = t.path,
	                            .pid = t.pid,
	                            .max_stall = 50 * NS_PER_MS,
	                            .regions = true};
	struct look full = {0}, last = {0};
	unsigned n = 0;
	struct fault fault;
	struct source *source;
	struct watch *w;

	if (argc < 3 || samples < 100)
		return 2;
	uint64_t begin = clock_mono();
	int err = tree_open(&t);
	if (!err)
		err = live_open(&live, &source, &fault);
	if (!err)
		err = watch_new(source, &o, &w);
	if (!err)
		err = fill(w, &t, samples, &n, &full);
	unsigned filled = n;
	if (!err)
		err = turns(w, &t, samples, &n, &last);
	if (err) {
		fprintf(stderr, "bench_flat: %s\n", strerror(-err));
		return 1;
	}
	printf("ratio %.3f descriptors %d filled %u samples %u rss_kb %lu history_kb %lu fds %u "
	       "took_s %.1f\n",
	       (double)last.rss / (double)full.rss, (int)last.fds - (int)full.fds, filled, n,
	       last.rss, last.history, last.fds, (double)(clock_mono() - begin) / (double)NS_PER_S);
	return 0;
}
