/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "detect/advice.h"
#include "detect/advice_code.h"
#include "detect/words.h"

/*
 * Knows what a person should do next, given a verdict: look at a region, run a tool on a test host,
 * contain the damage, wait, or nothing. Refuses to know how keys are dispatched.
 */

enum { COMMAND_COLUMNS = 60 };

static const uint64_t patience = 900 * NS_PER_S; /* nobody waits so long at a screen */

static const double soon =
        3600; /* seconds: a limit nearer than this comes before finding the cause */

/* A recording tells which program it was; a CSV does not. */
static bool knows_program(const struct moment *m)
{
	return m->target && m->target->pid > 0;
}

/* Memory of a runtime with a collector is not what valgrind understands. */
static const char *runtime_advice(const struct moment *m)
{
	static const struct {
		const char *comm, *advice;
	} runtimes[] = {
	        {"java", "compare two class histograms: `jcmd PID GC.class_histogram`"},
	        {"node", "on a test host: `node --inspect`, and compare two heap snapshots"},
	        {"python", "on a test host: `python3 -X tracemalloc`, and compare two snapshots"},
	        {"ruby", "on a test host: ObjectSpace.dump_all, and compare two dumps"},
	};

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		const char *exe = strrchr(m->target->exe, '/');
		size_t n = strlen(runtimes[i].comm);
		if (!strncmp(m->target->comm, runtimes[i].comm, n) ||
		    (exe && !strncmp(exe + 1, runtimes[i].comm, n)))
			return runtimes[i].advice;
	}
	return NULL;
}

/* The command line as far as it fits, safe to print; "COMMAND" where it is not known. */
static void add_command(const struct moment *m, struct buf *out)
{
	char safe[sizeof(m->target->command) * 4];

	if (!m->target || !m->target->command[0]) {
		buf_adds(out, "COMMAND");
		return;
	}
	const char *raw = m->target->command;
	safe_copy(safe, sizeof(safe), raw, strnlen(raw, sizeof(m->target->command)), SAFE_ASCII);
	size_t fits = text_fit(safe, COMMAND_COLUMNS);
	buf_add(out, safe, fits);
	if (safe[fits])
		buf_adds(out, " ...");
}

/* On this machine, now: no test host is needed. */
static void add_trace(const struct moment *m, struct buf *out)
{
	if (advice_is_live(m) && !m->sites && advice_code_tells(m))
		buf_addf(out, "`memleak-detective %d --sites 30s` names the code; ",
		         m->target->pid);
}

static int leak_command(const struct moment *m, struct buf *out)
{
	switch (m->verdict.where) {
	case WHERE_STACK:
		return buf_adds(
		        out,
		        "count its threads over time: threads that end must be joined or detached");
	case WHERE_SHMEM:
		return buf_adds(
		        out, "find who keeps the shared memory: `ipcs -m`, `ls /dev/shm`, memfd in "
		             "`ls -l /proc/PID/fd`");
	case WHERE_FILE:
		return buf_adds(
		        out, "find the files that stay mapped: `--columns time,rss,file,anon` and "
		             "`pmap -X PID`");
	default:
		break;
	}
	if (advice_site(m)) {
		buf_adds(out, "see why what is allocated there stays: ");
		return advice_site_name(m, advice_site(m), out);
	}
	if (!knows_program(m))
		return buf_adds(out,
		                "run the program on a test host under `valgrind "
		                "--leak-check=full`, or heaptrack, or the heap profiler of its "
		                "runtime");
	if (runtime_advice(m))
		return buf_adds(out, runtime_advice(m));
	add_trace(m, out);
	buf_adds(out, "on a test host: `valgrind --leak-check=full ");
	add_command(m, out);
	return buf_adds(out, "`, or heaptrack in its place");
}

static int contain(const struct moment *m, struct buf *out)
{
	char when[HUMAN_MAX], in[HUMAN_MAX];
	const struct verdict *v = &m->verdict;
	double sure = isfinite(v->eta_low) ? v->eta_low : v->eta, ns = sure * (double)NS_PER_S;

	words_seconds(in, sure);
	if (known(m->wall))
		return buf_addf(out, "contain it: restart it before %s, memory ends in %s",
		                human_localtime(when, m->wall + (uint64_t)ns), in);
	return buf_addf(out, "contain it: restart it within %s, for so long memory lasts", in);
}

/* Where the growth is in malloc's memory its blocks tell more than its mappings, if they can be told. */
static bool blocks_can_tell(const struct moment *m)
{
	enum verdict_where where = m->verdict.where;
	bool failed = m->heap_progress.phase == HEAP_FAILED || (m->heap && !m->heap->walked);

	return advice_is_live(m) && (where == WHERE_HEAP || where == WHERE_ARENA) && !failed;
}

static const char in_maps[] = "Enter on the one that grows";

static const char *in_heap(const struct moment *m)
{
	return m->heap ? "Enter on the size that grows" : "x looks inside the heap";
}

