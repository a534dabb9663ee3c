/* SPDX-License-Identifier: MIT */
/*
 * Taking the terminal and giving it back. It knows modes, sizes, locale and colours at hand; not
 * what is drawn.
 */

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/num.h"
#include "tui/tui_internal.h"

/* After the curses headers: term.h defines macros of plain names. */
#include <term.h>

enum { ESCAPE_DELAY_MS = 25 };

/* True when glyphs beyond ASCII may be drawn. */
static bool terminal_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static bool terminal_colours(enum tui_color color)
{
	const char *no = getenv("NO_COLOR");

	if (color == TUI_COLOR_AUTO)
		return !no || !*no;
	return color == TUI_COLOR_ALWAYS;
}

/* The default of a second makes Esc feel dead; a slow line may ask for more. */
static int escape_delay(void)
{
	const char *text = getenv("ESCDELAY");
	uint64_t ms;

	if (text && num_u64(text, strlen(text), &ms) == 0 && ms <= 1000)
		return (int)ms;
	return ESCAPE_DELAY_MS;
}

/*
 * Curses makes what it sends in buffers that grow, remembers how each string is made, and crashes later where it could
 * not. It does so now, with every string that a frame may need; drawing then takes no memory, but for the first frame
 * of each size.
 */
static void strings_make(void)
{
	const char *const strings[] = {
	        set_a_foreground, set_a_background, set_foreground,    set_background,
	        cursor_address,   row_address,      column_address,    parm_up_cursor,
	        parm_down_cursor, parm_left_cursor, parm_right_cursor, change_scroll_region,
	        parm_index,       parm_rindex,      parm_insert_line,  parm_delete_line,
	        parm_ich,         parm_dch,         erase_chars,       repeat_char,
	};

	if (set_attributes)
		tiparm(set_attributes, 1, 1, 1, 1, 1, 1, 1, 1, 1);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strings[i])
			tiparm(strings[i], 999, 999);
}

/* False: there was no memory. */
static bool modes_set(struct tui *t)
{
	int delay = escape_delay();

	curses_begins();
	t->window = stdscr;
	t->keyboard = newpad(1, 1);
	set_escdelay(delay);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(t->keyboard, TRUE);
	nodelay(t->keyboard, TRUE);
	leaveok(t->window, FALSE);
	strings_make();
	return curses_ends() && t->keyboard;
}

/* Sets modes, windows and theme of t->screen. */
static int terminal_start(struct tui *t, const struct tui_options *o)
{
	if (!modes_set(t))
		return -ENOMEM;
	t->settings.ascii = o->ascii || !terminal_utf8();
	return theme_init(&t->theme, o->theme, terminal_colours(o->color));
}

static int tui_new(FILE *out, FILE *in, struct tui **ret)
{
	struct tui *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->out = out;
	t->in = in;
	t->number = 1;
	t->notice_time = UNKNOWN;
	*ret = t;
	return 0;
}

static int tui_make_views(struct tui *t)
{
	const struct view_settings *s = &t->settings;

	t->views[1] = view_overview_new(s);
	t->views[2] = view_maps_new(s);
	t->views[3] = view_smaps_new(s);
	t->views[4] = view_status_new(s);
	t->views[5] = view_heap_new(s);
	t->views[6] = view_sites_new(s);
	t->views[7] = view_processes_new(s);
	t->detail = view_detail_new(s);
	t->why = view_why_new(s);
	t->help = view_help_new(s);
	t->difference = view_difference_new(s);
	bool all = t->views[1] && t->views[2] && t->views[3] && t->views[4] && t->views[5] &&
	           t->views[6] && t->views[7];
	return all && t->detail && t->why && t->help && t->difference ? 0 : -ENOMEM;
}

static int tui_start(struct tui *t, const struct tui_options *o)
{
	int err = terminal_start(t, o);

	return err ? err : tui_make_views(t);
}

/*
 * Curses closes the files that it read before newterm gives up, and what that leaves in errno says nothing: a terminal that
 * is known and was not opened lacked memory; so did one that cannot be looked up for want of it.
 */
static bool memory_lacked(const char *type, int fd)
{
	int found;

	curses_begins();
	bool is_known = setupterm(type, fd, &found) == OK;
	bool fed = curses_ends();
	if (is_known && fed)
		del_curterm(cur_term);
	return !fed || is_known;
}

/* NULL: curses cannot drive that, or there was no memory, and *ret_err says which. */
static SCREEN *screen_new(const char *type, FILE *out, FILE *in, int *ret_err)
{
	curses_begins();
	SCREEN *screen = newterm(type, out, in);
	bool fed = curses_ends();

	if (fed && !screen)
		fed = !memory_lacked(type, fileno(out));
	*ret_err = !fed ? -ENOMEM : screen ? 0 : -ENOTSUP;
	return screen;
}

