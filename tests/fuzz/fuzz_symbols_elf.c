/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the program that is mapped: opened, unwound through, named and searched as the reader of symbols does, here in
 * one process, so that sanitizers see what we make of what libdw says. Its files are handed to it over the socket, as ever.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "symbols/channel.h"
#include "symbols/find.h"
#include "symbols/names.h"
#include "symbols/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the file is mapped, whole; and how far apart the addresses are that are asked for. */
enum { BASE = 0x400000, LENGTH = 0x1000, APART = 0x13, STACK = 256 };

static struct shared *shared;
static int tool = -1; /* our end of the socket */
static struct modules modules;
static struct rows rows;
static struct names names;

static void nobody(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
}

static void begin(void)
{
	int pair[2];

	shared = calloc(1, sizeof(*shared));
	if (!shared || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		abort();
	elf_version(EV_CURRENT);
	tool = pair[0];
	modules = (struct modules){.socket = pair[1], .shared = shared};
	names_init(&names, &modules);
	if (rows_init(&rows, &modules) < 0)
		abort();
}

/* The answer is there before the question: the file, then that there is no debug file, as often as it may be asked for. */
static void answers_lay(const uint8_t *data, size_t size)
{
	struct message file = {.kind = MESSAGE_FILE}, none = {.kind = MESSAGE_FILE, .error = -2};
	int fd = memfd_create("fuzz", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || channel_send(tool, &file, fd) < 0)
		abort();
	close(fd);
	for (int i = 0; i < 4; i++)
		if (channel_send(tool, &none, -1) < 0)
			abort();
}

static void socket_empty(int socket)
{
	char bytes[sizeof(struct message)];

	while (recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0)
		;
}

/* One range, of this module; of none: then all that was read is closed. */
static void map(uint32_t module)
{
	struct wire_out w = {.to = shared->in, .room = IN_ROOM};
	struct message m = {.kind = MESSAGE_RANGES, .count = module != 0};

	wire_put(&w, BASE);
	wire_put(&w, BASE + LENGTH);
	wire_put(&w, 0);
	wire_put(&w, module);
	wire_put(&w, 0);
	m.size = w.used;
	modules_take(&modules, &m, nobody, NULL);
}

static void unwind(void)
{
	uint64_t stack[STACK], by_frame_pointer = 0;
	struct stack_unwound u;
	struct frame f = {.known = UINT32_MAX,
	                  .base = 0x7000,
	                  .bytes = (const uint8_t *)stack,
	                  .size = sizeof(stack)};

	for (int i = 0; i < STACK; i++)
		stack[i] =
		        i % 3 ? BASE + (uint64_t)i * APART % LENGTH : f.base + 8 * (uint64_t)i + 16;
	for (uint64_t at = BASE; at < BASE + LENGTH; at += APART) {
		for (int i = 0; i < STACK_REGISTERS; i++)
			f.registers[i] = f.base + 8;
		f.registers[STACK_RIP] = at;
		walk(&rows, &f, &u, &by_frame_pointer);
	}
}

static void name_and_find(void)
{
	struct wire_out out = {.to = shared->out, .room = OUT_ROOM};
	struct wire_out in = {.to = shared->in, .room = IN_ROOM};
	struct message m = {.kind = MESSAGE_FIND, .count = 2};
	uint32_t count;

	for (uint64_t at = BASE; at < BASE + LENGTH; at += APART)
		name_tell(&names, at, &out);
	wire_put_string(&in, "malloc", FIND_NAME_MAX);
	wire_put_string(&in, "grow", FIND_NAME_MAX);
	m.size = in.used;
	out.used = 0;
	find_all(&modules, &m, &out, &count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t id;

	if (!shared)
		begin();
	answers_lay(data, size);
	map(++id);
	unwind();
	name_and_find();
	rows_forget(&rows);
	map(0);
	socket_empty(tool);
	socket_empty(modules.socket);
	return 0;
}
