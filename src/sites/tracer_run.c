/* SPDX-License-Identifier: MIT */
/*
 * Knows one tracing from its order to its end: what it opens, when it looks, when it publishes, why it ends. Refuses to
 * know where samples come from: that is the way's.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/rights.h"
#include "sites/descriptors.h"
#include "sites/tracer_alloc.h"
#include "sites/tracer_internal.h"

enum { EXIT_MS = 200 }; /* from the end of its memory to the end of a process, at most */
#define TURN    (100 * NS_PER_MS)
#define PUBLISH (1000 * NS_PER_MS)

uint64_t tracing_time(const struct tracing *c, uint64_t mono)
{
	return mono > c->start ? mono - c->start : 0;
}

uint64_t tracing_now(const struct tracing *c)
{
	return tracing_time(c, clock_mono());
}

int tracing_fail(struct tracing *c, int e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->progress.why, sizeof(c->progress.why), format, args);
	va_end(args);
	return e;
}

static void phase_tell(struct tracing *c, enum sites_phase phase)
{
	c->progress.phase = phase;
	tracer_tell(c->t, &c->progress);
}

/* --- opening ---------------------------------------------------------------------------------------------- */

static int target_open(struct tracing *c)
{
	int other = 0;
	char why[200], remedy[RIGHTS_REMEDY];
	enum procdir_finding finding = procdir_open(c->proc, c->pid, &c->dir, &other);

	if (finding == PROCDIR_DENIED || finding == PROCDIR_HIDDEN)
		return tracing_fail(c, -EACCES,
		                    "cannot trace process %d: it is hidden from this user: %s",
		                    c->pid,
		                    rights_remedy(RIGHT(RIGHT_SYS_PTRACE), remedy, sizeof(remedy)));
	if (finding == PROCDIR_FAILED && other == EMFILE)
		return tracing_fail(c, -EMFILE, "%s",
		                    descriptors_explain("call sites", c->pid, 0, why, sizeof(why)));
	if (finding != PROCDIR_OK)
		return tracing_fail(c, -ESRCH, "cannot trace process %d: it is gone", c->pid);
	if (!c->dir.real)
		return tracing_fail(
		        c, -ENOTSUP,
		        "cannot trace process %d: numbers of processes below another /proc "
		        "are not ours; run this where the process is",
		        c->pid);
	c->pagemap = procdir_open_file(&c->dir, "pagemap");
	if (c->pagemap >= 0)
		c->pages = pages_probe(c->pagemap, (uint64_t)sysconf(_SC_PAGESIZE));
	return 0;
}

/* All that this kind of tracing may take; to hear of one right after the other helps nobody. */
static void files_denied_explain(enum sites_kind kind, char *out, size_t size)
{
	char remedy[RIGHTS_REMEDY];
	uint64_t rights = RIGHT(RIGHT_SYS_PTRACE) | RIGHT(RIGHT_DAC_READ_SEARCH) |
	                  RIGHT(kind == SITES_GROWTH ? RIGHT_PERFMON : RIGHT_SYS_ADMIN);

	snprintf(out, size, "its files are denied: %s",
	         rights_remedy(rights, remedy, sizeof(remedy)));
}

/* Who may see what is mapped need not be one who may open it. */
static bool files_denied(const struct tracing *c)
{
	char path[PATH_MAX];
	int e = procdir_link(&c->dir, "exe", path, sizeof(path));

	return e == -EACCES || e == -EPERM;
}

static int symbols_of_files(struct tracing *c)
{
	int e = tracer_symbols_open(c->t, &c->symbols);

	if (e < 0 || !files_denied(c))
		return e;
	tracer_symbols_close(c->t, c->symbols);
	return -EACCES;
}

