/* SPDX-License-Identifier: MIT */
/*
 * The program as people start it, in a terminal of its own. Knows what goes in and what comes out, that an answer comes, and how
 * it must leave. Refuses to see the screen: only stage.c can look behind it.
 */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "base/clock.h"

enum { ROWS_MAX = 120, COLUMNS_MAX = 400, ACTS_BETWEEN = 40, STATUS_SANITIZER = 98 };

/* ^Q, for a ^S may have been among the keys; the first of them may follow a ^V, which takes its meaning away. */
#define GO_ON "\021\021"

/* An answer, the first picture, the end: generous, for a machine that is busy; the promise itself is bench's. */
#define PATIENCE (30 * NS_PER_S)

struct outside {
	struct dice dice;
	struct forest forest;
	int terminal, slave;
	pid_t pid;
	struct termios before;
	char *seen; /* all that came */
	size_t len, cap;
	int status;
	bool ended;
};

/* Takes what came within so many ms. False: nothing did. */
static bool take(struct outside *o, int ms)
{
	struct pollfd p = {o->terminal, POLLIN, 0};
	ssize_t n;

	if (poll(&p, 1, ms) != 1)
		return false;
	if (o->cap - o->len < 65536) {
		o->cap = 2 * o->cap + 131072;
		o->seen = realloc(o->seen, o->cap);
		if (!o->seen)
			broken("no memory for %zu bytes of screen", o->cap);
	}
	n = read(o->terminal, o->seen + o->len, 65536);
	if (n > 0)
		o->len += (size_t)n;
	return n > 0;
}

static bool has_ended(struct outside *o)
{
	if (!o->ended)
		o->ended = waitpid(o->pid, &o->status, WNOHANG) == o->pid;
	return o->ended;
}

/* A terminal that is full is read first. */
static void put(struct outside *o, const char *bytes, size_t len)
{
	while (len > 0 && !has_ended(o)) {
		ssize_t n = write(o->terminal, bytes, len);
		if (n < 0 && errno != EAGAIN)
			return;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
		take(o, n > 0 ? 0 : 10);
	}
}

static void resize(struct outside *o, int rows, int columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	ioctl(o->terminal, TIOCSWINSZ, &size);
}

/* Whatever was open is left, and the screen is asked for: it comes, or the program is gone. */
static void await_answer(struct outside *o)
{
	static const char ask[] = GO_ON "\033\033\033\f";
	uint64_t begin = clock_mono();

	doing("asking for an answer");
	while (take(o, 20))
		;
	size_t before = o->len;
	put(o, ask, sizeof(ask) - 1);
	while (o->len == before && !take(o, 50))
		if (has_ended(o))
			return;
		else if (clock_mono() - begin > PATIENCE)
			broken("no answer within %u s", (unsigned)(PATIENCE / NS_PER_S));
	doing("playing outside");
}

static void show_tail(const struct outside *o)
{
	size_t from = o->len > 3000 ? o->len - 3000 : 0;

	for (size_t i = from; i < o->len; i++)
		if (o->seen[i] == '\n' || (o->seen[i] >= ' ' && o->seen[i] < 0x7f))
			fputc(o->seen[i], stderr);
	fputc('\n', stderr);
}

static void look_at_end(struct outside *o)
{
	struct termios after;
	const char *fault = wire_fault(o->seen, o->len, ROWS_MAX, COLUMNS_MAX, true);
	int status = WIFEXITED(o->status) ? WEXITSTATUS(o->status) : -1;

	if (status < 0 || status > 5 || status == 2)
		show_tail(o);
	if (status < 0)
		broken("ended by signal %d", WTERMSIG(o->status));
	if (status > 5 || status == 2)
		broken("status %d", status);
	if (fault)
		broken("on the wire: %s", fault);
	if (tcgetattr(o->slave, &after))
		broken("the terminal cannot be asked");
	if (after.c_lflag != o->before.c_lflag || after.c_iflag != o->before.c_iflag ||
	    after.c_oflag != o->before.c_oflag)
		broken("the terminal is not as it was: lflag %x iflag %x oflag %x", after.c_lflag,
		       after.c_iflag, after.c_oflag);
}

