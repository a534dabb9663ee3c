/* SPDX-License-Identifier: MIT */
/*
 * Giving the terminal back without curses. Knows the strings that do it, and the modes; refuses to know what curses is
 * doing meanwhile.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tui/tui_internal.h"

/* After the curses headers: term.h defines macros of plain names. */
#include <term.h>

/*
 * What gives the terminal back, kept for tui_emergency: by then curses may be in the middle of
 * anything, or gone. Written once, before any other thread can want it.
 */
static char restore_text[256];

void restore_keep(void)
{
	const char *const parts[] = {exit_attribute_mode, keypad_local, exit_ca_mode,
	                             cursor_normal};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t len = parts[i] ? strlen(parts[i]) : 0;
		if (at + len >= sizeof(restore_text))
			break;
		memcpy(restore_text + at, parts[i] ? parts[i] : "", len);
		at += len;
	}
	restore_text[at] = '\0';
}

static void emergency_write(int fd, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	while (len > 0) {
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		ssize_t n = poll(&p, 1, 0) == 1 ? write(fd, text, len) : -1;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Curses does not look whether what it wrote last was taken. */
static bool was_refused(int error)
{
	return error == EAGAIN || error == EINTR || error == EIO || error == ENOSPC;
}

void restore_again(int fd, int error)
{
	if (was_refused(error))
		emergency_write(fd, restore_text);
}

/*
 * The modes we change are known (cbreak, noecho, nonl), the strings were kept when the terminal was
 * taken. What is still queued would come after the last words, and may be what everybody waits
 * for: it is dropped.
 */
void tui_emergency(int fd)
{
	struct termios modes;

	tcflow(fd, TCOON);
	tcflush(fd, TCOFLUSH);
	if (tcgetattr(fd, &modes) == 0) {
		modes.c_lflag |= ICANON | ECHO | ISIG;
		modes.c_iflag |= ICRNL;
		modes.c_oflag |= OPOST | ONLCR;
		tcsetattr(fd, TCSANOW, &modes);
	}
	emergency_write(fd, restore_text);
}