/* Without names, addresses must do. */
static void symbols_try(struct tracing *c)
{
	int e = symbols_of_files(c);

	if (e == 0)
		return;
	c->symbols = NULL;
	if (e == -EMFILE)
		snprintf(c->no_symbols, sizeof(c->no_symbols),
		         "no more than %llu files may be open: raise `ulimit -n`, then start this "
		         "again",
		         (unsigned long long)descriptors_limit());
	else if (e == -EACCES || e == -EPERM)
		files_denied_explain(c->progress.kind, c->no_symbols, sizeof(c->no_symbols));
	else
		snprintf(c->no_symbols, sizeof(c->no_symbols), "%s", fault_reason(e));
}

static int books_open(struct tracing *c)
{
	c->trie = trie_new(TRIE_MAX);
	c->ledger = ledger_new(LEDGER_MAX);
	c->names = site_names_new();
	if (c->trie && c->ledger && c->names)
		return 0;
	return tracing_fail(c, -ENOMEM, "cannot trace process %d: no memory", c->pid);
}

static void tracing_done(struct tracing *c)
{
	intake_free(c->intake);
	site_names_free(c->names);
	ledger_free(c->ledger);
	trie_free(c->trie);
	tracer_symbols_close(c->t, c->symbols);
	if (c->pagemap >= 0)
		close(c->pagemap);
	procdir_close(&c->dir);
}

/* --- publishing ------------------------------------------------------------------------------------------- */

/* Files that cannot be read, or that the reader died of, cost names. */
static void symbols_ask_health(struct tracing *c)
{
	struct symbols_health h;

	if (!c->symbols)
		return;
	symbols_health(c->symbols, &h);
	if (h.children_lost || h.files_given_up)
		snprintf(c->no_symbols, sizeof(c->no_symbols), "%.119s", h.trouble);
}

static void tracing_publish(struct tracing *c, bool ended)
{
	struct sites_facts *f = sites_facts_new();
	uint32_t *stacks = NULL;

	if (!f)
		return;
	f->kind = c->progress.kind;
	f->begin = c->progress.begin;
	f->time = tracing_now(c);
	f->traced = f->time - f->begin;
	f->ended = ended;
	f->samples = c->samples;
	f->broken = intake_broken(c->intake);
	f->full = ledger_full(c->ledger);
	symbols_ask_health(c);
	if (facts_fill(f, c->ledger, c->trie, c->names, c->symbols, f->begin, f->time, &stacks) ==
	    0) {
		c->way->tell(c, f, stacks);
		tracer_publish(c->t, f, &c->progress);
		f = NULL;
	}
	free(stacks);
	sites_facts_unref(f);
}

/* --- the loop --------------------------------------------------------------------------------------------- */

static bool target_ended(const struct tracing *c, int patience_ms)
{
	struct pollfd p = {.fd = c->dir.pidfd, .events = POLLIN};

	return p.fd >= 0 && poll(&p, 1, patience_ms) > 0;
}

/*
 * It ended, or its memory is another program's: an open page map then reads as empty. Memory goes a moment before the
 * process does: what is still there after that executed another program.
 */
static bool target_left(struct tracing *c)
{
	uint64_t entry;

	if (c->exec || c->ended)
		return true;
	c->ended = target_ended(c, 0);
	if (c->ended || c->pagemap < 0 ||
	    pread(c->pagemap, &entry, sizeof(entry), 0) == sizeof(entry))
		return c->ended;
	c->ended = target_ended(c, EXIT_MS);
	c->exec = !c->ended;
	return true;
}

static void code_refresh(struct tracing *c)
{
	uint64_t now = tracing_now(c);

	if (!c->mapped || !c->symbols || now < c->refreshed + PUBLISH)
		return;
	symbols_refresh(c->symbols);
	site_names_doubt(c->names);
	c->mapped = false;
	c->refreshed = now;
}

/* ns till the next turn: sooner where something ends or is due. */
static uint64_t turn_length(const struct tracing *c, uint64_t publish)
{
	uint64_t now = tracing_now(c), next = now + TURN;

	next = publish < next ? publish : next;
	next = c->due < next ? c->due : next;
	next = c->progress.end < next ? c->progress.end : next;
	return next > now ? next - now : 0;
}

