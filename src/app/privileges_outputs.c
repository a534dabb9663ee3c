/* SPDX-License-Identifier: MIT */
#include "app/privileges.h"

/*
 * The files that are written: what of root's rights they take. Knows how each is written; refuses to know what of it is
 * kept. Asked of the kernel by a thread that has given up what is in question, since modes are not all that decides.
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What of the rights of the one who looks is missing for that. What is not there is nobody's to permit. */
static bool is_denied(const char *path, int mode)
{
	return access(path, mode) < 0 && (errno == EACCES || errno == EPERM);
}

static void directory_of(const char *path, char out[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	snprintf(out, PATH_MAX, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
}

/* A file that is opened once, or made. */
static uint64_t for_opened(const char *path)
{
	char dir[PATH_MAX];
	bool denied;

	directory_of(path, dir);
	denied = access(path, F_OK) == 0 ? is_denied(path, W_OK)
	                                 : is_denied(dir, W_OK | X_OK) || is_denied(path, F_OK);
	return denied ? RIGHT(RIGHT_DAC_OVERRIDE) : 0;
}

/* Files come and go beside it, and take its place. */
static uint64_t for_replaced(const char *path)
{
	char dir[PATH_MAX];
	struct stat d, f;
	uint64_t set = 0;

	directory_of(path, dir);
	if (is_denied(dir, W_OK | X_OK) || is_denied(path, R_OK))
		set |= RIGHT(RIGHT_DAC_OVERRIDE);
	/* Where everybody has files, as in /tmp, nobody moves those of others. */
	if (stat(dir, &d) == 0 && d.st_mode & S_ISVTX && lstat(path, &f) == 0 &&
	    f.st_uid != geteuid() && d.st_uid != geteuid())
		set |= RIGHT(RIGHT_FOWNER);
	return set;
}

/* SQLite keeps a journal beside it, and gives that to the owner of the file, who must read it later. */
static uint64_t for_recording(const char *path)
{
	char dir[PATH_MAX];
	struct stat f;
	uint64_t set = for_opened(path);

	directory_of(path, dir);
	if (is_denied(dir, W_OK | X_OK))
		set |= RIGHT(RIGHT_DAC_OVERRIDE);
	if (lstat(path, &f) == 0 && f.st_uid != geteuid())
		set |= RIGHT(RIGHT_CHOWN);
	return set;
}

struct look {
	const struct options *o;
	uint64_t others;
	uint64_t needed;
};

static void *look_main(void *arg)
{
	struct look *l = arg;
	const struct options *o = l->o;

	if (privileges_keep(l->others))
		return NULL;
	if (o->csv && strcmp(o->csv, "-") != 0)
		l->needed |= for_opened(o->csv);
	if (o->record)
		l->needed |= for_recording(o->record);
	if (o->openmetrics)
		l->needed |= for_replaced(o->openmetrics);
	return NULL;
}

uint64_t privileges_of_outputs(const struct options *o, uint64_t others)
{
	struct look l = {.o = o, .others = others};
	pthread_t thread;

	if ((!o->csv && !o->record && !o->openmetrics) ||
	    pthread_create(&thread, NULL, look_main, &l))
		return 0;
	pthread_join(thread, NULL);
	return l.needed;
}
