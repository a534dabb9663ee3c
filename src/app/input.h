/* SPDX-License-Identifier: MIT */
#ifndef APP_INPUT_H
#define APP_INPUT_H

/* A file of figures, whichever it is: a recording, a CSV, a log. */

#include "base/fault.h"
#include "model/source.h"
#include "store/replay.h"

struct input {
	const char *path;      /* borrowed */
	struct source *source; /* the watch's once it has one; else freed by input_close */
	struct replay *replay; /* what it reads from; NULL: no recording */
	bool given;            /* the source went to a watch */
};

/*
 * Opens what `path` is ("-": a CSV or log on standard input); `recording`: it must be one. 0, or -errno with a
 * fault that names the file and the remedy. input_close is due either way.
 */
int input_open(struct input *in, const char *path, bool recording, struct fault *fault);

/* After the source was freed, if it was given away. */
void input_close(struct input *in);

/* Why sample() failed with `err`; the source must still be there. */
void input_fault(const struct input *in, int err, struct fault *ret);

/* Notes about how the file was understood; NULL past the last. */
const char *input_note(const struct input *in, unsigned index);

/* The usual ns between its newest samples; `otherwise` where the file does not say. */
uint64_t input_interval(const struct input *in, uint64_t otherwise);

#endif
