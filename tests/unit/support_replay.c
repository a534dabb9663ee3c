/* SPDX-License-Identifier: MIT */
#include "support_replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct replay *replay_of(const char *path)
{
	struct fault f = {0};
	struct replay *r = NULL;
	int err = replay_open(path, &r, &f);

	if (err)
		fail_msg("%d: %s", err, f.text);
	return r;
}

struct moment *moment_of(struct replay *r, uint64_t time, uint64_t focus)
{
	struct fault f = {0};
	struct moment *m = NULL;
	int err = replay_moment(r, time, focus, &m, &f);

	if (err)
		fail_msg("%d: %s", err, f.text);
	return m;
}
