/* SPDX-License-Identifier: MIT */
/*
 * Knows which places the reader may tell: in a module that is there, at an address that this module
 * maps, each once. The path is the tool's own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "symbols/answers.h"
#include "symbols/files.h"
#include "symbols/talk.h"

struct finding {
	struct symbols *s;
	const char *const *names;
	uint32_t count;
	struct symbol_place *places; /* FIND_PLACES_MAX */
	size_t found;
};

static void find_fill(void *arg, struct wire_out *in, struct message *ret)
{
	const struct finding *f = arg;

	ret->kind = MESSAGE_FIND;
	ret->count = f->count;
	for (uint32_t i = 0; i < f->count; i++)
		wire_put_string(in, f->names[i], FIND_NAME_MAX - 1);
}

/* Where there is one at this address already, that of the name asked for first stays. */
static struct symbol_place *place_for(struct finding *f, uint64_t address, unsigned name)
{
	for (size_t i = 0; i < f->found; i++)
		if (f->places[i].address == address)
			return f->places[i].name > name ? &f->places[i] : NULL;
	return &f->places[f->found++];
}

static int place_take(struct finding *f, struct wire_in *out)
{
	struct symbol_place place;
	uint64_t module;
	int r = answer_place(out, f->count, &place, &module);
	const struct mapped_module *at = r == 0 ? mapped_at(&f->s->mapped, place.address) : NULL;

	if (!at || at->id != module)
		return -EPROTO;
	struct symbol_place *to = place_for(f, place.address, place.name);
	if (to)
		*to = place;
	return 0;
}

static int find_take(void *arg, const struct message *done, struct wire_in *out)
{
	struct finding *f = arg;
	int r = 0;

	f->found = 0;
	if (done->count > FIND_PLACES_MAX)
		return -EPROTO;
	for (uint32_t i = 0; i < done->count && r == 0; i++)
		r = place_take(f, out);
	return r;
}

/* False: its file cannot be opened from here, and so no probe be set. */
static bool place_locate(const struct symbols *s, struct symbol_place *place)
{
	const struct mapped_module *module = mapped_at(&s->mapped, place->address);

	if (file_path(s->proc, &s->dir, module, place->path, sizeof(place->path)) < 0)
		return false;
	snprintf(place->module, sizeof(place->module), "%s", mapped_name(module));
	return true;
}

int symbols_find(struct symbols *s, const char *const *names, size_t count,
                 struct symbol_place *ret, size_t room, size_t *ret_count)
{
	struct finding f = {.s = s, .names = names, .count = (uint32_t)count};
	size_t kept = 0;
	int r;

	if (count > FIND_NAMES_MAX)
		return -E2BIG;
	f.places = calloc(FIND_PLACES_MAX, sizeof(*f.places));
	if (!f.places)
		return -ENOMEM;
	r = talk(s, find_fill, find_take, &f);
	for (size_t i = 0; r == 0 && i < f.found; i++) {
		if (!place_locate(s, &f.places[i]))
			continue;
		if (kept < room)
			ret[kept] = f.places[i];
		kept++;
	}
	if (r == 0)
		*ret_count = kept;
	free(f.places);
	return r;
}
