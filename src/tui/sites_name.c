/* SPDX-License-Identifier: MIT */
/*
 * Names of functions, as short as there is room for. It knows how C++ names are built from brackets; it refuses to
 * understand them: a name whose brackets do not match is only cut.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum { RAW_MOST = 2000, SAFE_ROOM = RAW_MOST * 4 + 1 };

static const char *mark_of(bool ascii)
{
	return ascii ? ".." : "\u2026";
}

/* --- brackets ------------------------------------------------------------------------------------- */

/* Bytes at s that belong together: "operator<<", "operator()" are no brackets. */
static size_t piece_len(const char *s)
{
	static const char word[] = "operator";
	size_t n = sizeof(word) - 1;

	if (strncmp(s, word, n) != 0)
		return 1;
	if (!strncmp(s + n, "()", 2) || !strncmp(s + n, "[]", 2))
		return n + 2;
	return n + strspn(s + n, "<>=-+*/%^&|~!,");
}

static int depth_step(char c)
{
	return strchr("(<[{", c) ? 1 : strchr(")>]}", c) ? -1 : 0;
}

/* Where the parameters begin: the last "(...)" outside all brackets, with nothing but qualifiers behind it. */
static size_t params_begin(const char *s)
{
	size_t begin = 0, len = strlen(s);
	int depth = 0;

	for (size_t i = 0; i < len;) {
		size_t n = piece_len(s + i);
		int step = n > 1 ? 0 : depth_step(s[i]);
		if (step > 0 && depth == 0 && s[i] == '(')
			begin = i;
		depth += step;
		/* What is behind a "::" is the function; the parameters before were of the one around it. */
		if (depth == 0 && s[i] == ':')
			begin = 0;
		if (depth < 0)
			return len;
		i += n;
	}
	return depth == 0 && begin > 0 ? begin : len;
}

/*
 * Writes s with "..." instead of what stands in the brackets that `open` has; false: they do not match. An unnamed
 * namespace is a name, and not left out.
 */
static bool brackets_fold(const char *s, const char *open, bool ascii, char *out, size_t size)
{
	static const char unnamed[] = "(anonymous namespace)";
	size_t used = 0, len = strlen(s);
	int depth = 0;

	for (size_t i = 0; i < len;) {
		bool named = depth == 0 && !strncmp(s + i, unnamed, sizeof(unnamed) - 1);
		size_t n = named ? sizeof(unnamed) - 1 : piece_len(s + i);
		bool opens = n == 1 && strchr(open, s[i]);
		bool closes = n == 1 && (s[i] == '>' || (s[i] == ')' && open[1]));
		depth -= closes;
		if (depth < 0 || used + n + 8 > size)
			return false;
		if (depth == 0) {
			memcpy(out + used, s + i, n);
			used += n;
		}
		if (opens && depth++ == 0 && s[i + 1] != ')')
			used += (size_t)snprintf(out + used, size - used, "%s", mark_of(ascii));
		i += n;
	}
	out[used] = '\0';
	return depth == 0;
}

/* As short as brackets allow, when it is wider than `width`. */
static void whole_shorten(char *whole, bool ascii, int width)
{
	static const char *const steps[] = {"<", "<("};
	char folded[SAFE_ROOM];

	whole[params_begin(whole)] = '\0';
	for (int i = 0; i < 2 && text_width(whole) > width; i++)
		if (brackets_fold(whole, steps[i], ascii, folded, sizeof(folded)))
			memcpy(whole, folded, strlen(folded) + 1);
}

/* The name of the function itself, without what it belongs to. */
static const char *own_name(const char *whole)
{
	const char *own = whole, *next;

	while ((next = strstr(own, "::")) != NULL && next[2])
		own = next + 2;
	return own;
}

/* The end of s in `width` columns, behind a mark; from a "::" on where one is near. */
static void tail_keep(const char *s, int width, bool ascii, char *out, size_t size)
{
	int room = width - text_width(mark_of(ascii));
	const char *from = s, *scope;

	if (room < 1) {
		text_ellipsis(out, size, s, width, false, !ascii);
		return;
	}
	from += text_fit(s, text_width(s) - room);
	while (*from && text_width(from) > room)
		from += text_fit(from, 2) ? text_fit(from, 2) : 1;
	scope = strstr(from, "::");
	if (scope && (size_t)(scope - from) < strlen(from) / 3)
		from = scope;
	snprintf(out, size, "%s%s", mark_of(ascii), from);
}

/* --- frames --------------------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static char *safe(const char *raw, bool ascii, char *out, size_t size)
{
	return safe_copy(out, size, raw, strnlen(raw, RAW_MOST), ascii ? SAFE_ASCII : SAFE_UTF8);
}

char *sites_function_whole(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                           char *out, size_t size)
{
	const char *function = sites_text(f, frame->function);
	char place[RAW_MOST + 1];

	/* What it lies in, where that is told behind it, is not told twice. */
	if (!function[0] && !frame->offset)
		snprintf(place, sizeof(place), "0x%" PRIx64, frame->address);
	else if (!function[0])
		site_frame_place(f, frame, place, sizeof(place));
	return safe(function[0] ? function : place, ascii, out, size);
}

