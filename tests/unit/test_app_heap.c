/* SPDX-License-Identifier: MIT */
/* Who looks inside the heap of a watched process, and where what was found goes. The scanner is a double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/recorder.h"
#include "app/ticker.h"
#include "app/watch.h"
#include "base/clock.h"
#include "heap/scanner.h"
#include "model/history.h"

/* --- the double ---------------------------------------------------------------------------------- */

struct scanner {
	int32_t pid;
	int fd;
	bool on;
	struct heap_facts *next;
};

/* What became of all of them; the one alive, NULL: none. */
static struct {
	unsigned made, freed;
	struct scanner *now;
	uint64_t peek;
	struct heap_progress progress;
} doubles;

struct scanner *scanner_new(const char *proc, int32_t pid, uint64_t start)
{
	struct scanner *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_string_equal(proc, "/proc");
	assert_true(start > 0);
	s->pid = pid;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	doubles.made++;
	doubles.now = s;
	return s;
}

void scanner_run(struct scanner *s, bool on)
{
	s->on = on;
}

void scanner_peek(struct scanner *s, uint64_t address)
{
	(void)s;
	doubles.peek = address;
}

int scanner_fd(const struct scanner *s)
{
	return s->fd;
}

struct heap_facts *scanner_take(struct scanner *s)
{
	struct heap_facts *f = s->next;
	uint64_t n;

	if (read(s->fd, &n, sizeof(n)) < 0)
		n = 0;
	s->next = NULL;
	return f;
}

void scanner_progress(struct scanner *s, struct heap_progress *ret)
{
	*ret = doubles.progress;
	if (!s->on)
		ret->phase = HEAP_STOPPED;
}

void scanner_free(struct scanner *s)
{
	if (!s)
		return;
	heap_facts_unref(s->next);
	close(s->fd);
	doubles.freed++;
	doubles.now = NULL;
	free(s);
}

/* --- the process --------------------------------------------------------------------------------- */

struct script {
	struct source source;
	unsigned taken, epoch_at; /* samples; number of the one with SAMPLE_EPOCH */
	struct target *target;
	struct heap_facts *recorded; /* of a file: handed out once */
};

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
	struct heap_facts *f = s->recorded;

	s->recorded = NULL;
	return f;
}

static const struct source_ops script_ops = {
        .sample = script_sample,
        .regions = script_regions,
        .describe = script_describe,
        .free = script_free,
        .heap = script_heap,
};

static struct watch *watch_of(struct script *s, const struct options *o)
{
	struct watch *w = NULL;

	memset(&doubles, 0, sizeof(doubles));
	heap_progress_init(&doubles.progress);
	doubles.progress.phase = HEAP_RESTING;
	s->source.ops = &script_ops;
	s->target = target_new();
	assert_non_null(s->target);
	s->target->pid = 4711;
	assert_int_equal(watch_new(&s->source, o, &w), 0);
	watch_begin(w, 1);
	return w;
}

static const struct options plain = {.interval = NS_PER_S, .procfs = "/proc"};
static const struct options looking = {.interval = NS_PER_S, .procfs = "/proc", .heap = true};

static void sample(struct watch *w, unsigned second)
{
	assert_int_equal(watch_sample(w, second * NS_PER_S), 0);
}

static struct heap_facts *facts(double second, unsigned scans)
{
	struct heap_facts *f = heap_facts_new();

	assert_non_null(f);
	f->walked = true;
	f->layout_confidence = 1;
	f->time = (uint64_t)(second * (double)NS_PER_S);
	f->looks = (unsigned)second + 1;
	f->total.size = f->total.live_bytes = 1 << 20;
	f->lost = calloc(1, sizeof(*f->lost));
	assert_non_null(f->lost);
	f->lost->scans = scans;
	return f;
}

static void publish(struct heap_facts *f)
{
	heap_facts_unref(doubles.now->next);
	doubles.now->next = f;
	assert_true(write(doubles.now->fd, &(uint64_t){1}, sizeof(uint64_t)) > 0);
}

/* Time of the look that the moment of `time` carries; UNKNOWN: none. */
static uint64_t look_at(struct watch *w, uint64_t time)
{
	struct moment *m = watch_moment(w, time, 0);
	uint64_t look;

	assert_non_null(m);
	look = m->heap ? m->heap->time : UNKNOWN;
	moment_unref(m);
	return look;
}

static enum heap_phase phase_of(struct watch *w)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	enum heap_phase phase = m->heap_progress.phase;

	moment_unref(m);
	return phase;
}

/* How many lines have both words. */
static unsigned lines_with(struct watch *w, const char *a, const char *b)
{
	unsigned n = 0;

	for (const char *line; (line = watch_next_line(w));)
		n += strstr(line, a) && strstr(line, b);
	return n;
}

static bool warned_of(struct watch *w, const char *word)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	bool found = false;

	for (unsigned i = 0; i < m->warning_count; i++)
		found |= strstr(m->warnings[i], word) != NULL;
	moment_unref(m);
	return found;
}

/* --- tests --------------------------------------------------------------------------------------- */

