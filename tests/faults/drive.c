/* SPDX-License-Identifier: MIT */
/*
 * Makes one call of the program fail, then the next, until a run reaches none that could: for every scenario and
 * family of calls. Knows numbers, workers and the table at the end; what is right is judged elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"
#include "look.h"
#include "tally.h"
#include "target.h"

enum { WORKERS_MAX = 32, CLEAN = 3 };

static struct drive {
	const char *program, *shim, *only, *family, *kind;
	uint64_t nth;   /* this one alone, and say all of it; 0: all */
	uint64_t first; /* to begin with */
	uint64_t most; /* so many of a scenario and kind of fault; the rest is passed over evenly */
	unsigned workers;
	double patience;
	char dir[PATH_MAX / 2];
	pid_t idle, leak;
	const char *name;
	struct tally *tally;
} d = {.most = 1000000, .first = 1, .workers = 4, .patience = 1, .name = "faults-idle"};

/* --- one worker ----------------------------------------------------------------------------------------- */

static int open_place(struct place *p, unsigned worker)
{
	int fd;

	*p = (struct place){.program = d.program,
	                    .shim = d.shim,
	                    .seeds = d.dir,
	                    .idle = d.idle,
	                    .leak = d.leak,
	                    .name = d.name,
	                    .patience = d.patience};
	snprintf(p->base, sizeof(p->base), "%s/%u", d.dir, worker);
	mkdir(p->base, 0700);
	mkdir(run_path(p, "work"), 0700);
	fd = open(run_path(p, "page"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*p->page)))
		return -errno;
	p->page = mmap(NULL, sizeof(*p->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p->page == MAP_FAILED ? -errno : 0;
}

static void order(struct fault_page *page, const struct fault_kind *k, uint64_t nth)
{
	memset(page, 0, sizeof(*page));
	page->family = k ? (int)k->family : -1;
	page->error = k ? k->error : 0;
	page->stays = k ? k->stays : 0;
	page->nth = nth;
}

/* Reports of sanitizers of the run before. */
static void forget_reports(const struct place *p)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "rm -f %s/sanitizer.*", p->base);
	if (getenv("FAULTS_ASAN") && system(command))
		perror("rm");
}

/* True: the fault was reached. */
static bool try_nth(const struct place *p, size_t at, const struct fault_kind *k, uint64_t nth)
{
	const struct scenario *s = &scenarios[at];
	struct outcome o;
	char text[2048];
	enum wrong wrong;

	forget_reports(p);
	order(p->page, k, nth);
	if (run_once(p, s, &o)) {
		fprintf(stderr, "faults: a run cannot be begun: %s\n", strerror(errno));
		exit(2);
	}
	bool hit = !k || atomic_load(&p->page->hits);
	wrong = judge(p, s, &o, text, sizeof(text));
	/* A run without a fault is no fault tried, but it has to be right, too. */
	if (!hit && !wrong)
		return false;
	struct cell *c = &d.tally->cell[at][k ? k->family : 0];
	atomic_fetch_add(&c->tried, k && hit);
	atomic_fetch_add(&c->wrong[wrong], 1);
	if (wrong)
		tally_wrong(d.tally, p, s, k, nth, wrong, text);
	return hit;
}

/*
 * Until three in a row are reached by no run: threads do not count alike every time. Where some are passed over, as
 * far as the calls were counted.
 */
static void work(unsigned worker, size_t at, const struct fault_kind *k, uint64_t stride,
                 uint64_t count)
{
	struct place p;
	uint64_t nth;

	if (open_place(&p, worker))
		exit(2);
	while (!atomic_load(&d.tally->enough)) {
		nth = atomic_fetch_add(&d.tally->next, stride);
		if (nth > (stride > 1 ? count : atomic_load(&d.tally->reached) + CLEAN))
			break;
		if (try_nth(&p, at, k, nth) && nth > atomic_load(&d.tally->reached))
			atomic_store(&d.tally->reached, nth);
	}
	exit(0);
}

static int run_workers(size_t at, const struct fault_kind *k, uint64_t count)
{
	uint64_t stride = count > d.most ? (count + d.most - 1) / d.most : 1;
	int failed = 0, status;

	atomic_store(&d.tally->next, stride > 1 ? 1 + d.first % stride : 1);
	atomic_store(&d.tally->reached, count);
	for (unsigned w = 1; w <= d.workers; w++) {
		pid_t pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			work(w, at, k, stride, count);
		}
		if (pid < 0)
			failed = 1;
	}
	for (unsigned w = 0; w < d.workers;) {
		pid_t pid = wait(&status);
		if (pid < 0 && errno == EINTR)
			continue;
		failed |= pid > 0 && status;
		w++;
	}
	return failed;
}

/* --- all ------------------------------------------------------------------------------------------------ */

static bool chosen(const char *list, const char *name)
{
	const char *at = list;
	size_t n = strlen(name);

	if (!list)
		return true;
	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ',') && (at[n] == ',' || !at[n]))
			return true;
		at += n;
	}
	return false;
}

