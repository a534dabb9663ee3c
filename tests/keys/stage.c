/* SPDX-License-Identifier: MIT */
/*
 * A dashboard in this process: real options, real threads, real curses, which reads keys from a pipe and writes into memory.
 * Knows what must hold after every act. Refuses to know what an act means.
 */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../unit/support_file.h"
#include "base/clock.h"
#include "stage.h"
#include "tui/tui_internal.h"

/* How long leaving and the end of threads may take; no answer may take so much CPU. */
enum { PATIENCE_MS = 60000, ANSWER_MS = 3000, WAIT_MS = 60 };

/* Under ASan: tells of what nobody holds any more. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* --- events -------------------------------------------------------------------------------------------------- */

static void feed_at(struct stage *s, enum app_event_kind kind, int key, uint64_t now)
{
	if (s->s.app.done == END_NOT_YET)
		app_handle(&s->s.app, &(struct app_event){.kind = kind, .key = key, .now = now});
}

static void feed(struct stage *s, enum app_event_kind kind, int key)
{
	feed_at(s, kind, key, clock_mono());
}

static bool is_enter(int key)
{
	return key == '\n' || key == '\r' || key == KEY_ENTER;
}

/* Nothing is written out of the working directory. */
static bool leads_out(const struct stage *s)
{
	const struct prompt *p = &s->s.tui->prompt;
	bool path = p->label && (p->action == ACTION_EXPORT || p->action == ACTION_RECORD);

	return path && (p->text[0] == '/' || strstr(p->text, ".."));
}

static void press(struct stage *s, int key)
{
	progress->keys++;
	feed(s, APP_KEY, is_enter(key) && leads_out(s) ? 27 : key);
}

static void type(struct stage *s, const struct act *a)
{
	if (a->len && write(s->keyboard, a->bytes, a->len) != (ssize_t)a->len)
		broken("the keyboard takes no key: %s", strerror(errno));
	s->typed += a->len;
	while (s->s.app.done == END_NOT_YET) {
		int key = tui_read_key(s->s.tui);
		if (key == -1 && tui_read_key(s->s.tui) != -1)
			broken("a key is left behind, to be found with the next one");
		if (key == -1)
			return;
		if (key == -2)
			broken("the keyboard is said to be gone");
		if (++s->pressed > s->typed)
			broken("%zu keys of %zu bytes and new sizes", s->pressed, s->typed);
		press(s, key);
	}
}

/* Takes what has arrived, waiting at most so long for it. */
static void take(struct stage *s, int ms)
{
	struct app *a = &s->s.app;
	struct pollfd p[] = {
	        {app_mailbox(a) ? mailbox_screen_fd(app_mailbox(a)) : -1, POLLIN, 0},
	        {a->processes ? processes_fd(a->processes) : -1, POLLIN, 0},
	        {a->export ? export_job_fd(a->export) : -1, POLLIN, 0},
	        {a->recorder ? recorder_fd(a->recorder) : -1, POLLIN, 0},
	};
	static const enum app_event_kind kinds[] = {APP_MAIL, APP_PROCESSES, APP_EXPORTED,
	                                            APP_RECORDER};

	poll(p, 4, ms);
	for (unsigned i = 0; i < 4; i++)
		if (p[i].revents)
			feed(s, kinds[i], 0);
	feed(s, APP_TIMEOUT, 0);
}

static void act(struct stage *s, const struct act *a)
{
	switch (a->kind) {
	case ACT_BYTES:
		type(s, a);
		break;
	case ACT_CODE:
		press(s, a->code);
		break;
	case ACT_RESIZE:
		stage_resize(s, a->rows, a->columns);
		break;
	case ACT_LIVE:
		forest_live(&s->forest, &s->dice);
		break;
	case ACT_WAIT:
		take(s, WAIT_MS);
		break;
	case ACT_REDRAW:
		feed(s, APP_CONTINUED, 0);
		break;
	case ACT_LATER:
		feed_at(s, APP_TIMEOUT, 0, clock_mono() + 11 * NS_PER_S);
		break;
	}
}

static uint64_t cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* --- a sequence ------------------------------------------------------------------------------------------------ */

