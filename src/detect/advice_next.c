/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "detect/advice.h"
#include "detect/words.h"
#include "model/heap_words.h"
#include "model/site_name.h"

/*
 * Knows what a person should do next, given a verdict: look at a region, run a tool on a test host,
 * contain the damage, wait, or nothing. Refuses to know how keys are dispatched.
 */

enum { COMMAND_COLUMNS = 60, SITE_NAME = 120, SMALL_BLOCK = 4096 };

static const uint64_t patience = 900 * NS_PER_S; /* nobody waits so long at a screen */

static const double soon =
        3600; /* seconds: a limit nearer than this comes before finding the cause */

/* The figures are of a process, and not from a file. */
static bool is_process(const struct moment *m)
{
	return m->target && m->target->pid > 0 && m->state != TARGET_REPLAYED;
}

/* A recording tells which program it was; a CSV does not. */
static bool knows_program(const struct moment *m)
{
	return m->target && m->target->pid > 0;
}

static bool watches_process(const struct moment *m)
{
	return is_process(m) && m->ended != END_TARGET;
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

/* Memory that code asks for: of threads' stacks, shared memory and files others tell more. */
static bool code_can_tell(const struct moment *m)
{
	enum verdict_where where = m->verdict.where;

	return (where == WHERE_HEAP || where == WHERE_ARENA || where == WHERE_ANONYMOUS) &&
	       m->sites_progress.phase != SITES_FAILED;
}

/* The size of block that the census saw growing, where it is so small that only tracing names who allocates it. */
static const struct heap_class *small_grower(const struct moment *m)
{
	const struct heap_class *c = m->heap && m->heap->walked ? heap_grows(m->heap) : NULL;

	return c && c->high < SMALL_BLOCK ? c : NULL;
}

/* The call site that was seen to grow; page faults cannot tell it where blocks are small. */
static const struct site *site_told(const struct moment *m)
{
	const struct sites_facts *f = m->sites;
	const struct site *s = f && f->site_count ? &f->sites[0] : NULL;

	if (!s || f->kind == SITES_HITS || (f->kind == SITES_GROWTH && small_grower(m)))
		return NULL;
	return s->steady && s->growth_bytes > 0 && site_name_tells(f, site_named(f, s)) ? s : NULL;
}

static void add_site(const struct moment *m, const struct site *s, struct buf *out)
{
	char name[SITE_NAME], safe[SITE_NAME * 4];

	site_name_brief(m->sites, site_named(m->sites, s), name, sizeof(name));
	buf_adds(out, safe_copy(safe, sizeof(safe), name, strlen(name), SAFE_ASCII));
}

/* Key 6, where it says more than the blocks do, or what they said ends in a size; false: nothing was added. */
static bool next_is_code(const struct moment *m, struct buf *out)
{
	const struct heap_class *small = small_grower(m);
	bool traced = m->sites && m->sites->kind == SITES_ALLOCATIONS;
	char name[HEAP_NAME];

	if (!code_can_tell(m))
		return false;
	if (site_told(m))
		buf_adds(out, "6 which code; there Enter opens its stack");
	else if (small && !traced && watches_process(m))
		buf_addf(out, "6 which code allocates blocks of %s bytes",
		         heap_class_short(small, name, sizeof(name)));
	else
		return false;
	return true;
}

/* On this machine, now: no test host is needed. */
static void add_trace(const struct moment *m, struct buf *out)
{
	if (watches_process(m) && !m->sites && code_can_tell(m))
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
	if (site_told(m)) {
		buf_adds(out, "see why what is allocated there stays: ");
		add_site(m, site_told(m), out);
		return out->error;
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
		return buf_addf(out, "contain it first: restart it before %s, memory lasts %s more",
		                human_localtime(when, m->wall + (uint64_t)ns), in);
	return buf_addf(out, "contain it first: restart it within %s, for so long memory lasts",
	                in);
}

/* Where the growth is in malloc's memory its blocks tell more than its mappings, if they can be told. */
static bool blocks_can_tell(const struct moment *m)
{
	enum verdict_where where = m->verdict.where;
	bool failed = m->heap_progress.phase == HEAP_FAILED || (m->heap && !m->heap->walked);

	return watches_process(m) && (where == WHERE_HEAP || where == WHERE_ARENA) && !failed;
}

static int next_for_leak(const struct moment *m, bool keys, struct buf *out)
{
	const struct verdict *v = &m->verdict;
	bool live = watches_process(m);

	if (live && isfinite(v->eta) && v->eta < soon)
		return contain(m, out);
	if (keys && next_is_code(m, out))
		return out->error;
	if (keys && blocks_can_tell(m))
		return buf_addf(out, "5 which blocks; there %s",
		                m->heap ? "Enter on the size that grows"
		                        : "x looks inside the heap");
	if (keys && m->regions)
		return buf_adds(out, "2 which mapping; there Enter on the one that grows");
	if (keys)
		return buf_adds(out, "w why");
	return leak_command(m, out);
}

/* What does not leak memory may run out of address space or mappings all the same. */
static bool runs_out(const struct verdict *v)
{
	return isfinite(v->eta) && v->limit != LIMIT_CGROUP && v->limit != LIMIT_CGROUP_HIGH &&
	       v->limit != LIMIT_SYSTEM && v->limit != LIMIT_NONE;
}

static int next_for_calm(const struct moment *m, bool keys, struct buf *out)
{
	if (runs_out(&m->verdict))
		return buf_addf(out, "%s: what is mapped and never unmapped will run out",
		                keys ? "2 which mappings" : "`pmap -X PID` shows its mappings");
	switch (m->verdict.cause) {
	case CAUSE_RESERVATION:
		return buf_adds(out,
		                "nothing to do: address space that is reserved costs no memory");
	case CAUSE_RETENTION:
		if (keys && !m->heap && watches_process(m) && m->heap_progress.phase != HEAP_FAILED)
			return buf_adds(out,
			                "5 how much malloc keeps; there x looks inside the heap");
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
	return !m->target || watches_process(m);
}

static const char *again(const struct moment *m)
{
	return m->target && !is_process(m) ? "record it for longer"
	                                   : "watch it again while it runs";
}

static int next_for_suspicion(const struct moment *m, bool keys, struct buf *out)
{
	char longer[HUMAN_MAX];

	if (keys && next_is_code(m, out))
		return out->error;
	if (keys && blocks_can_tell(m))
		return buf_adds(out, "5 which blocks; w why");
	if (keys)
		return buf_adds(out, m->regions ? "2 which mapping; w why" : "w why");
	if (!can_go_on(m))
		return buf_addf(out, "%s",
		                m->ended == END_TARGET && is_process(m)
		                        ? "watch it for longer when it runs again"
		                        : "record it for longer");
	return buf_addf(out, "watch longer, for %s or more",
	                human_duration(longer, m->time < NS_PER_S ? NS_PER_S * 10 : m->time * 3));
}

/* Longer than anybody looks at a screen: a recording waits in his place. */
static bool is_for_a_recording(const struct moment *m)
{
	return m->verdict.needs >= patience && watches_process(m) && !m->recording_on;
}

static int next_for_unknown(const struct moment *m, bool keys, struct buf *out)
{
	char needs[HUMAN_MAX];

	if (m->waiting[0])
		return buf_adds(out, keys ? "nothing to do: the next one is watched when it comes"
		                          : "follow it again for longer");
	if (known(m->verdict.needs) && is_for_a_recording(m))
		return buf_addf(out, "%s`nohup memleak-detective %d --record FILE &`, for about %s",
		                keys ? "R record; or leave " : "", m->target->pid,
		                human_duration(needs, m->verdict.needs));
	if (known(m->verdict.needs) && can_go_on(m))
		return buf_addf(out, keys ? "wait about %s" : "watch for about %s more",
		                human_duration(needs, m->verdict.needs));
	return buf_adds(out, keys ? "w why" : again(m));
}

int advice_next(const struct moment *m, bool keys, struct buf *out)
{
	switch (m->verdict.kind) {
	case VERDICT_LEAK:
		return next_for_leak(m, keys, out);
	case VERDICT_SUSPICIOUS:
		return next_for_suspicion(m, keys, out);
	case VERDICT_NO_LEAK:
		return next_for_calm(m, keys, out);
	default:
		return next_for_unknown(m, keys, out);
	}
}
