/* SPDX-License-Identifier: MIT */
/* What tracing call sites found: written, read back, bounded, and not believed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_recording.h"
#include "support_recording_sql.h"
#include "support_replay.h"
#include "support_site_facts.h"

/* Takes the facts; of a tracing that began at `begin`. */
static void give(struct studio *s, struct sites_facts *f, uint64_t begin, uint64_t time, bool ended)
{
	f->begin = begin;
	f->time = time;
	f->ended = ended;
	assert_int_equal(recording_sites(s->r, f), 0);
	sites_facts_unref(f);
}

static struct sites_facts *facts_at(struct replay *r, uint64_t time)
{
	struct moment *m = moment_of(r, time, 0);
	struct sites_facts *f = m->sites ? sites_facts_ref(m->sites) : NULL;

	moment_unref(m);
	return f;
}

/* Written at second 30 between two samples, closed, and opened by another. */
static struct sites_facts *through(struct studio *s, struct sites_facts *f)
{
	struct sites_facts *got;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	give_sample(s, 20 * SECOND);
	give_sample(s, 30 * SECOND);
	give(s, sites_facts_ref(f), 5 * SECOND, 30 * SECOND, true);
	give_sample(s, 40 * SECOND);
	studio_commit(s);
	studio_whole(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_null(facts_at(r, 20 * SECOND));
	got = facts_at(r, 40 * SECOND);
	replay_free(r);
	assert_non_null(got);
	return got;
}

static void same_real(double a, double b)
{
	assert_true(a == b || (isnan(a) && isnan(b)));
}

static void same_site(const struct site *a, const struct site *b)
{
	assert_int_equal(a->frame_count, b->frame_count);
	assert_int_equal(a->named, b->named);
	assert_int_equal(a->samples, b->samples);
	assert_int_equal(a->live_bytes, b->live_bytes);
	assert_int_equal(a->live_blocks, b->live_blocks);
	assert_int_equal(a->allocated_bytes, b->allocated_bytes);
	assert_int_equal(a->allocated_blocks, b->allocated_blocks);
	assert_int_equal(a->freed_bytes, b->freed_bytes);
	assert_int_equal(a->freed_blocks, b->freed_blocks);
	same_real(a->growth_bytes, b->growth_bytes);
	same_real(a->growth_blocks, b->growth_blocks);
	same_real(a->share, b->share);
	same_real(a->lifetime, b->lifetime);
	assert_int_equal(a->steady, b->steady);
	assert_int_equal(a->spark_count, b->spark_count);
	assert_memory_equal(a->spark, b->spark, sizeof(a->spark));
}

static void same_stack(const struct sites_facts *f, const struct site *a,
                       const struct sites_facts *g, const struct site *b)
{
	for (uint32_t i = 0; i < a->frame_count; i++) {
		const struct site_frame *x = &f->frames[a->frame + i],
		                        *y = &g->frames[b->frame + i];

		assert_int_equal(x->address, y->address);
		assert_string_equal(sites_text(f, x->function), sites_text(g, y->function));
		assert_string_equal(sites_text(f, x->file), sites_text(g, y->file));
		assert_string_equal(sites_text(f, x->module), sites_text(g, y->module));
		assert_int_equal(x->line, y->line);
		assert_int_equal(x->inlined, y->inlined);
		assert_int_equal(x->offset, y->offset);
	}
}

static void same(const struct sites_facts *a, const struct sites_facts *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->source, b->source);
	assert_string_equal(a->note, b->note);
	assert_string_equal(a->next, b->next);
	assert_int_equal(a->begin, b->begin);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->traced, b->traced);
	assert_int_equal(a->ended, b->ended);
	same_real(a->expected, b->expected);
	same_real(a->slowdown, b->slowdown);
	same_real(a->hits_per_s, b->hits_per_s);
	same_real(a->hit_ns, b->hit_ns);
	assert_int_equal(a->period, b->period);
	assert_int_equal(a->bursts, b->bursts);
	assert_int_equal(a->samples, b->samples);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(a->full, b->full);
	assert_int_equal(a->unmatched_frees, b->unmatched_frees);
	assert_int_equal(a->broken, b->broken);
	assert_int_equal(a->nameless, b->nameless);
	assert_int_equal(a->live_bytes, b->live_bytes);
	assert_int_equal(a->live_blocks, b->live_blocks);
	same_real(a->growth_bytes, b->growth_bytes);
	assert_int_equal(a->other_bytes, b->other_bytes);
	assert_int_equal(a->site_count, b->site_count);
	for (uint32_t i = 0; i < a->site_count; i++) {
		same_site(&a->sites[i], &b->sites[i]);
		same_stack(a, &a->sites[i], b, &b->sites[i]);
	}
}

