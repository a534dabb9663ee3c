/* SPDX-License-Identifier: MIT */
/* Probes on functions of a real process: who hits them, and what is left when they are gone. */
#include "sites/probes.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sites/probes_perf.h"
#include "support_sites_puppet.h"

enum { CALLS = 1000 };

__attribute__((noinline)) static void probed(const void *address)
{
	__asm__ volatile("" : : "r"(address) : "memory");
}

__attribute__((noinline)) static void call(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		probed(&i);
}

static void *call_as_thread(void *arg)
{
	call(CALLS);
	return arg;
}

static void call_in_thread(void)
{
	pthread_t t;

	/* A probe must not keep a thread from being born. */
	if (pthread_create(&t, NULL, call_as_thread, NULL) != 0)
		abort();
	pthread_join(t, NULL);
}

static void call_in_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		call(CALLS);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static pthread_barrier_t early;

static void *wait_and_call(void *arg)
{
	pthread_barrier_wait(&early);
	call(CALLS);
	pthread_barrier_wait(&early);
	return arg;
}

static void act(char command)
{
	pthread_t t;

	switch (command) {
	case 'c':
		call(CALLS);
		break;
	case 't':
		call_in_thread();
		break;
	case 'f':
		call_in_child();
		break;
	case 'e': /* a thread that waits .. */
		pthread_barrier_init(&early, NULL, 2);
		pthread_create(&t, NULL, wait_and_call, NULL);
		break;
	case 'E': /* .. and calls */
		pthread_barrier_wait(&early);
		pthread_barrier_wait(&early);
		break;
	case 'x': /* the first thread ends before the others; no answer comes */
		pthread_exit(NULL);
	}
}

static void nothing(void *arg, const struct site_sample *s)
{
	(void)arg, (void)s;
}

static struct probe_spot spot(void)
{
	return spot_of((const void *)(uintptr_t)probed, ROLE_FREE);
}

/* What `commands` count, by the best means there are, or by perf events alone. */
static uint64_t hits_of(const char *commands, bool perf)
{
	struct probe_spot s = spot();
	struct puppet child;
	struct probes *p = NULL;
	struct probes_perf *q = NULL;
	struct probes_tally y = {0};
	char why[256] = "";

	puppet_start(&child, act);
	if (strchr(commands, 'E'))
		puppet_do(&child, 'e');
	int r = perf ? probes_perf_open(child.pid, &s, 1, 0, &q, why, sizeof(why))
	             : probes_open(child.pid, PROBES_COUNT, &s, 1, 0, &p, why, sizeof(why));
	assert_int_equal(r, 0);
	for (; *commands; commands++)
		if (*commands != '|')
			puppet_do(&child, *commands);
		else if (perf)
			probes_perf_tally(q, &y); /* a look at what threads there are */
	call(CALLS);                              /* our own, which no one shall count */
	if (p)
		probes_tally(p, &y);
	else
		probes_perf_tally(q, &y);
	probes_close(p);
	probes_perf_close(q);
	puppet_end(&child);
	return y.hits;
}

static void probes__counts_each_hit_of_the_target_and_of_no_other_process(void **state)
{
	(void)state;
	if (!probes_work(false))
		skip();
	assert_int_equal(hits_of("cc", false), 2 * CALLS);
	assert_int_equal(hits_of("cctt", true), 2 * CALLS);
}

static void probes__counts_threads_that_were_there_and_threads_born_later(void **state)
{
	(void)state;
	if (!probes_work(false))
		skip();
	assert_int_equal(hits_of("Ett", false), 3 * CALLS);
	assert_int_equal(hits_of("Ee|E", true), 2 * CALLS);
}

static void probes__does_not_count_a_forked_child(void **state)
{
	(void)state;
	if (!probes_work(false))
		skip();
	assert_int_equal(hits_of("cfc", false), 2 * CALLS);
	assert_int_equal(hits_of("cfc", true), 2 * CALLS);
}

static void probes__wake_once_and_no_more_when_the_first_thread_ends_before_others(void **state)
{
	struct probe_spot s = spot_of((const void *)(uintptr_t)probed, ROLE_MALLOC);
	struct puppet child;
	struct probes_perf *p = NULL;
	char why[256];

	(void)state;
	if (!probes_work(false))
		skip();
	puppet_start(&child, act);
	puppet_do(&child, 'e');
	assert_int_equal(probes_perf_open(child.pid, &s, 1, 1, &p, why, sizeof(why)), 0);
	struct pollfd f = {.fd = probes_perf_fd(p), .events = POLLIN};
	assert_int_equal(write(child.to, "x", 1), 1);
	assert_int_equal(poll(&f, 1, 30000), 1);
	probes_perf_drain(p, nothing, NULL);
	assert_int_equal(poll(&f, 1, 0), 0);
	probes_perf_close(p);
	puppet_end(&child);
}

static void bytes_of_target(const struct puppet *child, uint8_t out[16])
{
	struct iovec here = {out, 16}, there = {(void *)(uintptr_t)probed, 16};

	assert_int_equal(process_vm_readv(child->pid, &here, 1, &there, 1, 0), 16);
}

