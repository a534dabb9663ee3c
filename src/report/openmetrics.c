/* SPDX-License-Identifier: MIT */
/*
 * Knows the metrics: names, which are an interface as the columns of the CSV are, units, and what carries which
 * labels. Refuses to know where the text goes and when.
 */
#include "report/openmetrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/known.h"
#include "base/safe_text.h"

enum { LABELS_MAX = 8192, MILLION = 1000000 };
#define REAL_MAX 1e12

struct page {
	struct buf *out;
	/* of the lines that are being written: watch="...",pid="...",comm="..." */
	struct buf labels;
};

/* --- the two formats ------------------------------------------------------------------------------ */

/* name="value"; what safe_text leaves to be escaped, alike in both formats, are backslash and quote. */
static void label_add(struct buf *out, const char *name, const char *value)
{
	struct buf safe;
	int err;

	buf_init(&safe, LABELS_MAX);
	err = safe_text(&safe, value, strlen(value), SAFE_UTF8);
	buf_addf(out, "%s=\"", name);
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"' || safe.data[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, safe.data[i]);
	}
	buf_addc(out, '"');
	buf_done(&safe);
	if (err && !out->error)
		out->error = err;
}

/* `help` is ours: nothing in it needs an escape. */
static void family(struct page *p, const char *name, const char *help)
{
	buf_addf(p->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Everything of a line but its value; `key`: one more label, NULL: none. */
static void line_begin(struct page *p, const char *name, const char *key, const char *word)
{
	buf_addf(p->out, "%s{%s", name, buf_str(&p->labels));
	if (key) {
		buf_addc(p->out, ',');
		label_add(p->out, key, word);
	}
	buf_adds(p->out, "} ");
}

static void line_count(struct page *p, const char *name, const char *key, const char *word,
                       uint64_t v)
{
	line_begin(p, name, key, word);
	buf_addf(p->out, "%" PRIu64 "\n", v);
}

/* --- families of one line ------------------------------------------------------------------------- */

static void count_write(struct page *p, const char *name, const char *help, uint64_t v)
{
	if (!known(v))
		return;
	family(p, name, help);
	line_count(p, name, NULL, NULL, v);
}

/* Millionths, put together from integers: no locale has a say in it. */
static void millionths_add(struct buf *out, bool negative, uint64_t n)
{
	buf_addf(out, "%s%" PRIu64 ".%06u\n", negative && n ? "-" : "", n / MILLION,
	         (unsigned)(n % MILLION));
}

static void seconds_write(struct page *p, const char *name, const char *help, uint64_t ns)
{
	if (!known(ns))
		return;
	family(p, name, help);
	line_begin(p, name, NULL, NULL);
	millionths_add(p->out, false, ns / NS_PER_US);
}

/* `limit`: the word of that label; NULL: none. What is beyond REAL_MAX nobody has measured. */
static void real_write(struct page *p, const char *name, const char *help, const char *limit,
                       double v)
{
	if (!(fabs(v) <= REAL_MAX))
		return;
	family(p, name, help);
	line_begin(p, name, limit ? "limit" : NULL, limit);
	millionths_add(p->out, v < 0, (uint64_t)llround(fabs(v) * MILLION));
}

/* --- what is told ---------------------------------------------------------------------------------- */

/* Between two lives nothing is known of a process but that there is none. */
static bool is_there(const struct moment *m)
{
	return m->samples > 0 && m->target && !m->waiting[0] && m->state != TARGET_AWAITED;
}

static void watch_write(struct page *p, const struct moment *m, const char *version)
{
	count_write(p, "memleak_up", "1 while a process is watched, 0 while it is waited for.",
	            is_there(m));
	family(p, "memleak_build_info", "Version of memleak-detective, always 1.");
	line_count(p, "memleak_build_info", "version", version, 1);
	seconds_write(p, "memleak_interval_seconds", "Time between two samples.", m->interval);
}

static void memory_write(struct page *p, const struct moment *m)
{
	const uint64_t *v = m->sample.v;

	seconds_write(p, "memleak_sample_timestamp_seconds",
	              "When the newest sample was taken, since 1970.", m->wall);
	count_write(p, "memleak_samples", "Samples taken since the watch began.", m->samples);
	count_write(p, "memleak_rss_bytes", "Resident memory, own and shared.", v[FIGURE_RSS]);
	count_write(p, "memleak_heap_bytes", "Size of the [heap] mapping, which is what brk gave.",
	            v[FIGURE_HEAP]);
	count_write(p, "memleak_anon_swap_bytes",
	            "Memory that only this process can give back: anonymous and swapped, less what "
	            "the kernel may take freely. The verdict is about it.",
	            sample_base(&m->sample, NULL));
	count_write(p, "memleak_swap_bytes", "The part of it that is swapped out.", v[FIGURE_SWAP]);
	count_write(p, "memleak_virtual_bytes", "Address space, touched or not.", v[FIGURE_VSZ]);
	count_write(p, "memleak_mappings", "Mappings, at the last pass over them.", v[FIGURE_MAPS]);
}

/* One line a word, 1 where it is the one that holds: what OpenMetrics calls a state set. */
static void states_write(struct page *p, const char *name, const char *help, const char *key,
                         const char *const *words, unsigned count, unsigned which)
{
	family(p, name, help);
	for (unsigned i = 0; i < count; i++)
		if (words[i])
			line_count(p, name, key, words[i], i == which);
}

static void verdict_write(struct page *p, const struct verdict *v)
{
	states_write(p, "memleak_verdict", "The verdict: 1 for the one that holds.", "verdict",
	             verdict_kind_json, VERDICT_KIND_COUNT, v->kind);
	if (verdict_cause_json[v->cause])
		states_write(p, "memleak_cause",
		             "What the verdict puts it down to: 1 for the one that holds.", "cause",
		             verdict_cause_json, CAUSE_COUNT, v->cause);
	real_write(p, "memleak_confidence_ratio",
	           "Probability that this process leaks, 0 to 1; near 0 for an idle one.", NULL,
	           v->confidence < 0 ? (double)NAN : v->confidence / 100.0);
	real_write(p, "memleak_growth_bytes_per_second",
	           "How fast the memory grows that the verdict is about.", NULL, v->growth);
	real_write(p, "memleak_growth_low_bytes_per_second", "Lower bound of that growth.", NULL,
	           v->growth_low);
	real_write(p, "memleak_growth_high_bytes_per_second", "Upper bound of that growth.", NULL,
	           v->growth_high);
}

static void limits_write(struct page *p, const struct moment *m)
{
	const struct {
		const char *word;
		uint64_t bytes;
	} limits[] = {
	        {verdict_limit_json[m->bounds.cgroup_throttles ? LIMIT_CGROUP_HIGH : LIMIT_CGROUP],
	         m->cgroup_limit},
	        {"rlimit-as", m->limits[LIMIT_AS]},
	        {"rlimit-data", m->limits[LIMIT_DATA]},
	        {verdict_limit_json[LIMIT_ADDRESS], m->bounds.address}};
	bool headed = false;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!known(limits[i].bytes))
			continue;
		if (!headed)
			family(p, "memleak_limit_bytes", "A limit that is set, by its kind.");
		headed = true;
		line_count(p, "memleak_limit_bytes", "limit", limits[i].word, limits[i].bytes);
	}
	count_write(
	        p, "memleak_cgroup_used_bytes",
	        "What the cgroup of that limit uses, less file pages that are given back first.",
	        known_sub(m->cgroup_usage, known_or(m->bounds.cgroup_cache, 0)));
	count_write(p, "memleak_mappings_limit", "Mappings that vm.max_map_count allows.",
	            m->limits[LIMIT_MAPPINGS]);
}