static void a_tracing__reads_back_as_it_was_written(void **state)
{
	struct sites_facts *(*const make[])(void) = {support_sites, support_sites_growth,
	                                             support_sites_hits};
	struct studio *s = *state;

	for (size_t i = 0; i < sizeof(make) / sizeof(make[0]); i++) {
		struct sites_facts *want = make[i](), *got;

		want->lost = 7;
		want->full = 3;
		got = through(s, want);
		same(want, got);
		sites_facts_unref(got);
		sites_facts_unref(want);
		assert_int_equal(remove(s->path), 0);
	}
}

/* What stands in the file is safe to be read with sqlite3 on a terminal, and reads back so. */
static void names__are_safe_in_the_file__whatever_functions_are_called(void **state)
{
	struct sites_facts *want = support_sites_hostile(), *got;
	struct studio *s = *state;

	got = through(s, want);
	assert_memory_equal(sites_text(got, site_named(got, &got->sites[0])->function),
	                    "\\x1B[31m<b>&\"'\\x0A\\x9B\\xFF", 26);
	assert_string_equal(studio_text(s, "SELECT substr(function, 1, 8) FROM site_frame LIMIT 1"),
	                    "\\x1B[31m");
	sites_facts_unref(got);
	sites_facts_unref(want);
}

static void of_each_tracing__the_newest_is_kept__written_now_and_then(void **state)
{
	struct studio *s = *state;

	studio_open(s);
	give_sample(s, 0);
	for (unsigned i = 1; i <= 35; i++) {
		give_sample(s, i * SECOND);
		give(s, support_sites(), SECOND / 2, i * SECOND, false);
	}
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sqlite_master WHERE name='trace'"),
	                 1);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM trace"), 1);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM trace"), 31 * SECOND);
	/* The end is written at once. */
	give_sample(s, 36 * SECOND);
	give(s, support_sites(), SECOND / 2, 36 * SECOND, true);
	give_sample(s, 41 * SECOND);
	give(s, support_sites(), 40 * SECOND, 41 * SECOND, false);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM trace"), 2);
	assert_int_equal(studio_number(s, "SELECT min(time) FROM trace"), 36 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM site"), 2 * SUPPORT_SITES);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM site_frame WHERE time NOT IN"
	                                  " (SELECT time FROM trace)"),
	                 0);
	studio_close(s);
}

/* The watch ends with its tracing: what comes last comes behind the last sample. */
static void the_end_of_a_watch__is_seen_with_its_last_sample(void **state)
{
	struct studio *s = *state;
	struct sites_facts *f;
	struct source *source;
	struct sample sample;
	struct replay *r;

	studio_open(s);
	for (unsigned i = 0; i <= 12; i++) {
		give_sample(s, i * SECOND);
		give(s, support_sites(), SECOND, i * SECOND + SECOND / 2, i == 12);
	}
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	f = facts_at(r, 12 * SECOND);
	assert_non_null(f);
	assert_true(f->ended);
	assert_int_equal(f->time, 12 * SECOND + SECOND / 2);
	assert_int_equal(f->site_count, SUPPORT_SITES);
	assert_true(f->frame_count > SUPPORT_SITES);
	sites_facts_unref(f);
	assert_int_equal(replay_source(r, &source), 0);
	while (source->ops->sample(source, 0, &sample) == 0)
		;
	f = source_sites(source);
	assert_non_null(f);
	assert_null(source_sites(source));
	sites_facts_unref(f);
	source->ops->free(source);
	replay_free(r);
}

static void tracings_without_end__take_a_small_part_of_the_limit(void **state)
{
	struct studio *s = *state;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	for (unsigned i = 1; i < 40; i++) {
		give_sample(s, i * 5 * SECOND);
		give(s, support_sites(), i * 5 * SECOND + 1, i * 5 * SECOND + SECOND, true);
		studio_commit(s);
	}
	assert_in_range(studio_number(s, "SELECT count(*) FROM trace"), 2, 4);
	assert_int_equal(studio_number(s, "SELECT max(until) FROM trace"),
	                 39 * 5 * SECOND + SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM site WHERE time NOT IN"
	                                  " (SELECT time FROM trace)"),
	                 0);
	assert_true(recording_size(s->r) <= RECORDING_LIMIT_MIN);
	studio_whole(s);
	studio_close(s);
}

