/* SPDX-License-Identifier: MIT */
/*
 * keys [--seconds N] [--sequences N] [--program PROGRAM] [--target PID] [--from SEED] [SEED]...: plays sequences. Each runs in a child, so that
 * what breaks it, or holds it up, is told here with its seed. --program plays in a terminal around that program instead.
 */
#include "keys.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* So many sequences share a process; nothing for so long is a hang. */
enum { BLOCK = 12, HANG_S = 90, RECORD_BLOCK = -1 };

struct progress *progress;
static char scratch[64]; /* all that is written lies below */
static uint64_t *seeds;  /* those that were given */

struct orders {
	uint64_t from, sequences, seconds;
	const char *program;
	int target;
	const uint64_t *seeds;
	size_t seed_count;
	char recording[96]; /* "": none */
};

void doing(const char *what)
{
	snprintf(progress->doing, sizeof(progress->doing), "%s", what);
}

void broken(const char *format, ...)
{
	va_list args;

	/* What stands on our stderr may go into a report just now. */
	fprintf(stderr, "seed %" PRIu64 ", act %" PRIu64 ", %s: ", progress->seed, progress->act,
	        progress->doing);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	_exit(STATUS_BROKEN);
}

static void play_one(const struct orders *o, uint64_t seed)
{
	char dir[160];

	snprintf(dir, sizeof(dir), "%s/%" PRIu64, scratch, seed);
	progress->seed = seed;
	progress->act = 0;
	if (mkdir(dir, 0755) || chdir(dir))
		broken("no directory %s", dir);
	if (o->program)
		outside_play(seed, dir, o->program, o->target);
	else
		stage_play(seed, dir, o->recording[0] ? o->recording : NULL);
	progress->sequences++;
	if (chdir("/"))
		broken("no way back");
	remove_all(dir);
}

static uint64_t seed_at(const struct orders *o, uint64_t i)
{
	return o->seeds ? o->seeds[i] : o->from + i;
}

/* A sanitizer may have written where the report was about to go. */
static void show_report(void)
{
	char path[160], text[8192];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%" PRIu64 "/report", scratch, progress->seed);
	file = fopen(path, "re");
	while (file && (n = fread(text, 1, sizeof(text), file)) > 0)
		fwrite(text, 1, n, stderr);
	if (file)
		fclose(file);
}

/* Waits for a child that makes progress. False: it broke, and that is told. */
static bool await(pid_t pid)
{
	uint64_t acts = progress->acts, since = clock_mono();
	char was[sizeof(progress->doing)];
	int status;

	memcpy(was, progress->doing, sizeof(was));
	while (waitpid(pid, &status, WNOHANG) == 0) {
		nanosleep(&(struct timespec){0, 5000000}, NULL);
		if (progress->acts != acts || memcmp(was, progress->doing, sizeof(was)) != 0) {
			acts = progress->acts;
			memcpy(was, progress->doing, sizeof(was));
			since = clock_mono();
		}
		if (clock_mono() - since > HANG_S * NS_PER_S) {
			fprintf(stderr, "seed %" PRIu64 ", act %" PRIu64 ", %s: hangs\n",
			        progress->seed, progress->act, progress->doing);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return false;
		}
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != STATUS_BROKEN) {
		show_report();
		fprintf(stderr, "seed %" PRIu64 ", act %" PRIu64 ", %s: ended by %s %d\n",
		        progress->seed, progress->act, progress->doing,
		        WIFEXITED(status) ? "status" : "signal",
		        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	}
	return false;
}

static bool play_block(const struct orders *o, uint64_t first, uint64_t count, uint64_t deadline)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (uint64_t i = 0; i < count && clock_mono() < deadline; i++)
			play_one(o, seed_at(o, first + i));
		_exit(0);
	}
	return pid > 0 && await(pid);
}

static bool record(struct orders *o)
{
	char dir[80];
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s/r", scratch);
	snprintf(o->recording, sizeof(o->recording), "%s/recording.mld", scratch);
	doing("recording");
	pid = fork();
	if (pid == 0) {
		if (mkdir(dir, 0755) || chdir(dir))
			broken("no directory %s", dir);
		stage_record(dir, o->recording);
		_exit(0);
	}
	if (pid < 0 || !await(pid))
		return false;
	if (access(o->recording, R_OK))
		o->recording[0] = '\0';
	return true;
}

/* One that stands alone is played to its end, however long it takes. */
static bool play(struct orders *o)
{
	uint64_t begin = clock_mono(), i = 0;
	uint64_t deadline = o->seconds ? begin + o->seconds * NS_PER_S : UINT64_MAX;
	uint64_t last = o->seeds ? o->seed_count : o->sequences ? o->sequences : UINT64_MAX;

	if (!o->program && !record(o))
		return false;
	for (; i < last && clock_mono() < deadline; i += BLOCK)
		if (!play_block(o, i, last - i < BLOCK ? last - i : BLOCK, deadline))
			return false;
	return true;
}

static int usage(void)
{
	fputs("keys [--seconds N] [--sequences N] [--program PROGRAM] [--target PID] [--from SEED] "
	      "[SEED]...\n",
	      stderr);
	return 2;
}

static bool parse(int argc, char **argv, struct orders *o)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (argv[i][0] != '-') {
			seeds[o->seed_count++] = strtoull(argv[i], NULL, 10);
			o->seeds = seeds;
			continue;
		}
		if (!strcmp(argv[i], "--seconds"))
			o->seconds = strtoull(value, NULL, 10);
		else if (!strcmp(argv[i], "--sequences"))
			o->sequences = strtoull(value, NULL, 10);
		else if (!strcmp(argv[i], "--from"))
			o->from = strtoull(value, NULL, 10);
		else if (!strcmp(argv[i], "--target"))
			o->target = atoi(value);
		else if (!strcmp(argv[i], "--program"))
			o->program = realpath(value, NULL);
		else
			return false;
		i++;
	}
	return o->seeds || o->seconds || o->sequences;
}

int main(int argc, char **argv)
{
	struct orders o = {.from = 1};
	uint64_t begin = clock_mono();

	seeds = calloc((size_t)argc, sizeof(*seeds));
	if (!seeds || !parse(argc, argv, &o))
		return usage();
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	                -1, 0);
	snprintf(scratch, sizeof(scratch), "/tmp/keys-XXXXXX");
	if (progress == MAP_FAILED || !mkdtemp(scratch))
		return 1;
	setenv("HOME", scratch, 1);
	setenv("XDG_STATE_HOME", scratch, 1);
	setenv("XDG_CONFIG_HOME", scratch, 1);
	signal(SIGPIPE, SIG_IGN);
	bool whole = play(&o);
	if (!whole)
		fprintf(stderr, "again: tests/keys/run.sh %s%s%" PRIu64 "\n",
		        o.program ? "--program " : "", o.program ? "PROGRAM " : "", progress->seed);
	printf("%s %" PRIu64 " sequences, %" PRIu64 " acts, %" PRIu64
	       " keys in %.0f s; the slowest answer took %.1f ms of CPU\n",
	       whole ? "ok     " : "not ok ", progress->sequences, progress->acts, progress->keys,
	       (double)(clock_mono() - begin) / (double)NS_PER_S,
	       (double)progress->worst_ns / (double)NS_PER_MS);
	remove_all(scratch);
	free(seeds);
	free((char *)(uintptr_t)o.program);
	return whole ? 0 : 1;
}
