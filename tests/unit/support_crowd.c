/* SPDX-License-Identifier: MIT */
/* Knows how the files of many processes look. Refuses to know what is made of them. */
#include "support_crowd.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGE_KB = 4 };

void crowd_path(const struct crowd *c, int pid, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%d/%s", c->path, pid, name);
}

static void file_write(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void crowd_write(const struct crowd *c, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", c->path, name);
	file_write(path, text, strlen(text));
}

struct crowd crowd_new(void)
{
	struct crowd c;
	char path[256];

	snprintf(c.path, sizeof(c.path), "/tmp/test-crowd-XXXXXX");
	assert_non_null(mkdtemp(c.path));
	snprintf(path, sizeof(path), "%s/pressure", c.path);
	assert_int_equal(mkdir(path, 0755), 0);
	crowd_write(&c, "meminfo",
	            "MemTotal: 8000000 kB\nMemFree: 4000000 kB\nMemAvailable: 5000000 kB\n"
	            "Buffers: 1000 kB\nCached: 900000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
	            "AnonPages: 1000000 kB\nShmem: 1000 kB\nSUnreclaim: 5000 kB\n");
	crowd_write(&c, "uptime", "1000.00 4000.00\n");
	crowd_write(&c, "pressure/memory",
	            "some avg10=1.50 avg60=0.00 avg300=0.00 total=1\n"
	            "full avg10=0.25 avg60=0.00 avg300=0.00 total=1\n");
	return c;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void crowd_free(struct crowd *c)
{
	nftw(c->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void crowd_remove(const struct crowd *c, int pid)
{
	char path[256];

	crowd_path(c, pid, "", path);
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void one_write(const struct crowd *c, int pid, const char *name, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

static void one_write(const struct crowd *c, int pid, const char *name, const char *format, ...)
{
	char path[256], text[2048];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	crowd_path(c, pid, name, path);
	file_write(path, text, (size_t)n);
}

void crowd_grow(const struct crowd *c, int pid, unsigned rss_kb, unsigned anon_kb)
{
	one_write(c, pid, "statm", "%u %u %u 1 0 2 0\n", 3 * rss_kb / PAGE_KB, rss_kb / PAGE_KB,
	          (rss_kb - anon_kb) / PAGE_KB);
}

static void status_write(const struct crowd *c, const struct crowd_one *one, const char *comm,
                         char state)
{
	char memory[256] = "";

	if (!one->kthread && state != 'Z')
		snprintf(memory, sizeof(memory),
		         "VmSize:\t%u kB\nVmHWM:\t%u kB\nVmRSS:\t%u kB\nRssAnon:\t%u kB\n"
		         "RssShmem:\t0 kB\nVmSwap:\t%u kB\n",
		         3 * one->rss_kb, one->rss_kb, one->rss_kb, one->anon_kb, one->swap_kb);
	one_write(c, one->pid, "status",
	          "Name:\t%s\nState:\t%c (x)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n"
	          "Uid:\t%u\t%u\t%u\t%u\n%sThreads:\t1\n",
	          comm, state, one->pid, one->pid, one->ppid, one->uid, one->uid, one->uid,
	          one->uid, memory);
}

void crowd_put(const struct crowd *c, const struct crowd_one *one)
{
	const char *comm = one->comm ? one->comm : "worker";
	char path[256], state = one->state ? one->state : 'S';

	crowd_path(c, one->pid, "", path);
	mkdir(path, 0755);
	one_write(c, one->pid, "stat",
	          "%d (%s) %c %d 1 1 0 -1 %u 10 0 2 0 3 4 0 0 20 0 1 0 %u %u %u 0 1 1 0 0 0 0 0 0 "
	          "0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
	          one->pid, comm, state, one->ppid, one->kthread ? 0x00208040u : 0x400000u,
	          one->start ? one->start : 100, 3 * one->rss_kb * 1024, one->rss_kb / PAGE_KB);
	crowd_grow(c, one->pid, one->rss_kb, one->anon_kb);
	status_write(c, one, comm, state);
	if (one->command)
		one_write(c, one->pid, "cmdline", "%s", one->command);
	else if (one->kthread)
		one_write(c, one->pid, "cmdline", "%s", "");
	else
		one_write(c, one->pid, "cmdline", "/usr/bin/%s%c--number%c%d", comm, 0, 0,
		          one->pid);
	if (one->cgroup)
		one_write(c, one->pid, "cgroup", "0::%s\n", one->cgroup);
}

void crowd_fill(const struct crowd *c, int count)
{
	for (int i = 0; i < count; i++) {
		int pid = 100 + i;
		bool kthread = i % 10 == 0, zombie = i % 10 == 1;
		unsigned rss = kthread || zombie ? 0 : (unsigned)pid * PAGE_KB;
		crowd_put(c, &(struct crowd_one){.pid = pid,
		                                 .ppid = i < 10 ? 0 : pid - 10,
		                                 .state = zombie ? 'Z' : 'S',
		                                 .uid = (unsigned)i % 3,
		                                 .rss_kb = rss,
		                                 .anon_kb = rss / 8 * PAGE_KB,
		                                 .kthread = kthread});
	}
}
