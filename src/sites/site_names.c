/* SPDX-License-Identifier: MIT */
/*
 * Knows names of addresses that were asked for once. Refuses to grow without end: past a limit it forgets all and
 * asks again for what is still wanted.
 */
#include "sites/site_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "sites/named.h"

enum {
	SLOTS_BEGIN = 4096,
	NAMES_MAX = 200000,     /* levels */
	TEXT_MAX = 8 << 20,     /* bytes */
	TEXT_LENGTH_MAX = 2000, /* of one */
	ASK_MAX = 2048,         /* addresses in one question */
};

/* One address; its levels lie in a row. */
struct known_at {
	uint64_t address;
	uint32_t first, count;
	bool doubted;
};

/* Numbers of things by a hash of what they are, 0 is free. */
struct slots {
	size_t size, used; /* size is a power of two */
	uint32_t *at;
};

struct site_names {
	struct known_at *addresses;
	size_t address_count, address_room;
	struct slots by_address;
	struct site_name *levels;
	size_t level_count, level_room;
	char *text;
	size_t text_size, text_room;
	uint32_t *offsets; /* of each text */
	size_t text_count, offset_room;
	struct slots by_text;
	/* of a question */
	const uint64_t *asked;
};

/* --- slots ------------------------------------------------------------------------------------------------ */

static uint64_t hash_address(uint64_t a)
{
	a = (a ^ a >> 32) * 0x9e3779b97f4a7c15u;
	return a ^ a >> 29;
}