/* A key that leads to a view; where that one is in front, only what to do there. */
static int next_key(unsigned view, unsigned number, const char *what, const char *there,
                    struct buf *out)
{
	if (view == number)
		return buf_adds(out, there);
	return buf_addf(out, "%u %s; there %s", number, what, there);
}

static int next_for_leak(const struct moment *m, unsigned view, struct buf *out)
{
	const struct verdict *v = &m->verdict;
	bool live = advice_is_live(m);

	if (live && isfinite(v->eta) && v->eta < soon)
		return contain(m, out);
	if (view && advice_code(m, view, out))
		return out->error;
	if (view && blocks_can_tell(m))
		return next_key(view, ADVICE_HEAP, "which blocks", in_heap(m), out);
	if (view && m->regions)
		return next_key(view, ADVICE_MAPS, "which mapping", in_maps, out);
	if (view)
		return buf_adds(out, "w why");
	return leak_command(m, out);
}

/* What does not leak memory may run out of address space or mappings all the same. */
static bool runs_out(const struct verdict *v)
{
	return isfinite(v->eta) && v->limit != LIMIT_CGROUP && v->limit != LIMIT_CGROUP_HIGH &&
	       v->limit != LIMIT_SYSTEM && v->limit != LIMIT_NONE;
}

static int next_for_calm(const struct moment *m, unsigned view, struct buf *out)
{
	if (runs_out(&m->verdict))
		return buf_addf(out, "%s: what is mapped and never unmapped will run out",
		                view ? "2 which mappings" : "`pmap -X PID` shows its mappings");
	switch (m->verdict.cause) {
	case CAUSE_RESERVATION:
		return buf_adds(out,
		                "nothing to do: address space that is reserved costs no memory");
	case CAUSE_RETENTION:
		if (view && !m->heap && advice_is_live(m) && m->heap_progress.phase != HEAP_FAILED)
			return next_key(view, ADVICE_HEAP, "how much malloc keeps",
			                "x looks inside the heap", out);
		return buf_adds(
		        out, "nothing, unless the memory is needed elsewhere: malloc_trim(3), or a "
		             "start with MALLOC_ARENA_MAX=2");
	case CAUSE_WARM_UP:
		return buf_adds(out, "nothing now; `--max-rss` tells when it grows again");
	default:
		return buf_adds(out, "nothing to do");
	}
}

/* A process that ended and a file give no further samples. */
static bool can_go_on(const struct moment *m)
{
	return !m->target || advice_is_live(m);
}

static const char *again(const struct moment *m)
{
	return m->target && !advice_is_process(m) ? "record it for longer"
	                                          : "watch it again while it runs";
}

static int next_for_suspicion(const struct moment *m, unsigned view, struct buf *out)
{
	char longer[HUMAN_MAX];

	if (view && advice_code(m, view, out))
		return out->error;
	if (view && blocks_can_tell(m))
		return buf_addf(out, "%s; w why",
		                view != ADVICE_HEAP ? "5 which blocks" : in_heap(m));
	if (view && m->regions)
		return buf_addf(out, "%s; w why",
		                view != ADVICE_MAPS ? "2 which mapping" : in_maps);
	if (view)
		return buf_adds(out, "w why");
	if (!can_go_on(m))
		return buf_addf(out, "%s",
		                m->ended == END_TARGET && advice_is_process(m)
		                        ? "watch it for longer when it runs again"
		                        : "record it for longer");
	return buf_addf(out, "watch longer, for %s or more",
	                human_duration(longer, m->time < NS_PER_S ? NS_PER_S * 10 : m->time * 3));
}

/* Longer than anybody looks at a screen: a recording waits in his place. */
static bool is_for_a_recording(const struct moment *m)
{
	return m->verdict.needs >= patience && advice_is_live(m) && !m->recording_on;
}

static int next_for_unknown(const struct moment *m, unsigned view, struct buf *out)
{
	char needs[HUMAN_MAX];

	if (m->waiting[0])
		return buf_adds(out, view ? "nothing to do: the next one is watched when it comes"
		                          : "follow it again for longer");
	if (view && advice_site(m) && advice_code(m, view, out))
		return out->error;
	if (known(m->verdict.needs) && is_for_a_recording(m))
		return buf_addf(out, "%s`nohup memleak-detective %d --record FILE &`, for about %s",
		                view ? "R record; or leave " : "", m->target->pid,
		                human_duration(needs, m->verdict.needs));
	if (known(m->verdict.needs) && can_go_on(m))
		return buf_addf(out, view ? "wait about %s" : "watch for about %s more",
		                human_duration(needs, m->verdict.needs));
	return buf_adds(out, view ? "w why" : again(m));
}

int advice_next(const struct moment *m, unsigned view, struct buf *out)
{
	if (view == ADVICE_SITES && advice_tracing(m, out))
		return out->error;
	switch (m->verdict.kind) {
	case VERDICT_LEAK:
		return next_for_leak(m, view, out);
	case VERDICT_SUSPICIOUS:
		return next_for_suspicion(m, view, out);
	case VERDICT_NO_LEAK:
		return next_for_calm(m, view, out);
	default:
		return next_for_unknown(m, view, out);
	}
}
