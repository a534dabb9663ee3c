/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Knows how work is shared out: processes take the next trace and write into common memory. */

const struct seeds seed_ranges[] = {{"tune", 1},
                                    {"validate", 1000001},
                                    {"sealed", 2000001},
                                    {NULL, 0}};

struct board {
	atomic_uint next;
	struct outcome outcome[];
};

static size_t board_size(const struct plan *p)
{
	return sizeof(struct board) + (size_t)p->family_count * p->count * sizeof(struct outcome);
}

enum trace_class plan_class(unsigned k)
{
	return (enum trace_class)(k % CLASS_COUNT);
}

static int run_one(const struct plan *p, unsigned at, struct outcome *o)
{
	const struct family *f = p->families[at / p->count];
	struct trace t;
	int err;

	o->class = plan_class(at % p->count);
	o->seed = p->first + at % p->count;
	err = trace_make(&t, f, o->class, p->mode, o->seed);
	if (err || !t.valid)
		return err;
	o->scored = true;
	for (unsigned d = 0; !err && d < p->detectors; d++)
		err = score_trace(&t, detectors[d], &o->score[d], NULL, NULL);
	trace_done(&t);
	return err;
}

static int work(const struct plan *p, struct board *b)
{
	unsigned all = p->family_count * p->count, at;
	int err = 0;

	while (!err && (at = atomic_fetch_add(&b->next, 1)) < all)
		err = run_one(p, at, &b->outcome[at]);
	return err ? 1 : 0;
}

struct outcome *run_plan(const struct plan *p)
{
	struct board *b = mmap(NULL, board_size(p), PROT_READ | PROT_WRITE,
	                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool failed = false;
	int status;

	if (b == MAP_FAILED)
		return NULL;
	fflush(NULL);
	for (unsigned j = 0; j < p->jobs; j++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(work(p, b));
		failed = failed || pid < 0;
	}
	while (wait(&status) > 0)
		failed = failed || status != 0;
	if (!failed)
		return b->outcome;
	munmap(b, board_size(p));
	return NULL;
}

void run_free(struct outcome *o, const struct plan *p)
{
	if (o)
		munmap((char *)o - offsetof(struct board, outcome), board_size(p));
}
