/* SPDX-License-Identifier: MIT */
/* Who traces which code grows, by option and by key, and where what was found goes. The tracer is a double. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/app_internal.h"
#include "app/watch_internal.h"
#include "base/clock.h"
#include "model/history.h"
#include "sites/tracer.h"
#include "support_diff.h"
#include "support_golden.h"

/* --- the double ---------------------------------------------------------------------------------- */

struct tracer {
	int32_t pid;
	int fd;
	enum sites_kind kind;
	bool tracing;
	struct sites_facts *next;
	bool last_on_stop; /* more comes when it is stopped */
};

/* What became of all of them; the one alive, NULL: none. */
static struct {
	pthread_mutex_t lock;
	unsigned made, freed, runs, prices;
	struct tracer *now;
	enum sites_kind kind; /* run last */
	uint64_t duration, hint;
	double max_slowdown;
	struct sites_progress progress;
} doubles = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct sites_facts *facts(double second, enum sites_kind kind)
{
	struct sites_facts *f = sites_facts_new();

	assert_non_null(f);
	f->kind = kind;
	f->time = (uint64_t)(second * (double)NS_PER_S);
	return f;
}

static void publish(struct sites_facts *f)
{
	sites_facts_unref(doubles.now->next);
	doubles.now->next = f;
	assert_true(write(doubles.now->fd, &(uint64_t){1}, sizeof(uint64_t)) > 0);
}

struct tracer *tracer_new(const char *proc, int32_t pid, uint64_t start, double max_slowdown)
{
	struct tracer *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_string_equal(proc, "/proc");
	assert_true(start > 0);
	t->pid = pid;
	t->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_lock(&doubles.lock);
	doubles.made++;
	doubles.now = t;
	doubles.max_slowdown = max_slowdown;
	pthread_mutex_unlock(&doubles.lock);
	return t;
}

static void phase_is(enum sites_phase phase, enum sites_kind kind)
{
	doubles.progress.phase = phase;
	doubles.progress.kind = kind;
}

void tracer_run(struct tracer *t, enum sites_kind kind, uint64_t duration)
{
	pthread_mutex_lock(&doubles.lock);
	doubles.runs++;
	doubles.kind = kind;
	doubles.duration = duration;
	phase_is(kind == SITES_NONE ? SITES_STOPPED : SITES_TRACING, kind);
	pthread_mutex_unlock(&doubles.lock);
	if (kind == SITES_NONE && t->last_on_stop) {
		struct sites_facts *f = facts(900, SITES_ALLOCATIONS);

		f->ended = true;
		publish(f);
	}
}

void tracer_price(struct tracer *t, uint64_t duration)
{
	(void)t;
	doubles.prices++;
	doubles.duration = duration;
	phase_is(SITES_PRICING, SITES_ALLOCATIONS);
}

void tracer_hint(struct tracer *t, uint64_t largest)
{
	(void)t;
	doubles.hint = largest;
}

int tracer_fd(const struct tracer *t)
{
	return t->fd;
}

struct sites_facts *tracer_take(struct tracer *t)
{
	struct sites_facts *f = t->next;
	uint64_t n;

	if (read(t->fd, &n, sizeof(n)) < 0)
		n = 0;
	t->next = NULL;
	return f;
}

void tracer_progress(struct tracer *t, struct sites_progress *ret)
{
	(void)t;
	pthread_mutex_lock(&doubles.lock);
	*ret = doubles.progress;
	pthread_mutex_unlock(&doubles.lock);
}

void tracer_free(struct tracer *t)
{
	if (!t)
		return;
	sites_facts_unref(t->next);
	close(t->fd);
	doubles.freed++;
	doubles.now = NULL;
	free(t);
}

const char *tracer_built(void)
{
	return "a double";
}

/* --- the process --------------------------------------------------------------------------------- */

struct script {
	struct source source;
	unsigned taken, epoch_at; /* samples; number of the one with SAMPLE_EPOCH */
	struct target *target;
	struct sites_facts *recorded; /* of a file: handed out once */
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

static struct sites_facts *script_sites(struct source *source)
{
	struct script *s = (struct script *)source;
	struct sites_facts *f = s->recorded;

