/* SPDX-License-Identifier: MIT */
/*
 * A file of figures of any bytes: it is refused with one line, or read to its end with rising times.
 */

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/csv.h"

static int file_of(const uint8_t *data, size_t size, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	assert(fd >= 0);
	assert(write(fd, data, size) == (ssize_t)size);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void one_line(const struct fault *f)
{
	assert(f->status == STATUS_USAGE && f->text[0] && !strchr(f->text, '\n'));
}

static void read_all(struct source *s)
{
	struct sample sample;
	struct fault f = {0};
	uint64_t last = 0;
	int err;

	for (unsigned n = 0; (err = s->ops->sample(s, 0, &sample)) == 0; n++) {
		assert(n == 0 || sample.time > last);
		last = sample.time;
	}
	if (err == -EINVAL) {
		csv_fault(s, &f);
		one_line(&f);
	}
	for (unsigned i = 0; csv_note(s, i); i++)
		assert(!strchr(csv_note(s, i), '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *s = NULL;
	struct fault f = {0};
	char path[32];
	int fd = file_of(data, size, path);

	if (csv_open(path, &s, &f) == 0) {
		read_all(s);
		s->ops->free(s);
	} else {
		one_line(&f);
	}
	close(fd);
	return 0;
}
