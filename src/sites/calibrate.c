/* SPDX-License-Identifier: MIT */
/*
 * Knows how long a call with a probe takes: a child that lives for this calls functions of ours, with known first
 * instructions, and looks at its own clock. Refuses to know the target: what a hit costs there depends on its caches, too.
 */
#include "sites/calibrate.h"

#include <errno.h>
#include <link.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 100, ROUNDS = 7, SELDOM_CALLS = 61, WORK_BYTES = 64 << 10 };
#define NEVER (1ull << 40) /* bytes between samples */
#define WARM  1000.0       /* ns between two hits: no less warm than one after the other */

/* By hand, for the first instruction matters. */
void calibrate_emulated(void);
void calibrate_plain(void);
void *calibrate_returning(size_t size);
__asm__(".pushsection .text\n"
        ".p2align 5\n"
        "calibrate_emulated: push %rbp\n pop %rbp\n ret\n"
        ".p2align 5\n"
        "calibrate_plain: mov %rdi, %rax\n ret\n"
        ".p2align 5\n"
        "calibrate_returning: push %rbp\n lea 4096(%rdi), %rax\n pop %rbp\n ret\n"
        ".popsection\n");

enum subject { EMULATED, PLAIN, RETURNING, SPOTS, SELDOM = SPOTS };

/* --- the child ------------------------------------------------------------------------------------------ */

static uint64_t cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void call(enum subject what)
{
	for (int i = 0; i < CALLS; i++)
		switch (what) {
		case EMULATED:
			calibrate_emulated();
			break;
		case PLAIN:
			calibrate_plain();
			break;
		default:
			calibrate_returning(64);
		}
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What others leave of the nearest caches. */
static void work(uint64_t until)
{
	static unsigned char elsewhere[WORK_BYTES];

	do
		for (size_t i = 0; i < WORK_BYTES; i += 64)
			((volatile unsigned char *)elsewhere)[i]++;
	while (now() < until);
}

static double insert(double *sorted, int count, double v)
{
	for (; count > 0 && sorted[count - 1] > v; count--)
		sorted[count] = sorted[count - 1];
	return sorted[count] = v;
}

/* The middle of single calls, each long after the one before, without what looking at the clock takes. */
static double price_seldom(void)
{
	double seen[SELDOM_CALLS], clock[SELDOM_CALLS];

	for (int i = 0; i < SELDOM_CALLS; i++) {
		work(now() + CALIBRATE_SELDOM);
		uint64_t begin = now();
		calibrate_emulated();
		uint64_t end = now(), later = now();
		insert(seen, i, (double)(end - begin));
		insert(clock, i, (double)(later - end));
	}
	return fmax(seen[SELDOM_CALLS / 2] - clock[SELDOM_CALLS / 2], 0);
}

/* The middle of some rounds, for the machine does other things, too. */
static double price_of(enum subject what)
{
	double seen[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t begin = cpu_time();
		call(what);
		insert(seen, i, (double)(cpu_time() - begin) / CALLS);
	}
	return seen[ROUNDS / 2];
}

/* Answers each byte, the number of a subject, with a price. Nothing here but calls that are safe after a fork(). */
static _Noreturn void serve(int fd)
{
	unsigned char what;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, &what, 1) == 1) {
		double price = what == SELDOM ? price_seldom() : price_of((enum subject)what);
		if (write(fd, &price, sizeof(price)) != sizeof(price))
			break;
	}
	_exit(0);
}

/* --- here ----------------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int fd;
};

static int child_start(struct child *c)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	c->fd = ends[0];
	c->pid = fork();
	if (c->pid == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	int r = c->pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r)
		close(ends[0]);
	return r;
}

static void child_end(struct child *c)
{
	close(c->fd);
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
}

static int ask(const struct child *c, enum subject what, double *ret)
{
	unsigned char number = (unsigned char)what;

	/* A dead one must not raise SIGPIPE. */
	if (send(c->fd, &number, 1, MSG_NOSIGNAL) != 1 ||
	    recv(c->fd, ret, sizeof(*ret), MSG_WAITALL) != sizeof(*ret))
		return -EIO;
	return 0;
}

