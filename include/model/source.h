/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

/*
 * Where samples come from: a live process, a CSV, later a recording. The loop asks for the next
 * sample and never knows which it is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/moment.h"

struct source;

struct source_ops {
	/*
	 * Asks for the figures of the coming sample that must be read elsewhere because reading them may
	 * block (the size of [heap]). They are there when `wake` becomes readable; a sample taken before
	 * has them UNKNOWN. May be NULL.
	 */
	void (*prepare)(struct source *s, uint64_t now);
	/* A descriptor that is readable when something new came in (level-triggered until sample or
	 * regions is called); -1: none. */
	int (*wake)(struct source *s);
	/* True when everything asked for by prepare is there. */
	bool (*ready)(struct source *s);
	/*
	 * The next sample. `now` is ns of the watch (ignored by files, which bring their own time).
	 * 0; -EAGAIN: none could be read this time, watch on; -ENODATA: the end (file read, target
	 * gone). Never blocks.
	 */
	int (*sample)(struct source *s, uint64_t now, struct sample *ret);
	/* A region table newer than the last one handed out, with a reference; NULL: none. */
	struct region_table *(*regions)(struct source *s);
	/* Fills what only the source knows of the present: target, state, abilities, costs, status, ... */
	void (*describe)(struct source *s, struct moment *m);
	void (*free)(struct source *s);
};

struct source {
	const struct source_ops *ops;
};

#endif