/* It is told to leave until it does. */
static void leave(struct outside *o)
{
	uint64_t begin = clock_mono();

	doing("leaving");
	while (!has_ended(o)) {
		put(o, GO_ON "\033\033\033q", sizeof(GO_ON) + 3);
		for (int i = 0; i < 20 && !has_ended(o); i++)
			take(o, 10);
		if (clock_mono() - begin > PATIENCE)
			broken("it does not leave");
	}
	while (take(o, 0))
		;
}

static void start(struct outside *o, const char *program, int target, const char *procfs)
{
	static const char *const terms[] = {"xterm-256color", "screen", "linux", "vt100"};
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	const char *term = terms[dice_roll(&o->dice, 4)],
	           *locale = dice_once(&o->dice, 4) ? "C" : "C.UTF-8";
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", target ? target : FOREST_PID);
	bool list = dice_once(&o->dice, 5);
	if (openpty(&o->terminal, &o->slave, NULL, NULL, &size) || tcgetattr(o->slave, &o->before))
		broken("no terminal: %s", strerror(errno));
	/* What is typed before it begins and after it has left is not shown to us. */
	o->before.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(o->slave, TCSANOW, &o->before);
	o->pid = fork();
	if (o->pid == 0) {
		char *const arguments[] = {(char *)(uintptr_t)program,
		                           "-i",
		                           "0.05",
		                           "--procfs",
		                           (char *)(uintptr_t)procfs,
		                           list ? NULL : pid,
		                           NULL};
		setenv("TERM", term, 1);
		setenv("LC_ALL", locale, 1);
		setenv("ASAN_OPTIONS", "exitcode=98", 1);
		close(o->terminal);
		login_tty(o->slave);
		execv(program, arguments);
		_exit(127);
	}
	fcntl(o->terminal, F_SETFL, O_NONBLOCK);
	/* Before the first picture keys are the line editor's, not the program's. */
	uint64_t begin = clock_mono();
	while (o->len < 500 && !has_ended(o) && clock_mono() - begin < PATIENCE)
		take(o, 20);
}

static void act(struct outside *o, const struct act *a)
{
	switch (a->kind) {
	case ACT_BYTES:
	case ACT_CODE:
		progress->keys += a->len;
		put(o, a->bytes, a->len);
		break;
	case ACT_RESIZE:
		resize(o, a->rows, a->columns);
		break;
	case ACT_LIVE:
		forest_live(&o->forest, &o->dice);
		break;
	case ACT_REDRAW:
		kill(o->pid, SIGCONT);
		break;
	case ACT_WAIT:
	case ACT_LATER:
		take(o, 60);
		break;
	}
	take(o, 0);
}

void outside_play(uint64_t seed, const char *dir, const char *program, int target)
{
	struct outside o = {.dice = {seed}};
	char procfs[200];
	struct act a;

	doing("planting");
	snprintf(procfs, sizeof(procfs), "%s/proc", dir);
	mkdir(procfs, 0755);
	forest_plant(&o.forest, procfs, &o.dice);
	doing("starting");
	start(&o, program, target, target ? "/proc" : procfs);
	doing("playing outside");
	for (unsigned i = 0; i < ACTS && !has_ended(&o); i++) {
		hand_act(&o.dice, true, &a);
		progress->act = i;
		progress->acts++;
		act(&o, &a);
		if (i % ACTS_BETWEEN == ACTS_BETWEEN - 1)
			await_answer(&o);
	}
	leave(&o);
	look_at_end(&o);
	forest_release(&o.forest);
	close(o.terminal);
	close(o.slave);
	free(o.seen);
}