static void end_write(struct page *p, const struct verdict *v)
{
	const char *limit = verdict_limit_json[v->limit];

	if (!limit)
		return;
	real_write(p, "memleak_limit_eta_seconds",
	           "Time until growth meets the limit that it meets first.", limit, v->eta);
	real_write(p, "memleak_limit_eta_low_seconds", "Lower bound of that time.", limit,
	           v->eta_low);
	real_write(p, "memleak_limit_eta_high_seconds", "Upper bound of that time.", limit,
	           v->eta_high);
}

static void costs_write(struct page *p, const struct moment *m)
{
	const struct costs *c = &m->costs;

	count_write(p, "memleak_alarm",
	            "1 while a threshold or what is normal is exceeded, else 0.",
	            m->alarm[0] != '\0');
	real_write(p, "memleak_sampling_cpu_ratio",
	           "CPU that memleak-detective takes, of one, since the watch began.", NULL,
	           c->cpu_percent / 100);
	seconds_write(p, "memleak_sampling_pass_seconds",
	              "How long the last pass over all mappings took.", c->pass_ns);
	seconds_write(p, "memleak_sampling_longest_call_seconds",
	              "The longest that one call held up the process so far.", c->worst_call_ns);
	seconds_write(p, "memleak_sampling_blocked_seconds",
	              "For how long a call has been held up by the process, 0: it is not.",
	              c->blocked_ns);
}

static void process_write(struct page *p, const struct moment *m)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", m->target->pid);
	buf_addc(&p->labels, ',');
	label_add(&p->labels, "pid", pid);
	buf_addc(&p->labels, ',');
	label_add(&p->labels, "comm", m->target->comm);
	memory_write(p, m);
	verdict_write(p, &m->verdict);
	limits_write(p, m);
	end_write(p, &m->verdict);
	costs_write(p, m);
}

int openmetrics_write(const struct moment *m, const char *watch, const char *version,
                      struct buf *out)
{
	struct page p = {.out = out};
	int err;

	buf_init(&p.labels, LABELS_MAX);
	label_add(&p.labels, "watch", watch);
	watch_write(&p, m, version);
	if (is_there(m))
		process_write(&p, m);
	err = p.labels.error;
	buf_done(&p.labels);
	buf_adds(out, "# EOF\n");
	return err ? err : out->error;
}