static void tracing_loop(struct tracing *c)
{
	uint64_t publish = tracing_now(c) + PUBLISH;

	while (!tracer_stopped(c->t) && tracing_now(c) < c->progress.end && !target_left(c) &&
	       !c->progress.why[0]) {
		tracer_wait(c->t, c->way->fd(c), turn_length(c, publish));
		code_refresh(c);
		c->way->turn(c);
		tracer_tell(c->t, &c->progress);
		if (c->dear || tracing_now(c) < publish)
			continue;
		ledger_tick(c->ledger, tracing_now(c));
		tracing_publish(c, false);
		/* At even distances, unless one took too long. */
		publish += PUBLISH;
		if (publish < tracing_now(c))
			publish = tracing_now(c) + PUBLISH;
	}
}

/* Why it is over, in words where that is not plain. */
static enum sites_phase end_explain(struct tracing *c)
{
	if (c->progress.why[0])
		return SITES_STOPPED;
	if (c->exec)
		tracing_fail(
		        c, 0,
		        "process %d executed another program: what was found is of the one before",
		        c->pid);
	else if (c->ended)
		tracing_fail(c, 0, "process %d ended", c->pid);
	else if (tracer_stopped(c->t))
		return SITES_STOPPED;
	return SITES_ENDED;
}

static void tracing_trace(struct tracing *c, const struct tracer_order *order)
{
	c->progress.begin = tracing_now(c);
	c->progress.end = known_add(c->progress.begin, order->duration);
	phase_tell(c, SITES_TRACING);
	tracing_loop(c);
	c->way->stop(c);
	/* Told with the last facts, and where there are none after all, without. */
	c->progress.phase = end_explain(c);
	c->progress.end = tracing_now(c);
	tracing_publish(c, true);
	phase_tell(c, c->progress.phase);
}

/* With allocations where they can be had, else growth stacks, which say so. */
static int way_open(struct tracing *c, enum sites_kind kind)
{
	struct sites_progress *p = &c->progress;

	if (kind == SITES_ALLOCATIONS || kind == SITES_HITS) {
		c->way = &tracing_allocations;
		p->kind = SITES_ALLOCATIONS;
		int e = c->way->open(c);
		if (e == 0 || e == -ECANCELED || e == -ESRCH || e == -ENOMEM)
			return e;
		c->way->close(c);
		intake_free(c->intake);
		c->intake = NULL;
		snprintf(c->given_up, sizeof(c->given_up), "%s", p->why);
		sites_progress_init(p);
	}
	c->way = &tracing_growth;
	p->kind = SITES_GROWTH;
	return c->way->open(c);
}

static int tracing_begin(struct tracing *c, const struct tracer_order *order)
{
	int e = target_open(c);

	if (e == 0)
		e = books_open(c);
	if (e < 0)
		return e;
	symbols_try(c);
	return order->price ? allocations_price(c) : way_open(c, order->kind);
}

void tracing_run(struct tracer *t, const char *proc, int32_t pid, uint64_t start,
                 double max_slowdown, const struct tracer_order *order, struct alloc_priced *priced)
{
	struct tracing c = {
	        .t = t,
	        .proc = proc,
	        .pid = pid,
	        .start = start,
	        .max_slowdown = max_slowdown,
	        .dir = {.fd = -1, .rootfd = -1, .pidfd = -1},
	        .pagemap = -1,
	        .due = UNKNOWN,
	        .priced = priced,
	        .way = order->price ? &tracing_allocations : &tracing_growth,
	};

	sites_progress_init(&c.progress);
	c.progress.kind = order->kind;
	phase_tell(&c, SITES_OPENING);
	int e = tracing_begin(&c, order);
	if (e < 0)
		phase_tell(&c, SITES_FAILED);
	else if (order->price)
		phase_tell(&c, SITES_PRICED);
	else
		tracing_trace(&c, order);
	c.way->close(&c);
	tracing_done(&c);
}
