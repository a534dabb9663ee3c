/* SPDX-License-Identifier: MIT */
/* The recorder over a store that fails, hangs and refuses when it is told to. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/record_open.h"
#include "app/recorder.h"
#include "base/clock.h"

enum { LOG_MAX = 4096, PATIENCE_MS = 60000, SMALL_ROOM = 16 << 10 };

/* What was given to the store, and what of it was committed. */
struct row {
	char kind; /* i s b r e v f */
	uint64_t time;
	unsigned flags;
	char text[200];
};

struct store {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int open_error, commit_error; /* what these calls give */
	bool hangs;                   /* commits do not come back */
	bool opens_late, closes_late; /* opening, closing do not, either */
	unsigned hanging;             /* commits that wait */
	uint64_t refused;             /* time of a sample that is -EINVAL */
	bool huge_tables;             /* that are -E2BIG */
	unsigned fits;                /* rows of one transaction; 0: all */
	unsigned given, committed, commits, closed;
	struct row rows[LOG_MAX];
};

/* The store is a set of functions without an argument of ours. */
static struct store store;

static int keep(char kind, uint64_t time, unsigned flags, const char *text)
{
	struct row *r = &store.rows[store.given];

	assert_true(store.given < LOG_MAX);
	*r = (struct row){.kind = kind, .time = time, .flags = flags};
	snprintf(r->text, sizeof(r->text), "%s", text);
	store.given++;
	return 0;
}

static int fake_open(const struct recording_options *o, struct recording **ret, struct fault *fault)
{
	assert_string_equal(o->path, "/nowhere/a.mld");
	pthread_mutex_lock(&store.lock);
	while (store.opens_late)
		pthread_cond_wait(&store.changed, &store.lock);
	pthread_mutex_unlock(&store.lock);
	if (store.open_error)
		fault_set(fault, STATUS_OUTPUT, "a.mld: is something else; give another path");
	*ret = (struct recording *)&store;
	return store.open_error;
}

static int fake_image(struct recording *r, uint64_t time, const struct target *t)
{
	(void)r;
	return keep('i', time, 0, t->comm);
}

static int fake_sample(struct recording *r, const struct sample *s, uint64_t span,
                       const struct sample extremes[2])
{
	(void)r;
	(void)span;
	if (s->time == store.refused) {
		store.given = store.committed;
		return -EINVAL;
	}
	return keep(extremes ? 'b' : 's', s->time, s->flags, "");
}

static int fake_regions(struct recording *r, struct region_table *t)
{
	(void)r;
	if (store.huge_tables) {
		store.given = store.committed;
		return -E2BIG;
	}
	return keep('r', t->time, 0, "");
}

static int fake_heap(struct recording *r, const struct heap_facts *f)
{
	(void)r;
	return keep('h', f->time, 0, "");
}

static int fake_sites(struct recording *r, const struct sites_facts *f)
{
	(void)r;
	return keep('c', f->time, f->kind, f->note);
}

static int fake_event(struct recording *r, const struct event *e)
{
	(void)r;
	return keep('e', e->time, e->kind, e->text);
}

static int fake_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	(void)r;
	return keep('v', time, (unsigned)v->kind, v->reason);
}

static int fake_fact(struct recording *r, const char *key, const char *value)
{
	(void)r;
	assert_string_equal(value, "value");
	return keep('f', 0, 0, key);
}

static int fake_commit(struct recording *r, struct fault *fault)
{
	int err;

	(void)r;
	pthread_mutex_lock(&store.lock);
	store.hanging++;
	pthread_cond_broadcast(&store.changed);
	while (store.hangs)
		pthread_cond_wait(&store.changed, &store.lock);
	store.hanging--;
	err = store.commit_error;
	if (store.fits && store.given - store.committed > store.fits)
		err = -E2BIG;
	if (err == -ENOSPC)
		fault_set(fault, STATUS_OUTPUT,
		          "/resolved/a.mld: disk full; goes on when there is room");
	if (err == -ENOENT)
		fault_set(fault, STATUS_OUTPUT, "/resolved/a.mld: was removed; begin another");
	if (err)
		store.given = store.committed;
	else
		store.committed = store.given;
	store.commits += !err;
	pthread_mutex_unlock(&store.lock);
	return err;
}

