/* SPDX-License-Identifier: MIT */
/* Knows processes, terminals and patience. Refuses to judge. */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 32, KEY_MS = 25, PRESS_AGAIN_MS = 2500, TERM_MS = 5000, LIMIT_MS = 30000 };

struct terminal {
	int master, slave; /* -1: none */
	struct termios before;
	bool left;     /* nothing is switched on that was not switched off */
	char tail[64]; /* last bytes seen, where a sequence may be cut */
	long drawn_at; /* ms; 0: nothing was drawn yet */
	size_t key;    /* next to type */
	int insisted;  /* how often something was typed behind the last */
	long type_at;  /* when */
};

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const char *run_path(const struct place *p, const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", p->base, name);
	return path;
}

/* --- the directory -------------------------------------------------------------------------------------- */

static void empty(const char *path)
{
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static void copy(const char *from, const char *to)
{
	char bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			break;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

static void lay_out(const struct place *p, const struct scenario *s)
{
	static const char *const seeds[] = {"seed.rec", "other.rec", "seed.csv"};
	char from[PATH_MAX + 64], name[64];

	empty(run_path(p, "work"));
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		snprintf(from, sizeof(from), "%s/%s", p->seeds, seeds[i]);
		snprintf(name, sizeof(name), "work/%s", seeds[i]);
		if (strstr(s->args, seeds[i]))
			copy(from, run_path(p, name));
		if (s->seed && strcmp(s->seed, seeds[i]) == 0)
			copy(from, run_path(p, "work/out.rec"));
	}
	for (int i = 0; i < 2; i++)
		unlink(run_path(p, i ? "out" : "err"));
}

/* --- the program ---------------------------------------------------------------------------------------- */

static void put_number(char *to, size_t size, pid_t pid)
{
	snprintf(to, size, "%d", (int)pid);
}

/* Cuts `text` into words at blanks, and puts targets in. */
static void split(const struct place *p, char *text, char numbers[2][16], const char *words[WORDS])
{
	char *rest = NULL;
	size_t n = 0;

	put_number(numbers[0], 16, p->idle);
	put_number(numbers[1], 16, p->leak);
	words[n++] = p->program;
	for (char *w = strtok_r(text, " ", &rest); w && n < WORDS - 1;
	     w = strtok_r(NULL, " ", &rest))
		words[n++] = strcmp(w, "$IDLE") == 0   ? numbers[0]
		             : strcmp(w, "$LEAK") == 0 ? numbers[1]
		             : strcmp(w, "$NAME") == 0 ? p->name
		                                       : w;
	words[n] = NULL;
}

static void to_file(const char *path, int fd)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (file >= 0)
		dup2(file, fd);
}

static void set_environment(const struct place *p)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("XDG_STATE_HOME", run_path(p, "work"), 1);
	setenv(FAULT_ENV, run_path(p, "page"), 1);
	setenv("LD_PRELOAD", p->shim, 1);
	unsetenv("NO_COLOR");
	unsetenv("TMUX");
}

static void become(const struct place *p, const struct scenario *s, struct terminal *t)
{
	const char *words[WORDS];
	char text[256], numbers[2][16], *const *argv;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (t->slave >= 0)
		ioctl(t->slave, TIOCSCTTY, 0);
	dup2(t->slave >= 0 ? t->slave : null, STDIN_FILENO);
	to_file(run_path(p, "out"), STDOUT_FILENO);
	if (t->slave >= 0)
		dup2(t->slave, STDOUT_FILENO);
	to_file(run_path(p, "err"), STDERR_FILENO);
	if (chdir(run_path(p, "work")))
		_exit(126);
	snprintf(text, sizeof(text), "%s", s->args);
	split(p, text, numbers, words);
	set_environment(p);
	memcpy(&argv, &(const char *const *){words}, sizeof(argv));
	execv(p->program, argv);
	_exit(126);
}

/* --- the terminal --------------------------------------------------------------------------------------- */

static int terminal_open(struct terminal *t, bool wanted)
{
	struct winsize size = {.ws_row = 30, .ws_col = 100};

	*t = (struct terminal){.master = -1, .slave = -1, .left = true};
	if (!wanted)
		return 0;
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->master < 0 || grantpt(t->master) || unlockpt(t->master))
		return -errno;
	t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->slave < 0 || tcgetattr(t->slave, &t->before))
		return -errno;
	ioctl(t->slave, TIOCSWINSZ, &size);
	return 0;
}

static void terminal_close(struct terminal *t)
{
	if (t->master >= 0)
		close(t->master);
	if (t->slave >= 0)
		close(t->slave);
}