int tui_open(const struct tui_options *o, FILE *out, FILE *in, struct tui **ret)
{
	const char *term = getenv("TERM");
	struct tui *t;
	int err;

	if (!term || !*term || !strcmp(term, "dumb"))
		return -ENOTSUP;
	err = tui_new(out, in, &t);
	if (err)
		return err;
	t->screen = screen_new(NULL, out, in, &err);
	if (t->screen)
		restore_keep();
	if (!err)
		err = tui_start(t, o);
	if (err)
		tui_close(t);
	else
		*ret = t;
	return err;
}

/* A terminal type that a minimal terminfo database has; the one with colours first. */
static SCREEN *headless_screen(FILE *out, FILE *in, int *ret_err)
{
	static const char *const types[] = {"xterm-256color", "xterm", "linux", "vt100", "ansi"};
	SCREEN *screen = NULL;

	for (size_t i = 0; !screen && i < sizeof(types) / sizeof(types[0]); i++)
		screen = screen_new(types[i], out, in, ret_err);
	return screen;
}

int tui_open_headless(const struct tui_options *o, int rows, int width, struct tui **ret)
{
	FILE *out = fopen("/dev/null", "we"), *in = fopen("/dev/null", "re");
	struct tui *t = NULL;
	int err = out && in ? tui_new(out, in, &t) : -errno;

	if (err) {
		if (out)
			fclose(out);
		if (in)
			fclose(in);
		return err;
	}
	t->headless = true;
	t->screen = headless_screen(out, in, &err);
	if (!err)
		err = tui_start(t, o);
	if (err) {
		tui_close(t);
		return err;
	}
	tui_resize(t, rows, width);
	*ret = t;
	return 0;
}

static void view_free(struct view *v)
{
	if (v)
		v->ops->free(v);
}

static void screen_close(struct tui *t)
{
	int error;

	curses_begins();
	set_term(t->screen);
	if (t->keyboard)
		delwin(t->keyboard);
	if (!isendwin())
		endwin();
	error = errno;
	/*
	 * That of a real terminal lasts as long as we do, and is not worth a crash: where memory lacked once,
	 * curses frees what it never had.
	 */
	if (t->headless)
		delscreen(t->screen);
	curses_ends();
	if (!t->headless)
		restore_again(fileno(t->out), error);
}

void tui_close(struct tui *t)
{
	if (!t)
		return;
	if (t->screen && !t->lost)
		screen_close(t);
	for (unsigned i = 0; i < TUI_VIEWS; i++)
		view_free(t->views[i]);
	view_free(t->detail);
	view_free(t->why);
	view_free(t->help);
	view_free(t->difference);
	moment_unref(t->moment);
	if (t->headless) {
		fclose(t->out);
		fclose(t->in);
	}
	free(t);
}

void tui_suspend(struct tui *t)
{
	if (t->lost)
		return;
	curses_begins();
	set_term(t->screen);
	endwin();
	t->lost = !curses_ends();
}

/* The size as the terminal says it. */
static bool terminal_size(const struct tui *t, int *ret_rows, int *ret_width)
{
	struct winsize size;

	if (ioctl(fileno(t->out), TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
		return false;
	*ret_rows = size.ws_row;
	*ret_width = size.ws_col;
	return true;
}

void tui_resize(struct tui *t, int rows, int width)
{
	if (t->lost)
		return;
	set_term(t->screen);
	if ((rows <= 0 || width <= 0) && !terminal_size(t, &rows, &width))
		return;
	if (rows != LINES || width != COLS) {
		curses_begins();
		bool done = resizeterm(rows, width) == OK;
		/* Some of its windows are as large as it says now, some are not: drawing would write behind them. */
		t->lost |= !curses_ends() || !done;
	}
	tui_refresh(t);
}

void tui_redraw(struct tui *t)
{
	int rows, width;

	set_term(t->screen);
	if (!t->headless && terminal_size(t, &rows, &width))
		tui_resize(t, rows, width);
	if (!t->lost)
		clearok(curscr, TRUE);
	tui_draw(t);
}

bool tui_lost(const struct tui *t)
{
	return t->lost;
}

/* Nothing to read may mean that nobody will ever type again. */
static bool terminal_gone(const struct tui *t)
{
	struct pollfd p = {.fd = fileno(t->in), .events = POLLIN};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

int tui_read_key(struct tui *t)
{
	wint_t wide;

	set_term(t->screen);
	/*
	 * A character that breaks off makes curses put the key behind it back where no poll sees it: it is asked for
	 * once more before there is nothing.
	 */
	for (int tries = 0; tries < 2; tries++)
		switch (wget_wch(t->keyboard, &wide)) {
		case KEY_CODE_YES:
			if (wide == KEY_RESIZE)
				tui_resize(t, 0, 0);
			return (int)wide;
		case OK:
			return wide < 0x80 ? (int)wide : (int)(wide | KEY_WIDE);
		default:
			break;
		}
	return terminal_gone(t) ? -2 : -1;
}
