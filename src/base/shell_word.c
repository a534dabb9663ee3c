/* SPDX-License-Identifier: MIT */
/*
 * Knows how bytes survive a shell. Refuses to know what they are the name of.
 */
#include "base/shell_word.h"

#include <stdbool.h>
#include <string.h>

/* Without a meaning to any shell, wherever in a word they stand (zsh expands a leading '='). */
static bool is_plain(const char *raw)
{
	return raw[0] && raw[strspn(raw, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                                 "0123456789_@%+:,./-")] == '\0';
}

/* The gate leaves it as it is. */
static bool is_safe(const char *raw, enum safe_mode mode)
{
	size_t n = strlen(raw);
	struct buf b;
	bool same;

	buf_init(&b, 4 * n + 1);
	same = safe_text(&b, raw, n, mode) == 0 && b.len == n && !strcmp(buf_str(&b), raw);
	buf_done(&b);
	return same;
}

static void add_quoted(struct buf *out, const char *raw)
{
	buf_addc(out, '\'');
	for (; *raw; raw++)
		buf_adds(out, *raw == '\'' ? "'\\''" : (char[]){*raw, '\0'});
	buf_addc(out, '\'');
}

/* Octal, for its three digits end by themselves: what follows \x5 may be taken for more of it. */
static void add_escaped(struct buf *out, const char *raw)
{
	buf_adds(out, "$'");
	for (; *raw; raw++) {
		unsigned char c = (unsigned char)*raw;

		if (c < ' ' || c >= 0x7f || c == '\'' || c == '\\')
			buf_addf(out, "\\%03o", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, '\'');
}

int shell_word(struct buf *out, const char *raw, enum safe_mode mode)
{
	if (is_plain(raw))
		buf_adds(out, raw);
	else if (is_safe(raw, mode))
		add_quoted(out, raw);
	else
		add_escaped(out, raw);
	return out->error;
}
