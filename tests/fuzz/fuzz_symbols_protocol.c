/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a reader of symbols says and answers, as maps, as names of code made at run time, and as expressions. Besides what the sanitizers
 * see, it stops when something is let through that leads out of its bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/answers.h"
#include "symbols/expression.h"
#include "symbols/made.h"
#include "symbols/mapped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static void messages_see(const uint8_t *data, size_t size)
{
	struct message m = {0};
	char bytes[sizeof(m)] = {0};

	/* The size is a matter of its own: most inputs shall come further. */
	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	message_check(data, size, true, &m);
	if (message_check(bytes, sizeof(bytes), true, &m) == 0) {
		demand(m.kind == MESSAGE_ASK || (m.kind == MESSAGE_DONE && m.size <= OUT_ROOM));
		demand(m.kind != MESSAGE_ASK || (!strchr(m.link, '/') && !strchr(m.build_id, '/')));
	}
	if (message_check(bytes, sizeof(bytes), false, &m) == 0)
		demand(m.kind == MESSAGE_FILE || (m.kind < MESSAGE_FILE && m.size <= IN_ROOM));
}

static void answers_see(const uint8_t *data, size_t size)
{
	static struct named named;
	struct stack_unwound u;
	struct symbol_place place;
	uint64_t module;
	struct wire_in w = {.from = data, .left = size};

	while (answer_stack(&w, &u) == 0)
		demand(u.count >= 1 && u.count <= STACK_FRAMES_MAX);
	w = (struct wire_in){.from = data, .left = size};
	while (answer_named(&w, &named) == 0) {
		demand(named.count >= 1 && named.count <= NAME_FRAMES_MAX);
		for (unsigned i = 0; i < named.count; i++)
			demand(strlen(named.frames[i].function) < FUNCTION_MAX &&
			       strlen(named.frames[i].file) < FILE_MAX);
	}
	w = (struct wire_in){.from = data, .left = size};
	while (answer_place(&w, 3, &place, &module) == 0)
		demand(place.name < 3 && place.code_count <= sizeof(place.code));
}

static void maps_see(const uint8_t *data, size_t size)
{
	struct mapped m = {0};
	bool changed;

	for (int i = 0; i < 2; i++)
		if (mapped_read(&m, (const char *)data, size, &changed) == 0)
			demand(i == 0 || !changed);
	for (size_t i = 0; i < m.range_count; i++) {
		demand(m.ranges[i].start < m.ranges[i].end);
		demand(i == 0 || m.ranges[i - 1].end <= m.ranges[i].start);
		demand(!m.ranges[i].module || mapped_at(&m, m.ranges[i].start));
	}
	mapped_done(&m);
}

/* Three bytes an operation: what it is, its operand, where it lies. */
static void expression_see(const uint8_t *data, size_t size)
{
	static const uint64_t stack[4] = {1, 2, 3, 4};
	struct frame f = {.known = 0x1ffff,
	                  .base = 0x10,
	                  .bytes = (const uint8_t *)stack,
	                  .size = sizeof(stack)};
	Dwarf_Op ops[64];
	size_t count = 0;
	uint64_t v;
	bool is_value;

	for (; count < 64 && size >= 3; count++, data += 3, size -= 3)
		ops[count] = (Dwarf_Op){.atom = data[0],
		                        .number = (Dwarf_Word)(int8_t)data[1],
		                        .offset = data[2]};
	expression_run(ops, count, &f, 0x18, &v, &is_value);
}

static void made_see(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct made m = {0};

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (made_parse(&m, text) == 0)
		for (size_t i = 0; i < m.count; i++) {
			const struct made_row *r = &m.rows[i];
			demand(r->start < r->end && r->name < size);
			demand(i == 0 || r[-1].start <= r->start);
			/* Perhaps by another name: code took its place. */
			demand(m.text[r->name] && strlen(made_find(&m, r->start)) < size);
		}
	made_done(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const see[])(const uint8_t *data, size_t size) = {messages_see, answers_see,
	                                                                maps_see, expression_see,
	                                                                made_see};

	if (size)
		see[data[0] % 5](data + 1, size - 1);
	return 0;
}
