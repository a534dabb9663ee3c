/* SPDX-License-Identifier: MIT */
/*
 * Knows which part of a call site's name says least. Refuses to know what it is safe to be printed on: names are raw.
 */
#include "model/site_name.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 4096 };

/* Bytes of s[0..n) without what may stand behind parameters. */
static size_t qualifiers_skip(const char *s, size_t n)
{
	static const char *const ends[] = {" const", " volatile", " &&", " &"};
	bool cut = true;

	while (cut) {
		cut = false;
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			size_t len = strlen(ends[i]);
			if (n > len && !memcmp(s + n - len, ends[i], len)) {
				n -= len;
				cut = true;
			}
		}
	}
	return n;
}

size_t site_name_bare(const char *function)
{
	static const char call[] = "operator";
	size_t whole = strlen(function), n = qualifiers_skip(function, whole), len = strlen(call);
	int depth = 0;

	if (!n || function[n - 1] != ')')
		return whole;
	do {
		n--;
		depth += function[n] == ')' ? 1 : function[n] == '(' ? -1 : 0;
	} while (n && depth);
	/* Nothing before it, or the parentheses that are the operator's name. */
	if (depth || !n || (n >= len && !memcmp(function + n - len, call, len)))
		return whole;
	return n;
}

bool site_name_tells(const struct sites_facts *f, const struct site_frame *frame)
{
	return frame && (sites_text(f, frame->function)[0] || sites_text(f, frame->module)[0]);
}

/* Bytes that fit into `room`, never the first half of a character. */
static size_t cut_at(const char *s, size_t room)
{
	while (room && ((unsigned char)s[room] & 0xc0) == 0x80)
		room--;
	return room;
}

char *site_name_brief(const struct sites_facts *f, const struct site_frame *frame, char *out,
                      size_t size)
{
	char words[WORDS];

	if (!frame) {
		snprintf(out, size, "no stack");
		return out;
	}
	const char *function = sites_text(f, frame->function);
	size_t whole = strlen(function), bare = site_name_bare(function);
	site_frame_words(f, frame, words, sizeof(words));
	/* What the words say behind the function; nothing where that alone fills them. */
	const char *rest = strlen(words) > whole ? words + whole : "";
	if (bare + strlen(rest) < size)
		snprintf(out, size, "%.*s%s", (int)bare, function, rest);
	else if (strlen(rest) + 8 < size)
		snprintf(out, size, "%.*s...%s", (int)cut_at(function, size - strlen(rest) - 4),
		         function, rest);
	else
		snprintf(out, size, "%.*s...", (int)cut_at(words, size - 4), words);
	return out;
}