	s->recorded = NULL;
	return f;
}

static const struct source_ops script_ops = {
        .sample = script_sample,
        .regions = script_regions,
        .describe = script_describe,
        .free = script_free,
        .sites = script_sites,
};

static const struct options plain = {.interval = NS_PER_S, .procfs = "/proc", .max_slowdown = 5};
static const struct options asking = {.interval = NS_PER_S,
                                      .procfs = "/proc",
                                      .sites = 20 * NS_PER_S,
                                      .max_slowdown = 3};

static void doubles_reset(void)
{
	doubles.made = doubles.freed = doubles.runs = doubles.prices = 0;
	doubles.now = NULL;
	doubles.kind = SITES_NONE;
	doubles.duration = doubles.hint = 0;
	sites_progress_init(&doubles.progress);
}

static struct watch *watch_of(struct script *s, const struct options *o)
{
	struct watch *w = NULL;

	doubles_reset();
	s->source.ops = &script_ops;
	s->target = target_new();
	assert_non_null(s->target);
	s->target->pid = 4711;
	assert_int_equal(watch_new(&s->source, o, &w), 0);
	watch_sites_ask(w);
	watch_begin(w, 1);
	return w;
}

static void sample(struct watch *w, unsigned second)
{
	assert_int_equal(watch_sample(w, second * NS_PER_S), 0);
}

static void priced_at(double percent)
{
	phase_is(SITES_PRICED, SITES_ALLOCATIONS);
	doubles.progress.expected = percent;
}

static void failed_with(const char *why)
{
	phase_is(SITES_FAILED, doubles.progress.kind);
	snprintf(doubles.progress.why, sizeof(doubles.progress.why), "%s", why);
}

/* Time of the facts that the moment of `time` carries; UNKNOWN: none. */
static uint64_t found_at(struct watch *w, uint64_t time)
{
	struct moment *m = watch_moment(w, time, 0);
	uint64_t at;

	assert_non_null(m);
	at = m->sites ? m->sites->time : UNKNOWN;
	moment_unref(m);
	return at;
}

static struct sites_progress progress_of(struct watch *w, uint64_t time)
{
	struct moment *m = watch_moment(w, time, 0);
	struct sites_progress p = m->sites_progress;

	moment_unref(m);
	return p;
}

/* How many lines have both words, and whether the last of them must be seen anyhow. */
static unsigned lines_with(struct watch *w, const char *a, const char *b, bool *ret_announces)
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

static unsigned warnings_with(struct watch *w, const char *word)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	unsigned n = 0;

	for (unsigned i = 0; i < m->warning_count; i++)
		n += strstr(m->warnings[i], word) != NULL;
	moment_unref(m);
	return n;
}

static unsigned events_with(struct watch *w, const char *words)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	unsigned n = 0;

	for (unsigned i = 0; i < m->event_count; i++)
		n += m->events[i].kind == EVENT_TRACE && strstr(m->events[i].text, words);
	moment_unref(m);
	return n;
}

/* --- by key -------------------------------------------------------------------------------------- */

static void nobody_traces__before_it_is_asked_for(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.made, 0);
	assert_int_equal(watch_sites_fd(w), -1);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_OFF);
	assert_false(watch_sites_run(w, SITES_NONE));
	assert_true(watch_sites_run(w, SITES_GROWTH));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.now->pid, 4711);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_false(known(doubles.duration));
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_TRACING);
	watch_sites_run(w, SITES_NONE);
	assert_int_equal(doubles.kind, SITES_NONE);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_STOPPED);
	watch_free(w);
	assert_int_equal(doubles.freed, 1);
}

static void allocations__are_priced_when_asked_and_traced_when_told(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	assert_true(watch_sites_price(w));
	assert_int_equal(doubles.prices, 1);
	priced_at(4);
	sample(w, 1);
	/* A person has to say yes. */
	assert_int_equal(doubles.runs, 0);
	assert_int_equal(lines_with(w, "sites", "", NULL), 0);
	assert_true(progress_of(w, UNKNOWN).expected > 3.9);
	assert_true(watch_sites_run(w, SITES_ALLOCATIONS));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.duration, 30 * NS_PER_S);
	assert_true(doubles.max_slowdown > 4.9 && doubles.max_slowdown < 5.1);
	watch_free(w);
}

