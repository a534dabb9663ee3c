/* SPDX-License-Identifier: MIT */
#ifndef APP_WATCH_INTERNAL_H
#define APP_WATCH_INTERNAL_H

/* The inside of a watch, shared by watch.c (the crank), watch_see.c (what follows), watch_moment.c (pictures). */

#include "app/pace.h"
#include "app/recorder.h"
#include "app/watch.h"
#include "detect/detect.h"
#include "detect/lives.h"
#include "heap/scanner.h"
#include "model/history.h"
#include "sites/tracer.h"

/* One sample can say 23: a verdict, a hint, every blind threshold, every alarm. */
enum { LINES_MAX = 24, LINE_MAX_BYTES = 320 };

/* Where the note of an alarm stands among the warnings: one a threshold, one for what is normal. */
enum { ALARM_NORMAL = THRESHOLDS_MAX, ALARM_COUNT };

/* What a recorder was told, and what was said of it. */
struct watch_recording {
	struct target *image; /* the one told last; NULL: none yet */
	uint64_t begun;       /* ns: its first sample */
	unsigned warnings, alarms;
	char trouble[sizeof(((struct recorder_state *)0)->trouble)];
	bool failed, dropped_told;
};

/* Looking inside the heap. */
struct watch_heap {
	const char *proc;              /* borrowed of the options */
	uint64_t start;                /* CLOCK_MONOTONIC ns: time 0 of the watch */
	bool on;                       /* somebody wants it */
	struct scanner *scanner;       /* of the present process and image; NULL: none */
	uint64_t peek;                 /* address of the block looked at closely; 0: none */
	bool walked;                   /* the newest look found blocks */
	unsigned blind;                /* looks in a row that found none */
	unsigned scans;                /* for lost blocks, so far */
	struct heap_progress progress; /* of the last scanner, when it was left */
	char why[200], told[200];      /* why no blocks are known; the trouble that was said last */
};

/* What is to be done about call sites. */
enum sites_plan {
	PLAN_NOTHING,
	PLAN_PRICE, /* find out what tracing allocations would cost */
	PLAN_RUN,   /* trace `kind` */
};

/* Tracing which code grows. */
struct watch_sites {
	const char *proc;      /* borrowed of the options */
	uint64_t start;        /* CLOCK_MONOTONIC ns: time 0 of the watch */
	uint64_t asked;        /* ns: --sites; 0: not given */
	uint64_t span;         /* ns that allocations are traced for */
	double max_slowdown;   /* per cent */
	enum sites_plan plan;  /* what somebody wants */
	enum sites_kind kind;  /* that is to be traced */
	bool by_option;        /* --sites wants it: begun as soon as its price is known */
	uint64_t until;        /* ns of the watch: when its time is over; UNKNOWN: none is set */
	struct tracer *tracer; /* of the present process and image; NULL: none */
	uint64_t hint; /* bytes: the block size that grows most; UNKNOWN: none is known to */
	bool found;    /* there were facts */
	bool failed;   /* at the sample before */
	bool lesser;   /* it was told that growth stacks or hits are all that can be had */
	bool whole;    /* the newest are the last ones of their tracing */
	struct sites_facts *last;       /* newest of the present program; NULL: none yet */
	char program[PROC_NAME_MAX];    /* the one that is traced: its name, raw */
	struct sites_progress progress; /* as seen last, also of the last tracer when it was left */
	char told[LINE_MAX_BYTES - 16]; /* the trouble that was said last */
};

struct watch {
	struct source *source;
	struct detect *detect;
	struct history *history;
	struct lives_feed *lives;
	struct verdict verdict; /* where the lives before say more than the present one */
	struct thresholds thresholds;
	struct normal normal;
	char alarm[WARNING_MAX]; /* what is beyond its bounds at the newest sample; "" nothing */
	unsigned alarms;         /* rung so far */
	int noted[ALARM_COUNT];  /* index among the warnings; -1: none yet */
	struct baseline *baseline;
	bool based_by_key;            /* somebody wanted it at that time, which stays */
	struct region_table *regions; /* the newest */
	struct moment *facts;         /* what the source said of the present at the last sample */
	uint64_t interval;
	bool from_file; /* the pace is the file's, not ours */
	struct pace pace;
	uint64_t spaced;            /* ns: the interval when the newest sample was taken */
	struct region_table *early; /* came before the first sample */
	bool starved;               /* memory ran out once, and it was said */
	uint64_t samples;
	struct table_row row;      /* the newest */
	struct recorder *recorder; /* NULL: none */
	struct watch_recording record;
	/* Warnings, the first ones, about this program's own rights: no recording needs them. */
	unsigned own_notes;
	struct watch_heap heap;
	struct watch_sites sites;
	uint64_t status_peak[STATUS_KEY_COUNT];
	enum verdict_kind told; /* verdict kind at the last look, for events */
	bool warned;            /* a leak was announced and not withdrawn */
	bool was_blocked, was_reduced, heap_hint;
	unsigned line_count, line_next;
	char lines[LINES_MAX][LINE_MAX_BYTES];
	bool announces[LINES_MAX]; /* likewise: said where no lines are, too */
	unsigned warning_count;
	char warnings[MOMENT_WARNINGS][WARNING_MAX];
	enum watch_end ended;
	char ended_text[160], child_status[80];
};

