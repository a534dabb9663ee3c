/* SPDX-License-Identifier: MIT */
/*
 * bench_recording DIRECTORY [DAYS [REGIONS [LIMIT_MIB [PASS]]]]: a recording of DAYS (30) days at 1 s in as little time as it
 * takes: a sample and a verdict every second, a pass over REGIONS (500) every PASS (5) s in which one region in sixteen
 * differs, some always the same ones, and now and then one comes and one goes.
 *
 * All but the last day is committed every 10 minutes, which is what makes it quick; the last day as a recorder does,
 * every 4 s, and its CPU is what is printed, with the largest size of file and journal.
 *
 * DIRECTORY should be in memory: what is measured is the writer, not the disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "store/recording.h"

enum { DAY = 86400, COMMIT = 4, QUICK = 600, HOT = 15, CHANGES = 16 };

struct simulation {
	struct recording *r;
	struct region_table *table;
	size_t regions;
	uint64_t random, next_id, every; /* every: seconds between passes */
};

static void *must(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static uint64_t draw(struct simulation *s, uint64_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random % below;
}

static struct region *region_make(struct simulation *s, const struct region *old, size_t row,
                                  uint64_t time)
{
	char name[64];
	int len = row % 2 ? snprintf(name, sizeof(name), "/usr/lib/x86_64-linux-gnu/lib%zu.so.6",
	                             row / 5)
	                  : 0;
	struct region *r = must(calloc(1, sizeof(*r) + (size_t)len));

	atomic_init(&r->refs, 1);
	r->id = old ? old->id : s->next_id++;
	r->born = old ? old->born : time;
	r->kind = row % 2 ? REGION_DATA : REGION_ANON;
	r->prot = 3;
	r->mappings = 1;
	r->start = 0x7f0000000000ull + row * (64ull << 20);
	r->size = 4ull << 20;
	r->end = r->start + r->size;
	r->inode = row % 2 ? 524000 + row : 0;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		r->bytes[k] = k % 3 ? 0 : draw(s, 1024) * 4096;
	r->peak = r->bytes[SMAPS_RSS];
	r->name_len = (uint32_t)len;
	memcpy(r->name, name, (size_t)len);
	return r;
}

static void pass(struct simulation *s, uint64_t time)
{
	struct region_table *t = must(calloc(1, sizeof(*t) + s->regions * sizeof(t->rows[0])));
	const struct region_table *old = s->table;

	atomic_init(&t->refs, 1);
	t->time = time;
	t->count = t->mappings = s->regions;
	for (size_t i = 0; i < s->regions; i++)
		t->rows[i] = old ? region_ref(old->rows[i]) : region_make(s, NULL, i, time);
	for (size_t n = 0; old && n < s->regions / CHANGES; n++) {
		size_t i = n < HOT ? n * 7 % s->regions : draw(s, s->regions);
		/* One in ten passes brings a new region in place of another. */
		bool born = n == HOT && draw(s, 10) == 0;
		struct region *r = region_make(s, born ? NULL : t->rows[i], i, time);

		region_unref(t->rows[i]);
		t->rows[i] = r;
	}
	region_table_unref(s->table);
	s->table = t;
}

static void sample_make(struct simulation *s, struct sample *ret, uint64_t second)
{
	sample_init(ret);
	ret->time = second * NS_PER_S;
	ret->wall = (1700000000 + second) * NS_PER_S;
	for (int f = 0; f < FIGURE_COUNT; f++)
		ret->v[f] = f < FIGURE_THREADS ? (100u << 20) + draw(s, 16384) * 4096
		                               : draw(s, 1u << 20);
}

static void verdict_make(struct simulation *s, struct verdict *v)
{
	verdict_init(v);
	v->kind = VERDICT_LEAK;
	v->cause = CAUSE_LEAK;
	v->confidence = 90 + (int)draw(s, 5);
	v->growth = (double)draw(s, 1000000);
	strcpy(v->reason, "it has grown steadily for the last hours without giving anything back");
	v->evidence_count = 5;
	for (unsigned i = 0; i < v->evidence_count; i++) {
		v->evidence[i].weight = (double)draw(s, 1000) / 1000;
		snprintf(
		        v->evidence[i].text, sizeof(v->evidence[i].text),
		        "anonymous memory grew by %llu kB in the last hour, in 97 of 100 intervals",
		        (unsigned long long)draw(s, 1000000));
	}
}

static int second(struct simulation *s, uint64_t at, struct verdict *v)
{
	struct sample sample;
	int err;

	sample_make(s, &sample, at);
	verdict_make(s, v);
	err = recording_sample(s->r, &sample, 0, NULL);
	if (err == 0)
		err = recording_verdict(s->r, sample.time, v);
	if (err < 0 || at % s->every)
		return err;
	pass(s, sample.time);
	return recording_regions(s->r, s->table);
}

/* The time it takes to make up the figures of a second, without recording them. */
static double making(struct simulation *s, struct verdict *v)
{
	uint64_t begun = clock_process();

	for (uint64_t at = 0; at < DAY / 8; at++) {
		struct sample sample;

		sample_make(s, &sample, at);
		verdict_make(s, v);
		if (at % s->every == 0)
			pass(s, at);
	}
	return (double)(clock_process() - begun) / (DAY / 8);
}

static int days_run(struct simulation *s, struct verdict *v, double days, uint64_t *ret_largest,
                    uint64_t *ret_last, struct fault *fault)
{
	uint64_t end = (uint64_t)(days * DAY), last = end > DAY ? end - DAY : 0;
	int err = 0;

	for (uint64_t at = 0; err == 0 && at < end; at++) {
		uint64_t every = at < last ? QUICK : COMMIT;

		if (at == last)
			*ret_last = clock_process();
		err = second(s, at, v);
		if (at % every == every - 1 || err < 0)
			err = recording_commit(s->r, fault);
		if (recording_size(s->r) > *ret_largest)
			*ret_largest = recording_size(s->r);
	}
	*ret_last = (clock_process() - *ret_last) / (end - last);
	return err;
}

int main(int argc, char **argv)
{
	double days = argc > 2 ? strtod(argv[2], NULL) : 30, us;
	struct simulation s = {.regions = argc > 3 ? strtoull(argv[3], NULL, 10) : 500,
	                       .every = argc > 5 ? strtoull(argv[5], NULL, 10) : 5,
	                       .random = 88172645463325252ull,
	                       .next_id = 1};
	struct recording_options o = {.version = "bench",
	                              .limit = (argc > 4 ? strtoull(argv[4], NULL, 10) : 256) << 20,
	                              .interval = NS_PER_S};
	struct fault fault = {0};
	struct verdict *v = must(calloc(1, sizeof(*v)));
	uint64_t largest = 0, last = 0;
	struct rusage usage;
	char path[4096];
	int err;

	snprintf(path, sizeof(path), "%s/recording", argc > 1 ? argv[1] : ".");
	o.path = path;
	err = recording_open(&o, &s.r, &fault);
	if (err == 0)
		err = days_run(&s, v, days, &largest, &last, &fault);
	if (err < 0) {
		fprintf(stderr, "%d: %s\n", err, fault.text);
		return 1;
	}
	us = ((double)last - making(&s, v)) / 1e3;
	getrusage(RUSAGE_SELF, &usage);
	recording_close(s.r);
	region_table_unref(s.table);
	free(v);
	printf("days %.2f largest_mb %.1f us_a_second %.1f percent %.4f rss_mib %.1f\n", days,
	       (double)largest / (1 << 20), us, us / 1e4, (double)usage.ru_maxrss / 1024);
	return 0;
}