/* A run without a fault: it must be right, and says how many calls there are. False: leave the scenario out. */
static bool count_calls(size_t at, uint64_t count[FAULT_FAMILIES])
{
	struct place p;
	struct outcome o;
	char text[2048];

	if (open_place(&p, 0))
		return false;
	forget_reports(&p);
	order(p.page, NULL, 0);
	if (run_once(&p, &scenarios[at], &o))
		return false;
	enum wrong wrong = judge(&p, &scenarios[at], &o, text, sizeof(text));
	if (o.status != 0 || wrong || !atomic_load(&p.page->owner)) {
		char *err = look_read(run_path(&p, "err"), NULL);
		printf("not ok  %s, without a fault: status %d, signal %d %s %.300s\n",
		       scenarios[at].name, o.status, o.signal, text, err ? err : "");
		free(err);
		atomic_fetch_add(&d.tally->cell[at][0].wrong[WRONG_STATUS], 1);
		return false;
	}
	for (int f = 0; f < FAULT_FAMILIES; f++)
		count[f] = atomic_load(&p.page->count[f]);
	return true;
}

static int run_scenario(size_t at)
{
	uint64_t count[FAULT_FAMILIES];
	int failed = 0;

	if (!count_calls(at, count))
		return 0;
	printf("%-14s calls:", scenarios[at].name);
	for (int f = 0; f < FAULT_FAMILIES; f++)
		if (count[f])
			printf(" %s %llu", family_names[f], (unsigned long long)count[f]);
	printf("\n");
	fflush(stdout);
	for (const struct fault_kind *k = fault_kinds; k->name; k++)
		if (count[k->family] && !atomic_load(&d.tally->enough) &&
		    chosen(d.family, family_names[k->family]) && chosen(d.kind, k->name))
			failed |= run_workers(at, k, count[k->family]);
	return failed;
}

static int run_alone(size_t at)
{
	struct place p;

	if (open_place(&p, 0))
		return 2;
	for (const struct fault_kind *k = fault_kinds; k->name; k++) {
		if (!chosen(d.family, family_names[k->family]) || !chosen(d.kind, k->name))
			continue;
		bool hit = try_nth(&p, at, k, d.nth);
		printf("%s %s %s %llu: %s %s; see %s\n", scenarios[at].name,
		       family_names[k->family], k->name, (unsigned long long)d.nth,
		       hit ? "reached" : "not reached", p.page->call, p.base);
		tally_frames(d.program, "    at", p.page->frames, stdout);
	}
	return 0;
}

static void make_seeds(void)
{
	static const struct scenario seeds[] = {
	        {"seed", "$LEAK -i 0.05 -d 0.6 --record ../../seed.rec --csv ../../seed.csv", 0,
	         NULL, NULL},
	        {"other", "$LEAK -i 0.05 -d 0.3 --record ../../other.rec", 0, NULL, NULL}};
	struct place p;
	struct outcome o;

	if (open_place(&p, 0))
		exit(2);
	for (size_t i = 0; i < 2; i++) {
		order(p.page, NULL, 0);
		if (run_once(&p, &seeds[i], &o) || o.status != 0)
			printf("faults: no recording can be made here: status %d\n", o.status);
	}
}

static void on_end(int signal_number)
{
	(void)signal_number;
	atomic_store(&d.tally->enough, 1);
}

static void read_arguments(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "p:s:S:f:e:n:m:o:j:t:")) != -1;)
		switch (c) {
		case 'p':
			d.program = realpath(optarg, NULL);
			break;
		case 's':
			d.only = optarg;
			break;
		case 'S':
			d.shim = optarg;
			break;
		case 'f':
			d.family = optarg;
			break;
		case 'e':
			d.kind = optarg;
			break;
		case 'n':
			d.nth = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			d.most = strtoull(optarg, NULL, 10);
			break;
		case 'o':
			d.first = strtoull(optarg, NULL, 10);
			break;
		case 'j':
			d.workers = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			d.patience = strtod(optarg, NULL);
			break;
		default:
			exit(2);
		}
	if (!d.program || !d.shim || !d.most || d.workers < 1 || d.workers > WORKERS_MAX) {
		fprintf(stderr, "usage: drive -p PROGRAM -S SHIM [-s SCENARIO,...] [-f FAMILY,...] "
		                "[-e ERROR,...] [-n NTH]\n"
		                "             [-m MOST] [-o OFFSET] [-j WORKERS] [-t PATIENCE]\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], command[PATH_MAX];
	int failed = 0;

	if (argc == 2 && (!strcmp(argv[1], "idle") || !strcmp(argv[1], "leak")))
		target_be(!strcmp(argv[1], "leak"));
	read_arguments(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (!realpath("/proc/self/exe", self))
		return 2;
	snprintf(d.dir, sizeof(d.dir), "%s/faults.XXXXXX",
	         getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	d.tally = mmap(NULL, sizeof(*d.tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	               -1, 0);
	if (!mkdtemp(d.dir) || d.tally == MAP_FAILED)
		return 2;
	signal(SIGTERM, on_end);
	signal(SIGINT, on_end);
	d.idle = target_start(self, "idle");
	d.leak = target_start(self, "leak");
	make_seeds();
	for (size_t i = 0; scenarios[i].name && !atomic_load(&d.tally->enough); i++)
		if (chosen(d.only, scenarios[i].name))
			failed |= d.nth ? run_alone(i) : run_scenario(i);
	kill(d.idle, SIGKILL);
	kill(d.leak, SIGKILL);
	if (!d.nth)
		failed |= tally_table(d.tally);
	snprintf(command, sizeof(command), "rm -rf %s", d.dir);
	if (!d.nth && system(command))
		perror("rm");
	return failed ? 1 : 0;
}
