/* SPDX-License-Identifier: MIT */
/*
 * What a pair of malloc() and free() costs: alone, with our probes, and with a bpftrace script that does what memleak of
 * bcc does. One after the other in turns on one process, so that a slow machine slows all; CPU time of the thread.
 *
 * Prints "alone NS ours NS rival NS third RATIO spread RATIO period BYTES": third is what ours adds beside what the rival adds,
 * the middle of the turns; spread its largest. Exit 1 with a reason where something is missing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sites/spots.h"

enum { TURNS = 3, PAIRS = 20000, PAIRS_ALONE = 1000000, BLOCK = 100, PATIENCE = 300 };
#define PERIOD 65536

/*
 * As memleak: the size at entry; address, time, stack and the sum of that stack at return; forgotten and taken off the
 * sum at free.
 */
static const char rival[] =
        "uprobe:%s:malloc { @sizes[tid] = arg0; } "
        "uretprobe:%s:malloc /@sizes[tid]/ { $s = ustack(10); @size[retval] = @sizes[tid]; "
        "@time[retval] = nsecs; @stack[retval] = $s; @sum[$s] += @sizes[tid]; "
        "delete(@sizes[tid]); } "
        "uprobe:%s:free /@size[arg0]/ { @sum[@stack[arg0]] -= @size[arg0]; "
        "delete(@size[arg0]); delete(@time[arg0]); delete(@stack[arg0]); }";

static int to_target, from_target;
static pid_t target;

static void fail(const char *what)
{
	printf("failed: %s\n", what);
	if (target > 0)
		kill(target, SIGKILL);
	exit(1);
}

static double pairs(unsigned count)
{
	struct timespec a, b;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	for (unsigned i = 0; i < count; i++) {
		void *p = malloc(BLOCK);
		__asm__ volatile("" : : "r"(p) : "memory");
		free(p);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / count;
}

static void start_target(void)
{
	int to[2], from[2];
	unsigned count;

	if (pipe(to) || pipe(from) || (target = fork()) < 0)
		fail("no process");
	if (target == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (read(to[0], &count, sizeof(count)) == sizeof(count)) {
			double ns = pairs(count);
			if (write(from[1], &ns, sizeof(ns)) != sizeof(ns))
				break;
		}
		_exit(0);
	}
	to_target = to[1];
	from_target = from[0];
}

static double measure(unsigned count)
{
	double ns;

	if (write(to_target, &count, sizeof(count)) != sizeof(count) ||
	    read(from_target, &ns, sizeof(ns)) != sizeof(ns))
		fail("the target died");
	return ns;
}

static size_t samples;

static void take(void *arg, const struct site_sample *s)
{
	(void)arg;
	samples += s->kind == SAMPLE_ALLOC;
}

static double measure_ours(const struct spots *s)
{
	struct probes *p;
	char why[256];

	if (probes_open(target, PROBES_BPF, s->spot, s->count, PERIOD, &p, why, sizeof(why)))
		fail(why);
	double ns = measure(PAIRS);
	probes_drain(p, take, NULL);
	probes_close(p);
	return ns;
}

/* A breakpoint at the begin of this function of the target. */
static bool is_probed(uint64_t address)
{
	unsigned char byte = 0;
	struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)address, 1};

	return process_vm_readv(target, &here, 1, &there, 1, 0) == 1 && byte == 0xcc;
}

static void wait_for_rival(pid_t pid, bool there)
{
	const struct timespec tick = {.tv_nsec = 100000000};
	bool is = !there;

	for (int i = 0; i < PATIENCE && is != there; i++) {
		nanosleep(&tick, NULL);
		if (there && waitpid(pid, NULL, WNOHANG) == pid)
			fail("bpftrace ended");
		is = is_probed((uintptr_t)malloc) && is_probed((uintptr_t)free);
	}
	if (is != there)
		fail(there ? "bpftrace sets no probes" : "bpftrace leaves its probes");
}

static double measure_rival(const char *library)
{
	char number[16], script[2048];

	snprintf(number, sizeof(number), "%d", target);
	snprintf(script, sizeof(script), rival, library, library, library);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(1);
		execlp("bpftrace", "bpftrace", "-p", number, "-e", script, NULL);
		_exit(127);
	}
	wait_for_rival(pid, true);
	double ns = measure(PAIRS);
	/* It would print all it kept; that is not what is measured. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	wait_for_rival(pid, false);
	return ns;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *v)
{
	qsort(v, TURNS, sizeof(*v), by_number);
	return v[TURNS / 2];
}

int main(void)
{
	double alone[TURNS], ours[TURNS], theirs[TURNS], ratio[TURNS];
	struct symbols *symbols;
	struct spots s;
	char why[256] = "no symbols", library[256];

	start_target();
	if (symbols_open("/proc", target, &symbols) ||
	    spots_find(symbols, false, &s, why, sizeof(why)))
		fail(why);
	symbols_close(symbols);
	snprintf(library, sizeof(library), "%s", s.spot[0].place.path);
	for (int i = 0; i < TURNS; i++) {
		alone[i] = measure(PAIRS_ALONE);
		ours[i] = measure_ours(&s);
		theirs[i] = measure_rival(library);
		ratio[i] = (ours[i] - alone[i]) / (theirs[i] - alone[i]);
	}
	kill(target, SIGKILL);
	double third = middle(ratio);
	printf("alone %.1f ours %.0f rival %.0f third %.3f spread %.3f period %d samples %zu\n",
	       middle(alone), middle(ours), middle(theirs), third, ratio[TURNS - 1], PERIOD,
	       samples);
	return 0;
}
