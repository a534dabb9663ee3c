/* SPDX-License-Identifier: MIT */
/* What was found inside the heap: written, read back, thinned, and not believed. */
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
#include "support_heap.h"
#include "support_recording.h"
#include "support_recording_sql.h"
#include "support_replay.h"

/* A look that ended at `time` and took 100 ms. */
static void give_look(struct studio *s, uint64_t time, unsigned looks)
{
	struct heap_facts *f = support_heap();

	f->time = time;
	f->took = 100 * NS_PER_MS;
	f->looks = looks;
	assert_int_equal(recording_heap(s->r, f), 0);
	heap_facts_unref(f);
}

static struct heap_facts *facts_at(struct replay *r, uint64_t time)
{
	struct moment *m = moment_of(r, time, 0);
	struct heap_facts *f = m->heap ? heap_facts_ref(m->heap) : NULL;

	moment_unref(m);
	return f;
}

static void same_classes(const struct heap_facts *a, const struct heap_facts *b)
{
	assert_int_equal(a->class_count, b->class_count);
	for (unsigned i = 0; i < a->class_count; i++) {
		const struct heap_class *x = &a->classes[i], *y = &b->classes[i];

		assert_int_equal(x->low, y->low);
		assert_int_equal(x->high, y->high);
		assert_int_equal(x->blocks, y->blocks);
		assert_int_equal(x->bytes, y->bytes);
		assert_int_equal(x->first_blocks, y->first_blocks);
		assert_true(x->growth_bytes == y->growth_bytes);
		assert_int_equal(x->steady, y->steady);
	}
}

static void same_lost(const struct heap_lost *a, const struct heap_lost *b)
{
	assert_int_equal(a->scans, b->scans);
	assert_int_equal(a->definitely_bytes, b->definitely_bytes);
	assert_int_equal(a->suspect_blocks, b->suspect_blocks);
	assert_memory_equal(a->by_certainty, b->by_certainty, sizeof(a->by_certainty));
	assert_int_equal(a->head_count, b->head_count);
	assert_int_equal(a->head_left, b->head_left);
	for (unsigned i = 0; i < a->head_count; i++) {
		const struct lost_head *x = &a->heads[i], *y = &b->heads[i];

		assert_int_equal(x->address, y->address);
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->certainty, y->certainty);
		assert_int_equal(x->twins, y->twins);
		assert_int_equal(x->indirect_bytes, y->indirect_bytes);
		assert_int_equal(x->first_count, y->first_count);
		assert_memory_equal(x->first, y->first, x->first_count);
		assert_string_equal(x->type, y->type);
	}
}

static void a_look__reads_back_as_it_was_written(void **state)
{
	struct heap_facts *want = support_heap(), *f;
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	give_sample(s, 10 * SECOND);
	give_look(s, 5 * SECOND, 60);
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_null(facts_at(r, 0));
	f = facts_at(r, 10 * SECOND);
	assert_non_null(f);
	assert_int_equal(f->time, 5 * SECOND);
	assert_int_equal(f->allocator, want->allocator);
	assert_true(f->walked);
	assert_string_equal(f->layout, want->layout);
	assert_true(f->layout_confidence == want->layout_confidence);
	assert_int_equal(f->resident, want->resident);
	assert_memory_equal(&f->total.size, &want->total.size,
	                    sizeof(f->total) - offsetof(struct heap_arena, size));
	assert_int_equal(f->arena_rows, want->arena_rows);
	for (unsigned i = 0; i < f->arena_rows; i++)
		assert_int_equal(f->arenas[i].address, want->arenas[i].address);
	same_classes(f, want);
	same_lost(f->lost, want->lost);
	heap_facts_unref(f);
	heap_facts_unref(want);
	replay_free(r);
}

