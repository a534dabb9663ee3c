/* SPDX-License-Identifier: MIT */
/*
 * The recorder's transaction: everything between two commits is written, or nothing. Knows when one begins,
 * ends and is taken back; refuses to know rows, files and what is thinned.
 */
#include "store/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/recording_internal.h"

#define HOUR (3600ull * 1000000000)

const struct recording_thinning recording_thinning = {
        .full = 6 * HOUR,
        .width = {10000000000ull, 60000000000ull, 600000000000ull},
        .until = {48 * HOUR, 14 * 24 * HOUR, UNKNOWN},
};

bool recording_available(void)
{
	return true;
}

/* --- states: taken back, or kept ----------------------------------------------------------------- */

static void state_drop(struct recording_state *s, const struct recording_state *other)
{
	region_table_unref(s->table);
	if (s->verdict != other->verdict)
		free(s->verdict);
}

static void state_copy(struct recording_state *to, const struct recording_state *from)
{
	state_drop(to, from);
	*to = *from;
	if (to->table)
		region_table_ref(to->table);
}

static int put_fact(struct recording *r, const char *key, const char *value)
{
	bool lines = strcmp(key, SCHEMA_FACT_WARNINGS) == 0;
	int i = 1, err = bind_text(r->sql[SQL_FACT], &i, key, strlen(key));

	if (err == 0)
		err = (lines ? bind_lines : bind_text)(r->sql[SQL_FACT], &i, value, strlen(value));
	return err < 0 ? err : recording_run(r, SQL_FACT);
}

/* Who writes, in place of what was told at the end of the watch before. */
static int sign(struct recording *r)
{
	int err = recording_run(r, SQL_DROP_END);

	if (err == 0)
		err = put_fact(r, "version", r->version);
	r->now.signed_by = err == 0;
	return err;
}

/* Begins a transaction where none is open. */
static int recording_begin(struct recording *r)
{
	int err;

	if (r->lost)
		return r->lost;
	if (r->open)
		return 0;
	err = r->full ? recording_make_room(r) : 0;
	if (err == 0)
		err = recording_journal(r);
	if (err == 0)
		err = recording_run(r, SQL_BEGIN);
	if (err == 0)
		err = recording_room_begin(r);
	if (err < 0)
		return recording_fail(r, err);
	r->open = true;
	r->full = false;
	if (!r->now.signed_by)
		err = sign(r);
	return err < 0 ? recording_fail(r, err) : 0;
}

int recording_fail(struct recording *r, int err)
{
	for (unsigned i = 0; i < SQL_COUNT; i++)
		sqlite3_reset(r->sql[i]);
	/* Some errors have rolled back already. */
	if (!sqlite3_get_autocommit(r->db))
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
	r->open = false;
	state_copy(&r->now, &r->kept);
	recording_held_cut(r);
	r->failed = err;
	r->full = r->full || (err == -E2BIG && !r->squeeze);
	return err;
}

void recording_kept(struct recording *r)
{
	r->open = false;
	recording_held_kept(r);
	state_copy(&r->kept, &r->now);
}

static int outcome(struct recording *r, int err)
{
	if (err == 0)
		err = recording_fits(r);
	if (err < 0)
		return recording_fail(r, err);
	r->failed = 0;
	return 0;
}

/* --- open and close ------------------------------------------------------------------------------ */

static int no_memory(const char *path, struct fault *fault)
{
	fault_set(fault, STATUS_OUTPUT, "%s: out of memory; free some and try again", path);
	return -ENOMEM;
}

int recording_open(const struct recording_options *o, struct recording **ret, struct fault *fault)
{
	struct recording *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return no_memory(o->path, fault);
	r->lock = -1;
	r->now.joint = UNKNOWN;
	r->limit = o->limit > RECORDING_LIMIT_MIN ? o->limit : RECORDING_LIMIT_MIN;
	r->interval = o->interval ? o->interval : 1;
	r->version = strdup(o->version ? o->version : "");
	if (!r->version) {
		free(r);
		return no_memory(o->path, fault);
	}
	err = recording_file_open(r, o, fault);
	if (err < 0) {
		recording_close(r);
		return err;
	}
	state_copy(&r->kept, &r->now);
	*ret = r;
	return 0;
}

