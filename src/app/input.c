/* SPDX-License-Identifier: MIT */
#include "app/input.h"

/*
 * Which reader a file takes. Knows both; refuses to know what is in the file.
 */

#include <errno.h>
#include <string.h>

#include "app/pace.h"
#include "base/clock.h"
#include "base/safe_text.h"
#include "source/csv.h"

/* Samples come a little late; intervals are chosen in steps of this. */
#define INTERVAL_STEP (50 * NS_PER_MS)

static int open_recording(struct input *in, struct fault *fault)
{
	char name[256];
	int err = replay_open(in->path, &in->replay, fault);

	if (err)
		return err;
	err = replay_source(in->replay, &in->source);
	if (!err)
		return 0;
	safe_copy(name, sizeof(name), in->path, strlen(in->path), SAFE_UTF8);
	fault_set(fault, STATUS_USAGE, "%s: cannot be read: %s", name, fault_reason(err));
	return err;
}

int input_open(struct input *in, const char *path, bool recording, struct fault *fault)
{
	*in = (struct input){.path = path};
	if (recording || (strcmp(path, "-") != 0 && replay_recognise(path)))
		return open_recording(in, fault);
	return csv_open(path, &in->source, fault);
}

void input_close(struct input *in)
{
	if (in->source && !in->given)
		in->source->ops->free(in->source);
	replay_free(in->replay);
	*in = (struct input){0};
}

void input_fault(const struct input *in, int err, struct fault *ret)
{
	char name[256];

	if (in->replay)
		replay_source_fault(in->source, ret);
	else
		csv_fault(in->source, ret);
	if (ret->text[0])
		return;
	/* It is not the file. */
	if (err == -ENOMEM) {
		fault_set(ret, STATUS_GONE, "out of memory; free some and try again");
		return;
	}
	safe_copy(name, sizeof(name), in->path, strlen(in->path), SAFE_UTF8);
	fault_set(ret, STATUS_USAGE,
	          "%s: cannot be read any further: %s; look at what is there with --replay", name,
	          fault_reason(err));
}

const char *input_note(const struct input *in, unsigned index)
{
	return in->replay ? NULL : csv_note(in->source, index);
}

uint64_t input_interval(const struct input *in, uint64_t otherwise)
{
	struct pace pace = {0};
	uint64_t at, before, usual;

	if (!in->replay)
		return otherwise;
	at = replay_newest(in->replay);
	for (int i = 0; i < PACE_RECENT && known(at); i++, at = before) {
		before = replay_before(in->replay, at);
		if (known(before))
			pace_add(&pace, at - before);
	}
	usual = (pace_usual(&pace) + INTERVAL_STEP / 2) / INTERVAL_STEP * INTERVAL_STEP;
	return usual ? usual : otherwise;
}
