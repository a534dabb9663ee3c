/* SPDX-License-Identifier: MIT */
/*
 * A recording with any of its bytes changed, or cut: opening it to append refuses it with one line and leaves it
 * as it is, or writes to it like to any other. The input says what is done to a recording of a few seconds: its
 * first two bytes how much of it is left, then pieces of (offset 3 bytes, value) each. Input that begins like a
 * database is taken for the file itself.
 */
#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/recording.h"

#define SECOND 1000000000ull

enum { SIZE_MAX_HERE = 1 << 18 };

static char path[64];
static unsigned char whole[SIZE_MAX_HERE];
static size_t whole_size;

static int give(struct recording *r, uint64_t second)
{
	struct event e = {.time = second * SECOND, .kind = EVENT_GAP, .text = "event"};
	struct sample s;
	int err;

	sample_init(&s);
	s.time = second * SECOND;
	s.wall = (1700000000 + second) * SECOND;
	s.v[FIGURE_ANON] = second << 20;
	err = recording_sample(r, &s, 0, NULL);
	return err < 0 ? err : recording_event(r, &e);
}

static struct recording *open_it(void)
{
	const struct recording_options o = {.path = path,
	                                    .version = "fuzz",
	                                    .limit = RECORDING_LIMIT_MIN,
	                                    .interval = SECOND};
	struct recording *r = NULL;
	struct fault f = {0};

	if (recording_open(&o, &r, &f) == 0)
		return r;
	assert(f.status == STATUS_OUTPUT && f.text[0] && !strchr(f.text, '\n'));
	return NULL;
}

static void clean(void)
{
	static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
	char name[80];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
}

static void make_whole(void)
{
	struct recording *r;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/dev/shm/fuzz-recording-%ld", (long)getpid());
	atexit(clean);
	clean();
	r = open_it();
	assert(r);
	for (uint64_t i = 0; i < 5; i++)
		assert(give(r, i) == 0);
	assert(recording_commit(r, NULL) == 0);
	recording_close(r);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, whole, sizeof(whole));
	assert(n > 0 && (size_t)n < sizeof(whole));
	whole_size = (size_t)n;
	close(fd);
}

static void write_it(const unsigned char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0);
	assert(write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static void write_changed(const uint8_t *data, size_t size)
{
	static unsigned char changed[SIZE_MAX_HERE];
	size_t left = whole_size;

	memcpy(changed, whole, whole_size);
	if (size >= 2 && (data[0] || data[1]))
		left = ((size_t)data[0] << 8 | data[1]) * whole_size >> 16;
	for (size_t i = 2; i + 4 <= size; i += 4)
		changed[((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) %
		        whole_size] = data[i + 3];
	write_it(changed, left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording *r;

	if (!whole_size)
		make_whole();
	clean();
	if (size > 16 && size < SIZE_MAX_HERE && memcmp(data, "SQLite", 6) == 0)
		write_it(data, size);
	else
		write_changed(data, size);
	r = open_it();
	for (uint64_t i = 0; r && i < 3; i++) {
		give(r, i);
		recording_commit(r, NULL);
	}
	recording_close(r);
	return 0;
}