static void play_acts(struct stage *s, unsigned count)
{
	struct act a;

	for (unsigned i = 0; i < count && s->s.app.done == END_NOT_YET; i++) {
		hand_act(&s->dice, false, &a);
		progress->act = i;
		progress->acts++;
		uint64_t since = cpu_time();
		act(s, &a);
		take(s, 0);
		tui_draw(s->s.tui);
		uint64_t took = cpu_time() - since;
		/* What the forest and our own looking take is none of it. */
		if (a.kind != ACT_LIVE && took > progress->worst_ns)
			progress->worst_ns = took;
		if (a.kind != ACT_LIVE && took > ANSWER_MS * NS_PER_MS)
			broken("an answer took %u ms of CPU", (unsigned)(took / NS_PER_MS));
		stage_look_at_wire(s);
		if (i % 4 == 0 || a.kind == ACT_RESIZE)
			stage_look_at_screen(s);
	}
}

static void show_descriptors(void)
{
	char name[40], to[200];

	for (int fd = 3; fd < 1024; fd++) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(name, to, sizeof(to) - 1);
		if (n > 0)
			fprintf(stderr, "%d: %.*s\n", fd, (int)n, to);
	}
}

/* Threads that hang in a read are let go on, and then end by themselves. */
static void await_end(unsigned threads, unsigned fds)
{
	uint64_t begin = clock_mono();

	/* By the clock: on a busy machine a nap of 5 ms may take ten times as long. */
	while (clock_mono() - begin < PATIENCE_MS * NS_PER_MS) {
		if (entries_of("/proc/self/task") <= threads && entries_of("/proc/self/fd") <= fds)
			return;
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	if (entries_of("/proc/self/task") > threads)
		broken("%u threads are left", entries_of("/proc/self/task") - threads);
	show_descriptors();
	broken("%u descriptors are left", entries_of("/proc/self/fd") - fds);
}

/*
 * The program leaves whoever does not end within a second, and dies. Here it goes on: on a busy machine they end later, and
 * what they had must be given back.
 */
static void fetch(struct stage *s, struct session *session, struct player *player)
{
	uint64_t begin = clock_mono();
	bool session_ends = s->s.app.session || !session, player_ends = s->s.app.player || !player;

	doing("awaiting whom it left");
	while (!(session_ends && player_ends) && clock_mono() - begin < PATIENCE_MS * NS_PER_MS) {
		session_ends = session_ends || session_stop(session, END_QUIT);
		player_ends = player_ends || player_stop(player);
	}
	if (session_ends)
		s->s.app.session = session;
	if (player_ends)
		s->s.app.player = player;
}

/* The report goes into a file, which is looked at. */
static void leave(struct stage *s)
{
	int saved = dup(STDOUT_FILENO), saved_error = dup(STDERR_FILENO);
	int fd = open("report", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *text;
	const char *fault;

	if (s->s.app.done == END_NOT_YET)
		s->s.app.done = END_QUIT;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	int status =
	        s->s.app.player ? screen_leave_replay(&s->s, &s->o) : screen_leave(&s->s, &s->o);
	fflush(NULL);
	dup2(saved, STDOUT_FILENO);
	dup2(saved_error, STDERR_FILENO);
	close(saved);
	close(saved_error);
	off_t len = lseek(fd, 0, SEEK_END);
	text = mmap(NULL, (size_t)len + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	fault = len ? text_fault(text, (size_t)len, 0, 0, false) : NULL;
	munmap(text, (size_t)len + 1);
	close(fd);
	if (fault)
		broken("in the report: %s", fault);
	if (status < 0 || status > STATUS_OUTPUT || status == STATUS_USAGE)
		broken("status %d", status);
}

static void choose_terminal(struct stage *s)
{
	static const char *const terms[] = {"xterm-256color", "xterm", "screen", "linux",
	                                    "vt100",          "tmux",  "ansi"};

	s->utf8 = !dice_once(&s->dice, 4) && setlocale(LC_CTYPE, "C.UTF-8");
	if (!s->utf8)
		setlocale(LC_CTYPE, "C");
	setenv("TERM", terms[dice_roll(&s->dice, 7)], 1);
	if (dice_once(&s->dice, 4))
		setenv("NO_COLOR", "1", 1);
	else
		unsetenv("NO_COLOR");
	/* Nobody waits for the rest of a sequence that is cut. */
	setenv("ESCDELAY", "0", 1);
}

/* False: there is nothing to watch, as it may be. */
static bool begin(struct stage *s)
{
	struct replay *replay = NULL;
	struct fault fault = {0};
	int err = options_parse(s->argument_count, s->arguments, &s->o, &fault);

	if (err)
		broken("refused: %s", fault.text);
	stage_open_terminal(s);
	if (s->o.mode == MODE_REPLAY && replay_open(s->o.replay, &replay, &fault))
		broken("no replay: %s", fault.text);
	err = tui_open(&s->o.tui, s->out, s->in, &s->s.tui);
	if (err) { /* no such terminal here */
		setenv("TERM", "xterm", 1);
		err = tui_open(&s->o.tui, s->out, s->in, &s->s.tui);
	}
	if (err)
		broken("no screen: %s", strerror(-err));
	err = replay ? app_init_replay(&s->s.app, &s->o, s->s.tui, replay, &fault)
	             : app_init(&s->s.app, &s->o, s->s.tui, s->o.pid, NULL, &fault);
	if (!err)
		return true;
	if (fault.status != STATUS_GONE && fault.status != STATUS_DENIED)
		broken("status %d: %s", fault.status, fault.text);
	tui_close(s->s.tui);
	return false;
}

static void end(struct stage *s)
{
	struct session *session = s->s.app.session;
	struct player *player = s->s.app.player;

	doing("leaving");
	leave(s);
	fetch(s, session, player);
	doing("releasing");
	app_done(&s->s.app);
}

static void set_up(struct stage *s, uint64_t seed, const char *dir)
{
	*s = (struct stage){.dice = {seed}, .s = {.signals = -1, .options = &s->o}};
	snprintf(s->procfs, sizeof(s->procfs), "%s/proc", dir);
	snprintf(s->pid, sizeof(s->pid), "%d", FOREST_PID);
	mkdir(s->procfs, 0755);
	forest_plant(&s->forest, s->procfs, &s->dice);
}

static void tear_down(struct stage *s, unsigned threads, unsigned fds)
{
	forest_release(&s->forest);
	fclose(s->in);
	fclose(s->out);
	close(s->keyboard);
	doing("awaiting its threads");
	await_end(threads, fds);
}

void stage_play(uint64_t seed, const char *dir, const char *recording)
{
	struct stage s;
	unsigned threads = entries_of("/proc/self/task"), fds = entries_of("/proc/self/fd");
	int rows, width;

	doing("planting");
	set_up(&s, seed, dir);
	choose_terminal(&s);
	stage_choose(&s, recording);
	doing("beginning");
	if (begin(&s)) {
		/* Curses begins with the size that a description of a terminal has. */
		stage_resize(&s, 24, 80);
		tui_draw(s.s.tui);
		stage_look_at_wire(&s);
		hand_size(&s.dice, &rows, &width);
		stage_resize(&s, rows, width);
		doing("playing");
		play_acts(&s, ACTS);
		end(&s);
	}
	tear_down(&s, threads, fds);
	doing("looking for what nobody holds");
	if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
		broken("memory is left");
}

bool stage_record(const char *dir, const char *path)
{
	struct stage s;
	struct act grow = {.kind = ACT_LIVE}, wait = {.kind = ACT_WAIT};

	set_up(&s, 20261126, dir);
	setenv("TERM", "xterm", 1);
	stage_choose_recorded(&s, path);
	if (options_parse(s.argument_count, s.arguments, &s.o, &(struct fault){0}))
		return false;
	stage_open_terminal(&s);
	if (tui_open(&s.o.tui, s.out, s.in, &s.s.tui) ||
	    app_init(&s.s.app, &s.o, s.s.tui, s.o.pid, NULL, &(struct fault){0}))
		return false;
	for (int i = 0; i < 40; i++) {
		act(&s, &grow);
		act(&s, &wait);
		progress->acts++;
	}
	end(&s);
	return access(path, R_OK) == 0;
}