static void what_was_found__is_in_the_moments_from_then_on(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	publish(facts(0.5, SITES_GROWTH));
	assert_true(watch_sites_take(w));
	assert_false(watch_sites_take(w));
	sample(w, 1);
	publish(facts(1.5, SITES_GROWTH));
	sample(w, 2);
	assert_false(known(found_at(w, 0)));
	assert_int_equal(found_at(w, NS_PER_S), NS_PER_S / 2);
	assert_int_equal(found_at(w, UNKNOWN), NS_PER_S / 2 * 3);
	assert_int_equal(progress_of(w, NS_PER_S).phase, SITES_OFF);
	watch_free(w);
}

static void the_block_size_that_grows__is_hinted_when_it_changes(void **state)
{
	struct heap_class classes[] = {
	        {.low = 4096, .high = 4096, .growth_bytes = 9000}, /* once, not steadily */
	        {.low = 1008, .high = 1008, .growth_bytes = 5000, .steady = true},
	        {.low = 48, .high = 48, .growth_bytes = 100, .steady = true},
	};
	struct heap_facts f = {.walked = true, .class_count = 3, .classes = classes};
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_hint(w, &f);
	watch_sites_run(w, SITES_GROWTH);
	assert_int_equal(doubles.hint, 1008);
	f.class_count = 1;
	watch_sites_hint(w, &f);
	assert_false(known(doubles.hint));
	doubles.hint = 7;
	watch_sites_hint(w, &f);
	assert_int_equal(doubles.hint, 7);
	watch_free(w);
}

/* --- by option ----------------------------------------------------------------------------------- */

static void the_option__announces_its_price_and_begins_then(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);
	bool announces = false;

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.prices, 1);
	assert_int_equal(doubles.runs, 0);
	assert_true(watch_sites_moves(w));
	assert_int_equal(lines_with(w, "Note: sites", "", NULL), 0);
	priced_at(1.25);
	assert_true(watch_sites_take(w));
	assert_int_equal(lines_with(w, "Note: sites", "for 20 s: about 1.2 % slower; at most 3 %",
	                            &announces),
	                 1);
	assert_true(announces);
	assert_int_equal(doubles.runs, 1);
	assert_int_equal(doubles.kind, SITES_ALLOCATIONS);
	assert_int_equal(doubles.duration, 20 * NS_PER_S);
	sample(w, 1);
	assert_int_equal(doubles.runs, 1);
	assert_int_equal(lines_with(w, "sites", "", NULL), 0);
	phase_is(SITES_ENDED, SITES_ALLOCATIONS);
	doubles.progress.slowdown = 2;
	sample(w, 2);
	assert_int_equal(lines_with(w, "Note: sites: tracing of allocations ended: it cost 2.0 %",
	                            "", &announces),
	                 1);
	assert_true(announces);
	watch_free(w);
}

static void a_price_above_the_limit__is_told_with_what_follows(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(240);
	sample(w, 1);
	assert_int_equal(lines_with(w, "about 240 % slower while probes are set",
	                            "for a part of the time; at most 3 %", NULL),
	                 1);
	watch_free(w);
}

/* A build without the libraries, a user without the right: one warning, and everything else goes on. */
static void what_is_not_permitted__is_said_once_and_growth_stacks_remain(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	failed_with("not permitted; use sudo");
	watch_sites_take(w);
	sample(w, 1);
	assert_int_equal(doubles.runs, 0);
	sample(w, 2);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_int_equal(doubles.duration, 20 * NS_PER_S);
	failed_with("not permitted; use sudo");
	sample(w, 3);
	sample(w, 4);
	assert_int_equal(lines_with(w, "Warning: sites: not permitted; use sudo", "", NULL), 1);
	assert_int_equal(warnings_with(w, "sites: not permitted"), 1);
	failed_with("of another reason");
	sample(w, 5);
	sample(w, 6);
	assert_int_equal(warnings_with(w, "sites: "), 2);
	watch_end(w, END_DURATION, "");
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_FAILED);
	watch_free(w);
}