static uint64_t fake_size(const struct recording *r)
{
	(void)r;
	return store.committed * 100ull;
}

static void fake_close(struct recording *r)
{
	(void)r;
	pthread_mutex_lock(&store.lock);
	while (store.closes_late)
		pthread_cond_wait(&store.changed, &store.lock);
	pthread_mutex_unlock(&store.lock);
	store.closed++;
}

static const struct recorder_store fake = {fake_open, fake_image,  fake_sample, fake_regions,
                                           fake_heap, fake_sites,  fake_event,  fake_verdict,
                                           fake_fact, fake_commit, fake_size,   fake_close};

static void store_set(bool hangs, int commit_error)
{
	pthread_mutex_lock(&store.lock);
	store.hangs = hangs;
	store.commit_error = commit_error;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
}

/* Until a commit hangs: what was told since waits behind it. */
static void await_hanging(void)
{
	pthread_mutex_lock(&store.lock);
	while (!store.hanging)
		pthread_cond_wait(&store.changed, &store.lock);
	pthread_mutex_unlock(&store.lock);
}

static unsigned committed(void)
{
	unsigned n;

	pthread_mutex_lock(&store.lock);
	n = store.committed;
	pthread_mutex_unlock(&store.lock);
	return n;
}

static int begin(void **state)
{
	*state = NULL;
	memset(&store, 0, sizeof(store));
	store.refused = UNKNOWN;
	pthread_mutex_init(&store.lock, NULL);
	pthread_cond_init(&store.changed, NULL);
	return 0;
}

static struct recorder *start(size_t room)
{
	struct recorder_options o = {.file = {.path = "/nowhere/a.mld", .version = "1"},
	                             .store = &fake,
	                             .pace = NS_PER_MS,
	                             .room = room};
	struct recorder *r;

	assert_int_equal(recorder_start(&o, &r), 0);
	return r;
}

static struct recorder *start_open(size_t room)
{
	struct fault f = {0};
	struct recorder *r = start(room);

	assert_int_equal(recorder_opened(r, (uint64_t)PATIENCE_MS * NS_PER_MS, -1, &f), 0);
	return r;
}

static struct recorder_state end(struct recorder *r)
{
	struct recorder_state s;

	recorder_finish(r);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	recorder_state(r, &s);
	recorder_unref(r);
	return s;
}

static void tell(struct recorder *r, uint64_t time)
{
	struct sample s;

	sample_init(&s);
	s.time = time;
	s.flags = 0;
	recorder_sample(r, &s);
}

/* News until the trouble is, or is no longer, there. */
static void await_trouble(struct recorder *r, bool wanted)
{
	struct recorder_state s;

	recorder_state(r, &s);
	while ((s.trouble[0] != 0) != wanted) {
		struct pollfd p = {recorder_fd(r), POLLIN, 0};

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		recorder_news(r, &s);
	}
}

static void assert_rows(const char *kinds)
{
	char found[LOG_MAX + 1];

	for (unsigned i = 0; i < store.committed; i++)
		found[i] = store.rows[i].kind;
	found[store.committed] = 0;
	assert_string_equal(found, kinds);
}

static void recorder__writes__in_the_order_told(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct target *t = target_new();
	struct region_table table = {.refs = 1, .time = 7};
	struct heap_facts *look = heap_facts_new();
	struct sites_facts *sites = sites_facts_new();
	struct event e = {.time = 6, .kind = EVENT_START};
	struct verdict v;

	(void)state;
	verdict_init(&v);
	recorder_image(r, 5, t);
	tell(r, 5);
	recorder_event(r, &e);
	recorder_regions(r, &table);
	recorder_heap(r, look);
	recorder_sites(r, sites);
	recorder_verdict(r, 8, &v);
	recorder_fact(r, "key", "value");
	tell(r, 9);
	target_unref(t);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	assert_rows("iserhcvfs");
	assert_int_equal(look->refs, 1);
	heap_facts_unref(look);
	assert_int_equal(sites->refs, 1);
	sites_facts_unref(sites);
	assert_int_equal(table.refs, 1);
	assert_int_equal(store.closed, 1);
}

