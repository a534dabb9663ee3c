/* SPDX-License-Identifier: MIT */
#ifndef APP_RECORDER_H
#define APP_RECORDER_H

/*
 * A recording in a thread of its own: a disk may be slow, full or gone, and nobody waits for it. What is told here
 * waits in a queue until it is committed, at most every two seconds. When the disk fails it stays there, is tried
 * again, and resumes. A queue that is full takes no more samples: whole ones are dropped, counted, and a gap
 * stands in their place.
 *
 * Counted references: whoever tells it something holds one, whoever wants to know how it fares another.
 * What is told after its end is forgotten. NULL is no recorder: telling it something does nothing.
 */

#include "app/record_queue.h"
#include "base/fault.h"

struct recorder;

struct recorder_options {
	struct recording_options file;      /* texts are copied */
	const struct recorder_store *store; /* NULL: recorder_store */
	uint64_t pace; /* ns between commits, and until a failed one is tried again */
	size_t room;   /* bytes that may wait */
};
#define RECORDER_PACE (2ull * 1000000000)
#define RECORDER_ROOM (4u << 20)

enum recorder_phase {
	RECORDER_OPENING,
	RECORDER_OPEN,
	RECORDER_DONE,  /* it was told to end, and all is written */
	RECORDER_FAILED /* never opened, removed, or ended with something unwritten: see fault */
};

struct recorder_state {
	enum recorder_phase phase;
	uint64_t size;      /* bytes, at the last commit */
	uint64_t waiting;   /* samples told that are not committed */
	uint64_t dropped;   /* samples that found no room, so far */
	bool written;       /* it was told to end, and all is committed: it may still be closing */
	char trouble[160];  /* "disk full; goes on when there is room"; "" all is well */
	struct fault fault; /* of RECORDER_FAILED: one line */
};

/* Starts to open the file; never waits for it. One reference, the caller's. 0 or -errno. */
int recorder_start(const struct recorder_options *o, struct recorder **ret);

struct recorder *recorder_ref(struct recorder *r);
/* The last of those outside its thread ends it as recorder_finish does. NULL is fine. */
void recorder_unref(struct recorder *r);

/*
 * Waits at most `ns` until the file is open, or is not, or until `wake_fd` (-1: none) is readable. 0, or -errno with
 * its fault; -ETIMEDOUT, -EINTR: it is neither yet, and recorder_news will tell.
 */
int recorder_opened(struct recorder *r, uint64_t ns, int wake_fd, struct fault *fault);

/* As in store/recording.h; they never wait. Used by one thread. */
void recorder_image(struct recorder *r, uint64_t time, struct target *t);
void recorder_sample(struct recorder *r, const struct sample *s);
void recorder_regions(struct recorder *r, struct region_table *t);
void recorder_heap(struct recorder *r, struct heap_facts *f);
void recorder_sites(struct recorder *r, struct sites_facts *f);
void recorder_event(struct recorder *r, const struct event *e);
void recorder_fact(struct recorder *r, const char *key, const char *value);

/*
 * Written when it says something else; figures that crept on every second at first, every ten after some minutes.
 * _now: at once, for a moment that is sure to be looked at.
 */
void recorder_verdict_now(struct recorder *r, uint64_t time, const struct verdict *v);
void recorder_verdict(struct recorder *r, uint64_t time, const struct verdict *v);

/* What happened before it was started: there is always room for it. Takes the item; NULL is fine. */
void recorder_past(struct recorder *r, struct record_item *i);

/* Nothing more will be told: writes what waits, once, and closes. Never waits. */
void recorder_finish(struct recorder *r);

/* Waits at most `ns` for the end of one that was told to finish. True: it ended. */
bool recorder_ended(struct recorder *r, uint64_t ns);

/* How it fares. Never waits for the disk. */
void recorder_state(struct recorder *r, struct recorder_state *ret);
const char *recorder_path(const struct recorder *r); /* safe to print; valid while r is */
const char *recorder_file(const struct recorder *r); /* as it was given; likewise */

/* Readable after the phase or the trouble changed; recorder_news takes that away. */
int recorder_fd(const struct recorder *r);
void recorder_news(struct recorder *r, struct recorder_state *ret);

#endif
