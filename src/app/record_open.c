/* SPDX-License-Identifier: MIT */
#include "app/record_open.h"

/*
 * Knows what the options mean for a recording, and how long is waited for one. Refuses to know what goes into it.
 */

#include <errno.h>

#include "app/modes.h"
#include "base/clock.h"

/* How long a file may take to open before the watch is not begun, and before one on a screen is, all the same. */
#define PATIENCE        (10 * NS_PER_S)
#define PATIENCE_SCREEN (NS_PER_S / 2)

int record_start(const struct options *o, const char *path, struct recorder **ret)
{
	struct recorder_options options = {.file = {.path = path,
	                                            .version = version_text(),
	                                            .limit = o->record_limit,
	                                            .interval = o->interval},
	                                   .pace = RECORDER_PACE,
	                                   .room = RECORDER_ROOM};

	return recorder_start(&options, ret);
}

int record_open(const struct options *o, bool screen, int wake_fd, struct recorder **ret,
                struct fault *fault)
{
	struct recorder *r;
	struct fault unsaid;
	int err;

	if (o->recorder) {
		*ret = recorder_ref(o->recorder);
		return 0;
	}
	err = record_start(o, o->record, &r);
	if (err)
		return fault_set(fault, STATUS_OUTPUT, "cannot record: %s; free some and try again",
		                 fault_reason(err));
	err = recorder_opened(r, screen ? PATIENCE_SCREEN : PATIENCE, wake_fd, fault);
	if (screen && err == -ETIMEDOUT) {
		*fault = (struct fault){0};
		err = 0;
	}
	if (!err) {
		*ret = r;
		return 0;
	}
	/* Its thread would die with the process amid the file that it makes. */
	record_end(r, &unsaid);
	recorder_unref(r);
	return err;
}

int record_end(struct recorder *r, struct fault *fault)
{
	struct recorder_state s;

	if (!r)
		return 0;
	recorder_finish(r);
	if (!recorder_ended(r, NS_PER_S)) {
		recorder_state(r, &s);
		if (s.written)
			return 0;
		fault_set(fault, STATUS_OUTPUT,
		          "recording %s: its disk is too slow; samples that may be missing there: "
		          "%llu",
		          recorder_path(r), (unsigned long long)s.waiting);
		return -EIO;
	}
	recorder_state(r, &s);
	if (s.phase == RECORDER_DONE)
		return 0;
	*fault = s.fault;
	return -EIO;
}
