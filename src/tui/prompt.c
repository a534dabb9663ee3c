/* SPDX-License-Identifier: MIT */
/* A line editor. It knows characters and a cursor; not what the line is for. */

#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "base/safe_text.h"
#include "tui/tui_internal.h"

#define CTRL(c) ((c)&0x1f)

enum { KEY_ESCAPE = 27, DELETE = 127 };

void prompt_open(struct prompt *p, const char *label, enum action action, const char *text)
{
	*p = (struct prompt){.label = label, .action = action};
	safe_copy(p->text, sizeof(p->text), text, strlen(text), SAFE_UTF8);
	p->len = p->at = strlen(p->text);
}

/* Bytes of the character before or behind the cursor. */
static size_t char_before(const struct prompt *p)
{
	size_t n = 0;

	while (n < p->at) {
		n++;
		if (((unsigned char)p->text[p->at - n] & 0xc0) != 0x80)
			break;
	}
	return n;
}

static size_t char_behind(const struct prompt *p)
{
	size_t n = p->at < p->len;

	while (p->at + n < p->len && ((unsigned char)p->text[p->at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Takes n bytes away at the cursor. */
static void prompt_cut(struct prompt *p, size_t n)
{
	memmove(p->text + p->at, p->text + p->at + n, p->len - p->at - n + 1);
	p->len -= n;
}

static void prompt_insert(struct prompt *p, int key)
{
	char bytes[MB_LEN_MAX], safe[sizeof(bytes) * 4 + 1];
	mbstate_t state = {0};
	size_t n = wcrtomb(bytes, (wchar_t)(key & ~KEY_WIDE), &state);

	if (n == (size_t)-1)
		return;
	/* A character that would come back as \xNN is none that anybody types. */
	safe_copy(safe, sizeof(safe), bytes, n, SAFE_UTF8);
	if (strlen(safe) != n || p->len + n >= sizeof(p->text))
		return;
	memmove(p->text + p->at + n, p->text + p->at, p->len - p->at + 1);
	memcpy(p->text + p->at, bytes, n);
	p->at += n;
	p->len += n;
}

static void prompt_erase_word(struct prompt *p)
{
	size_t end = p->at;

	while (p->at > 0 && (p->text[p->at - 1] == ' ' || p->text[p->at - 1] == '/'))
		p->at--;
	while (p->at > 0 && p->text[p->at - 1] != ' ' && p->text[p->at - 1] != '/')
		p->at--;
	prompt_cut(p, end - p->at);
}

static void prompt_edit(struct prompt *p, int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL('b'):
		p->at -= char_before(p);
		break;
	case KEY_RIGHT:
	case CTRL('f'):
		p->at += char_behind(p);
		break;
	case KEY_HOME:
	case CTRL('a'):
		p->at = 0;
		break;
	case KEY_END:
	case CTRL('e'):
		p->at = p->len;
		break;
	case CTRL('k'):
		prompt_cut(p, p->len - p->at);
		break;
	case CTRL('w'):
		prompt_erase_word(p);
		break;
	default:
		if ((key >= ' ' && key < DELETE) || (key & KEY_WIDE))
			prompt_insert(p, key);
		break;
	}
}

enum prompt_end prompt_key(struct prompt *p, int key)
{
	size_t n;

	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
		p->label = NULL;
		return PROMPT_ACCEPTED;
	case KEY_ESCAPE:
	case CTRL('c'):
		p->label = NULL;
		return PROMPT_CANCELLED;
	case KEY_BACKSPACE:
	case CTRL('h'):
	case DELETE:
		n = char_before(p);
		p->at -= n;
		prompt_cut(p, n);
		break;
	case KEY_DC:
	case CTRL('d'):
		prompt_cut(p, char_behind(p));
		break;
	case CTRL('u'):
		n = p->at;
		p->at = 0;
		prompt_cut(p, n);
		break;
	default:
		prompt_edit(p, key);
		break;
	}
	return PROMPT_OPEN;
}

int prompt_draw(const struct prompt *p, const struct canvas *c)
{
	char before[sizeof(p->text)];
	int x = 1 + canvas_text(c, 0, 1, c->columns / 2, ROLE_TITLE, p->label);

	x += canvas_text(c, 0, x, 2, ROLE_DIM, ": ");
	int room = c->columns - x - 1;
	const char *from = p->text;
	memcpy(before, p->text, p->at);
	before[p->at] = 0;
	/* A long line scrolls so that the cursor stays in sight. */
	size_t skip = 0;
	while (skip < p->at && text_width(before + skip) > room) {
		skip++;
		while (((unsigned char)before[skip] & 0xc0) == 0x80)
			skip++;
	}
	canvas_text(c, 0, x, CANVAS_REST, ROLE_TEXT, from + skip);
	return x + text_width(before + skip);
}
