/* SPDX-License-Identifier: MIT */
#include "support_traces.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

/*
 * Knows how programs that leak and programs that do not fill memory over time, and what the kernel
 * shows of it. Refuses to know any detector.
 */

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

static const double step = 0.005, page = 4096;

const char *const trace_names[TRACE_FAMILY_COUNT] = {
        [TRACE_LEAK_BLOCK] = "leak, 1 MiB blocks",
        [TRACE_LEAK_SMALL] = "leak, 1 KiB blocks",
        [TRACE_LEAK_MMAP] = "leak, mmap 256 KiB",
        [TRACE_LEAK_SLOW] = "leak, 3 kB/s",
        [TRACE_LEAK_THREADS] = "leak, threads",
        [TRACE_LEAK_SHARED] = "leak, shared",
        [TRACE_LEAK_SWAPPED] = "leak, swapped out",
        [TRACE_LEAK_NOISY] = "leak below noise",
        [TRACE_LEAK_LATE] = "leak, late onset",
        [TRACE_LEAK_STEPS] = "leak in rare steps",
        [TRACE_LEAK_FASTER] = "leak, accelerating",
        [TRACE_LEAK_STAIRS] = "leak in stairs",
        [TRACE_LEAK_FLOOR] = "leak below a saw",
        [TRACE_LEAK_DROP] = "leak after a drop",
        [TRACE_IDLE] = "idle",
        [TRACE_STEP] = "one big step",
        [TRACE_RAMP] = "ramp that stops",
        [TRACE_SPIKE] = "spike",
        [TRACE_RESERVE] = "reservation",
        [TRACE_TRIANGLE] = "triangle",
        [TRACE_SAWTOOTH] = "sawtooth",
        [TRACE_SQUARE] = "square",
        [TRACE_BATCH] = "batch job",
        [TRACE_WARM_UP] = "warm-up",
        [TRACE_PAGING] = "demand paging",
        [TRACE_HUGE] = "huge pages",
        [TRACE_LAZY] = "lazy free",
        [TRACE_NOISE] = "noise",
        [TRACE_GC] = "garbage collector",
        [TRACE_FADING] = "fading growth",
        [TRACE_RATCHET] = "steady server",
        [TRACE_FALLING] = "falling",
        [TRACE_FILES] = "mapped files",
};

bool trace_leaks(enum trace_family f)
{
	return f < TRACE_IDLE;
}

double trace_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* The simulated process. */
struct made_process {
	const struct trace_spec *spec;
	uint64_t random;
	double t; /* since the watch began; negative before */
	double born;
	double anon, heap, vsz, data, shmem, file, swap, lazy, huge, peak;
	double pending; /* bytes asked for that do not fill a page yet */
	double next, period, size, offset, rate, walk, level, until;
	bool done;
};

static double pick(struct made_process *p, double low, double high)
{
	return low + (high - low) * trace_random(&p->random);
}

static void map(struct made_process *p, double bytes)
{
	p->vsz += bytes;
	p->data += bytes;
}

/* malloc of small blocks that are written: pages as they fill, brk in steps of 132 KiB. */
static void small_blocks(struct made_process *p, double bytes)
{
	p->pending += bytes;
	double pages = floor(p->pending / page);
	p->pending -= pages * page;
	p->anon += pages * page;
	while (p->anon > p->level + p->heap) {
		p->heap += 132 * KIB;
		map(p, 132 * KIB);
	}
}

static void begin_process(struct made_process *p)
{
	p->file = pick(p, 1, 4) * MIB;
	p->anon = floor(pick(p, 100, 4000)) * page;
	p->heap = 132 * KIB;
	p->level = p->anon - pick(p, 0.1, 1) * p->heap;
	p->vsz = p->anon + pick(p, 3, 200) * MIB;
	p->data = p->anon + 132 * KIB;
	p->period = p->spec->period > 0 ? p->spec->period : pick(p, 0.5, 10);
	p->size = floor(pick(p, 40, 80)) * MIB;
	p->offset = pick(p, 0, p->period);
	p->rate = 1 + pick(p, 0.0005, 0.012);
	p->next = p->born + pick(p, 0, 1);
	if (p->spec->family == TRACE_PAGING) {
		map(p, 512 * MIB);
		p->until = p->spec->duration * pick(p, 0.3, 0.9);
	} else if (p->spec->family == TRACE_RAMP) {
		p->until = pick(p, 0, 5);
		p->period = p->spec->period > 0 ? p->spec->period : pick(p, 6, 20);
	} else if (p->spec->family == TRACE_RATCHET) {
		p->anon = 13 * MIB;
	} else if (p->spec->family == TRACE_GC) {
		p->period = p->spec->period > 0 ? p->spec->period : pick(p, 20, 120);
	}
}

