/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_TALK_H
#define SYMBOLS_TALK_H

/*
 * One request to the reader and its answer; what it asks back for is opened and handed to it; where
 * it is lost another one is started that leaves out what the last one died of.
 */

#include "proc/procdir.h"
#include "symbols/made.h"
#include "symbols/mapped.h"
#include "symbols/symbols.h"
#include "symbols/wire.h"
#include "symbols/worker.h"

struct symbols {
	struct procdir dir;
	char *proc; /* the directory it lies in, as it was given */
	struct worker worker;
	struct mapped mapped;
	struct made made; /* names of code in no module */
	bool told;        /* the reader knows the ranges of `mapped` */
	bool gone;        /* no reader will be started any more */
	uint8_t *answer;  /* OUT_ROOM bytes: what the reader wrote, out of its reach */
	struct symbols_health health;
};

/*
 * Writes a request into `in` and completes the message (kind, count). May be called again after a
 * loss.
 */
typedef void talk_fill(void *arg, struct wire_out *in, struct message *ret);
/* Reads the answer. Not 0: the reader did not keep to what was agreed, and is lost. */
typedef int talk_take(void *arg, const struct message *done, struct wire_in *out);

/*
 * 0, or -errno: -ENODATA, no reader will come any more; -ETIMEDOUT, not this time: several were
 * lost in a row; an error that the reader told.
 */
int talk(struct symbols *s, talk_fill *fill, talk_take *take, void *arg);

#endif
