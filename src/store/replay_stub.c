/* SPDX-License-Identifier: MIT */
/* A build without SQLite: nothing is replayed, and it is said why. */
#include <errno.h>

#include "store/replay.h"

static int refuse(struct fault *fault)
{
	fault_set(fault, STATUS_USAGE,
	          "recordings: this program was built without SQLite; install its development "
	          "package and build again");
	return -ENOTSUP;
}

bool replay_recognise(const char *path)
{
	(void)path;
	return false;
}

int replay_open(const char *path, struct replay **ret, struct fault *fault)
{
	(void)path;
	(void)ret;
	return refuse(fault);
}

void replay_free(struct replay *r)
{
	(void)r;
}

int replay_refresh(struct replay *r, struct fault *fault)
{
	(void)r;
	return refuse(fault);
}

uint64_t replay_oldest(const struct replay *r)
{
	(void)r;
	return UNKNOWN;
}

uint64_t replay_newest(const struct replay *r)
{
	(void)r;
	return UNKNOWN;
}

uint64_t replay_at(const struct replay *r, uint64_t time)
{
	(void)r;
	(void)time;
	return UNKNOWN;
}

uint64_t replay_before(const struct replay *r, uint64_t time)
{
	return replay_at(r, time);
}

uint64_t replay_after(const struct replay *r, uint64_t time)
{
	return replay_at(r, time);
}

uint64_t replay_event_before(const struct replay *r, uint64_t time)
{
	return replay_at(r, time);
}

uint64_t replay_event_after(const struct replay *r, uint64_t time)
{
	return replay_at(r, time);
}

uint64_t replay_of_wall(const struct replay *r, uint64_t wall)
{
	return replay_at(r, wall);
}

enum watch_end replay_ended(const struct replay *r)
{
	(void)r;
	return END_NOT_YET;
}

const char *replay_child(const struct replay *r)
{
	(void)r;
	return "";
}

const char *replay_warning(const struct replay *r, unsigned index)
{
	(void)r;
	(void)index;
	return NULL;
}

bool replay_continues(const struct replay *r, uint64_t time)
{
	(void)r;
	(void)time;
	return false;
}

int replay_rebase(struct replay *r, uint64_t time)
{
	(void)r;
	(void)time;
	return -ENOTSUP;
}

int replay_moment(struct replay *r, uint64_t time, uint64_t focus, struct moment **ret,
                  struct fault *fault)
{
	(void)r;
	(void)time;
	(void)focus;
	(void)ret;
	return refuse(fault);
}

int replay_source(struct replay *r, struct source **ret)
{
	(void)r;
	(void)ret;
	return -ENOTSUP;
}

void replay_source_fault(const struct source *s, struct fault *ret)
{
	(void)s;
	refuse(ret);
}