static void recorder__keeps__what_could_not_be_committed(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store_set(false, -ENOSPC);
	for (uint64_t i = 1; i <= 5; i++)
		tell(r, i);
	await_trouble(r, true);
	recorder_state(r, &s);
	assert_string_equal(s.trouble, "disk full; goes on when there is room");
	assert_int_equal(s.waiting, 5);
	assert_int_equal(committed(), 0);
	store_set(false, 0);
	await_trouble(r, false);
	tell(r, 6);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_int_equal(s.dropped, 0);
	assert_rows("ssssss");
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(store.rows[i].time, i + 1);
}

/* Half of them while the disk hangs, one after it came back: nothing is lost that is not counted. */
static void recorder__drops__whole_samples_and_says_so_when_it_is_full(void **state)
{
	enum { TOLD = 400 };
	struct recorder *r = start_open(SMALL_ROOM);
	struct recorder_state s;
	unsigned samples = 0, gaps = 0;
	char text[80];

	(void)state;
	store_set(true, 0);
	tell(r, 1);
	await_hanging();
	for (uint64_t i = 2; i <= TOLD; i++)
		tell(r, i);
	recorder_state(r, &s);
	assert_true(s.dropped > 0);
	assert_true(s.waiting * sizeof(struct sample) <= SMALL_ROOM);
	assert_int_equal(s.waiting + s.dropped, TOLD);
	store_set(false, 0);
	while (s.waiting)
		recorder_state(r, &s);
	tell(r, TOLD + 1);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	for (unsigned i = 0; i < store.committed; i++) {
		samples += store.rows[i].kind == 's';
		gaps += store.rows[i].kind == 'e';
	}
	assert_int_equal(samples + s.dropped, TOLD + 1);
	assert_int_equal(gaps, 1);
	struct row *last = &store.rows[store.committed - 1], *sample = last - 1;
	assert_int_equal(last->flags, EVENT_GAP);
	snprintf(text, sizeof(text), "samples that were not recorded: %llu;",
	         (unsigned long long)s.dropped);
	assert_non_null(strstr(last->text, text));
	assert_int_equal(sample->time, TOLD + 1);
	assert_int_equal(sample->flags, SAMPLE_GAP);
	assert_int_equal(store.rows[store.committed - 3].time, TOLD - s.dropped);
}

static void recorder__leaves__a_disk_that_hangs_to_itself(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);

	(void)state;
	store_set(true, 0);
	tell(r, 1);
	await_hanging();
	tell(r, 2);
	recorder_finish(r);
	assert_false(recorder_ended(r, 20 * NS_PER_MS));
	tell(r, 3); /* is forgotten */
	store_set(false, 0);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	assert_rows("ss");
}

/* The way out of the program: a second is all that a disk gets. */
static void record_end__gives_up__on_a_disk_that_hangs(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct fault f = {0};

	(void)state;
	store_set(true, 0);
	tell(r, 1);
	await_hanging();
	tell(r, 2);
	assert_int_equal(record_end(r, &f), -EIO);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_string_equal(f.text,
	                    "recording /nowhere/a.mld: its disk is too slow; samples that may "
	                    "be missing there: 2");
	store_set(false, 0);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	assert_int_equal(record_end(r, &f), 0);
	recorder_unref(r);
	assert_int_equal(record_end(NULL, &f), 0);
	assert_rows("ss");
}

/* The journal is still moved into the file: what was told is safe, and nobody is told otherwise. */
static void record_end__is_content__with_a_file_that_is_long_in_closing(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct fault f = {0};

	(void)state;
	pthread_mutex_lock(&store.lock);
	store.closes_late = true;
	pthread_mutex_unlock(&store.lock);
	tell(r, 1);
	assert_int_equal(record_end(r, &f), 0);
	assert_string_equal(f.text, "");
	assert_rows("s");
	pthread_mutex_lock(&store.lock);
	store.closes_late = false;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	recorder_unref(r);
}

/* All that was told in the meantime is more than a small file takes at once. */
static void recorder__writes__by_halves_what_is_too_much_at_once(void **state)
{
	struct recorder *r;
	struct recorder_state s;

	(void)state;
	store.fits = 3;
	store.hangs = true;
	r = start_open(RECORDER_ROOM);
	tell(r, 1);
	await_hanging();
	for (uint64_t i = 2; i <= 20; i++)
		tell(r, i);
	store_set(false, 0);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_int_equal(s.dropped, 0);
	assert_rows("ssssssssssssssssssss");
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(store.rows[i].time, i + 1);
	assert_true(store.commits > 6);
}