static void a_failure__is_believed_at_once_where_samples_are_rare(void **state)
{
	struct options o = asking;
	struct script s = {0};
	struct watch *w;

	(void)state;
	o.interval = 10 * NS_PER_S;
	w = watch_of(&s, &o);
	sample(w, 0);
	failed_with("not permitted; use sudo");
	assert_true(watch_sites_take(w));
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_int_equal(warnings_with(w, "sites: not permitted"), 1);
	watch_free(w);
}

/* A script that executes its program at once. */
static void a_price_that_another_program_spoils__is_found_anew(void **state)
{
	struct script s = {.epoch_at = 2};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	failed_with("the process executed another program");
	watch_sites_take(w);
	sample(w, 1);
	assert_int_equal(doubles.prices, 2);
	assert_int_equal(doubles.runs, 0);
	assert_int_equal(warnings_with(w, "sites: "), 0);
	watch_free(w);
}

static void facts_of_less_than_was_asked_for__are_told_with_their_note(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);
	struct sites_facts *f = facts(1.5, SITES_HITS);

	(void)state;
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	snprintf(f->note, sizeof(f->note), "without libbpf; 3 %% of them are missing");
	publish(f);
	sample(w, 2);
	f = facts(2.5, SITES_HITS);
	snprintf(f->note, sizeof(f->note), "4 %% of them are missing");
	publish(f);
	sample(w, 3);
	assert_int_equal(warnings_with(w, "not their bytes: without libbpf"), 1);
	assert_int_equal(warnings_with(w, "sites: "), 1);
	watch_free(w);
}

/* The exec is seen by the tracer first, by the sample then. */
static void a_failure_of_one_sample__is_no_news(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	failed_with("the process executed another program");
	sample(w, 1);
	sample(w, 2);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_int_equal(warnings_with(w, "sites: "), 0);
	watch_free(w);
}

static void a_price_that_comes_with_the_end__begins_nothing(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(1);
	watch_end(w, END_DURATION, "");
	assert_int_equal(doubles.runs, 0);
	watch_free(w);
}

static void a_watch_too_short__says_that_nothing_was_traced(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	watch_end(w, END_DURATION, "");
	assert_int_equal(warnings_with(w, "sites: the watch ended before anything was traced"), 1);
	watch_free(w);
}

/* Who writes another text than that of "/proc" is told what that means. */
static void another_procfs__is_no_place_to_trace(void **state)
{
	struct options o = asking;
	struct script s = {0};
	struct watch *w;

	(void)state;
	o.procfs = "/tmp";
	w = watch_of(&s, &o);
	sample(w, 0);
	sample(w, 1);
	assert_int_equal(doubles.made, 0);
	assert_int_equal(warnings_with(w, "sites: nothing is traced under --procfs"), 1);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_FAILED);
	watch_free(w);
}

static void a_file__is_not_traced(void **state)
{
	struct options o = asking;
	struct script s = {0};
	struct watch *w;

	(void)state;
	o.mode = MODE_ANALYZE;
	w = watch_of(&s, &o);
	sample(w, 0);
	assert_false(watch_sites_run(w, SITES_GROWTH));
	assert_false(watch_sites_price(w));
	assert_int_equal(doubles.made, 0);
	watch_free(w);
}

/* --- another program, the end -------------------------------------------------------------------- */

static void growth_stacks__begin_anew_with_another_program(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	publish(facts(0.5, SITES_GROWTH));
	sample(w, 1);
	publish(facts(1.5, SITES_GROWTH));
	sample(w, 2);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	/* What came of the old one after that is not taken. */
	assert_false(known(found_at(w, UNKNOWN)));
	assert_int_equal(found_at(w, NS_PER_S), NS_PER_S / 2);
	watch_free(w);
}

