/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a maps text. Besides what the sanitizers see, it stops when a mapping breaks a
 * promise of the header, or when printing it and parsing the print gives another one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

struct text {
	const char *at;
	size_t len;
	uint64_t count;
};

static int see(const struct mapping *m, void *arg)
{
	struct text *t = arg;
	struct mapping again;
	char line[256];

	t->count++;
	demand(m->start < m->end);
	demand(m->name >= t->at && m->name + m->name_len <= t->at + t->len);
	demand(!m->name_len || (m->name[0] != ' ' && !memchr(m->name, '\n', m->name_len)));
	demand(!mapping_is_pseudo(m, "[heap]") || (m->inode == 0 && m->name_len == 6));
	int n = snprintf(line, sizeof(line), "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu ",
	                 (unsigned long long)m->start, (unsigned long long)m->end,
	                 m->prot & MAP_READ ? 'r' : '-', m->prot & MAP_WRITE ? 'w' : '-',
	                 m->prot & MAP_EXEC ? 'x' : '-', m->prot & MAP_MAYSHARE ? 's' : 'p',
	                 (unsigned long long)m->offset, m->major, m->minor,
	                 (unsigned long long)m->inode);
	demand(mapping_parse(line, (size_t)n, &again) == 0);
	demand(again.start == m->start && again.end == m->end && again.offset == m->offset);
	demand(again.inode == m->inode && again.major == m->major && again.minor == m->minor);
	demand(again.prot == m->prot && again.name_len == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text t = {(const char *)data, size, 0};
	struct mapping_walk walk;

	demand(mapping_each(t.at, t.len, see, &t, &walk) == 0);
	demand(walk.mappings == t.count);
	return 0;
}
