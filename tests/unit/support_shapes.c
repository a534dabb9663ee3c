/* SPDX-License-Identifier: MIT */
#include "support_shapes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

/* Knows shapes as formulas and how to read them. Refuses to know what a verdict on them should be. */

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

static const double page = 4096;

const char *const shape_names[SHAPE_COUNT] = {
        [SHAPE_LEAK] = "leak",
        [SHAPE_LEAK_SLOW] = "slow leak",
        [SHAPE_LEAK_NOISY] = "noisy leak",
        [SHAPE_LEAK_FLOOR] = "leak below a saw",
        [SHAPE_LEAK_LATE] = "late leak",
        [SHAPE_LEAK_WARM] = "leak after a warm-up",
        [SHAPE_LEAK_LUMPS] = "leak in lumps",
        [SHAPE_LEAK_FASTER] = "accelerating leak",
        [SHAPE_CONSTANT] = "constant",
        [SHAPE_IDLE] = "idle",
        [SHAPE_NOISE] = "noise",
        [SHAPE_STEP] = "step",
        [SHAPE_JUMP] = "late jump",
        [SHAPE_BURST] = "burst",
        [SHAPE_CACHE] = "cache that fills",
        [SHAPE_WARM_UP] = "warm-up",
        [SHAPE_RAMP] = "ramp that stops",
        [SHAPE_DAILY] = "daily cycle",
        [SHAPE_SAW] = "saw",
        [SHAPE_SQUARE] = "square",
        [SHAPE_STAIRS] = "settling stairs",
        [SHAPE_FALLING] = "falling",
};

bool shape_leaks(enum shape s)
{
	return s <= SHAPE_LEAK_FASTER;
}

double shape_noise(uint64_t seed, uint64_t at)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15u + at * 0xd1b54a32d192ed03u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* The same at the same time, whoever reads how often: drawn anew every half second. */
static double jitter(double t, uint64_t seed)
{
	return 2 * shape_noise(seed, (uint64_t)(fmax(0, t) * 2 + 0.5)) - 1;
}

static double leak_at(enum shape s, double t, uint64_t seed)
{
	switch (s) {
	case SHAPE_LEAK:
		return MIB * t;
	case SHAPE_LEAK_SLOW:
		return 24 * KIB * t;
	case SHAPE_LEAK_NOISY:
		return MIB * t + MIB * jitter(t, seed);
	case SHAPE_LEAK_FLOOR:
		return MIB * t + 8 * MIB * fmod(t, 7) / 7;
	case SHAPE_LEAK_LATE:
		return MIB * fmax(0, t - 80);
	case SHAPE_LEAK_WARM:
		return MIB * t + 40 * MIB * (1 - exp(-t / 6));
	case SHAPE_LEAK_LUMPS:
		return 4 * MIB * floor(t / 4);
	default:
		return 4 * KIB * t * t;
	}
}

double shape_at(enum shape s, double t, uint64_t seed)
{
	if (shape_leaks(s))
		return leak_at(s, t, seed);
	switch (s) {
	case SHAPE_IDLE:
		return page * floor(3 * jitter(t, seed) + 0.5);
	case SHAPE_NOISE:
		return 2 * MIB * jitter(t, seed);
	case SHAPE_STEP:
		return 100 * MIB * fmin(1, fmax(0, t - 20) / 6);
	case SHAPE_JUMP:
		return t >= 120 ? 50 * MIB : 0;
	case SHAPE_BURST:
		return t >= 60 && t < 66 ? 100 * MIB : 0;
	case SHAPE_CACHE:
		return MIB * fmin(t, 40);
	case SHAPE_WARM_UP:
		return 40 * MIB * (1 - exp(-t / 20));
	case SHAPE_RAMP:
		return 256 * KIB * fmin(t, SHAPE_SECONDS / 3.0);
	case SHAPE_DAILY:
		return 20 * MIB * (1 - cos(2 * M_PI * t / (SHAPE_SECONDS / 3.5)));
	case SHAPE_SAW:
		return 20 * MIB * fmod(t, 23) / 23;
	case SHAPE_SQUARE:
		return fmod(t, 26) < 13 ? 20 * MIB : 0;
	case SHAPE_STAIRS:
		return 10 * MIB * floor(log2(1 + t));
	case SHAPE_FALLING:
		return -256 * KIB * t;
	default:
		return 0;
	}
}

struct sample sample_at(uint64_t ns, double bytes)
{
	struct sample s;

	sample_init(&s);
	s.time = ns;
	s.v[FIGURE_ANON] = (uint64_t)(floor(fmax(0, bytes) / page) * page);
	s.v[FIGURE_SWAP] = 0;
	return s;
}

struct detect *engine_new(void)
{
	struct detect *d = detect_new();

	assert_non_null(d);
	return d;
}

static void promises_hold(const struct verdict *v)
{
	assert_true(v->reason[0] && memchr(v->reason, 0, sizeof(v->reason)));
	assert_true(v->kind == VERDICT_UNKNOWN ? v->confidence == -1 : v->confidence >= 0);
	assert_true(v->confidence <= 100);
	assert_true(v->kind != VERDICT_LEAK || v->confidence > 70);
	assert_true(v->kind != VERDICT_LEAK || known(v->flagged));
	assert_true(v->kind != VERDICT_LEAK || v->pattern != PATTERN_NULL);
	assert_true(v->kind != VERDICT_SUSPICIOUS || v->condition[0]);
	assert_true(v->kind != VERDICT_NO_LEAK || v->confidence < 30);
	assert_true(!isinf(v->growth) && !isinf(v->growth_low) && !isinf(v->growth_high));
	assert_true(!isinf(v->eta));
	for (unsigned i = 0; i < v->evidence_count; i++)
		assert_true(v->evidence[i].weight >= 0 && v->evidence[i].weight <= 1);
}

const struct verdict *sample_judge(struct detect *d, const struct sample *s)
{
	assert_int_equal(detect_sample(d, s), 0);
	const struct verdict *v = detect_verdict(d);
	promises_hold(v);
	return v;
}

static void note(struct outcome *o, const struct verdict *v, uint64_t origin)
{
	o->leaks += v->kind == VERDICT_LEAK && o->kind != VERDICT_LEAK;
	o->kind = v->kind;
	o->worst = v->kind > o->worst ? v->kind : o->worst;
	o->cause = v->cause;
	o->pattern = v->pattern;
	o->confidence = v->confidence;
	o->growth = v->growth;
	o->flagged = known(v->flagged) ? (double)(v->flagged - origin) / (double)NS_PER_S : NAN;
}

struct outcome shape_judge(const struct reading_of *r)
{
	struct outcome o = {.flagged = NAN, .growth = NAN};
	struct detect *d = engine_new();
	double interval = r->interval > 0 ? r->interval : 1;
	double duration = r->duration > 0 ? r->duration : SHAPE_SECONDS;
	double level = r->level > 0 ? r->level : 100 * MIB, scale = r->scale > 0 ? r->scale : 1;

	for (unsigned i = 0; i * interval <= duration; i++) {
		double y = level + scale * shape_at(r->shape, i * interval, r->seed);
		uint64_t ns = r->origin + (uint64_t)(i * interval * (double)NS_PER_S);
		struct sample s = sample_at(ns, y);
		note(&o, sample_judge(d, &s), r->origin);
		s.time += r->twice;
		if (r->repeated)
			note(&o, sample_judge(d, &s), r->origin);
	}
	detect_free(d);
	return o;
}