static uint64_t hash_text(const char *s, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)s[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

/* Room for one more; `hash` of the thing of a number. False: no memory. */
static bool slots_room(struct slots *s, const struct site_names *n,
                       uint64_t (*hash)(const struct site_names *n, uint32_t number))
{
	size_t size = s->size ? s->size * 2 : SLOTS_BEGIN;

	if (s->used * 4 < s->size * 3)
		return true;
	uint32_t *at = calloc(size, sizeof(*at));
	if (!at)
		return false;
	for (size_t i = 0; i < s->size; i++) {
		if (!s->at[i])
			continue;
		size_t slot = hash(n, s->at[i] - 1) & (size - 1);
		while (at[slot])
			slot = (slot + 1) & (size - 1);
		at[slot] = s->at[i];
	}
	free(s->at);
	s->at = at;
	s->size = size;
	return true;
}

static uint64_t hash_of_address(const struct site_names *n, uint32_t i)
{
	return hash_address(n->addresses[i].address);
}

static uint64_t hash_of_text(const struct site_names *n, uint32_t i)
{
	const char *s = n->text + n->offsets[i];

	return hash_text(s, strlen(s));
}

/* --- texts ------------------------------------------------------------------------------------------------ */

static bool text_room(struct site_names *n, size_t more)
{
	size_t room = n->text_room ? n->text_room : 4096;

	while (room < n->text_size + more)
		room *= 2;
	if (room == n->text_room)
		return true;
	char *text = realloc(n->text, room);
	if (!text)
		return false;
	n->text = text;
	n->text_room = room;
	return true;
}

/* The number of a text, 0 where there is no memory. */
static uint32_t text_add(struct site_names *n, const char *s)
{
	size_t len = strnlen(s, TEXT_LENGTH_MAX);

	if (!slots_room(&n->by_text, n, hash_of_text))
		return 0;
	size_t slot = hash_text(s, len) & (n->by_text.size - 1);
	for (; n->by_text.at[slot]; slot = (slot + 1) & (n->by_text.size - 1)) {
		uint32_t i = n->by_text.at[slot] - 1;
		const char *have = n->text + n->offsets[i];
		if (strncmp(have, s, len) == 0 && !have[len])
			return i;
	}
	if (!text_room(n, len + 1) ||
	    !array_room((void **)&n->offsets, n->text_count, &n->offset_room, sizeof(*n->offsets)))
		return 0;
	memcpy(n->text + n->text_size, s, len);
	n->text[n->text_size + len] = '\0';
	n->offsets[n->text_count] = (uint32_t)n->text_size;
	n->text_size += len + 1;
	n->by_text.at[slot] = (uint32_t)++n->text_count;
	n->by_text.used++;
	return (uint32_t)n->text_count - 1;
}

const char *site_names_text(const struct site_names *n, uint32_t text)
{
	return text < n->text_count ? n->text + n->offsets[text] : "";
}

uint32_t site_names_texts(const struct site_names *n)
{
	return (uint32_t)n->text_count;
}

/* --- addresses -------------------------------------------------------------------------------------------- */

/* Its entry, or NULL. */
static struct known_at *address_find(const struct site_names *n, uint64_t address)
{
	size_t mask = n->by_address.size - 1;

	if (!n->by_address.size)
		return NULL;
	for (size_t slot = hash_address(address) & mask; n->by_address.at[slot];
	     slot = (slot + 1) & mask) {
		struct known_at *k = &n->addresses[n->by_address.at[slot] - 1];
		if (k->address == address)
			return k;
	}
	return NULL;
}

static struct known_at *address_add(struct site_names *n, uint64_t address)
{
	struct known_at *k = address_find(n, address);

	if (k)
		return k;
	if (!slots_room(&n->by_address, n, hash_of_address) ||
	    !array_room((void **)&n->addresses, n->address_count, &n->address_room,
	                sizeof(*n->addresses)))
		return NULL;
	size_t mask = n->by_address.size - 1, slot = hash_address(address) & mask;
	while (n->by_address.at[slot])
		slot = (slot + 1) & mask;
	k = &n->addresses[n->address_count];
	*k = (struct known_at){.address = address};
	n->by_address.at[slot] = (uint32_t)++n->address_count;
	n->by_address.used++;
	return k;
}

static void site_names_empty(struct site_names *n)
{
	free(n->addresses), free(n->by_address.at), free(n->levels);
	free(n->text), free(n->offsets), free(n->by_text.at);
	*n = (struct site_names){0};
	/* Number 0 is "". */
	text_add(n, "");
}

struct site_names *site_names_new(void)
{
	struct site_names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	site_names_empty(n);
	if (n->text_count)
		return n;
	site_names_free(n);
	return NULL;
}

void site_names_free(struct site_names *n)
{
	if (!n)
		return;
	site_names_empty(n);
	free(n->text), free(n->offsets), free(n->by_text.at);
	free(n);
}

const struct site_name *site_names_get(const struct site_names *n, uint64_t address,
                                       size_t *ret_count)
{
	const struct known_at *k = address_find(n, address);

	*ret_count = k ? k->count : 0;
	return *ret_count ? &n->levels[k->first] : NULL;
}

void site_names_doubt(struct site_names *n)
{
	for (size_t i = 0; i < n->address_count; i++) {
		struct known_at *k = &n->addresses[i];
		k->doubted = !k->count || !n->levels[k->first].module;
	}
}

/* --- asking ----------------------------------------------------------------------------------------------- */

/* For symbols_name(): one address is told. */
static void tell(void *arg, size_t index, const struct symbol_frame *frames, size_t count)
{
	struct site_names *n = arg;
	struct known_at *k = address_add(n, n->asked[index]);
	uint32_t first = (uint32_t)n->level_count;

	for (size_t i = 0; k && i < count; i++) {
		const struct symbol_frame *f = &frames[i];
		if (!array_room((void **)&n->levels, n->level_count, &n->level_room,
		                sizeof(*n->levels)))
			break;
		n->levels[n->level_count++] = (struct site_name){
		        .function = text_add(n, f->function),
		        .file = text_add(n, f->file),
		        .module = text_add(n, f->module),
		        .line = f->line,
		        .inlined = f->inlined,
		        .runtime = named_is_runtime(f->function, f->module),
		        .wrapper = named_is_wrapper(f->function),
		        .offset = f->offset,
		};
	}
	if (!k)
		return;
	k->first = first;
	k->count = (uint32_t)(n->level_count - first);
	k->doubted = false;
}

void site_names_ask(struct site_names *n, struct symbols *symbols, const uint64_t *addresses,
                    size_t count)
{
	uint64_t wanted[ASK_MAX];
	size_t asked = 0;

	if (n->level_count > NAMES_MAX || n->text_size > TEXT_MAX)
		site_names_empty(n);
	n->asked = wanted;
	for (size_t i = 0; symbols && i < count; i++) {
		const struct known_at *k = address_find(n, addresses[i]);
		if (!k || k->doubted)
			wanted[asked++] = addresses[i];
		if (asked && (asked == ASK_MAX || i + 1 == count)) {
			if (symbols_name(symbols, wanted, asked, tell, n) < 0)
				break;
			asked = 0;
		}
	}
	n->asked = NULL;
}
