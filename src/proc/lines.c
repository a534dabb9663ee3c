/* SPDX-License-Identifier: MIT */
/*
 * Lines, words and "key: value" of kernel text. Knows blanks, colons and the unit kB; refuses to
 * know which file it reads.
 */
#include "proc/lines.h"

#include <string.h>

#include "base/known.h"
#include "base/num.h"

static bool blank_is(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

bool span_line(struct span *rest, struct span *ret_line)
{
	const char *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
	if (!end)
		return false;
	size_t len = (size_t)(end - rest->at);
	*ret_line = (struct span){rest->at, len};
	*rest = (struct span){end + 1, rest->len - len - 1};
	return true;
}

bool span_word(struct span *rest, struct span *ret_word)
{
	size_t from = 0;
	while (from < rest->len && (blank_is(rest->at[from]) || rest->at[from] == '\n'))
		from++;
	size_t to = from;
	while (to < rest->len && !blank_is(rest->at[to]) && rest->at[to] != '\n')
		to++;
	if (from == to)
		return false;
	*ret_word = (struct span){rest->at + from, to - from};
	*rest = (struct span){rest->at + to, rest->len - to};
	return true;
}

struct span span_trim(struct span s)
{
	while (s.len && blank_is(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len && blank_is(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool span_split(struct span line, struct span *ret_key, struct span *ret_value)
{
	const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
	if (!colon)
		return false;
	size_t key = (size_t)(colon - line.at);
	*ret_key = span_trim((struct span){line.at, key});
	*ret_value = span_trim((struct span){colon + 1, line.len - key - 1});
	return true;
}

bool span_is(struct span s, const char *word)
{
	size_t n = strlen(word);
	return s.len == n && memcmp(s.at, word, n) == 0;
}

bool span_starts(struct span s, const char *word)
{
	size_t n = strlen(word);
	return s.len >= n && memcmp(s.at, word, n) == 0;
}

uint64_t span_number(struct span s)
{
	uint64_t v;
	return s.len && num_u64(s.at, s.len, &v) == 0 ? v : UNKNOWN;
}

uint64_t span_kb(struct span s)
{
	if (s.len >= 2 && memcmp(s.at + s.len - 2, "kB", 2) == 0) {
		s.len -= 2;
		s = span_trim(s);
	}
	return known_mul(span_number(s), 1024);
}

bool span_copy(struct span s, char *out, size_t size)
{
	if (s.len >= size || (s.len && memchr(s.at, '\0', s.len)))
		return false;
	if (s.len)
		memcpy(out, s.at, s.len);
	out[s.len] = '\0';
	return true;
}
