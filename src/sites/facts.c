/* SPDX-License-Identifier: MIT */
/* Knows how figures, stacks and names become the facts that are published. Refuses to know how they were gathered. */
#include "sites/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Facts in the making. */
struct maker {
	struct sites_facts *f;
	const struct site_names *names;
	size_t frame_room, text_room;
	uint32_t *moved; /* by number of a text: its offset in the facts; 0 not there yet */
	bool failed;
};

/* --- texts and frames ------------------------------------------------------------------------------------- */

static bool text_room(struct maker *m, size_t more)
{
	size_t room = m->text_room ? m->text_room : 1024;

	while (room < m->f->text_size + more)
		room *= 2;
	if (room == m->text_room)
		return true;
	char *text = realloc(m->f->text, room);
	if (!text)
		return false;
	m->f->text = text;
	m->text_room = room;
	return true;
}

/* The offset of a text, which is copied when it is first used. */
static uint32_t text_move(struct maker *m, uint32_t number)
{
	const char *s = site_names_text(m->names, number);
	size_t len = strlen(s);

	if (!len || m->moved[number])
		return len ? m->moved[number] : 0;
	if (!text_room(m, len + 1)) {
		m->failed = true;
		return 0;
	}
	memcpy(m->f->text + m->f->text_size, s, len + 1);
	m->moved[number] = m->f->text_size;
	m->f->text_size += (uint32_t)len + 1;
	return m->moved[number];
}

static void frame_add(struct maker *m, uint64_t address, const struct site_name *name)
{
	struct sites_facts *f = m->f;

	if (!array_room((void **)&f->frames, f->frame_count, &m->frame_room, sizeof(*f->frames))) {
		m->failed = true;
		return;
	}
	struct site_frame *frame = &f->frames[f->frame_count++];
	*frame = (struct site_frame){.address = address};
	f->nameless += !name || !site_names_text(m->names, name->function)[0];
	if (!name)
		return;
	frame->function = text_move(m, name->function);
	frame->file = text_move(m, name->file);
	frame->module = text_move(m, name->module);
	frame->line = name->line;
	frame->inlined = name->inlined;
	frame->offset = name->offset;
}

/* Which level speaks for a stack, so far. */
enum found { FOUND_NONE, FOUND_WRAPPER, FOUND };

static enum found level_is(const struct site_name *name)
{
	if (name && name->runtime)
		return FOUND_NONE;
	return name && name->wrapper ? FOUND_WRAPPER : FOUND;
}

/* The levels of one address, as far as the site has room for them. */
static void address_add(struct maker *m, struct site *s, uint64_t address, enum found *found)
{
	size_t count;
	const struct site_name *names = site_names_get(m->names, address, &count);

	for (size_t i = 0; i < (count ? count : 1) && s->frame_count < SITE_FRAMES_MAX; i++) {
		const struct site_name *name = count ? &names[i] : NULL;
		if (level_is(name) > *found) {
			s->named = s->frame_count;
			*found = level_is(name);
		}
		frame_add(m, address, name);
		s->frame_count++;
	}
}

static void stack_add(struct maker *m, struct site *s, const uint64_t *at, unsigned count)
{
	enum found found = FOUND_NONE;

	s->frame = m->f->frame_count;
	s->frame_count = s->named = 0;
	for (unsigned i = 0; i < count && !m->failed; i++)
		address_add(m, s, at[i], &found);
}

/* --- asking ----------------------------------------------------------------------------------------------- */

static int address_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Names of all addresses in these stacks, each asked for once. */
static int stacks_name(const struct trie *trie, const uint32_t *stacks, size_t rows,
                       struct site_names *names, struct symbols *symbols)
{
	uint64_t *all = calloc(rows ? rows : 1, SITE_FRAMES_MAX * sizeof(*all));
	size_t count = 0, kept = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < rows; i++)
		count += trie_get(trie, stacks[i], all + count, SITE_FRAMES_MAX);
	qsort(all, count, sizeof(*all), address_compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || all[kept - 1] != all[i])
			all[kept++] = all[i];
	site_names_ask(names, symbols, all, kept);
	free(all);
	return 0;
}