char *sites_function(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                     int width, char *out, size_t size)
{
	char whole[SAFE_ROOM];

	sites_function_whole(f, frame, ascii, whole, sizeof(whole));
	whole_shorten(whole, ascii, width);
	if (text_width(whole) <= width)
		snprintf(out, size, "%s", whole);
	else
		tail_keep(whole, width, ascii, out, size);
	return out;
}

char *sites_function_folded(const struct sites_facts *f, const struct site_frame *frame, char *out,
                            size_t size)
{
	char whole[SAFE_ROOM];

	sites_function_whole(f, frame, false, whole, sizeof(whole));
	whole_shorten(whole, false, 0);
	snprintf(out, size, "%.*s", (int)size - 1, whole);
	return out;
}

/* --- apart from another --------------------------------------------------------------------------- */

/* The brackets outside all others that have `at` between them. False: none has. */
static bool brackets_around(const char *s, size_t at, size_t *ret_open, size_t *ret_close)
{
	size_t len = strlen(s);
	int depth = 0;

	for (size_t i = 0; i < len;) {
		size_t n = piece_len(s + i);
		int step = n > 1 ? 0 : depth_step(s[i]);
		if (step > 0 && depth == 0)
			*ret_open = i;
		depth += step;
		if (step < 0 && depth == 0 && *ret_open < at && at <= i) {
			*ret_close = i;
			return s[i] == '>';
		}
		i += n;
	}
	return false;
}

/* What stands at `at`, between brackets and commas. */
static void word_around(const char *s, size_t at, size_t open, size_t *ret_begin, size_t *ret_end)
{
	size_t begin = at, end = at;

	while (begin > open + 1 && !strchr("<,(", s[begin - 1]))
		begin--;
	begin += s[begin] == ' ';
	while (s[end] && !strchr("<>,(", s[end]))
		end++;
	*ret_begin = begin;
	*ret_end = end;
}

enum { WORD_MOST = 24 };

/* "Cache<...Order...>::put": all brackets folded but for the word that differs. */
static bool word_keep(const char *whole, size_t at, bool ascii, char *out, size_t size)
{
	char before[SAFE_ROOM], behind[SAFE_ROOM], word[SITES_NAME];
	size_t open = 0, close = 0, begin, end;

	if (!brackets_around(whole, at, &open, &close))
		return false;
	word_around(whole, at, open, &begin, &end);
	if (end <= begin)
		return false;
	snprintf(before, sizeof(before), "%.*s", (int)open, whole);
	snprintf(word, sizeof(word), "%.*s", (int)(end - begin), whole + begin);
	word[text_fit(word, WORD_MOST)] = '\0';
	if (!brackets_fold(before, "<", ascii, out, size))
		return false;
	if (!brackets_fold(whole + close + 1, "<", ascii, behind, sizeof(behind)))
		return false;
	bool left = begin > open + 1, cut = strlen(word) < end - begin || end < close;
	snprintf(out + strlen(out), size - strlen(out), "<%s%s%s>%s", left ? mark_of(ascii) : "",
	         word, cut ? mark_of(ascii) : "", behind);
	return true;
}

char *sites_function_apart(const struct sites_facts *f, const struct site_frame *frame,
                           const struct site_frame *other, bool ascii, int width, char *out,
                           size_t size)
{
	char whole[SAFE_ROOM], beside[SAFE_ROOM], kept[SAFE_ROOM * 2];
	size_t at = 0;

	sites_function_whole(f, frame, ascii, whole, sizeof(whole));
	sites_function_whole(f, other, ascii, beside, sizeof(beside));
	whole[params_begin(whole)] = beside[params_begin(beside)] = '\0';
	while (whole[at] && whole[at] == beside[at])
		at++;
	if (text_width(whole) <= width || !word_keep(whole, at, ascii, kept, sizeof(kept)))
		return sites_function(f, frame, ascii, width, out, size);
	if (text_width(kept) <= width)
		snprintf(out, size, "%.*s", (int)size - 1, kept);
	else
		tail_keep(kept, width, ascii, out, size);
	return out;
}

int sites_function_width(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                         int *ret_least)
{
	char whole[SAFE_ROOM];

	sites_function_whole(f, frame, ascii, whole, sizeof(whole));
	whole_shorten(whole, ascii, 0);
	const char *own = own_name(whole);
	*ret_least = text_width(own) + (own == whole ? 0 : text_width(mark_of(ascii)) + 2);
	return text_width(whole);
}

char *sites_where(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                  char *out, size_t size)
{
	const char *file = last_part(sites_text(f, frame->file));
	const char *module = last_part(sites_text(f, frame->module));

	if (!sites_text(f, frame->function)[0] && frame->offset)
		module = "no symbols";
	safe(file[0] ? file : module, ascii, out, size);
	size_t used = strlen(out);
	if (file[0] && frame->line && used < size)
		snprintf(out + used, size - used, ":%u", frame->line);
	else if (!file[0] && !module[0])
		snprintf(out, size, "run-time code");
	return out;
}
