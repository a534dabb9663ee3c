/* SPDX-License-Identifier: MIT */
/* Any bytes as a table of sockets, io, memory.stat and the link of a descriptor. */
#include <stdint.h>
#include <stdlib.h>

#include "proc/counters.h"
#include "proc/sockets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static void try_table(const char *text, size_t size, enum socket_table table)
{
	struct socket_ref refs[] = {{10010, SOCKET_REST}, {10020, SOCKET_REST}, {1, SOCKET_REST}};
	size_t count = sizeof(refs) / sizeof(refs[0]), named = 0;

	sockets_sort(refs, count);
	size_t found = sockets_parse(text, size, table, refs, count);
	for (size_t i = 0; i < count; i++) {
		demand(refs[i].kind < SOCKET_KIND_COUNT);
		named += refs[i].kind != SOCKET_REST;
	}
	demand(found == named);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	uint64_t io[IO_KEY_COUNT], stat[MEMSTAT_KEY_COUNT], inode;

	for (int table = 0; table < SOCKET_TABLES; table++)
		try_table(text, size, (enum socket_table)table);
	if (io_parse(text, size, io) == 0)
		demand(known(io[0]) || known(io[1]) || known(io[2]) || known(io[3]));
	memstat_parse(text, size, stat);
	if (socket_inode_of(text, size, &inode) == 0)
		demand(size > 9 && text[size - 1] == ']');
	return 0;
}