struct place_wanted {
	uint64_t address, offset;
};

/* Where an address of this program lies in its file. */
static int find_offset(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct place_wanted *w = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uint64_t begin = info->dlpi_addr + h->p_vaddr;
		if (h->p_type == PT_LOAD && w->address >= begin &&
		    w->address < begin + h->p_filesz) {
			w->offset = w->address - begin + h->p_offset;
			return 1;
		}
	}
	return 0;
}

static struct probe_spot spot(const void *function, enum probe_role role)
{
	struct place_wanted w = {.address = (uintptr_t)function};
	struct probe_spot s = {.role = role};

	dl_iterate_phdr(find_offset, &w);
	snprintf(s.place.path, sizeof(s.place.path), "/proc/self/exe");
	s.place.offset = w.offset;
	s.place.address = w.address;
	s.place.size = 16;
	return s;
}

static void ignore(void *arg, const struct site_sample *s)
{
	(void)arg, (void)s;
}

static int measure(const struct child *c, struct probes *p, bool bpf, struct hit_prices *ret)
{
	int r = ask(c, EMULATED, &ret->emulated);

	if (!r)
		r = ask(c, PLAIN, &ret->plain);
	if (!r)
		r = ask(c, RETURNING, &ret->returning);
	if (!r)
		r = ask(c, SELDOM, &ret->seldom);
	ret->chosen = NAN;
	if (!r && bpf) {
		probes_period(p, 1);
		r = ask(c, RETURNING, &ret->chosen);
		probes_drain(p, ignore, NULL);
	}
	return r;
}

int calibrate(struct hit_prices *ret, char *why, size_t size)
{
	const struct probe_spot spots[SPOTS] = {
	        spot((const void *)(uintptr_t)calibrate_emulated, ROLE_FREE),
	        spot((const void *)(uintptr_t)calibrate_plain, ROLE_FREE),
	        spot((const void *)(uintptr_t)calibrate_returning, ROLE_MALLOC)};
	struct hit_prices found = {0};
	struct probes *p = NULL;
	struct child c = {0};
	bool bpf = true;
	int r = child_start(&c);

	if (r) {
		snprintf(why, size, "probes: cannot try what they cost: %s", strerror(-r));
		return r;
	}
	r = probes_open(c.pid, PROBES_BPF, spots, SPOTS, NEVER, &p, why, size);
	if (r) {
		bpf = false;
		r = probes_open(c.pid, PROBES_COUNT, spots, SPOTS, 0, &p, why, size);
	}
	if (!r) {
		r = measure(&c, p, bpf, &found);
		if (r)
			snprintf(why, size, "probes: the child that tries what they cost died");
	}
	probes_close(p);
	child_end(&c);
	if (!r)
		*ret = found;
	return r;
}

/* The first one of a role speaks for it. */
static double price_of_role(const struct hit_prices *p, const struct spots *s, enum probe_role role)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->spot[i].role == role)
			return (s->emulated[i] ? p->emulated : p->plain) +
			       (role_returns(role) ? fmax(p->returning - p->emulated, 0) : 0);
	return NAN;
}

/* As many times as much, for what lies between two hits. */
static double colder(const struct hit_prices *p, double apart)
{
	double part = log(fmax(apart, WARM) / WARM) / log((double)CALIBRATE_SELDOM / WARM);

	return 1 + fmin(part, 1) * fmax(p->seldom / p->emulated - 1, 0);
}

double calibrate_hit(const struct hit_prices *p, const struct spots *s, double apart)
{
	double a = price_of_role(p, s, ROLE_MALLOC), f = price_of_role(p, s, ROLE_FREE);

	return (isnan(a) ? f : isnan(f) ? a : (a + f) / 2) * colder(p, apart);
}