void recording_close(struct recording *r)
{
	if (!r)
		return;
	if (r->db && !sqlite3_get_autocommit(r->db))
		recording_fail(r, -ECANCELED);
	if (r->db && !r->lost && recording_has_moved(r))
		recording_into_file(r);
	for (unsigned i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(r->sql[i]);
	sqlite3_close(r->db);
	/* Nobody was found, nothing was started: what would be left is a file without a sample. */
	if (r->fresh && !known(r->kept.newest) && recording_file_there(r))
		recording_file_remove(r);
	/* Only now: closing any descriptor of the file lets go of SQLite's locks in this process. */
	if (r->lock >= 0)
		close(r->lock);
	state_drop(&r->now, &r->kept);
	r->now.verdict = NULL;
	r->now.table = NULL;
	state_drop(&r->kept, &r->now);
	r->held_kept = 0;
	recording_held_cut(r);
	free(r->held);
	free(r->scratch);
	free(r->version);
	free(r->path);
	free(r->wal);
	free(r);
}

/* --- what is given ------------------------------------------------------------------------------- */

int recording_past(struct recording *r, uint64_t until)
{
	int err = recording_begin(r);

	if (err < 0)
		return err;
	r->now.past = until + 1;
	return outcome(r, 0);
}

int recording_image(struct recording *r, uint64_t time, const struct target *t)
{
	int err = recording_begin(r);

	if (err < 0)
		return err;
	return outcome(r, r->now.based ? recording_put_image(r, time, t)
	                               : recording_hold_image(r, time, t));
}

int recording_sample(struct recording *r, const struct sample *s, uint64_t span,
                     const struct sample extremes[2])
{
	unsigned flags = 0;
	int err = recording_begin(r);

	if (err < 0)
		return err;
	if (!r->now.based && recording_has(r, s, span)) {
		recording_pass_over(r, s);
		return outcome(r, 0);
	}
	if (!r->now.based)
		err = recording_base(r, s, &flags);
	if (err == 0)
		err = recording_put_sample(r, s, s->flags | flags, span, extremes);
	return outcome(r, err);
}

static int give_regions(struct recording *r, struct region_table *t)
{
	int err = recording_begin(r);

	if (err < 0)
		return err;
	return outcome(r,
	               r->now.based ? recording_put_regions(r, t) : recording_hold_regions(r, t));
}

static int leave_out(struct recording *r, const struct region_table *t)
{
	int err = recording_begin(r);

	return err < 0 ? err : outcome(r, recording_leave_out(r, t));
}

int recording_regions(struct recording *r, struct region_table *t)
{
	bool alone = !r->open;
	int err;

	if (t->torn || t->partial)
		return recording_begin(r);
	err = give_regions(r, t);
	/* With nothing beside it, and after room was made: what does not fit now never will. */
	if (err == -E2BIG && alone)
		err = give_regions(r, t);
	if (err == -E2BIG && alone && r->now.based)
		err = leave_out(r, t);
	return err;
}

/* One that comes before the first sample is made up for by the next. */
int recording_heap(struct recording *r, const struct heap_facts *f)
{
	int err = recording_begin(r);

	if (err < 0 || !r->now.based)
		return err;
	return outcome(r, recording_put_heap(r, f));
}

int recording_sites(struct recording *r, const struct sites_facts *f)
{
	int err = recording_begin(r);

	if (err < 0 || !r->now.based || f->kind == SITES_NONE)
		return err;
	return outcome(r, recording_put_sites(r, f));
}

int recording_event(struct recording *r, const struct event *e)
{
	int err = recording_begin(r);

	if (err < 0)
		return err;
	return outcome(r, r->now.based ? recording_put_event(r, e) : recording_hold_event(r, e));
}

int recording_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	int err = recording_begin(r);

	if (err < 0)
		return err;
	return outcome(r, r->now.based ? recording_put_verdict(r, time, v)
	                               : recording_hold_verdict(r, time, v));
}

int recording_fact(struct recording *r, const char *key, const char *value)
{
	int err = recording_begin(r);

	return err < 0 ? err : outcome(r, put_fact(r, key, value));
}

/* --- commit -------------------------------------------------------------------------------------- */

static int commit_rows(struct recording *r)
{
	int err = recording_thin_some(r);

	if (err == 0)
		err = recording_run(r, SQL_COMMIT);
	if (err < 0)
		return recording_fail(r, err);
	recording_kept(r);
	return 0;
}

/* Its name is another's, or nobody's. One that was moved is left with all that was given. */
static int lose(struct recording *r)
{
	int err = recording_has_moved(r) ? 0 : -ENOENT;

	if (err == 0 && r->open)
		err = commit_rows(r);
	if (err == 0)
		err = recording_into_file(r);
	if (err < 0)
		recording_fail(r, -ENOENT);
	r->lost = err < 0 ? -ENOENT : -ESTALE;
	return r->lost;
}

int recording_commit(struct recording *r, struct fault *fault)
{
	int err = r->lost ? r->lost : r->failed;

	if (err == 0 && !recording_file_there(r))
		err = lose(r);
	if (err == 0 && r->open)
		err = commit_rows(r);
	r->failed = 0;
	if (err < 0)
		return recording_fault(r, err, fault);
	r->size = recording_file_size(r->path) + recording_file_size(r->wal);
	return 0;
}

uint64_t recording_left_out(const struct recording *r)
{
	return r->kept.left_out;
}

uint64_t recording_size(const struct recording *r)
{
	return r->size;
}
