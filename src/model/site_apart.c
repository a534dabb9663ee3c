/* SPDX-License-Identifier: MIT */
/*
 * Sites whose names are the same: other lines of one function, the same function called by somebody else, several calls
 * in one line. Knows what differs first; refuses to know how much room there is to show it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text_add.h"
#include "model/site_name.h"

const struct site_frame *sites_stack(const struct sites_facts *f, const struct site *s,
                                     uint32_t *ret_count)
{
	*ret_count = 0;
	if (s->frame >= f->frame_count || s->frame_count > f->frame_count - s->frame)
		return NULL;
	*ret_count = s->frame_count < SITE_FRAMES_MAX ? s->frame_count : SITE_FRAMES_MAX;
	return *ret_count ? &f->frames[s->frame] : NULL;
}

static bool is_same_text(const struct sites_facts *f, uint32_t a, uint32_t b)
{
	return a == b || !strcmp(sites_text(f, a), sites_text(f, b));
}

/* Without a name that is what stands there instead. */
static bool is_same_place(const struct sites_facts *f, const struct site_frame *a,
                          const struct site_frame *b)
{
	if (sites_text(f, a->function)[0])
		return true;
	return a->offset ? a->offset == b->offset && is_same_text(f, a->module, b->module)
	                 : a->address == b->address;
}

/* In a name or a line; an address alone is told where nothing else differs. */
static enum sites_apart frames_differ(const struct sites_facts *f, const struct site_frame *a,
                                      const struct site_frame *b, uint32_t level)
{
	if (!is_same_text(f, a->function, b->function) || !is_same_place(f, a, b))
		return level ? APART_CALLER : APART_NAME;
	if (a->line != b->line)
		return level ? APART_CALLED : APART_LINE;
	return APART_NOT;
}

enum sites_apart sites_differ(const struct sites_facts *f, const struct site *a,
                              const struct site *b, uint32_t *ret_level)
{
	uint32_t na, nb;
	const struct site_frame *x = sites_stack(f, a, &na), *y = sites_stack(f, b, &nb);
	enum sites_apart apart = APART_NOT;

	*ret_level = 0;
	for (uint32_t i = 0; a->named + i < na && b->named + i < nb && !apart; i++) {
		apart = frames_differ(f, &x[a->named + i], &y[b->named + i], i);
		*ret_level = i;
	}
	if (apart || a->named >= na || b->named >= nb)
		return apart;
	*ret_level = 0;
	return x[a->named].address != y[b->named].address ? APART_CALL : APART_NOT;
}

unsigned sites_call_number(const struct sites_facts *f, const struct site *s)
{
	const struct site_frame *frame = site_named(f, s);
	uint64_t below = 0;
	unsigned number = 1;

	/* Of each address once: several stacks may lead to it. */
	for (bool more = frame != NULL; more;) {
		uint64_t next = UINT64_MAX;
		for (uint32_t i = 0; i < f->site_count; i++) {
			const struct site_frame *o = site_named(f, &f->sites[i]);
			if (o && o->line == frame->line &&
			    is_same_text(f, o->function, frame->function) && o->address > below &&
			    o->address < next)
				next = o->address;
		}
		more = next < frame->address;
		number += more;
		below = next;
	}
	return number;
}

/* --- in words ------------------------------------------------------------------------------------- */

/* Another site whose line says the same; NULL: nobody's does. */
static const struct site *twin_find(const struct sites_facts *f, const struct site *s)
{
	const struct site_frame *x = site_named(f, s);

	for (uint32_t i = 0; x && i < f->site_count; i++) {
		const struct site_frame *y = site_named(f, &f->sites[i]);
		if (&f->sites[i] != s && y && !frames_differ(f, x, y, 0) &&
		    is_same_text(f, x->file, y->file))
			return &f->sites[i];
	}
	return NULL;
}

char *site_name_apart(const struct sites_facts *f, const struct site *s, char *out, size_t size)
{
	const struct site *twin = twin_find(f, s);
	char caller[SITE_BRIEF];
	uint32_t level = 0, count;

	site_name_brief(f, site_named(f, s), out, size < SITE_BRIEF ? size : SITE_BRIEF);
	if (!twin)
		return out;
	switch (sites_differ(f, s, twin, &level)) {
	case APART_CALL:
		text_add(out, size, " call %u", sites_call_number(f, s));
		break;
	case APART_CALLER:
	case APART_CALLED: {
		const struct site_frame *stack = sites_stack(f, s, &count);
		site_name_brief(f, &stack[s->named + level], caller, sizeof(caller));
		text_add(out, size, " for %s", caller);
		break;
	}
	default:
		break;
	}
	return out;
}
