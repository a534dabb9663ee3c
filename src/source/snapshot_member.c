/* SPDX-License-Identifier: MIT */
/*
 * Finds the value of a member in the text of a JSON object, so that a hundred thousand regions need not be held
 * as a tree to be read one by one. Knows strings and brackets; refuses to judge whether a value is well-formed,
 * which its reader does.
 */
#include <string.h>

#include "source/snapshot_internal.h"

struct cursor {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Skips blanks; false at the end of the text. */
static bool more(struct cursor *c)
{
	while (c->at < c->end && is_blank(*c->at))
		c->at++;
	return c->at < c->end;
}

static bool take(struct cursor *c, char wanted)
{
	if (!more(c) || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* A string with its quotes. */
static bool skip_string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	for (; c->at < c->end; c->at++) {
		if (*c->at == '"') {
			c->at++;
			return true;
		}
		if (*c->at == '\\' && ++c->at == c->end)
			return false;
	}
	return false;
}

/* Any value: up to the comma or bracket that ends it at its own depth. */
static bool skip_value(struct cursor *c)
{
	size_t depth = 0;

	if (!more(c))
		return false;
	while (c->at < c->end) {
		char byte = *c->at;
		if (byte == '"') {
			if (!skip_string(c))
				return false;
			continue;
		}
		if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
			return true;
		depth += byte == '{' || byte == '[';
		depth -= byte == '}' || byte == ']';
		c->at++;
	}
	return depth == 0;
}

bool json_member(const char *text, size_t len, const char *key, size_t *ret_at, size_t *ret_len)
{
	struct cursor c = {text, text + len};
	size_t key_len = strlen(key);

	if (!take(&c, '{') || !more(&c))
		return false;
	do {
		const char *name;
		bool wanted;
		if (!more(&c))
			return false;
		name = c.at;
		if (!skip_string(&c))
			return false;
		wanted = (size_t)(c.at - name) == key_len + 2 && !memcmp(name + 1, key, key_len);
		if (!take(&c, ':') || !more(&c))
			return false;
		name = c.at;
		if (!skip_value(&c))
			return false;
		if (wanted) {
			*ret_at = (size_t)(name - text);
			*ret_len = (size_t)(c.at - name);
			return true;
		}
	} while (take(&c, ','));
	return false;
}