static void recorder__leaves_out__a_table_that_never_fits(void **state)
{
	struct recorder *r;
	struct region_table table = {.refs = 1, .time = 2};

	(void)state;
	store.huge_tables = true;
	store.hangs = true;
	r = start_open(RECORDER_ROOM);
	tell(r, 1);
	await_hanging();
	recorder_regions(r, &table);
	tell(r, 3);
	store_set(false, 0);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	assert_rows("ss");
	assert_int_equal(table.refs, 1);
}

static void recorder__ends__when_its_file_was_removed(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store_set(false, -ENOENT);
	tell(r, 1);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	tell(r, 2);
	recorder_state(r, &s);
	assert_int_equal(s.phase, RECORDER_FAILED);
	assert_int_equal(s.fault.status, STATUS_OUTPUT);
	assert_string_equal(s.fault.text, "recording /nowhere/a.mld: was removed; "
	                                  "1 sample is missing there");
	recorder_unref(r);
}

static void recorder__counts__what_it_could_not_write_in_the_end(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store_set(false, -EIO);
	tell(r, 1);
	await_trouble(r, true);
	tell(r, 2);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_FAILED);
	assert_int_equal(s.waiting, 2);
	assert_non_null(strstr(s.fault.text, "2 samples are missing"));
	assert_rows("");
}

static void recorder__says__why_it_cannot_open_the_file(void **state)
{
	struct fault f = {0};
	struct recorder *r;

	(void)state;
	store.open_error = -EEXIST;
	r = start(RECORDER_ROOM);
	tell(r, 1);
	assert_true(recorder_opened(r, (uint64_t)PATIENCE_MS * NS_PER_MS, -1, &f) < 0);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_string_equal(f.text, "a.mld: is something else; give another path");
	recorder_unref(r);
}

/* A disk that takes its time to open the file: nobody need wait for it, and nothing told meanwhile is lost. */
static void recorder__opens__behind_the_back_of_who_does_not_wait(void **state)
{
	struct fault f = {0};
	struct recorder_state s;
	struct recorder *r;
	int wake;

	(void)state;
	store.opens_late = true;
	r = start(RECORDER_ROOM);
	assert_int_equal(recorder_opened(r, 0, -1, &f), -ETIMEDOUT);
	/* A signal ends the wait, however long it may last. */
	wake = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(recorder_opened(r, UINT64_MAX / 4, wake, &f), -EINTR);
	assert_int_equal(f.status, STATUS_GONE);
	close(wake);
	tell(r, 1);
	recorder_state(r, &s);
	assert_int_equal(s.phase, RECORDER_OPENING);
	pthread_mutex_lock(&store.lock);
	store.opens_late = false;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
	assert_int_equal(recorder_opened(r, (uint64_t)PATIENCE_MS * NS_PER_MS, -1, &f), 0);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_rows("s");
}

static void recorder__leaves_out__what_the_store_will_never_take(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store.refused = 3;
	for (uint64_t i = 1; i <= 5; i++)
		tell(r, i);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_int_equal(s.dropped, 1);
	assert_rows("ssss");
	assert_int_equal(store.rows[2].time, 4);
}

static void recorder__has_room__for_all_of_the_past(void **state)
{
	struct recorder *r = start_open(SMALL_ROOM);
	struct sample s;

	(void)state;
	sample_init(&s);
	store_set(true, 0);
	for (s.time = 1; s.time <= 200; s.time++)
		recorder_past(r, record_sample(&s, 0, NULL));
	store_set(false, 0);
	assert_int_equal(end(r).dropped, 0);
	assert_int_equal(store.committed, 200);
}