/* Begun by a version that knew nothing of call sites. */
static void a_recording_without_such_tables__is_replayed_and_appended_to(void **state)
{
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	studio_commit(s);
	studio_close(s);
	studio_sql(s, "DROP TABLE trace; DROP TABLE site; DROP TABLE site_frame");
	r = replay_of(s->path);
	assert_null(facts_at(r, 0));
	replay_free(r);
	studio_open(s);
	give_sample(s, SECOND);
	give(s, support_sites(), SECOND, 2 * SECOND, true);
	give_sample(s, 3 * SECOND);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM trace"), 1);
	studio_close(s);
}

static void a_tracing_of_the_image_before__is_not_shown(void **state)
{
	struct studio *s = *state;
	struct sites_facts *f;
	struct replay *r;

	studio_open(s);
	give_image(s, 0, 1);
	give_sample(s, 0);
	give(s, support_sites(), 1, SECOND, true);
	give_image(s, 2 * SECOND, 2);
	give_sample(s, 2 * SECOND);
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_null(facts_at(r, 2 * SECOND));
	f = facts_at(r, 2 * SECOND - 1);
	assert_non_null(f);
	sites_facts_unref(f);
	replay_free(r);
}

static void a_source__hands_out_each_tracing_once_in_order(void **state)
{
	struct studio *s = *state;
	struct source *source;
	struct sample sample;
	unsigned seen = 0;
	struct replay *r;

	studio_open(s);
	for (unsigned i = 0; i < 20; i++) {
		give_sample(s, i * SECOND);
		if (i % 5 == 2)
			give(s, support_sites(), i * SECOND, i * SECOND + SECOND / 2, true);
	}
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_int_equal(replay_source(r, &source), 0);
	while (source->ops->sample(source, 0, &sample) == 0) {
		struct sites_facts *f = source_sites(source);

		if (!f)
			continue;
		assert_in_range(f->time, sample.time, sample.time + SECOND - 1);
		assert_int_equal(f->begin, (2 + 5 * seen++) * SECOND);
		assert_null(source_sites(source));
		sites_facts_unref(f);
	}
	assert_int_equal(seen, 4);
	source->ops->free(source);
	replay_free(r);
}

/* Rows that no sound writer wrote: ranks without a site, levels without end, words for numbers, names that are none. */
static void rows_that_make_no_sense__are_left_out(void **state)
{
	static const char *const lies[] = {
	        "UPDATE site_frame SET rank = rank + 1000",
	        "UPDATE site SET named = 4000000000, spark = '1 x 2', samples = 'many'",
	        "UPDATE site SET spark = '18446744073709551616 -3 ' || hex(zeroblob(9000))",
	        "UPDATE trace SET kind = 'none at all', traced = -1, bursts = 1e300",
	        "UPDATE site_frame SET function = zeroblob(3), file = 7, line = -5, address = -1, "
	        "module_offset = 'far'",
	        "INSERT INTO site_frame SELECT time, 0, level + 1000 * (rank + 1), address, "
	        "function, file, "
	        "line, module, 2, -1 FROM site_frame WHERE rank > 0",
	        "INSERT INTO site SELECT time, rank + 12, named, samples, NULL, NULL, NULL, NULL, "
	        "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM site",
	        "DELETE FROM site WHERE rank % 2 = 0",
	        "DELETE FROM site",
	};
	struct studio *s = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct sites_facts *made = support_sites(), *got = through(s, made);
		struct replay *r;

		sites_facts_unref(made);
		sites_facts_unref(got);
		studio_sql(s, lies[i]);
		r = replay_of(s->path);
		got = facts_at(r, 40 * SECOND);
		assert_non_null(got);
		for (uint32_t k = 0; k < got->site_count; k++) {
			const struct site *site = &got->sites[k];
			assert_true(site->frame_count <= SITE_FRAMES_MAX);
			assert_true(site->frame + site->frame_count <= got->frame_count);
			assert_true(site->spark_count <= SPARK_POINTS);
		}
		sites_facts_unref(got);
		replay_free(r);
		assert_int_equal(remove(s->path), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_STUDIO(a_tracing__reads_back_as_it_was_written),
	        IN_STUDIO(names__are_safe_in_the_file__whatever_functions_are_called),
	        IN_STUDIO(of_each_tracing__the_newest_is_kept__written_now_and_then),
	        IN_STUDIO(the_end_of_a_watch__is_seen_with_its_last_sample),
	        IN_STUDIO(tracings_without_end__take_a_small_part_of_the_limit),
	        IN_STUDIO(a_recording_without_such_tables__is_replayed_and_appended_to),
	        IN_STUDIO(a_tracing_of_the_image_before__is_not_shown),
	        IN_STUDIO(a_source__hands_out_each_tracing_once_in_order),
	        IN_STUDIO(rows_that_make_no_sense__are_left_out),
	};
	return cmocka_run_group_tests_name("store, sites", tests, NULL, NULL);
}