static void nobody_looks__before_it_is_asked_for(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.made, 0);
	assert_int_equal(watch_heap_fd(w), -1);
	assert_int_equal(phase_of(w), HEAP_OFF);
	assert_true(watch_heap_run(w, true));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.now->pid, 4711);
	assert_true(doubles.now->on);
	watch_heap_run(w, false);
	assert_false(doubles.now->on);
	assert_int_equal(phase_of(w), HEAP_STOPPED);
	watch_heap_run(w, true);
	assert_int_equal(doubles.made, 1);
	assert_true(doubles.now->on);
	watch_free(w);
	assert_int_equal(doubles.freed, 1);
}

static void what_was_found__is_in_the_moments_from_then_on(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.made, 1);
	publish(facts(0.5, 1));
	assert_true(watch_heap_take(w));
	assert_false(watch_heap_take(w));
	assert_int_equal(look_at(w, UNKNOWN), NS_PER_S / 2);
	sample(w, 1);
	publish(facts(1.5, 2));
	sample(w, 2);
	assert_int_equal(look_at(w, 0), UNKNOWN);
	assert_int_equal(look_at(w, NS_PER_S), NS_PER_S / 2);
	assert_int_equal(look_at(w, UNKNOWN), NS_PER_S / 2 * 3);
	watch_free(w);
}

static void another_program_in_the_process__is_looked_into_anew(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	watch_heap_peek(w, 0x5000);
	publish(facts(0.5, 1));
	sample(w, 1);
	struct heap_facts *stale = facts(1.5, 0);
	stale->walked = false;
	snprintf(stale->why, sizeof(stale->why), "another program was executed");
	publish(stale);
	watch_heap_take(w);
	doubles.peek = 0;
	sample(w, 2);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.freed, 1);
	assert_true(doubles.now->on);
	/* Its blocks are others. */
	assert_int_equal(doubles.peek, 0);
	assert_int_equal(look_at(w, UNKNOWN), UNKNOWN);
	assert_int_equal(lines_with(w, "Warning: heap", ""), 0);
	watch_free(w);
}

static void a_process_that_is_gone__keeps_what_was_found(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	publish(facts(0.5, 3));
	watch_end(w, END_TARGET, "exited");
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(look_at(w, UNKNOWN), NS_PER_S / 2);
	assert_int_equal(phase_of(w), HEAP_STOPPED);
	assert_false(watch_heap_run(w, true));
	assert_int_equal(doubles.made, 1);
	assert_false(warned_of(w, "heap:"));
	watch_free(w);
}

static void what_is_not_permitted__is_said_once_and_the_watch_goes_on(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	doubles.progress.phase = HEAP_FAILED;
	snprintf(doubles.progress.error, sizeof(doubles.progress.error), "not yours; use sudo");
	sample(w, 1);
	sample(w, 2);
	assert_int_equal(lines_with(w, "Warning: heap: not yours; use sudo", ""), 1);
	assert_true(warned_of(w, "heap: not yours; use sudo"));
	watch_end(w, END_DURATION, "");
	assert_int_equal(phase_of(w), HEAP_FAILED);
	watch_free(w);
}

static void an_allocator_that_cannot_be_walked__is_named_once(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	for (unsigned i = 0; i < 3; i++) {
		struct heap_facts *f = facts(i + 0.5, 0);

		f->walked = false;
		f->allocator = ALLOCATOR_JEMALLOC;
		snprintf(f->why, sizeof(f->why), "jemalloc recognised");
		publish(f);
		sample(w, i + 1);
		assert_int_equal(lines_with(w, "Warning: heap: ", "jemalloc recognised"), i == 0);
	}
	watch_free(w);
}

/* A program that begins has no heap yet. */
static void one_look_in_vain__is_no_news(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	for (unsigned i = 0; i < 4; i++) {
		struct heap_facts *f = facts(i + 0.5, 0);

		f->walked = i == 1;
		f->allocator = ALLOCATOR_GLIBC;
		snprintf(f->why, sizeof(f->why), "%s", f->walked ? "" : "no arena yet");
		publish(f);
		sample(w, i + 1);
		assert_int_equal(lines_with(w, "Warning: heap: ", "no arena yet"), i == 3);
	}
	watch_free(w);
}

static void fewer_than_three_scans__are_noted_at_the_end(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	publish(facts(0.5, 2));
	sample(w, 1);
	assert_false(warned_of(w, "heap:"));
	watch_end(w, END_DURATION, "");
	assert_true(warned_of(w, "heap: 2 scans were made"));
	watch_free(w);
}

static void a_file__brings_its_looks_and_nobody_makes_one(void **state)
{
	const struct options o = {.interval = NS_PER_S,
	                          .procfs = "/proc",
	                          .mode = MODE_ANALYZE,
	                          .heap = true};
	struct script s = {0};
	struct watch *w = watch_of(&s, &o);

	(void)state;
	s.recorded = facts(0, 1);
	sample(w, 0);
	assert_int_equal(look_at(w, UNKNOWN), 0);
	assert_false(watch_heap_run(w, true));
	assert_int_equal(doubles.made, 0);
	watch_free(w);
}