int facts_fill(struct sites_facts *f, const struct ledger *ledger, const struct trie *trie,
               struct site_names *names, struct symbols *symbols, uint64_t begin, uint64_t time,
               uint32_t **ret_stacks)
{
	struct maker m = {.f = f, .names = names};
	uint64_t at[SITE_FRAMES_MAX];
	uint32_t *stacks = NULL;

	int e = ledger_tell(ledger, begin, time, f, &stacks);
	if (e == 0)
		e = stacks_name(trie, stacks, f->site_count, names, symbols);
	if (e < 0)
		goto out;
	m.moved = calloc(site_names_texts(names) + 1, sizeof(*m.moved));
	m.failed = !m.moved || !text_room(&m, 1);
	if (!m.failed)
		f->text[f->text_size++] = '\0';
	for (uint32_t i = 0; i < f->site_count && !m.failed; i++)
		stack_add(&m, &f->sites[i], at, trie_get(trie, stacks[i], at, SITE_FRAMES_MAX));
	e = m.failed ? -ENOMEM : 0;
out:
	free(m.moved);
	if (e == 0 && ret_stacks)
		*ret_stacks = stacks;
	else
		free(stacks);
	return e;
}

/* --- spans ------------------------------------------------------------------------------------------------ */

enum { PAGE = 4096 };

/* A row by its stack, to be searched. */
struct row {
	uint32_t stack, site;
	uint64_t pages; /* how many of those given are its own */
};

static int row_compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

static struct row *row_find(struct row *rows, size_t count, uint32_t stack)
{
	struct row key = {.stack = stack};

	return bsearch(&key, rows, count, sizeof(*rows), row_compare);
}

static int span_larger(const void *a, const void *b)
{
	const struct site_span *x = a, *y = b;

	return x->bytes > y->bytes ? -1 : x->bytes < y->bytes;
}

static int span_earlier(const void *a, const void *b)
{
	const struct site_span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* All spans; their bytes are how many pages they have. */
static size_t spans_make(struct site_span *spans, const struct facts_page *pages, size_t count,
                         uint64_t reach, struct row *rows, size_t row_count)
{
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		struct row *row = row_find(rows, row_count, pages[i].stack);
		if (!row)
			continue;
		struct site_span *last = made ? &spans[made - 1] : NULL;
		row->pages++;
		if (!last || last->site != row->site || pages[i].address > last->end + reach)
			spans[made++] = (struct site_span){pages[i].address,
			                                   pages[i].address + PAGE, row->site, 1};
		else
			last->end = pages[i].address + PAGE, last->bytes++;
	}
	return made;
}

/* Each page of a site stands for as much of what lives of it. */
static void spans_weigh(struct sites_facts *f, struct row *rows, size_t row_count)
{
	uint64_t pages[SITES_MAX] = {0};

	for (size_t i = 0; i < row_count; i++)
		pages[rows[i].site] = rows[i].pages;
	for (uint32_t i = 0; i < f->span_count; i++) {
		struct site_span *s = &f->spans[i];
		s->bytes = (uint64_t)((double)s->bytes * (double)f->sites[s->site].live_bytes /
		                      (double)pages[s->site]);
	}
}

int facts_spans(struct sites_facts *f, const struct facts_page *pages, size_t count, uint64_t reach,
                const uint32_t *stacks)
{
	struct row rows[SITES_MAX];
	struct site_span *spans = calloc(count ? count : 1, sizeof(*spans));

	if (!spans)
		return -ENOMEM;
	for (uint32_t i = 0; i < f->site_count; i++)
		rows[i] = (struct row){.stack = stacks[i], .site = i};
	qsort(rows, f->site_count, sizeof(*rows), row_compare);
	size_t made = spans_make(spans, pages, count, reach, rows, f->site_count);
	f->spans = spans;
	f->span_count = (uint32_t)made;
	spans_weigh(f, rows, f->site_count);
	if (made > SITES_SPANS_MAX) {
		qsort(spans, made, sizeof(*spans), span_larger);
		f->span_count = SITES_SPANS_MAX;
		qsort(spans, SITES_SPANS_MAX, sizeof(*spans), span_earlier);
	}
	/* What is kept for long should not hold what is not there. */
	size_t keep = f->span_count ? f->span_count : 1;
	struct site_span *less = realloc(spans, keep * sizeof(*spans));
	f->spans = less ? less : spans;
	return 0;
}
