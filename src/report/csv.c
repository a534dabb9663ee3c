/* SPDX-License-Identifier: MIT */
/*
 * Knows CSV: kB and seconds, empty cells for the unknown, quoting, and that spreadsheets run what
 * looks like a formula. Refuses to know which columns a sample has.
 */
#include "report/data.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"

/* --- samples ------------------------------------------------------------------------------------- */

int csv_header(struct buf *out)
{
	const char *separator = "";

	for (const struct column *c = columns; c->header; c++) {
		if (!c->csv)
			continue;
		buf_addf(out, "%s%s", separator, c->csv);
		separator = ",";
	}
	return buf_addc(out, '\n');
}

/* Seconds with milliseconds, put together from integers: no locale has a say in it. */
static void seconds_add(struct buf *out, uint64_t ns)
{
	uint64_t ms = ns / NS_PER_MS + (ns % NS_PER_MS >= NS_PER_MS / 2);

	buf_addf(out, "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
}

static void figure_add(struct buf *out, enum figure_unit unit, uint64_t v)
{
	if (!known(v))
		return;
	if (unit == UNIT_SECONDS)
		seconds_add(out, v);
	else
		buf_addf(out, "%" PRIu64, unit == UNIT_BYTES ? v / 1024 : v);
}

static void utc_add(struct buf *out, uint64_t wall)
{
	char text[HUMAN_MAX];

	if (known(wall))
		buf_adds(out, human_utc(text, wall, false));
}

int csv_sample(const struct sample *s, struct buf *out)
{
	bool first = true;

	for (const struct column *c = columns; c->header; c++) {
		if (!c->csv)
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		if (c->figure >= 0)
			figure_add(out, c->unit, s->v[c->figure]);
		else if (strcmp(c->name, COLUMN_DATE) == 0)
			utc_add(out, s->wall);
		else
			figure_add(out, UNIT_SECONDS, s->time);
	}
	return buf_addc(out, '\n');
}

/* --- regions ------------------------------------------------------------------------------------- */

/* A name the target chose: safe, quoted, and no formula. */
static int name_add(struct buf *out, const char *name, size_t len)
{
	struct buf safe;
	int err;

	buf_init(&safe, len * 4 + 1);
	err = safe_text(&safe, name, len, SAFE_UTF8);
	buf_addc(out, '"');
	if (safe.len && strchr("=+-@", safe.data[0]))
		buf_addc(out, '\'');
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, safe.data[i]);
	}
	buf_addc(out, '"');
	buf_done(&safe);
	return err ? err : out->error;
}

static int label_add(struct buf *out, const struct region *r)
{
	char label[64];

	if (r->name_len)
		return name_add(out, r->name, r->name_len);
	region_label(r, label, sizeof(label));
	return name_add(out, label, strlen(label));
}

/* "Private_Dirty" as the samples call it: "private_dirty_kb". */
static void key_add(struct buf *out, const char *key)
{
	buf_addc(out, ',');
	for (; *key; key++)
		buf_addc(out, *key >= 'A' && *key <= 'Z' ? (char)(*key - 'A' + 'a') : *key);
	buf_adds(out, "_kb");
}

static void regions_header(struct buf *out)
{
	buf_adds(out, "id,kind,label,start,end,perms,offset,dev,inode,mappings,size_kb");
	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		key_add(out, smaps_keys[i].name);
	buf_adds(out, ",change_kb,growth_bytes_per_s,vmflags\n");
}

/* Codes of VmFlags, as smaps writes them. */
static void flags_add(struct buf *out, uint64_t flags)
{
	const char *separator = "";

	for (unsigned i = 0; smaps_flags[i].meaning; i++) {
		if (!(flags >> i & 1))
			continue;
		buf_addf(out, "%s%s", separator, smaps_flags[i].code);
		separator = " ";
	}
}

/* Bytes a second in whole numbers: printf of a double would follow the locale. */
static void course_add(struct buf *out, const struct moment *m, const struct region *r)
{
	const struct region_trend *t = moment_trend(m, r->id);
	int64_t weight, rss, size;

	buf_addc(out, ',');
	if (baseline_change(m->baseline, r, &weight, &rss, &size))
		buf_addf(out, "%" PRId64, weight / 1024);
	buf_addc(out, ',');
	if (t && isfinite(t->rate) && fabs(t->rate) < 0x1p62)
		buf_addf(out, "%" PRId64, (int64_t)llround(t->rate));
	buf_addc(out, ',');
	flags_add(out, r->flags);
}

static int region_add(struct buf *out, const struct moment *m, const struct region *r)
{
	char perms[5];
	int err;

	buf_addf(out, "%" PRIu64 ",%s,", r->id, region_kinds[r->kind].json);
	err = label_add(out, r);
	buf_addf(out, ",0x%" PRIx64 ",0x%" PRIx64 ",%s", r->start, r->end,
	         region_perms(r->prot, perms));
	buf_addf(out, ",%" PRIu64 ",%02x:%02x,%" PRIu64 ",%u,", r->offset, r->major, r->minor,
	         r->inode, r->mappings);
	figure_add(out, UNIT_BYTES, r->size);
	for (int i = 0; i < SMAPS_KEY_COUNT; i++) {
		buf_addc(out, ',');
		figure_add(out, UNIT_BYTES, r->bytes[i]);
	}
	course_add(out, m, r);
	buf_addc(out, '\n');
	return err ? err : out->error;
}

int csv_regions(const struct moment *m, struct buf *out)
{
	int err = 0;

	if (!m->regions)
		return -ENODATA;
	regions_header(out);
	for (size_t i = 0; i < m->regions->count && !err; i++)
		err = region_add(out, m, m->regions->rows[i]);
	return err ? err : out->error;
}
