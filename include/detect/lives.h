/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LIVES_H
#define DETECT_LIVES_H

/*
 * Growth within the lives of a process that is restarted again and again. A leak that is cured by restarts
 * shows as a saw: its level says nothing, its slope all. The first third of each life does not count: that
 * is where programs warm up.
 */

#include "base/buf.h"
#include "model/lives.h"
#include "model/sample.h"
#include "model/verdict.h"

struct lives_feed;

struct lives_feed *lives_new(void);    /* NULL: no memory */
void lives_free(struct lives_feed *f); /* NULL is fine */

/* The next sample; SAMPLE_RESTART begins another life. Bounded memory. */
void lives_sample(struct lives_feed *f, const struct sample *s);

/* What is known of them by now. */
void lives_tell(const struct lives_feed *f, struct lives *ret);

/* The same with the last one, which goes on, not yet judged: for every sample. Borrowed until the next one. */
const struct lives *lives_ended(const struct lives_feed *f);

/*
 * Where the present life cannot tell and three or more before it grew alike, the verdict becomes suspicious: restarts
 * hide a leak. Never more than that, and never against a verdict of growth, or of a life that lasts. The verdict after
 * that: `v` itself, or one in *ret.
 */
const struct verdict *lives_verdict(const struct lives_feed *f, const struct verdict *v,
                                    struct verdict *ret);

/* One sentence about two lives or more, without a full stop; nothing about one. 0 or -ENOMEM. */
int lives_line(const struct lives *l, struct buf *out);

#endif
