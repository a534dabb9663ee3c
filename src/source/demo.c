/* SPDX-License-Identifier: MIT */
/*
 * Knows the list of the bundled targets and how one lives: as long as the tool that started it.
 * Refuses to know what is watched about it; the scenarios stand in demo_scenarios.c.
 */
#include "source/demo.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/procdir.h"
#include "source/demo_internal.h"

const struct demo demos[] = {
        {"leak", "loses 1024 blocks of 1 KiB a second: a linear heap leak of 1 MB/s", demo_leak},
        {"slow-leak", "loses 64 kB a second in blocks of 64 bytes: a slow linear heap leak",
         demo_slow_leak},
        {"mmap-leak", "maps 256 KiB four times a second and forgets it: a leak outside [heap]",
         demo_mmap_leak},
        {"cache",
         "fills a cache of 48 MB ever more slowly, then replaces entries: warm-up, no leak",
         demo_cache},
        {"sawtooth", "takes 40 MB in 8 s, gives all of it back, again and again: no leak",
         demo_sawtooth},
        {"step", "rests, takes 64 MB at once, rests: one step is no leak", demo_step},
        {"retention",
         "frees all but every 64th of its small blocks: the allocator keeps the memory",
         demo_retention},
        {NULL, NULL, NULL},
};

const struct demo *demo_find(const char *name)
{
	for (const struct demo *d = demos; d->name; d++) {
		if (!strcmp(d->name, name))
			return d;
	}
	return NULL;
}

void demo_beat(void)
{
	static const struct timespec beat = {.tv_nsec = (long)NS_PER_S / DEMO_BEATS};
	nanosleep(&beat, NULL);
}

void demo_beats(unsigned count)
{
	while (count--)
		demo_beat();
}

/* The compiler must not see that nobody reads it, or it would leave it out. */
static void *keep(void *p, size_t n)
{
	if (p)
		memset(p, 0x5a, n);
	__asm__ volatile("" : : "r"(p) : "memory");
	return p;
}

void *demo_block(size_t n)
{
	return keep(malloc(n), n);
}

void *demo_pages(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : keep(p, n);
}

/* The same program as ours? True also where nobody can tell. */
static bool is_tool(pid_t pid)
{
	uint64_t device, inode, our_device, our_inode;
	struct procdir us, other;
	int ignored;
	bool same = true;
	if (procdir_open("/proc", getpid(), &us, &ignored) != PROCDIR_OK)
		return true;
	if (procdir_identity(&us, "exe", &our_device, &our_inode) < 0)
		goto out;
	same = false;
	if (procdir_open("/proc", pid, &other, &ignored) != PROCDIR_OK)
		goto out;
	same = procdir_identity(&other, "exe", &device, &inode) == 0 && device == our_device &&
	       inode == our_inode;
	procdir_close(&other);
out:
	procdir_close(&us);
	return same;
}

int demo_main(const struct demo *demo)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return EXIT_FAILURE;
	/* It may have died before it could take us with it: then our parent is another program. */
	if (!is_tool(getppid()))
		return EXIT_FAILURE;
	return demo->run();
}
