/* SPDX-License-Identifier: MIT */
/*
 * What looking inside its heap costs a process that has work to do: bench_heap_read [SECONDS [BLOCKS]].
 *
 * A child with one busy thread (malloc, free and some reckoning) over a heap of so many blocks counts its rounds. Times
 * with looks and without alternate in one run, two turns each, so that looks keep to their schedule. Printed: rounds a second with and without, the share that is lost,
 * the same by its CPU time, which others on the machine do not change, and the mean difference between quiet
 * times that are neighbours, which is noise.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "heap/scanner.h"
#include "proc/status.h"

enum { TURN_S = 15, TURNS_MAX = 400, BLOCK_MAX = 400, ROUND = 64 };

struct shared {
	atomic_uint ready;
	atomic_uint_least64_t rounds;
};

static uint32_t random_next(uint32_t *state)
{
	return *state = *state * 1664525 + 1013904223;
}

static _Noreturn void busy(struct shared *sh, size_t count)
{
	char **blocks = calloc(count, sizeof(*blocks));
	uint32_t random = 1;
	volatile uint64_t sum = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < count; i++)
		blocks[i] = memset(malloc(16 + random_next(&random) % BLOCK_MAX), 1, 16);
	for (uint64_t n = 0;; n++) {
		for (unsigned i = 0; i < ROUND; i++) {
			size_t at = random_next(&random) % count;
			free(blocks[at]);
			blocks[at] = memset(malloc(16 + random_next(&random) % BLOCK_MAX), 1, 16);
			for (unsigned k = 0; k < 16; k++)
				sum = sum * 31 + (uint64_t)blocks[at][k];
		}
		atomic_fetch_add_explicit(&sh->rounds, 1, memory_order_relaxed);
		if (n == count / ROUND * 4)
			atomic_store(&sh->ready, 1);
	}
}

static int status_of(pid_t pid, struct proc_status *ret)
{
	char path[64], text[8192];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : status_parse(text, (size_t)n, ret);
}

static uint64_t cpu_of(pid_t pid)
{
	struct timespec t = {0};
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Sums over turns. */
struct result {
	double with, without;         /* rounds a second */
	double with_cpu, without_cpu; /* rounds a second of CPU time */
	double noise;                 /* of differences between quiet neighbours */
	unsigned turns, pairs, stopped;
	uint64_t busy, read, looks;
	uint64_t first; /* ns of the first looks, each made at once after looking was switched on */
	bool fresh;     /* it was, and this one is on its way */
	uint64_t before; /* ns it had been busy then */
};

/* How long the first look took, once it is over. */
static void first_note(struct scanner *s, struct result *r)
{
	struct heap_progress p;

	scanner_progress(s, &p);
	if (r->fresh && p.busy > r->before) {
		r->first += p.busy - r->before;
		r->fresh = false;
	}
}

/* Rounds a second over one turn, and in *ret_cpu a second of its CPU time. */
static double turn(struct shared *sh, pid_t pid, struct scanner *scanner, struct result *r,
                   double *ret_cpu)
{
	struct proc_status s;
	uint64_t rounds = atomic_load(&sh->rounds), begin = clock_mono(), now;
	uint64_t cpu = cpu_of(pid);

	do {
		usleep(20000);
		if (status_of(pid, &s) == 0)
			r->stopped += s.state == 't' || s.state == 'T' || s.tracer;
		first_note(scanner, r);
		now = clock_mono();
	} while (now - begin < TURN_S * NS_PER_S);
	rounds = atomic_load(&sh->rounds) - rounds;
	*ret_cpu = (double)rounds / ((double)(cpu_of(pid) - cpu) / 1e9);
	return (double)rounds / ((double)(now - begin) / 1e9);
}

static void facts_drain(struct scanner *s, struct result *r)
{
	struct heap_facts *f = scanner_take(s);

	if (f && f->walked)
		r->looks = f->looks;
	heap_facts_unref(f);
}

/* Quiet, looked at, looked at, quiet: what drifts hits both alike. */
static int measure(struct shared *sh, pid_t pid, double seconds, struct result *r)
{
	struct scanner *s = scanner_new("/proc", pid, clock_mono());
	struct heap_progress p;
	double quiet_last = 0;

	if (!s)
		return 1;
	for (r->turns = 0; r->turns < TURNS_MAX && r->turns * TURN_S < seconds; r->turns++) {
		bool looks = r->turns % 4 == 1 || r->turns % 4 == 2;
		if (r->turns % 4 == 1) {
			scanner_progress(s, &p);
			r->fresh = true;
			r->before = p.busy;
		}
		scanner_run(s, looks);
		double cpu, rate = turn(sh, pid, s, r, &cpu);
		*(looks ? &r->with : &r->without) += rate;
		*(looks ? &r->with_cpu : &r->without_cpu) += cpu;
		if (!looks && r->turns % 4 == 0 && quiet_last > 0)
			r->noise +=
			        rate > quiet_last ? rate / quiet_last - 1 : 1 - rate / quiet_last;
		quiet_last = looks ? 0 : rate;
		facts_drain(s, r);
	}
	scanner_progress(s, &p);
	if (!r->looks)
		fprintf(stderr, "bench_heap_read: no blocks were seen %s\n", p.error);
	r->busy = p.busy;
	r->read = p.read;
	scanner_free(s);
	return !r->looks;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 60;
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 300000;
	struct shared *sh =
	        mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct proc_status before, after;
	struct result r = {0};

	if (sh == MAP_FAILED || count < ROUND)
		return 2;
	pid_t pid = fork();
	if (pid == 0)
		busy(sh, count);
	while (pid > 0 && !atomic_load(&sh->ready))
		usleep(10000);
	int e = pid < 0 || status_of(pid, &before) || measure(sh, pid, seconds, &r) ||
	        status_of(pid, &after);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (e)
		return 2;
	printf("with_per_s %.0f without_per_s %.0f lost_percent %.2f lost_cpu_percent %.2f "
	       "noise_percent %.2f looks %llu "
	       "busy_ms_per_look "
	       "%.1f "
	       "first_percent %.2f busy_percent %.2f read_mb %.0f stopped %u pte_grown_kb %lld "
	       "rss_grown_kb %lld\n",
	       r.with * 2 / r.turns, r.without * 2 / r.turns, 100 - 100 * r.with / r.without,
	       100 - 100 * r.with_cpu / r.without_cpu, r.pairs ? 100 * r.noise / r.pairs : 0,
	       (unsigned long long)r.looks, (double)r.busy / 1e6 / (double)r.looks,
	       100 * (double)r.first / 1e9 / (r.turns * TURN_S / 2.0),
	       100 * (double)(r.busy - r.first) / 1e9 / (r.turns * TURN_S / 2.0),
	       (double)r.read / 1e6, r.stopped,
	       ((long long)after.v[STATUS_VM_PTE] - (long long)before.v[STATUS_VM_PTE]) / 1024,
	       ((long long)after.v[STATUS_VM_RSS] - (long long)before.v[STATUS_VM_RSS]) / 1024);
	return 0;
}