static void a_size__has_its_course_up_to_that_look(void **state)
{
	struct studio *s = *state;
	struct heap_facts *f;
	struct replay *r;

	studio_open(s);
	for (unsigned i = 0; i < 30; i++) {
		struct heap_facts *look = support_heap();

		give_sample(s, i * 5 * SECOND);
		look->time = i * 5 * SECOND;
		look->looks = i + 1;
		look->classes[0].blocks = 100 + i;
		assert_int_equal(recording_heap(s->r, look), 0);
		heap_facts_unref(look);
	}
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	f = facts_at(r, 3 * 5 * SECOND);
	assert_int_equal(f->classes[0].spark_count, 4);
	assert_int_equal(f->classes[0].spark[0], 100);
	assert_int_equal(f->classes[0].spark[3], 103);
	heap_facts_unref(f);
	f = facts_at(r, 29 * 5 * SECOND);
	assert_int_equal(f->classes[0].spark_count, SPARK_POINTS);
	assert_int_equal(f->classes[0].spark[0], 129 - (SPARK_POINTS - 1));
	assert_int_equal(f->classes[0].spark[SPARK_POINTS - 1], 129);
	heap_facts_unref(f);
	replay_free(r);
}

static void why_nothing_is_known__reads_back(void **state)
{
	struct heap_facts *want = support_heap_jemalloc(), *f;
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	want->time = SECOND;
	assert_int_equal(recording_heap(s->r, want), 0);
	give_sample(s, 2 * SECOND);
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	f = facts_at(r, 2 * SECOND);
	assert_false(f->walked);
	assert_int_equal(f->allocator, ALLOCATOR_JEMALLOC);
	assert_string_equal(f->why, want->why);
	assert_null(f->lost);
	assert_int_equal(heap_kept(f), UNKNOWN);
	heap_facts_unref(f);
	heap_facts_unref(want);
	replay_free(r);
}

static void a_look_that_tells_more__replaces_what_it_told_before(void **state)
{
	struct studio *s = *state;

	studio_open(s);
	give_sample(s, 0);
	give_look(s, 10 * SECOND, 1);
	give_look(s, 10 * SECOND + 50 * NS_PER_MS, 1);
	give_look(s, 15 * SECOND, 2);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM census"), 2);
	assert_int_equal(studio_number(s, "SELECT min(time) FROM census"),
	                 10 * SECOND + 50 * NS_PER_MS);
	assert_int_equal(studio_number(s, "SELECT count(DISTINCT time) FROM lost_head"), 2);
	studio_close(s);
}

static void looks_without_end__take_a_small_part_of_the_limit(void **state)
{
	enum { LOOKS = 400 };
	struct studio *s = *state;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	for (unsigned i = 0; i < LOOKS; i++) {
		give_sample(s, i * 5 * SECOND);
		give_look(s, i * 5 * SECOND + SECOND, i + 1);
		studio_commit(s);
	}
	assert_in_range(studio_number(s, "SELECT count(*) FROM census"), 4, 10);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM census_class WHERE time NOT IN"
	                                  " (SELECT time FROM census)"),
	                 0);
	assert_int_equal(studio_number(s, "SELECT min(time) FROM census"), SECOND);
	assert_int_equal(studio_number(s, "SELECT max(looks) FROM census"), LOOKS);
	assert_true(recording_size(s->r) <= RECORDING_LIMIT_MIN);
	studio_whole(s);
	studio_close(s);
}

