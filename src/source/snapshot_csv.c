/* SPDX-License-Identifier: MIT */
/*
 * A region table as CSV. Knows quoting and that header names decide, in any order; refuses to know a time or a
 * figure of the process as a whole, which stand in no such file.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "source/snapshot_internal.h"

enum { FIELDS_MAX = 64, FIELD_MAX = 1 << 14 };

enum meaning {
	MEANS_NOTHING,
	MEANS_ID,
	MEANS_KIND,
	MEANS_LABEL,
	MEANS_START,
	MEANS_END,
	MEANS_PERMS,
	MEANS_OFFSET,
	MEANS_DEV,
	MEANS_INODE,
	MEANS_MAPPINGS,
	MEANS_SIZE,
	MEANS_FLAGS,
	MEANS_SMAPS /* + enum smaps_key */
};

struct reader {
	const char *at, *end;
	uint64_t line;
	unsigned meanings[FIELDS_MAX], columns;
	char field[FIELD_MAX]; /* the one read last, quotes undone */
	size_t len;
	bool last; /* of its line */
};

/* --- fields ---------------------------------------------------------------------------------------- */

static int field_put(struct reader *r, char c)
{
	if (r->len == FIELD_MAX)
		return -EFBIG;
	r->field[r->len++] = c;
	return 0;
}

/* The next field of the line. 0; -ENODATA at the end of the text; -EINVAL, -EFBIG. */
static int field_next(struct reader *r)
{
	bool quoted = r->at < r->end && *r->at == '"';
	int err = 0;

	r->len = 0;
	if (r->at == r->end)
		return -ENODATA;
	r->at += quoted;
	while (!err && r->at < r->end) {
		char c = *r->at;
		if (quoted && c == '"') {
			r->at++;
			if (r->at == r->end || *r->at != '"')
				break;
		} else if (!quoted && (c == ',' || c == '\n')) {
			break;
		}
		err = field_put(r, *r->at++);
	}
	if (quoted && r->at[-1] != '"')
		return -EINVAL;
	if (!quoted && r->len && r->field[r->len - 1] == '\r')
		r->len--;
	else if (quoted && r->at < r->end && *r->at == '\r')
		r->at++;
	r->last = r->at == r->end || *r->at == '\n';
	if (!r->last && *r->at != ',')
		return -EINVAL;
	r->at += r->at < r->end;
	return err;
}

/* --- the header ------------------------------------------------------------------------------------ */

static bool is_smaps(const char *text, size_t len, int key)
{
	const char *name = smaps_keys[key].name;
	size_t n = strlen(name);

	return len == n + 3 && strncasecmp(text, name, n) == 0 && memcmp(text + n, "_kb", 3) == 0;
}

static unsigned meaning_of(const char *text, size_t len)
{
	static const char *const names[] = {
	        [MEANS_ID] = "id",         [MEANS_KIND] = "kind",
	        [MEANS_LABEL] = "label",   [MEANS_START] = "start",
	        [MEANS_END] = "end",       [MEANS_PERMS] = "perms",
	        [MEANS_OFFSET] = "offset", [MEANS_DEV] = "dev",
	        [MEANS_INODE] = "inode",   [MEANS_MAPPINGS] = "mappings",
	        [MEANS_SIZE] = "size_kb",  [MEANS_FLAGS] = "vmflags",
	};

	for (unsigned i = MEANS_ID; i < MEANS_SMAPS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
			return i;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		if (is_smaps(text, len, k))
			return MEANS_SMAPS + (unsigned)k;
	return MEANS_NOTHING;
}

static int header_read(struct reader *r)
{
	int err;

	do {
		err = field_next(r);
		if (!err && r->columns == FIELDS_MAX)
			err = -EFBIG;
		if (!err)
			r->meanings[r->columns++] = meaning_of(r->field, r->len);
	} while (!err && !r->last);
	r->line = 1;
	return err;
}

/* --- rows ------------------------------------------------------------------------------------------ */

static uint64_t number(const struct reader *r)
{
	uint64_t v = UNKNOWN;

	num_u64(r->field, r->len, &v);
	return v;
}

static uint64_t kilobytes(const struct reader *r)
{
	return known_mul(number(r), 1024);
}

static uint64_t flags(const struct reader *r)
{
	uint64_t bits = 0;

	for (size_t i = 0; i + 2 <= r->len; i += 3)
		bits |= snapshot_flag(r->field + i, 2);
	return bits;
}

/* A ' stands before what a spreadsheet would take for a formula. */
static void label_take(const struct reader *r, char *name, size_t *len)
{
	size_t skip = r->len > 1 && r->field[0] == '\'' && strchr("=+-@", r->field[1]);

	*len = r->len - skip;
	memcpy(name, r->field + skip, *len);
}

static void field_take(const struct reader *r, unsigned meaning, struct region *to)
{
	uint64_t v;

	switch (meaning) {
	case MEANS_ID:
		to->id = known_or(number(r), 0);
		break;
	case MEANS_KIND:
		snapshot_kind(r->field, r->len, &to->kind);
		break;
	case MEANS_START:
		snapshot_address(r->field, r->len, &to->start);
		break;
	case MEANS_END:
		snapshot_address(r->field, r->len, &to->end);
		break;
	case MEANS_PERMS:
		snapshot_perms(r->field, r->len, &to->prot);
		break;
	case MEANS_OFFSET:
		to->offset = known_or(number(r), 0);
		break;
	case MEANS_DEV:
		snapshot_device(r->field, r->len, to);
		break;
	case MEANS_INODE:
		to->inode = known_or(number(r), 0);
		break;
	case MEANS_MAPPINGS:
		v = number(r);
		to->mappings = v <= UINT32_MAX ? (uint32_t)v : 1;
		break;
	case MEANS_SIZE:
		to->size = kilobytes(r);
		break;
	case MEANS_FLAGS:
		to->flags = flags(r);
		break;
	default:
		if (meaning >= MEANS_SMAPS)
			to->bytes[meaning - MEANS_SMAPS] = kilobytes(r);
		break;
	}
}

static int row_read(struct reader *r, struct snapshot_rows *rows)
{
	char name[FIELD_MAX];
	struct region region;
	unsigned column = 0;
	size_t len = 0;
	int err;

	snapshot_region_init(&region);
	r->line++;
	do {
		err = field_next(r);
		if (!err && column == r->columns)
			err = -EINVAL;
		if (err)
			return err;
		if (r->meanings[column] == MEANS_LABEL)
			label_take(r, name, &len);
		else
			field_take(r, r->meanings[column], &region);
		column++;
	} while (!r->last);
	if (column != r->columns || region.end < region.start)
		return -EINVAL;
	if (snapshot_describes(&region, name, len))
		len = 0;
	return snapshot_rows_add(rows, &region, name, len);
}

static int table_read(struct reader *r, struct moment *m)
{
	struct snapshot_rows rows = {0};
	int err = header_read(r);

	while (!err)
		err = row_read(r, &rows);
	if (err == -ENODATA) {
		m->regions = snapshot_rows_table(&rows);
		err = m->regions ? 0 : -ENOMEM;
	}
	snapshot_rows_done(&rows);
	return err;
}

int snapshot_csv(const struct snapshot_text *t, struct moment *m, struct fault *fault)
{
	struct reader r = {.at = t->bytes, .end = t->bytes + t->len};
	int err;

	err = table_read(&r, m);
	if (err)
		fault_set(fault, STATUS_USAGE, "%s:%llu: %s; export the region table again with e",
		          t->name, (unsigned long long)r.line,
		          err == -EINVAL ? "damaged" : fault_reason(err));
	return err;
}
