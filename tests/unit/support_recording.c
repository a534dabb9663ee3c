/* SPDX-License-Identifier: MIT */
#include "support_recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc/mapping.h"

int studio_setup(void **state)
{
	struct studio *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	/* Thousands of syncs need no disk. */
	strcpy(s->dir, "/dev/shm/recording-XXXXXX");
	if (!mkdtemp(s->dir)) {
		strcpy(s->dir, "/tmp/recording-XXXXXX");
		if (!mkdtemp(s->dir))
			return -1;
	}
	snprintf(s->path, sizeof(s->path), "%s/recording", s->dir);
	s->limit = RECORDING_LIMIT;
	s->random = 88172645463325252ull;
	s->next_id = 1;
	*state = s;
	return 0;
}

int studio_teardown(void **state)
{
	struct studio *s = *state;
	DIR *d;
	struct dirent *e;

	studio_close(s);
	region_table_unref(s->table);
	d = opendir(s->dir);
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) < 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
	rmdir(s->dir);
	free(s);
	return 0;
}

static int open_at(struct studio *s, const char *path)
{
	const struct recording_options o = {.path = path,
	                                    .version = "test",
	                                    .limit = s->limit,
	                                    .interval = SECOND};

	memset(&s->fault, 0, sizeof(s->fault));
	return recording_open(&o, &s->r, &s->fault);
}

void studio_open(struct studio *s)
{
	int err = open_at(s, s->path);

	if (err < 0)
		fail_msg("%d: %s", err, s->fault.text);
	assert_non_null(s->r);
}

void studio_anew(struct studio *s)
{
	region_table_unref(s->table);
	s->table = NULL;
	s->next_id = 1;
}

void studio_close(struct studio *s)
{
	recording_close(s->r);
	s->r = NULL;
}

void studio_commit(struct studio *s)
{
	int err = recording_commit(s->r, &s->fault);

	if (err < 0)
		fail_msg("%d: %s", err, s->fault.text);
}

static void tells(const struct studio *s, const char *path, const char *word)
{
	assert_int_equal(s->fault.status, STATUS_OUTPUT);
	if (!strstr(s->fault.text, word) || !strstr(s->fault.text, path))
		fail_msg("\"%s\" does not tell of \"%s\"", s->fault.text, word);
	assert_null(strchr(s->fault.text, '\n'));
}

void studio_refused(struct studio *s, const char *path, int err, const char *word)
{
	assert_null(s->r);
	assert_int_equal(open_at(s, path), err);
	assert_null(s->r);
	tells(s, path, word);
}

void studio_told(const struct studio *s, const char *word)
{
	tells(s, s->path, word);
}

void give_sample(struct studio *s, uint64_t time)
{
	struct sample sample;

	studio_sample(&sample, time, 1);
	assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
}

int give_second(struct studio *s, uint64_t second, struct region_table *t)
{
	struct event e = {.time = second * SECOND, .kind = EVENT_GAP, .text = "event"};
	struct sample sample;
	int err;

	studio_sample(&sample, second * SECOND, second);
	err = recording_sample(s->r, &sample, 0, NULL);
	if (err == 0 && t)
		err = recording_regions(s->r, t);
	return err < 0 ? err : recording_event(s->r, &e);
}

int give_and_commit(struct studio *s, uint64_t second, struct region_table *t)
{
	int err = give_second(s, second, t), told;

	s->fault.text[0] = '\0';
	told = recording_commit(s->r, &s->fault);
	/* A call that fails is told by the commit behind it. */
	if (err < 0)
		assert_int_equal(told, err);
	return told;
}

void give_image(struct studio *s, uint64_t time, int32_t pid)
{
	struct target *t = target_new();

	assert_non_null(t);
	t->pid = pid;
	assert_int_equal(recording_image(s->r, time, t), 0);
	target_unref(t);
}

uint64_t studio_random(struct studio *s, uint64_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random % below;
}

void studio_sample(struct sample *ret, uint64_t time, uint64_t salt)
{
	sample_init(ret);
	ret->time = time;
	ret->wall = 1700000000ull * SECOND + time + salt;
	ret->flags = salt % 5 == 0 ? SAMPLE_FRESH : 0;
	for (unsigned f = 0; f < FIGURE_COUNT; f++)
		if ((salt + f) % 11)
			ret->v[f] = (salt * 2654435761u + f * 40503u) % (64u << 20);
}

static struct region *region_make(struct studio *s, uint64_t id, uint64_t start, uint64_t born)
{
	char name[32];
	struct region *r;

