/* SPDX-License-Identifier: MIT */
#ifndef STORE_REPLAY_STREAM_H
#define STORE_REPLAY_STREAM_H

/*
 * The tables of a recording one after the other, each made from the one before and what changed: records that
 * stayed the same are shared.
 */

#include "store/replay_internal.h"

struct replay_stream;

struct replay_stream *replay_stream_new(struct replay *r); /* NULL: no memory */
void replay_stream_free(struct replay_stream *s);          /* NULL is fine */

/*
 * The table of a pass, which must not be earlier than the one before, as the image of `time` has it; NULL when
 * the pass saw another image. 0 or -errno.
 */
int replay_stream_table(struct replay_stream *s, const struct pass *pass, uint64_t time,
                        struct region_table **ret);

#endif
