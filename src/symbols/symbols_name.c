/* SPDX-License-Identifier: MIT */
/*
 * Knows how names come back from the reader, and adds what the tool itself knows: the module, and names
 * that a program gave to code it made. Whatever becomes of the reader, each address is told once.
 */
#include <errno.h>
#include <stdlib.h>

#include "symbols/answers.h"
#include "symbols/talk.h"

struct batch {
	const uint64_t *addresses;
	uint32_t count;
	struct named *named; /* NAME_MAX_COUNT */
};

static void name_fill(void *arg, struct wire_out *in, struct message *ret)
{
	const struct batch *b = arg;

	ret->kind = MESSAGE_NAME;
	ret->count = b->count;
	for (uint32_t i = 0; i < b->count; i++)
		wire_put(in, b->addresses[i]);
}

static int name_take(void *arg, const struct message *done, struct wire_in *out)
{
	const struct batch *b = arg;
	int r = 0;

	if (done->count != b->count)
		return -EPROTO;
	for (uint32_t i = 0; i < b->count && r == 0; i++)
		r = answer_named(out, &b->named[i]);
	return r;
}

static void address_tell(struct symbols *s, uint64_t address, const struct named *n, size_t index,
                         symbol_frames *tell, void *arg)
{
	struct symbol_frame frames[NAME_FRAMES_MAX];
	const struct mapped_module *module = mapped_at(&s->mapped, address);

	for (unsigned i = 0; i < n->count; i++)
		frames[i] = (struct symbol_frame){.function = n->frames[i].function,
		                                  .file = n->frames[i].file,
		                                  .module = module ? mapped_name(module) : "",
		                                  .line = n->frames[i].line,
		                                  .inlined = n->frames[i].inlined,
		                                  .offset = n->offset};
	if (!module && n->count && !frames[0].function[0])
		frames[0].function = made_name(&s->made, &s->dir, address);
	tell(arg, index, frames, n->count);
}

static void batch_unnamed(struct batch *b)
{
	for (uint32_t i = 0; i < b->count; i++) {
		b->named[i].count = 1;
		b->named[i].offset = 0;
		b->named[i].frames[0].line = 0;
		b->named[i].frames[0].inlined = false;
		b->named[i].frames[0].function[0] = b->named[i].frames[0].file[0] = '\0';
	}
}

int symbols_name(struct symbols *s, const uint64_t *addresses, size_t count, symbol_frames *tell,
                 void *arg)
{
	struct named *named = calloc(NAME_MAX_COUNT, sizeof(*named));
	int r = 0;

	if (!named)
		return -ENOMEM;
	for (size_t at = 0; at < count;) {
		size_t left = count - at;
		struct batch b = {&addresses[at],
		                  left < NAME_MAX_COUNT ? (uint32_t)left : NAME_MAX_COUNT, named};
		if (r == 0)
			r = talk(s, name_fill, name_take, &b);
		if (r < 0)
			batch_unnamed(&b);
		for (uint32_t i = 0; i < b.count; i++)
			address_tell(s, b.addresses[i], &named[i], at + i, tell, arg);
		at += b.count;
	}
	free(named);
	return r;
}