static void once_a_second(struct made_process *p, double bytes, bool mapped)
{
	if (p->t < p->next)
		return;
	if (mapped) {
		p->anon += bytes + page;
		map(p, bytes + page);
	} else {
		small_blocks(p, bytes);
	}
	p->next += p->rate + pick(p, 0, 0.001);
}

static void run_leak(struct made_process *p)
{
	double since = p->t - p->born;

	switch (p->spec->family) {
	case TRACE_LEAK_BLOCK:
		once_a_second(p, MIB, true);
		return;
	case TRACE_LEAK_SMALL:
		once_a_second(p, 1024 * 1040, false);
		return;
	case TRACE_LEAK_MMAP:
		if (p->t >= p->next) {
			p->anon += 256 * KIB;
			map(p, 256 * KIB);
			p->next += 0.1 + p->period / 11;
		}
		return;
	case TRACE_LEAK_SLOW:
		small_blocks(p, 3360 * step);
		return;
	case TRACE_LEAK_THREADS:
		once_a_second(p, 8 * 65 * KIB, false);
		return;
	case TRACE_LEAK_SHARED:
		if (p->t >= p->next) {
			p->shmem += MIB;
			p->vsz += MIB;
			p->next += p->rate;
		}
		return;
	case TRACE_LEAK_SWAPPED:
		once_a_second(p, MIB, true);
		if (since > 2 && p->anon > MIB / 100) {
			p->anon -= MIB * step;
			p->swap += MIB * step;
		}
		return;
	case TRACE_LEAK_NOISY:
		small_blocks(p, MIB / 4 * step);
		p->walk = p->size / 4 * fabs(sin(p->t * 2.1 / p->period)) * pick(p, 0.9, 1);
		return;
	case TRACE_LEAK_LATE:
		if (p->t > p->spec->duration / 3)
			small_blocks(p, MIB * step);
		return;
	case TRACE_LEAK_STEPS:
		if (p->t >= p->next) {
			small_blocks(p, 2 * MIB);
			p->next += p->spec->duration / 25 * pick(p, 0.8, 1.2);
		}
		return;
	case TRACE_LEAK_STAIRS:
		if (p->t >= p->offset) {
			small_blocks(p, 5 * MIB);
			p->offset += 20;
		}
		return;
	case TRACE_LEAK_FLOOR:
		small_blocks(p, MIB * step);
		p->walk = 8 * MIB * fmod(fmax(0, p->t) + p->offset, 7) / 7;
		return;
	case TRACE_LEAK_DROP:
		p->walk = p->t < 3 + p->offset / 2 ? 200 * MIB : 0;
		if (p->t >= 3 + p->offset / 2)
			small_blocks(p, 560 * KIB * step);
		return;
	default:
		small_blocks(p, MIB * 3 * step * fmax(0, p->t) / p->spec->duration);
	}
}

static double wave(const struct made_process *p)
{
	double x = fmod(p->t + p->offset + 1e4 * p->period, p->period) / p->period;

	switch (p->spec->family) {
	case TRACE_TRIANGLE:
		return x < 0.5 ? 2 * x : 2 - 2 * x;
	case TRACE_SQUARE:
		return x < 0.5;
	case TRACE_BATCH:
		return x < 0.5 ? 2 * x : 0;
	default:
		return x;
	}
}

static void run_calm(struct made_process *p)
{
	switch (p->spec->family) {
	case TRACE_IDLE:
		if (trace_random(&p->random) < 0.02)
			p->walk = floor(pick(p, -16, 17)) * page * (p->spec->seed % 4 ? 1 : 4);
		return;
	case TRACE_STEP:
		if (!p->done && p->t >= p->offset) {
			map(p, 100 * MIB);
			p->done = true;
			p->until = p->t + pick(p, 2, 10);
		}
		if (p->done && p->t >= p->until && p->walk < 100 * MIB)
			p->walk = fmin(100 * MIB, p->walk + pick(p, 5, 15) * MIB);
		return;
	case TRACE_RAMP:
		if (p->t >= p->until && p->t < p->until + p->period)
			small_blocks(p, 2 * MIB * step);
		return;
	case TRACE_SPIKE:
		p->walk = p->t > p->offset + 2 && p->t < p->offset + 5 ? 100 * MIB : 0;
		return;
	case TRACE_RESERVE:
		if (p->t >= p->next) {
			p->vsz += 16 * MIB;
			p->next += 1;
		}
		return;
	case TRACE_WARM_UP:
		p->walk = p->size * (1 - exp(-(p->t - p->born) / (p->period / 2)));
		return;
	case TRACE_PAGING:
		if (p->t < p->until)
			p->anon += 2 * MIB * step;
		return;
	case TRACE_HUGE:
		if (p->t >= p->next) {
			p->anon += 2 * MIB - 64 * KIB;
			p->huge += 2 * MIB;
			p->next += 1;
		}
		return;
	case TRACE_LAZY:
		p->anon += MIB * step;
		p->lazy += MIB * step;
		return;
	case TRACE_NOISE:
		p->walk = 0.995 * p->walk + pick(p, -1, 1) * MIB / 2;
		return;
	case TRACE_FADING:
		p->walk = 50 * MIB * (1 - exp(-fmax(0, p->t) / 40));
		return;
	case TRACE_RATCHET:
		if (p->t >= p->next) {
			p->walk += floor(pick(p, 1, 12)) * page;
			p->next += pick(p, 3, 11);
		}
		return;
	case TRACE_FALLING:
		p->walk = 200 * MIB - MIB * fmax(0, p->t);
		return;
	case TRACE_FILES:
		p->file += MIB * step;
		p->vsz += MIB * step;
		return;
	default:
		p->walk = p->size * wave(p);
	}
}