/* --- a recording ------------------------------------------------------------------------------------ */

static unsigned written; /* looks; by the recorder's thread, which has ended when it is read */

static int store_open(const struct recording_options *o, struct recording **ret,
                      struct fault *fault)
{
	(void)o;
	(void)ret;
	(void)fault;
	return 0;
}

static int store_image(struct recording *r, uint64_t time, const struct target *t)
{
	(void)r;
	(void)time;
	(void)t;
	return 0;
}

static int store_sample(struct recording *r, const struct sample *s, uint64_t span,
                        const struct sample extremes[2])
{
	(void)r;
	(void)s;
	(void)span;
	(void)extremes;
	return 0;
}

static int store_heap(struct recording *r, const struct heap_facts *f)
{
	(void)r;
	(void)f;
	written++;
	return 0;
}

static int store_event(struct recording *r, const struct event *e)
{
	(void)r;
	(void)e;
	return 0;
}

static int store_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	(void)r;
	(void)time;
	(void)v;
	return 0;
}

static int store_fact(struct recording *r, const char *key, const char *value)
{
	(void)r;
	(void)key;
	(void)value;
	return 0;
}

static int store_commit(struct recording *r, struct fault *fault)
{
	(void)r;
	(void)fault;
	return 0;
}

static uint64_t store_size(const struct recording *r)
{
	(void)r;
	return 1;
}

static void store_close(struct recording *r)
{
	(void)r;
}

static void a_recording_begun_later__has_the_looks_made_before(void **state)
{
	static const struct recorder_store store = {.open = store_open,
	                                            .image = store_image,
	                                            .sample = store_sample,
	                                            .heap = store_heap,
	                                            .event = store_event,
	                                            .verdict = store_verdict,
	                                            .fact = store_fact,
	                                            .commit = store_commit,
	                                            .size = store_size,
	                                            .close = store_close};
	const struct recorder_options ro = {.file = {.path = "/nowhere", .version = "1"},
	                                    .store = &store,
	                                    .pace = 1,
	                                    .room = RECORDER_ROOM};
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);
	struct recorder *r = NULL;

	(void)state;
	sample(w, 0);
	publish(facts(0.5, 1));
	sample(w, 1);
	publish(facts(1.5, 2));
	sample(w, 2);
	assert_int_equal(recorder_start(&ro, &r), 0);
	watch_record(w, r);
	publish(facts(2.5, 3));
	sample(w, 3);
	recorder_finish(r);
	assert_true(recorder_ended(r, 60 * NS_PER_S));
	assert_int_equal(written, 3);
	recorder_unref(r);
	watch_free(w);
}

/* --- the ticker ---------------------------------------------------------------------------------- */

struct ticks {
	struct watch *w;
	unsigned samples, updates, looks;
};

static enum watch_end on_sample(void *arg)
{
	struct ticks *t = arg;

	return ++t->samples == 3 ? END_QUIT : END_NOT_YET;
}

static void on_update(void *arg)
{
	struct ticks *t = arg;

	t->updates++;
	t->looks += known(look_at(t->w, UNKNOWN));
	doubles.progress.phase = HEAP_RESTING;
}

static void the_ticker__tells_of_a_look_between_samples(void **state)
{
	static const struct ticker_ops ops = {.sampled = on_sample, .updated = on_update};
	const struct options o = {.interval = 400 * NS_PER_MS, .procfs = "/proc", .heap = true};
	struct script s = {0};
	struct ticks ticks = {0};
	struct watch *w = watch_of(&s, &o);
	struct ticker t = {.watch = w,
	                   .start = clock_mono(),
	                   .duration = UNKNOWN,
	                   .exit_fd = -1,
	                   .fd = -1,
	                   .ops = &ops,
	                   .arg = &ticks};

	(void)state;
	ticks.w = w;
	sample(w, 0);
	publish(facts(0.1, 1));
	doubles.progress.phase = HEAP_MARKING;
	assert_int_equal(ticker_run(&t), END_QUIT);
	/* Once for the look, or with a sample; in any case while it was on its way. */
	assert_true(ticks.updates >= 1);
	assert_true(known(look_at(w, UNKNOWN)));
	watch_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody_looks__before_it_is_asked_for),
	        cmocka_unit_test(what_was_found__is_in_the_moments_from_then_on),
	        cmocka_unit_test(another_program_in_the_process__is_looked_into_anew),
	        cmocka_unit_test(a_process_that_is_gone__keeps_what_was_found),
	        cmocka_unit_test(what_is_not_permitted__is_said_once_and_the_watch_goes_on),
	        cmocka_unit_test(an_allocator_that_cannot_be_walked__is_named_once),
	        cmocka_unit_test(one_look_in_vain__is_no_news),
	        cmocka_unit_test(fewer_than_three_scans__are_noted_at_the_end),
	        cmocka_unit_test(a_file__brings_its_looks_and_nobody_makes_one),
	        cmocka_unit_test(a_recording_begun_later__has_the_looks_made_before),
	        cmocka_unit_test(the_ticker__tells_of_a_look_between_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