static void the_option__prices_another_program_for_the_time_left(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	lines_with(w, "", "", NULL);
	sample(w, 12);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.prices, 2);
	assert_int_equal(doubles.runs, 1);
	assert_int_equal(doubles.duration, 9 * NS_PER_S);
	priced_at(2);
	sample(w, 13);
	assert_int_equal(lines_with(w, "Note: sites", "for 8 s: about 2.0 % slower", NULL), 1);
	assert_int_equal(doubles.kind, SITES_ALLOCATIONS);
	watch_free(w);
}

static void a_yes_to_one_program__is_none_to_the_next(void **state)
{
	struct script s = {.epoch_at = 2};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_ALLOCATIONS);
	sample(w, 1);
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_STOPPED);
	assert_non_null(strstr(progress_of(w, UNKNOWN).why, "another program"));
	watch_free(w);
}

static void a_file__brings_what_was_found_and_nobody_traces(void **state)
{
	const struct options o = {.interval = NS_PER_S,
	                          .procfs = "/proc",
	                          .mode = MODE_ANALYZE,
	                          .sites = NS_PER_S,
	                          .max_slowdown = 5};
	struct script s = {0};
	struct watch *w = watch_of(&s, &o);

	(void)state;
	s.recorded = facts(0.5, SITES_ALLOCATIONS);
	sample(w, 0);
	assert_int_equal(found_at(w, UNKNOWN), NS_PER_S / 2);
	assert_int_equal(doubles.made, 0);
	watch_free(w);
}

static void a_process_that_is_gone__keeps_what_was_found(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	publish(facts(0.5, SITES_GROWTH));
	failed_with("process 4711 is gone");
	watch_end(w, END_TARGET, "exited");
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(found_at(w, UNKNOWN), NS_PER_S / 2);
	assert_false(watch_sites_run(w, SITES_GROWTH));
	assert_int_equal(warnings_with(w, "sites:"), 0);
	watch_free(w);
}

static void the_end__takes_what_comes_last(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	publish(facts(1.5, SITES_ALLOCATIONS));
	doubles.now->last_on_stop = true;
	doubles.progress.slowdown = 0.75;
	watch_end(w, END_DURATION, "");
	assert_int_equal(events_with(w, "tracing of allocations began: about 1.0 % slower"), 1);
	assert_int_equal(events_with(w, "tracing of allocations ended: it cost 0.8 %"), 1);
	assert_int_equal(events_with(w, "tracing"), 2);
	assert_int_equal(found_at(w, UNKNOWN), 900 * NS_PER_S);
	assert_int_equal(doubles.kind, SITES_NONE);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_STOPPED);
	watch_free(w);
}

/* --- the dashboard ------------------------------------------------------------------------------- */

static struct app *app_of(const struct options *o)
{
	static const struct tui_options bare = {.color = TUI_COLOR_NEVER};
	struct app *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->o = o;
	a->tui = golden_open(&bare, 30, 100);
	return a;
}

static void strike(struct app *a)
{
	app_done(a);
	tui_close(a->tui);
	free(a);
}

static void a_process_that_is_gone__is_told_to_who_asks(void **state)
{
	struct app *a = app_of(&plain);

	(void)state;
	a->live = spec_pool(0, 2);
	a->live->ended = END_TARGET;
	app_show(a);
	app_trace(a, SITES_GROWTH);
	assert_true(golden_shows(a->tui, "the process is gone: nobody can trace it"));
	strike(a);
}

static void the_end_of_a_tracing__is_told(void **state)
{
	struct app *a = app_of(&plain);
	struct moment *m = spec_pool(1, 2);

	(void)state;
	a->live = spec_pool(0, 2);
	a->live->sites_progress.phase = SITES_TRACING;
	app_show(a);
	m->sites_progress.phase = SITES_TRACING;
	app_sites_news(a, m);
	assert_false(golden_shows(a->tui, "tracing ended"));
	m->sites_progress.phase = SITES_ENDED;
	app_sites_news(a, m);
	assert_true(golden_shows(a->tui, "tracing ended: view 6"));
	m->sites_progress.phase = SITES_FAILED;
	snprintf(m->sites_progress.why, sizeof(m->sites_progress.why), "no right to \033[2J it");
	app_sites_news(a, m);
	assert_true(golden_shows(a->tui, "call sites: no right to "));
	moment_unref(m);
	strike(a);
}

