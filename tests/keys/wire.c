/* SPDX-License-Identifier: MIT */
/* Knows what a terminal obeys. Refuses to know what is on the screen. */
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"

static char fault[200];

/* One character of valid UTF-8, its code point in *ret; 0 bytes: it is none. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));

	if (n == 0 || n > len || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*ret = c;
	return n;
}

/* Commands of C1, marks that turn the direction of a text, and separators of lines. */
static bool is_command(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static const char *wrong(const char *what, const char *at, size_t len)
{
	int n = snprintf(fault, sizeof(fault), "%s:", what);

	for (size_t i = 0; i < len && i < 24 && n < (int)sizeof(fault) - 8; i++)
		n += snprintf(fault + n, sizeof(fault) - (size_t)n, " %02x", (unsigned char)at[i]);
	return fault;
}

const char *text_fault(const char *text, size_t len, int rows, int columns, bool ascii)
{
	const char *line = text;
	int count = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = decode((const unsigned char *)text + i, len - i, &c);
		if (n == 0)
			return wrong("no UTF-8", text + i, len - i);
		if (ascii && c >= 0x80)
			return wrong("beyond ASCII", text + i, len - i);
		if (c != '\n' && is_command(c))
			return wrong("a command in a text", text + i, len - i);
		if (c == '\n') {
			char one[4096];
			snprintf(one, sizeof(one), "%.*s", (int)(text + i - line), line);
			if (columns && text_width(one) > columns)
				return wrong("a line wider than the screen", line, 24);
			line = text + i + 1;
			count++;
		}
		i += n;
	}
	return rows && count > rows ? wrong("more lines than the screen has", text, 24) : NULL;
}

/* "CSI numbers final": where it leads must be on the screen. Returns its bytes, as far as they go; 0: it leads out. */
static size_t sequence(const char *s, size_t len, int rows, int columns)
{
	long first = 1, second = 1;
	size_t i = 2;
	char *end;

	while (i < len && s[i] >= ' ' && s[i] < '@')
		i++;
	if (i >= len || s[i] < ' ')
		return i;
	first = strtol(s + 2, &end, 10);
	if (*end == ';')
		second = strtol(end + 1, NULL, 10);
	switch (s[i]) {
	case 'H':
	case 'f':
	case 'r':
		if (first > rows || (s[i] == 'r' ? second > rows : second > columns))
			return 0;
		break;
	case 'd':
		if (first > rows)
			return 0;
		break;
	case 'G':
	case '`':
		if (first > columns)
			return 0;
		break;
	default:
		break;
	}
	return i + 1;
}

/* A character that ends early, as where a terminal threw away what it had not shown. */
static bool is_cut(const char *s, size_t len)
{
	size_t more = (unsigned char)s[0] >= 0xf0 ? 3 : (unsigned char)s[0] >= 0xe0 ? 2 : 1;

	if ((unsigned char)s[0] < 0xc2)
		return false;
	for (size_t i = 1; i <= more; i++)
		if (i >= len || (s[i] & 0xc0) != 0x80)
			return true;
	return false;
}

const char *wire_fault(const char *bytes, size_t len, int rows, int columns, bool lossy)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = 1;
		if (bytes[i] == '\033' && i + 1 < len && bytes[i + 1] == '[') {
			n = sequence(bytes + i, len - i, rows, columns);
			if (n == 0)
				return wrong("a movement out of the screen", bytes + i, len - i);
		} else if (bytes[i] == '\033') {
			/* Character sets, keypad, save and restore: one or two more. */
			n = i + 1 < len && strchr("()*+#", bytes[i + 1]) ? 3 : 2;
			if (i + 1 < len && !strchr("()*+#78=>cHMDEgk\\", bytes[i + 1]))
				return wrong("a command", bytes + i, len - i);
		} else if (!strchr("\r\n\b\t\a\016\017", bytes[i])) {
			n = decode((const unsigned char *)bytes + i, len - i, &c);
			if (n == 0 && lossy && is_cut(bytes + i, len - i)) {
				i++;
				continue;
			}
			if (n == 0)
				return wrong("no UTF-8", bytes + i, len - i);
			if (is_command(c))
				return wrong("a command in a text", bytes + i, len - i);
		}
		i += n;
	}
	return NULL;
}
