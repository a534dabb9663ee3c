/* SPDX-License-Identifier: MIT */
#ifndef STORE_RECORDING_H
#define STORE_RECORDING_H

/*
 * Writing a recording: one SQLite file that outlives the login. The schema is src/store/schema.c; what reads
 * it back is store/replay.h.
 *
 * Times in a recording are ns since its first sample. A watch that is appended to an older recording
 * begins at time 0 like any other: the writer shifts its times and its region ids behind what is there,
 * as far as the wall clock says that time has passed. So everything here is given as the watch has it.
 *
 * Used by one thread (the recorder), which may be held up by the disk for as long as the disk likes. What is
 * given is kept in a transaction until recording_commit(); when any call fails the transaction is rolled back,
 * as if nothing had been given since the last commit, and the same may be given again later.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/event.h"
#include "model/heap.h"
#include "model/region.h"
#include "model/sample.h"
#include "model/sites.h"
#include "model/target.h"
#include "model/verdict.h"

struct recording;

/* How long rows stay as fine as they came, by their age; then only the last of a bucket, with min and max. */
struct recording_thinning {
	uint64_t full;     /* ns: every sample younger than this is kept */
	uint64_t width[3]; /* ns: buckets of the stages that follow, rising */
	uint64_t until[3]; /* ns: age up to which a stage is used; the last one is used for ever */
};
extern const struct recording_thinning
        recording_thinning; /* 6 h full; 10 s to 2 d; 1 min to 14 d; 10 min */

#define RECORDING_LIMIT     (256ull << 20) /* bytes; the default of --record-limit */
#define RECORDING_LIMIT_MIN (1ull << 20)

struct recording_options {
	const char *path;    /* borrowed for the call */
	const char *version; /* of the tool; borrowed for the call */
	uint64_t limit;      /* bytes that file and journal may take together */
	uint64_t interval;   /* ns between samples */
};

/* True when built with SQLite; else recording_open is -ENOTSUP with a remedy in *fault. */
bool recording_available(void);

/*
 * Creates the file (O_EXCL, 0600), or appends to one of ours. 0, or -errno with a fault of STATUS_OUTPUT that
 * names file, reason and remedy: the file is something else, of a newer schema, damaged, read-only, in a
 * directory that cannot be written to, or being written by another process. Nothing of it is changed then.
 */
int recording_open(const struct recording_options *o, struct recording **ret, struct fault *fault);

/*
 * Appends. Samples come in strictly rising; tables, events and verdicts in the order of time. 0 or -errno.
 *
 * past: before anything else: samples up to `until`, ns of the watch, were taken before it was recorded. Those that the file
 * holds already, for the process that it ends with is the same, are passed over with all that came before them.
 * image: before the first sample, and before the first one of another image or process (exec, restart).
 * sample: `extremes` NULL for a sample as it was taken; for the last of a bucket of history, the least and
 * largest of each figure in it (extremes[0], extremes[1]), and `span` ns that it stands for.
 * regions: only rows that differ from the table before are written; those no longer there are marked gone.
 * A torn or partial table is left out, and one that the limit never has room for: see recording_left_out().
 * heap: what a look found; before the first sample it is left out.
 * sites: likewise what tracing found; of each tracing the newest is kept, written anew every 10 s and at its end.
 * fact: what holds for the whole watch: "kernel", "limit.cgroup", "command", ... Later ones replace.
 */
int recording_past(struct recording *r, uint64_t until);
int recording_image(struct recording *r, uint64_t time, const struct target *t);
int recording_sample(struct recording *r, const struct sample *s, uint64_t span,
                     const struct sample extremes[2]);
int recording_regions(struct recording *r, struct region_table *t); /* a reference of its own */
int recording_heap(struct recording *r, const struct heap_facts *f);
int recording_sites(struct recording *r, const struct sites_facts *f);
int recording_event(struct recording *r, const struct event *e);
int recording_verdict(struct recording *r, uint64_t time, const struct verdict *v);
int recording_fact(struct recording *r, const char *key, const char *value);

/*
 * Makes everything given so far last, then thins what has come of age and keeps the file within its limit,
 * the oldest first, a little each time. 0, or -errno with a fault of one line ("FILE: disk full; ..."):
 * -ENOSPC, -EIO, -ENOENT (removed or replaced meanwhile: nothing is written any more), -ESTALE (moved: likewise, but all
 * that was given is in the moved file), ...
 */
int recording_commit(struct recording *r, struct fault *fault);

/* Bytes of file and journal at the last commit; never more than the limit, unless the file already was. */
uint64_t recording_size(const struct recording *r);

/*
 * Tables of regions that the limit had no room for, up to the last commit, since it was opened. An event of kind
 * EVENT_WARNING stands in the file where a row of such tables begins.
 */
uint64_t recording_left_out(const struct recording *r);

/* Forgets what was not committed, and removes a file that it created and that has no sample. NULL is fine. */
void recording_close(struct recording *r);

#endif