/* Handles mail until the newest moment says that it is in this phase. */
static void await_phase(struct app *a, enum sites_phase phase)
{
	struct pollfd p = {mailbox_screen_fd(session_mailbox(a->session)), POLLIN, 0};

	for (int i = 0; i < 200 && !(a->live && a->live->sites_progress.phase == phase); i++) {
		assert_int_equal(poll(&p, 1, 60000), 1);
		app_handle(a, &(struct app_event){.kind = APP_MAIL, .now = clock_mono()});
	}
	assert_int_equal(a->live->sites_progress.phase, phase);
}

static void orders__reach_the_clock_and_moments_come_back(void **state)
{
	const struct options o = {.interval = 50 * NS_PER_MS,
	                          .duration = UNKNOWN,
	                          .procfs = "/proc",
	                          .max_stall = 50 * NS_PER_MS,
	                          .max_slowdown = 2.5,
	                          .mode = MODE_WATCH};
	struct tui *tui = NULL;
	struct app a;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		for (;;)
			pause();
	doubles_reset();
	assert_int_equal(tui_open_headless(&o.tui, 30, 100, &tui), 0);
	assert_int_equal(app_init(&a, &o, tui, child, NULL, &(struct fault){0}), 0);
	await_phase(&a, SITES_OFF);
	app_trace(&a, SITES_ALLOCATIONS);
	tui_draw(tui);
	assert_true(golden_shows(tui, "at most 2.5 % slower"));
	await_phase(&a, SITES_TRACING);
	app_trace(&a, SITES_NONE);
	await_phase(&a, SITES_STOPPED);
	app_price(&a);
	await_phase(&a, SITES_PRICING);
	assert_true(session_stop(a.session, END_QUIT));
	assert_int_equal(doubles.prices, 1);
	app_done(&a);
	tui_close(tui);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody_traces__before_it_is_asked_for),
	        cmocka_unit_test(allocations__are_priced_when_asked_and_traced_when_told),
	        cmocka_unit_test(what_was_found__is_in_the_moments_from_then_on),
	        cmocka_unit_test(the_block_size_that_grows__is_hinted_when_it_changes),
	        cmocka_unit_test(the_option__announces_its_price_and_begins_then),
	        cmocka_unit_test(a_price_above_the_limit__is_told_with_what_follows),
	        cmocka_unit_test(what_is_not_permitted__is_said_once_and_growth_stacks_remain),
	        cmocka_unit_test(a_failure__is_believed_at_once_where_samples_are_rare),
	        cmocka_unit_test(a_price_that_another_program_spoils__is_found_anew),
	        cmocka_unit_test(facts_of_less_than_was_asked_for__are_told_with_their_note),
	        cmocka_unit_test(a_failure_of_one_sample__is_no_news),
	        cmocka_unit_test(a_price_that_comes_with_the_end__begins_nothing),
	        cmocka_unit_test(a_watch_too_short__says_that_nothing_was_traced),
	        cmocka_unit_test(another_procfs__is_no_place_to_trace),
	        cmocka_unit_test(a_file__is_not_traced),
	        cmocka_unit_test(growth_stacks__begin_anew_with_another_program),
	        cmocka_unit_test(the_option__prices_another_program_for_the_time_left),
	        cmocka_unit_test(a_yes_to_one_program__is_none_to_the_next),
	        cmocka_unit_test(a_file__brings_what_was_found_and_nobody_traces),
	        cmocka_unit_test(a_process_that_is_gone__keeps_what_was_found),
	        cmocka_unit_test(the_end__takes_what_comes_last),
	        cmocka_unit_test(a_process_that_is_gone__is_told_to_who_asks),
	        cmocka_unit_test(the_end_of_a_tracing__is_told),
	        cmocka_unit_test(orders__reach_the_clock_and_moments_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
