/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_FOLLOW_INTERNAL_H
#define SOURCE_FOLLOW_INTERNAL_H

/* The inside of a followed name, shared by follow.c (one process after the other) and follow_words.c. */

#include "model/source.h"
#include "source/follow.h"
#include "source/follow_match.h"
#include "source/follow_search.h"

enum { NEWS_MAX = 8, SHOWN_NAME = 80 };

struct follow {
	struct source base;
	struct live_options options; /* for the next one; its strings are our own */
	char *proc, *name;
	char shown[SHOWN_NAME]; /* the name, safe to print */
	bool unit;
	struct search *search;
	struct finder *first;  /* for the first pass, of `search`; NULL: made */
	int pollfd;            /* epoll: the search, the reader of the present one, its end */
	struct target *nobody; /* stands for who was not there yet */
	uint64_t start;        /* CLOCK_MONOTONIC ns: time 0 of the watch */
	/* the present process, or the last one */
	struct source *inner; /* NULL: none yet */
	int exit_fd;          /* inner's, while it is watched for its end; -1 */
	bool away;            /* it ended, or there was none */
	bool fresh;           /* it was opened and gave no sample yet */
	uint64_t opened;      /* ns of the watch */
	int32_t pid;
	uint64_t born;              /* clock ticks after boot */
	struct region_table *early; /* not to be handed out before the first sample */
	/* the next one */
	struct follow_found found;
	bool has_found;
	uint64_t next_id; /* of its first region */
	/* the course */
	unsigned lives;     /* processes of which a sample was taken */
	unsigned unseen;    /* processes since then that ended before one could be */
	bool missed;        /* a sample was asked for and none was there */
	bool refused;       /* it was told that one may not be watched */
	uint64_t last_time; /* ns of the watch: the last sample; UNKNOWN before */
	uint64_t cpu_before, mono_before;
	uint64_t gone; /* ns of the watch: when the end was noticed */
	struct source_news news[NEWS_MAX];
	unsigned news_count;
};

/* follow_words.c */
void follow_name(struct follow *f); /* fills `shown` and `nobody` */
void follow_tell_nobody(struct follow *f);
void follow_tell_begin(struct follow *f);
void follow_tell_exit(struct follow *f, uint64_t now);
void follow_tell_refused(struct follow *f, const struct fault *fault);
void follow_waiting(const struct follow *f, uint64_t now, char *out, size_t size);
bool follow_news(struct source *s, struct source_news *ret);

#endif