/* What stays switched on: the last of each pair decides. */
static void follow(struct terminal *t, const char *text)
{
	static const struct {
		const char *on, *off;
	} pairs[] = {{"\033[?1049h", "\033[?1049l"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		for (const char *p = text; (p = strstr(p, "\033[?1049")); p++) {
			if (strncmp(p, pairs[i].on, strlen(pairs[i].on)) == 0)
				t->left = false;
			if (strncmp(p, pairs[i].off, strlen(pairs[i].off)) == 0)
				t->left = true;
		}
}

/* Takes what was drawn; `log` keeps it. */
static void take(struct terminal *t, int log)
{
	char bytes[1 << 14], text[sizeof(bytes) + sizeof(t->tail)];
	ssize_t n = read(t->master, bytes, sizeof(bytes) - 1);

	if (n <= 0)
		return;
	if (write(log, bytes, (size_t)n) < 0)
		perror("tty");
	for (ssize_t i = 0; i < n; i++)
		bytes[i] = bytes[i] ? bytes[i] : ' ';
	bytes[n] = '\0';
	snprintf(text, sizeof(text), "%s%s", t->tail, bytes);
	follow(t, text);
	size_t len = strlen(text), keep = len < 8 ? len : 8;
	memcpy(t->tail, text + len - keep, keep + 1);
	if (!t->drawn_at)
		t->drawn_at = now_ms();
}

/* A key that is none: "#ROWSxCOLUMNS", another size of the terminal, which the kernel tells. */
static bool resize(struct terminal *t, const char *key)
{
	struct winsize size = {0};

	if (sscanf(key, "#%hux%hu", &size.ws_row, &size.ws_col) != 2)
		return false;
	ioctl(t->master, TIOCSWINSZ, &size);
	return true;
}

/*
 * The next key where it is time; where nothing comes of the last one it is typed once more, and then ^C: who got a table in
 * place of the screen waits for that.
 */
static void type(struct terminal *t, const struct scenario *s, struct outcome *o, double patience)
{
	static const char *const insisting[] = {"\033", NULL, "\003"};
	enum { INSISTING = sizeof(insisting) / sizeof(insisting[0]) };
	long now = now_ms();
	const char *key = s->keys[t->key];

	if (!t->drawn_at || now < t->type_at)
		return;
	if (!t->type_at) {
		t->type_at = now + (long)(100 * patience);
		return;
	}
	if (!key) {
		key = insisting[t->insisted % INSISTING];
		key = key ? key : s->keys[t->key - 1];
		t->insisted++;
		o->pressed_again = true;
		t->type_at = now + 300;
	} else {
		t->key++;
		t->type_at = now + (long)((s->keys[t->key] ? KEY_MS : PRESS_AGAIN_MS) * patience) +
		             (*key ? 0 : 75);
		if (!*key || resize(t, key))
			return;
	}
	if (write(t->master, key, strlen(key)) < 0)
		t->type_at = now + 300;
}

/* --- until it ends -------------------------------------------------------------------------------------- */

static void wait_end(pid_t pid, const struct place *p, const struct scenario *s, struct terminal *t,
                     struct outcome *o)
{
	int log = open(run_path(p, "tty"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
	    status = 0;
	long begin = now_ms(), limit = (long)(LIMIT_MS * p->patience);
	bool told = false;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct pollfd f = {t->master, POLLIN, 0};
		if (poll(&f, t->master >= 0, 4) == 1)
			take(t, log);
		if (t->master >= 0)
			type(t, s, o, p->patience);
		long spent = now_ms() - begin;
		if (!told && spent > limit - TERM_MS)
			told = kill(pid, SIGTERM) == 0;
		if (spent > limit) {
			o->hung = true;
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
	}
	struct pollfd f = {t->master, POLLIN, 0};
	while (t->master >= 0 && poll(&f, 1, 0) == 1 && (f.revents & POLLIN))
		take(t, log);
	close(log);
	o->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	o->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static bool same_modes(const struct terminal *t)
{
	struct termios after;

	if (t->slave < 0)
		return true;
	return tcgetattr(t->slave, &after) == 0 && after.c_iflag == t->before.c_iflag &&
	       after.c_oflag == t->before.c_oflag && after.c_cflag == t->before.c_cflag &&
	       after.c_lflag == t->before.c_lflag &&
	       !memcmp(after.c_cc, t->before.c_cc, sizeof(after.c_cc));
}

int run_once(const struct place *p, const struct scenario *s, struct outcome *ret)
{
	struct terminal t;
	int err = terminal_open(&t, s->keys != NULL);
	pid_t pid;

	if (err) {
		terminal_close(&t);
		return err;
	}
	lay_out(p, s);
	*ret = (struct outcome){0};
	pid = fork();
	if (pid == 0)
		become(p, s, &t);
	if (pid < 0) {
		terminal_close(&t);
		return -errno;
	}
	wait_end(pid, p, s, &t, ret);
	ret->modes_kept = same_modes(&t);
	ret->screen_left = t.left;
	terminal_close(&t);
	return 0;
}
