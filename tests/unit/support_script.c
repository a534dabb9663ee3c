/* SPDX-License-Identifier: MIT */
#include "support_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static int script_sample(struct source *source, uint64_t now, struct sample *ret)
{
	struct script *s = (struct script *)source;

	sample_init(ret);
	ret->time = now;
	ret->v[FIGURE_ANON] = 64 << 20;
	ret->v[FIGURE_SWAP] = 0;
	ret->v[FIGURE_RSS] = 70 << 20;
	if (++s->taken == s->epoch_at)
		ret->flags |= SAMPLE_EPOCH;
	return 0;
}

static struct region_table *script_regions(struct source *source)
{
	(void)source;
	return NULL;
}

static void script_describe(struct source *source, struct moment *m)
{
	m->target = target_ref(((struct script *)source)->target);
}

static void script_free(struct source *source)
{
	target_unref(((struct script *)source)->target);
}

static struct heap_facts *script_heap(struct source *source)
{
	struct script *s = (struct script *)source;
	struct heap_facts *f = s->heap;

	s->heap = NULL;
	return f;
}

static struct sites_facts *script_sites(struct source *source)
{
	struct script *s = (struct script *)source;
	struct sites_facts *f = s->sites;

	s->sites = NULL;
	return f;
}

static const struct source_ops script_ops = {
        .sample = script_sample,
        .regions = script_regions,
        .describe = script_describe,
        .free = script_free,
        .heap = script_heap,
        .sites = script_sites,
};

struct watch *script_watch(struct script *s, const struct options *o)
{
	struct watch *w = NULL;

	s->source.ops = &script_ops;
	s->target = target_new();
	assert_non_null(s->target);
	s->target->pid = 4711;
	assert_int_equal(watch_new(&s->source, o, &w), 0);
	return w;
}

void sample(struct watch *w, unsigned second)
{
	assert_int_equal(watch_sample(w, second * NS_PER_S), 0);
}

unsigned lines_with(struct watch *w, const char *a, const char *b, bool *ret_announces)
{
	unsigned n = 0;

	for (const char *line; (line = watch_next_line(w));) {
		if (!strstr(line, a) || !strstr(line, b))
			continue;
		n++;
		if (ret_announces)
			*ret_announces = watch_line_announces(w);
	}
	return n;
}

unsigned warnings_with(struct watch *w, const char *word)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	unsigned n = 0;

	for (unsigned i = 0; i < m->warning_count; i++)
		n += strstr(m->warnings[i], word) != NULL;
	moment_unref(m);
	return n;
}