static void probes__are_withdrawn_and_set_again_and_keep_their_sum(void **state)
{
	struct probe_spot s = spot();
	struct puppet child;
	struct probes *p = NULL;
	struct probes_tally y;
	char why[256];
	uint8_t before[16], set[16], after[16];

	(void)state;
	if (!probes_work(false))
		skip();
	puppet_start(&child, act);
	bytes_of_target(&child, before);
	assert_int_equal(probes_open(child.pid, PROBES_COUNT, &s, 1, 0, &p, why, sizeof(why)), 0);
	bytes_of_target(&child, set);
	assert_int_equal(set[0], 0xcc);
	puppet_do(&child, 'c');
	assert_int_equal(probes_set(p, false), 0);
	bytes_of_target(&child, after);
	assert_memory_equal(after, before, sizeof(before));
	puppet_do(&child, 'c');
	assert_int_equal(probes_set(p, true), 0);
	puppet_do(&child, 'c');
	probes_tally(p, &y);
	assert_int_equal(y.hits, 2 * CALLS);
	probes_close(p);
	puppet_end(&child);
}

/* A tool that sets probes, says so, and is killed. */
static void set_and_be_killed(pid_t target, enum probes_mode mode)
{
	struct probe_spot s = spot();
	struct probes *p;
	char why[256], c = 'x';
	int said[2];

	assert_int_equal(pipe(said), 0);
	pid_t tool = fork();
	if (tool == 0) {
		if (probes_open(target, mode, &s, 1, 1, &p, why, sizeof(why)) ||
		    write(said[1], &c, 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(said[1]);
	assert_int_equal(read(said[0], &c, 1), 1);
	close(said[0]);
	kill(tool, SIGKILL);
	waitpid(tool, NULL, 0);
}

static void assert_nothing_is_left_after(enum probes_mode mode)
{
	struct puppet child;
	uint8_t before[16], after[16];

	puppet_start(&child, act);
	puppet_do(&child, 'c');
	bytes_of_target(&child, before);
	set_and_be_killed(child.pid, mode);
	/* The kernel takes them out when the last of the descriptors is gone, soon after. */
	for (int i = 0; i < 500; i++) {
		bytes_of_target(&child, after);
		if (memcmp(after, before, sizeof(before)) == 0)
			break;
		usleep(10000);
	}
	assert_memory_equal(after, before, sizeof(before));
	puppet_do(&child, 'c');
	puppet_do(&child, 't');
	assert_true(puppet_lives(&child));
	puppet_end(&child);
}

static void probes__leave_nothing_in_the_target_when_the_tool_is_killed(void **state)
{
	(void)state;
	if (!probes_work(false))
		skip();
	assert_nothing_is_left_after(PROBES_COUNT);
	if (probes_work(true))
		assert_nothing_is_left_after(PROBES_BPF);
}

/* Samples of hits, of whom the first one is kept. */
struct heard {
	unsigned count;
	double weight;
	struct site_sample first;
	uint64_t caller; /* on top of the first one's stack */
};

static void hear(void *arg, const struct site_sample *s)
{
	struct heard *h = arg;

	h->weight += s->weight;
	if (h->count++)
		return;
	h->first = *s;
	if (s->stack.size >= sizeof(h->caller))
		memcpy(&h->caller, s->stack.bytes, sizeof(h->caller));
}

static void probes__without_bpf_take_stacks_of_some_hits_each_for_so_many(void **state)
{
	struct probe_spot s = spot_of((const void *)(uintptr_t)probed, ROLE_MALLOC);
	struct puppet child;
	struct probes *p = NULL;
	struct probes_tally y;
	struct heard h = {0};
	char why[256];

	(void)state;
	if (!probes_work(false))
		skip();
	puppet_start(&child, act);
	assert_int_equal(probes_open(child.pid, PROBES_HITS, &s, 1, 100, &p, why, sizeof(why)), 0);
	puppet_do(&child, 'c');
	probes_drain(p, hear, &h);
	assert_int_equal(h.count, CALLS / 100);
	assert_float_equal(h.weight, CALLS, 1e-9);
	assert_int_equal(h.first.kind, SAMPLE_HIT);
	assert_int_equal(h.first.tid, child.pid);
	assert_int_equal(h.first.stack.registers[STACK_RIP], (uintptr_t)probed);
	assert_true(h.caller > (uintptr_t)call && h.caller < (uintptr_t)call + 256);
	probes_period(p, 500);
	puppet_do(&child, 'c');
	/* The samples of a thread that ended are told, too. */
	puppet_do(&child, 'e');
	probes_drain(p, hear, &h);
	puppet_do(&child, 'E');
	probes_drain(p, hear, &h);
	assert_int_equal(h.count, CALLS / 100 + 2 * CALLS / 500);
	probes_tally(p, &y);
	assert_int_equal(y.hits, 3 * CALLS);
	assert_int_equal(y.lost, 0);
	probes_close(p);
	puppet_end(&child);
}

static void probes__say_what_is_wrong_with_a_process_that_is_not_there(void **state)
{
	struct probe_spot s = spot();
	struct puppet child;
	struct probes *p = NULL;
	char why[256] = "";

	(void)state;
	puppet_start(&child, act);
	puppet_end(&child);
	assert_true(probes_open(child.pid, PROBES_COUNT, &s, 1, 0, &p, why, sizeof(why)) < 0);
	assert_null(p);
	assert_true(strlen(why) > 20);
	assert_null(strchr(why, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(probes__counts_each_hit_of_the_target_and_of_no_other_process),
	        cmocka_unit_test(probes__counts_threads_that_were_there_and_threads_born_later),
	        cmocka_unit_test(probes__does_not_count_a_forked_child),
	        cmocka_unit_test(
	                probes__wake_once_and_no_more_when_the_first_thread_ends_before_others),
	        cmocka_unit_test(probes__are_withdrawn_and_set_again_and_keep_their_sum),
	        cmocka_unit_test(probes__leave_nothing_in_the_target_when_the_tool_is_killed),
	        cmocka_unit_test(probes__without_bpf_take_stacks_of_some_hits_each_for_so_many),
	        cmocka_unit_test(probes__say_what_is_wrong_with_a_process_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