static void recorder__writes__a_verdict_when_its_words_change(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	v.kind = VERDICT_NO_LEAK;
	for (uint64_t i = 0; i <= 9; i++) {
		v.growth = (double)i; /* creeps on */
		v.kind = i >= 5 ? VERDICT_LEAK : VERDICT_NO_LEAK;
		recorder_verdict(r, i * NS_PER_S / 10, &v);
	}
	recorder_verdict(r, 1000 * NS_PER_S, &v);
	recorder_verdict(r, 2000 * NS_PER_S, &v); /* nothing new at all */
	end(r);
	assert_rows("vvv");
	assert_int_equal(store.rows[0].time, 0);
	assert_int_equal(store.rows[1].time, NS_PER_S / 2);
	assert_int_equal(store.rows[2].time, 1000 * NS_PER_S);
	assert_int_equal(store.rows[1].flags, VERDICT_LEAK);
}

/* What a replay says at a moment is as old as a small part of how long it was said already; and rows are few. */
static void recorder__writes__figures_that_creep_often_at_first(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	v.kind = VERDICT_LEAK;
	for (uint64_t i = 0; i <= 1000; i++) {
		v.growth = (double)i;
		recorder_verdict(r, i * NS_PER_S, &v);
	}
	/* The end is looked at by everybody. */
	v.growth++;
	recorder_verdict_now(r, 1001 * NS_PER_S, &v);
	recorder_verdict_now(r, 1001 * NS_PER_S, &v);
	end(r);
	for (unsigned i = 1; i < store.given; i++) {
		uint64_t lag = (store.rows[i].time - store.rows[i - 1].time) / NS_PER_S;

		assert_in_range(lag, 1, 10);
		assert_true(lag <= 2 + store.rows[i].time / NS_PER_S / 30);
	}
	assert_int_equal(store.rows[store.given - 1].time, 1001 * NS_PER_S);
	assert_in_range(store.given, 150, 200);
}

/* "3 samples over 2 s are too few" is soon wrong. */
static void recorder__writes__a_verdict_that_waits_every_second(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	for (uint64_t i = 0; i <= 20; i++) {
		v.needs = (20 - i) * NS_PER_S / 5;
		recorder_verdict(r, i * NS_PER_S / 5, &v);
	}
	end(r);
	assert_rows("vvvvv");
	assert_int_equal(store.rows[4].time, 4 * NS_PER_S);
}

static void recorder__that_is_none__takes_everything(void **state)
{
	struct verdict v;
	struct event e = {.time = 1};

	(void)state;
	verdict_init(&v);
	tell(NULL, 1);
	recorder_event(NULL, &e);
	recorder_verdict(NULL, 1, &v);
	recorder_fact(NULL, "key", "value");
	recorder_past(NULL, record_event(&e));
	recorder_unref(NULL);
	assert_int_equal(store.given, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(recorder__writes__in_the_order_told, begin),
	        cmocka_unit_test_setup(recorder__keeps__what_could_not_be_committed, begin),
	        cmocka_unit_test_setup(recorder__drops__whole_samples_and_says_so_when_it_is_full,
	                               begin),
	        cmocka_unit_test_setup(recorder__leaves__a_disk_that_hangs_to_itself, begin),
	        cmocka_unit_test_setup(record_end__gives_up__on_a_disk_that_hangs, begin),
	        cmocka_unit_test_setup(record_end__is_content__with_a_file_that_is_long_in_closing,
	                               begin),
	        cmocka_unit_test_setup(recorder__writes__by_halves_what_is_too_much_at_once, begin),
	        cmocka_unit_test_setup(recorder__leaves_out__a_table_that_never_fits, begin),
	        cmocka_unit_test_setup(recorder__ends__when_its_file_was_removed, begin),
	        cmocka_unit_test_setup(recorder__counts__what_it_could_not_write_in_the_end, begin),
	        cmocka_unit_test_setup(recorder__says__why_it_cannot_open_the_file, begin),
	        cmocka_unit_test_setup(recorder__opens__behind_the_back_of_who_does_not_wait,
	                               begin),
	        cmocka_unit_test_setup(recorder__leaves_out__what_the_store_will_never_take, begin),
	        cmocka_unit_test_setup(recorder__has_room__for_all_of_the_past, begin),
	        cmocka_unit_test_setup(recorder__writes__a_verdict_when_its_words_change, begin),
	        cmocka_unit_test_setup(recorder__writes__figures_that_creep_often_at_first, begin),
	        cmocka_unit_test_setup(recorder__writes__a_verdict_that_waits_every_second, begin),
	        cmocka_unit_test_setup(recorder__that_is_none__takes_everything, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