static void a_rollback__takes_the_look_back(void **state)
{
	struct studio *s = *state;

	studio_open(s);
	give_sample(s, 0);
	studio_commit(s);
	give_look(s, SECOND, 1);
	studio_close(s);
	studio_open(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM census"), 0);
	studio_close(s);
}

/* Begun by a version that knew nothing of heaps. */
static void a_recording_without_such_tables__is_replayed_and_appended_to(void **state)
{
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	studio_commit(s);
	studio_close(s);
	studio_sql(s, "DROP TABLE census; DROP TABLE census_arena; DROP TABLE"
	              " census_class; DROP TABLE lost; DROP TABLE lost_head");
	r = replay_of(s->path);
	assert_null(facts_at(r, 0));
	replay_free(r);
	studio_open(s);
	give_sample(s, SECOND);
	give_look(s, 2 * SECOND, 1);
	give_sample(s, 3 * SECOND);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM census"), 1);
	studio_close(s);
}

static void a_look_of_the_image_before__is_not_shown(void **state)
{
	struct studio *s = *state;
	struct heap_facts *f;
	struct replay *r;

	studio_open(s);
	give_image(s, 0, 1);
	give_sample(s, 0);
	give_look(s, SECOND, 1);
	give_image(s, 2 * SECOND, 2);
	give_sample(s, 2 * SECOND);
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_null(facts_at(r, 2 * SECOND));
	f = facts_at(r, 2 * SECOND - 1);
	assert_non_null(f);
	heap_facts_unref(f);
	replay_free(r);
}

static void a_source__hands_out_each_look_once_in_order(void **state)
{
	struct studio *s = *state;
	struct source *source;
	struct sample sample;
	unsigned looks = 0;
	struct replay *r;

	studio_open(s);
	for (unsigned i = 0; i < 20; i++) {
		give_sample(s, i * SECOND);
		if (i % 5 == 2)
			give_look(s, i * SECOND + SECOND / 2, i);
	}
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_int_equal(replay_source(r, &source), 0);
	while (source->ops->sample(source, 0, &sample) == 0) {
		struct heap_facts *f = source_heap(source);

		if (!f)
			continue;
		assert_true(f->time <= sample.time && f->time > sample.time - SECOND);
		assert_int_equal(f->looks, 2 + 5 * looks++);
		assert_null(source_heap(source));
		heap_facts_unref(f);
	}
	assert_int_equal(looks, 4);
	source->ops->free(source);
	replay_free(r);
}

static void rows_that_make_no_sense__are_shown_as_far_as_they_do(void **state)
{
	struct support_file s;
	struct heap_facts *f;
	struct replay *r;

	(void)state;
	support_file_open(&s);
	support_sql(&s, "INSERT INTO sample(time,flags,span,rss) VALUES(0,0,0,4096),(9,0,0,4096)");
	support_sql(&s, "INSERT INTO census(time,allocator,walked,looks,arenas,live_bytes,layout) "
	                "VALUES(5,'nobody',1,-7,1e300,'many',x'00ff')");
	support_sql(&s, "INSERT INTO census_class(time,low,rank,blocks) VALUES(5,'x',NULL,-1)");
	support_sql(&s,
	            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<9999) "
	            "INSERT INTO census_class(time,low,rank) SELECT 5,i,i FROM n");
	support_sql(&s, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<999) "
	                "INSERT INTO lost_head(time,rank,kind,certainty,first,type) SELECT 5,i,'?',"
	                "i,'zz9',char(27)||'[2J' FROM n");
	support_sql(&s, "INSERT INTO lost(time,scans) VALUES(5,NULL)");
	r = replay_of(s.path);
	f = facts_at(r, 9);
	assert_int_equal(f->allocator, ALLOCATOR_UNKNOWN);
	assert_int_equal(f->looks, 0);
	assert_int_equal(f->total.live_bytes, 0);
	assert_true(isnan(f->layout_confidence));
	assert_int_equal(f->class_count, 4096);
	assert_int_equal(f->lost->head_count, HEAP_HEADS_MAX);
	assert_string_equal(f->lost->heads[0].type, "\\x1B[2J");
	assert_int_equal(f->lost->heads[0].first_count, 1);
	heap_facts_unref(f);
	replay_free(r);
	support_file_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_STUDIO(a_look__reads_back_as_it_was_written),
	        IN_STUDIO(a_size__has_its_course_up_to_that_look),
	        IN_STUDIO(why_nothing_is_known__reads_back),
	        IN_STUDIO(a_look_that_tells_more__replaces_what_it_told_before),
	        IN_STUDIO(looks_without_end__take_a_small_part_of_the_limit),
	        IN_STUDIO(a_rollback__takes_the_look_back),
	        IN_STUDIO(a_recording_without_such_tables__is_replayed_and_appended_to),
	        IN_STUDIO(a_look_of_the_image_before__is_not_shown),
	        IN_STUDIO(a_source__hands_out_each_look_once_in_order),
	        cmocka_unit_test(rows_that_make_no_sense__are_shown_as_far_as_they_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
