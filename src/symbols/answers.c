/* SPDX-License-Identifier: MIT */
#include "symbols/answers.h"

/*
 * Knows how much of each thing an answer may hold. Refuses the rest: who wrote it may have been
 * taken over by a file.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

int answer_stack(struct wire_in *w, struct stack_unwound *ret)
{
	ret->count = (unsigned)wire_get_most(w, STACK_FRAMES_MAX);
	ret->whole = wire_get_most(w, 1);
	const uint8_t *at = wire_get_bytes(w, ret->count * sizeof(ret->at[0]));

	if (!at || !ret->count)
		return -EPROTO;
	memcpy(ret->at, at, ret->count * sizeof(ret->at[0]));
	return 0;
}

int answer_named(struct wire_in *w, struct named *ret)
{
	ret->count = (unsigned)wire_get_most(w, NAME_FRAMES_MAX);
	for (unsigned i = 0; i < ret->count && !w->bad; i++) {
		ret->frames[i].line = (unsigned)wire_get_most(w, UINT_MAX);
		ret->frames[i].inlined = wire_get_most(w, 1);
		wire_get_string(w, ret->frames[i].function, FUNCTION_MAX);
		wire_get_string(w, ret->frames[i].file, FILE_MAX);
	}
	ret->offset = wire_get(w);
	return w->bad || !ret->count ? -EPROTO : 0;
}

int answer_place(struct wire_in *w, uint32_t names, struct symbol_place *ret, uint64_t *ret_module)
{
	*ret = (struct symbol_place){.name = (unsigned)wire_get_most(w, names - 1ull)};
	*ret_module = wire_get(w);
	ret->offset = wire_get(w);
	ret->address = wire_get(w);
	ret->size = wire_get(w);
	ret->code_count = (unsigned)wire_get_most(w, sizeof(ret->code));
	const uint8_t *code = wire_get_bytes(w, sizeof(ret->code));

	if (!code || !names)
		return -EPROTO;
	memcpy(ret->code, code, sizeof(ret->code));
	return 0;
}
