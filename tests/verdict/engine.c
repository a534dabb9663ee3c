/* SPDX-License-Identifier: MIT */
#include "detect/detect.h"
#include "detector.h"

static void *engine_begin(void)
{
	return detect_new();
}

static int engine_feed(void *state, const struct sample *s)
{
	return detect_sample(state, s);
}

static void engine_judge(void *state, struct call *ret)
{
	const struct verdict *v = detect_verdict(state);

	*ret = (struct call){v->kind, v->confidence, v->growth, v->flagged};
}

static void engine_end(void *state)
{
	detect_free(state);
}

const struct detector detector_engine = {"engine",    100,          engine_begin,
                                         engine_feed, engine_judge, engine_end};