static double pages_of(double bytes)
{
	return floor(fmax(bytes, 0) / page) * page;
}

static void step_process(struct made_process *p)
{
	if (trace_leaks(p->spec->family))
		run_leak(p);
	else
		run_calm(p);
	p->peak =
	        fmax(p->peak, pages_of(p->anon + p->walk) + pages_of(p->file) + pages_of(p->shmem));
	p->t += step;
}

static void read_csv(const struct made_process *p, struct sample *s)
{
	double anon = pages_of(p->anon + p->walk);

	if (p->spec->channels == TRACE_CSV_ANON)
		s->v[FIGURE_ANON] = (uint64_t)anon;
	else if (p->spec->channels == TRACE_CSV_RSS)
		s->v[FIGURE_RSS] = (uint64_t)(anon + pages_of(p->file) + pages_of(p->shmem));
	else
		s->v[FIGURE_VSZ] = (uint64_t)p->vsz;
}

static void read_process(const struct made_process *p, struct sample *s)
{
	double anon = pages_of(p->anon + p->walk);

	sample_init(s);
	s->time = (uint64_t)(fmax(0, p->t) * (double)NS_PER_S + 0.5);
	if (p->spec->channels > TRACE_STATUS) {
		read_csv(p, s);
		return;
	}
	s->v[FIGURE_ANON] = (uint64_t)anon;
	s->v[FIGURE_RSS] = (uint64_t)(anon + pages_of(p->file) + pages_of(p->shmem));
	s->v[FIGURE_VSZ] = (uint64_t)(p->vsz + fmax(0, p->walk));
	s->v[FIGURE_HEAP] = (uint64_t)p->heap;
	s->v[FIGURE_SWAP] = (uint64_t)pages_of(p->swap);
	s->v[FIGURE_SHMEM] = (uint64_t)pages_of(p->shmem);
	s->v[FIGURE_FILE] = (uint64_t)pages_of(p->file);
	bool asks = p->spec->family != TRACE_STEP && p->spec->family != TRACE_HUGE;
	s->v[FIGURE_DATA] = (uint64_t)(p->data + (asks ? fmax(0, p->walk) : 0));
	s->v[FIGURE_HWM] = (uint64_t)p->peak;
	s->v[FIGURE_AGE] = (uint64_t)((p->t - p->born) * (double)NS_PER_S);
	s->v[FIGURE_THREADS] = 1;
	s->v[FIGURE_HUGETLB] = 0;
	/* smaps comes a moment later than status */
	if (p->spec->channels == TRACE_FULL && p->t > 0.3) {
		s->v[FIGURE_LAZYFREE] = (uint64_t)pages_of(p->lazy);
		s->v[FIGURE_ANON_HUGE] = (uint64_t)pages_of(p->huge);
	}
}

unsigned trace_make(const struct trace_spec *spec, struct sample *ret)
{
	struct made_process p = {.spec = spec, .random = spec->seed * 2654435761u + spec->family};
	unsigned n = 0;

	double age = spec->age >= 0 ? spec->age : pick(&p, 0, 1) * pick(&p, 0, 40);
	p.born = -age;
	p.t = p.born;
	begin_process(&p);
	while (n < TRACE_MAX && n * spec->interval <= spec->duration + 1e-9) {
		while (p.t < n * spec->interval - step / 2)
			step_process(&p);
		read_process(&p, &ret[n]);
		ret[n].time = (uint64_t)(n * spec->interval * (double)NS_PER_S);
		n++;
	}
	return n;
}