	snprintf(name, sizeof(name), id % 3 ? "" : "/lib/lib%u.so", (unsigned)(id % 50));
	r = calloc(1, sizeof(*r) + sizeof(name));
	assert_non_null(r);
	atomic_init(&r->refs, 1);
	r->id = id;
	r->kind = (enum region_kind)(id % REGION_KIND_COUNT);
	r->prot = MAP_READ | MAP_WRITE;
	r->start = start;
	r->size = 1u << 20;
	r->end = start + r->size;
	r->mappings = 1;
	r->inode = id % 3 ? 0 : 1000 + id;
	r->born = born;
	for (unsigned k = 0; k < SMAPS_KEY_COUNT; k++)
		r->bytes[k] = k % 7 == 6 ? UNKNOWN : studio_random(s, 1u << 20) & ~4095ull;
	r->peak = r->bytes[SMAPS_RSS];
	r->name_len = (uint32_t)strlen(name);
	memcpy(r->name, name, r->name_len);
	return r;
}

/* Its place in the address space stays with the row, not with the region: ids do not rise with addresses. */
static struct region *region_next(struct studio *s, size_t row, uint64_t time, bool changed,
                                  bool born)
{
	const struct region_table *before = s->table;
	uint64_t start = 0x7f0000000000ull + row * (4u << 20);

	if (!before || row >= before->count || born)
		return region_make(s, s->next_id++, start, time);
	if (changed)
		return region_make(s, before->rows[row]->id, start, before->rows[row]->born);
	return region_ref(before->rows[row]);
}

struct region_table *studio_regions(struct studio *s, uint64_t time, size_t count, size_t changed,
                                    size_t born)
{
	struct region_table *t = calloc(1, sizeof(*t) + count * sizeof(t->rows[0]));
	uint64_t *what = calloc(count, sizeof(*what));

	assert_non_null(t);
	assert_non_null(what);
	for (size_t i = 0; i < changed; i++)
		what[studio_random(s, count)] = 1;
	for (size_t i = 0; i < born; i++)
		what[studio_random(s, count)] = 2;
	atomic_init(&t->refs, 1);
	t->time = time;
	t->mappings = count;
	t->count = count;
	for (size_t i = 0; i < count; i++)
		t->rows[i] = region_next(s, i, time, what[i] == 1, what[i] == 2);
	free(what);
	region_table_unref(s->table);
	s->table = t;
	return t;
}

sqlite3 *studio_reader(const struct studio *s)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	return db;
}

static void first(const struct studio *s, const char *sql, int64_t *number, char text[256])
{
	sqlite3 *db = studio_reader(s);
	sqlite3_stmt *q;
	const char *t;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(q) != SQLITE_ROW)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	*number = sqlite3_column_type(q, 0) == SQLITE_NULL ? -1 : sqlite3_column_int64(q, 0);
	t = (const char *)sqlite3_column_text(q, 0);
	snprintf(text, 256, "%s", t ? t : "(null)");
	sqlite3_finalize(q);
	sqlite3_close(db);
}

int64_t studio_number(const struct studio *s, const char *sql, ...)
{
	char whole[1024], text[256];
	int64_t number;
	va_list args;

	va_start(args, sql);
	vsnprintf(whole, sizeof(whole), sql, args);
	va_end(args);
	first(s, whole, &number, text);
	return number;
}

const char *studio_text(const struct studio *s, const char *sql, ...)
{
	static char text[256];
	char whole[1024];
	int64_t number;
	va_list args;

	va_start(args, sql);
	vsnprintf(whole, sizeof(whole), sql, args);
	va_end(args);
	first(s, whole, &number, text);
	return text;
}

void studio_sql(const struct studio *s, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(s->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

void studio_whole(const struct studio *s)
{
	assert_string_equal(studio_text(s, "PRAGMA integrity_check"), "ok");
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life"
	                                  " WHERE id NOT IN (SELECT id FROM region)"),
	                 0);
	assert_int_equal(
	        studio_number(s, "SELECT count(*) FROM (SELECT id, min(time) AS first,"
	                         " (SELECT CASE gone WHEN 1 THEN time END FROM region AS last"
	                         " WHERE last.id=region.id ORDER BY time DESC LIMIT 1) AS gone"
	                         " FROM region GROUP BY id) AS row LEFT JOIN life ON life.id=row.id"
	                         " WHERE life.id IS NULL OR life.first>row.first"
	                         " OR life.gone IS NOT row.gone"),
	        0);
}

char *studio_bytes(const char *path, long *ret_size)
{
	FILE *f = fopen(path, "rb");
	char *bytes = NULL;

	*ret_size = -1;
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*ret_size = ftell(f);
	rewind(f);
	bytes = malloc((size_t)*ret_size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)*ret_size, f), (size_t)*ret_size);
	fclose(f);
	return bytes;
}