/* Queues a line that must be said at once. */
void watch_say(struct watch *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for what nobody may miss who asked for it: see watch_line_announces. */
void watch_announce(struct watch *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes an event of the newest sample's time into history. */
void watch_event(struct watch *w, enum event_kind kind, const char *text);

/* What is to be said of the newest sample: of the present life, and of those before. Borrowed until the next call. */
const struct verdict *watch_verdict(struct watch *w);

/* What the source has to tell beside figures: events, lines, notes. */
void watch_see_news(struct watch *w);

/* A baseline of now; by_key: see the field. Without memory the old one stays. */
void watch_base(struct watch *w, bool by_key);

/* What follows from the newest sample, in this order; `before` are the flags of the one before. */
void watch_see_flags(struct watch *w, unsigned before);
void watch_see_source(struct watch *w);
void watch_see_limits(struct watch *w);
void watch_see_verdict(struct watch *w);
void watch_see_baseline(struct watch *w);
void watch_see_alarms(struct watch *w);
void watch_see_recording(struct watch *w);

/* --- watch_heap.c: looks inside the heap ---------------------------------------------------------- */

void watch_see_heap(struct watch *w); /* what came in by this sample */
void watch_heap_end(struct watch *w); /* the watch is over: what was found stays */
void watch_heap_fill(const struct watch *w, struct moment *m);
void watch_heap_done(struct watch *w);

/* --- watch_sites.c: which code grows -------------------------------------------------------------- */

void watch_sites_init(struct watch *w, const struct options *o);
void watch_see_sites(struct watch *w); /* what came in by this sample */
void watch_sites_hint(struct watch *w, const struct heap_facts *f); /* the newest look */
void watch_sites_end(struct watch *w); /* the watch is over: takes what comes at the end */
void watch_sites_fill(const struct watch *w, struct moment *m);
void watch_sites_done(struct watch *w);

/* ns that what is wanted goes on for; UNKNOWN: until told. */
uint64_t watch_sites_left(const struct watch *w);
/*
 * Another program in its place: what was found says nothing of it. Growth stacks, and what is left of the time of
 * --sites, begin anew with the next sample; a yes to the price of one program is none to that of another.
 */
void watch_sites_forget(struct watch *w);
/* A warning, once each time the words change: a reason that stays is no news. */
void watch_sites_trouble(struct watch *w, const char *text);
/* What the program before another one was found to be grown by: its figures end here, so they are said. */
void watch_sites_drop(struct watch *w);
/* That less is found than was asked for, once a tracing. */
void watch_sites_lesser(struct watch *w, const struct sites_facts *f);
/* It has a reason to be told why nothing is traced, also that it cost too much. */
bool watch_sites_failed(const struct sites_progress *p);
/* Events at its begin and its end: who looks at the course later sees why the process was slower. */
void watch_sites_mark(struct watch *w, const struct sites_progress *before,
                      const struct sites_progress *p);
/* The price, before it begins, and even where no rows are: who asked for it knows what it takes. */
void watch_sites_announce(struct watch *w, const struct sites_progress *p);

/* --- watch_record.c: what the recorder is told, if there is one --------------------------------- */

void watch_record_sample(struct watch *w); /* the newest, and its image before the first of it */
void watch_record_ended(struct watch *w);  /* how the watch ended, as far as it is known */
void watch_record_fill(const struct watch *w, struct moment *m); /* how it fares */
void watch_record_done(struct watch *w);                         /* drops the recorder */

#endif
