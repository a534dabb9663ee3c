/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

/*
 * Where samples come from: a live process, a CSV, a recording. The loop asks for the next
 * sample and never knows which it is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/event.h"
#include "model/moment.h"

struct source;

/* What a source has to tell beside figures, once: it becomes an event, a line and, if a warning, a note. */
struct source_news {
	enum event_kind kind;
	bool warning;
	char text[WARNING_MAX]; /* one line, safe to print */
};

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
	/* The rest is about a living process; what a source does not know is NULL. See source/live.h. */
	/* The next of the news; false: there are none. */
	bool (*news)(struct source *s, struct source_news *ret);
	/* Readable when the process ended, and with it the source; -1: sample tells by -ENODATA. */
	int (*exit_fd)(const struct source *s);
	void (*set_start)(struct source *s, uint64_t start);
	void (*set_period)(struct source *s, uint64_t ns);
	void (*focus)(struct source *s, uint64_t id, uint64_t start, uint64_t end);
	bool (*oom_killed)(const struct source *s);
	/* Why the newest sample was -EAGAIN: the -errno of what could not be read; 0: it was not, or is not known. */
	int (*unread)(const struct source *s);
	/* Of a recording: what was found inside the heap up to the newest sample, by time, each once; NULL: no more. */
	struct heap_facts *(*heap)(struct source *s);
	/* Likewise of traced call sites: the newest of each tracing. */
	struct sites_facts *(*sites)(struct source *s);
};

struct source {
	const struct source_ops *ops;
};

/* The same, for sources that know it and sources that do not. */
static inline bool source_news(struct source *s, struct source_news *ret)
{
	return s->ops->news && s->ops->news(s, ret);
}

static inline int source_exit_fd(const struct source *s)
{
	return s->ops->exit_fd ? s->ops->exit_fd(s) : -1;
}

static inline int source_unread(const struct source *s)
{
	return s->ops->unread ? s->ops->unread(s) : 0;
}

static inline void source_set_start(struct source *s, uint64_t start)
{
	if (s->ops->set_start)
		s->ops->set_start(s, start);
}

static inline void source_set_period(struct source *s, uint64_t ns)
{
	if (s->ops->set_period)
		s->ops->set_period(s, ns);
}

static inline void source_focus(struct source *s, uint64_t id, uint64_t start, uint64_t end)
{
	if (s->ops->focus)
		s->ops->focus(s, id, start, end);
}

static inline struct heap_facts *source_heap(struct source *s)
{
	return s->ops->heap ? s->ops->heap(s) : NULL;
}

static inline struct sites_facts *source_sites(struct source *s)
{
	return s->ops->sites ? s->ops->sites(s) : NULL;
}

static inline bool source_oom_killed(const struct source *s)
{
	return s->ops->oom_killed && s->ops->oom_killed(s);
}

#endif
