/* SPDX-License-Identifier: MIT */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

/* The verdict as a plain fact. Only the room `detect` fills one; everyone shows it. */

#include <stdbool.h>
#include <stdint.h>

#include "model/link.h"

enum verdict_kind {
	VERDICT_UNKNOWN,
	VERDICT_NO_LEAK,
	VERDICT_SUSPICIOUS,
	VERDICT_LEAK,
	VERDICT_KIND_COUNT
};
enum verdict_cause {
	CAUSE_NULL,
	CAUSE_NONE,
	CAUSE_WARM_UP,
	CAUSE_RESERVATION,
	CAUSE_RETENTION,
	CAUSE_LEAK,
	CAUSE_COUNT
};
enum verdict_pattern {
	PATTERN_NULL,
	PATTERN_LINEAR,
	PATTERN_STEPWISE,
	PATTERN_ACCELERATING,
	PATTERN_BURSTY,
	PATTERN_RISING_FLOOR,
	PATTERN_COUNT
};
enum verdict_where {
	WHERE_NULL,
	WHERE_HEAP,
	WHERE_ARENA,
	WHERE_ANONYMOUS,
	WHERE_STACK,
	WHERE_SHMEM,
	WHERE_FILE,
	WHERE_SWAP,
	WHERE_COUNT
};
enum verdict_limit {
	LIMIT_NONE,
	LIMIT_CGROUP,
	LIMIT_RLIMIT,
	LIMIT_SYSTEM,
	LIMIT_CGROUP_HIGH, /* memory.high: it throttles */
	LIMIT_MAPS,        /* vm.max_map_count */
	LIMIT_ADDRESS,     /* what a 32-bit process can address */
	LIMIT_KIND_COUNT
};

/*
 * JSON words ("no-leak", NULL for null) and words for a person ("no leak"). Indexed by the enums.
 */
extern const char *const verdict_kind_json[VERDICT_KIND_COUNT];
extern const char *const verdict_kind_words[VERDICT_KIND_COUNT];
extern const char *const verdict_cause_json[CAUSE_COUNT];
extern const char *const verdict_pattern_json[PATTERN_COUNT];
/*
 * "heap", "arena" ... for JSON; and as the diagnosis says it: "heap" for the first three, "thread
 * stack", ...
 */
extern const char *const verdict_where_json[WHERE_COUNT];
extern const char *const verdict_where_words[WHERE_COUNT];
extern const char *const verdict_limit_json[LIMIT_KIND_COUNT];

enum { VERDICT_EVIDENCE_MAX = 12 };

/* Per cent of confidence: below the first all is calm, above the second it is an alarm. */
enum { CONFIDENCE_CALM = 30, CONFIDENCE_ALARM = 70 };

struct evidence {
	bool is_for;    /* speaks for a leak; else against */
	bool is_code;   /* it names the code; not recorded */
	double weight;  /* 0..1: how much it moved the confidence */
	char text[192]; /* one sentence without full stop, figures included */
};

struct verdict {
	enum verdict_kind kind;
	enum verdict_cause cause;
	enum verdict_pattern pattern;
	enum verdict_where where;
	bool outside_heap;   /* where is HEAP/ARENA/ANONYMOUS, but [heap] itself did not grow */
	int confidence;      /* 0..100 that this process leaks; -1 unknown */
	char reason[240];    /* one sentence without full stop: why */
	char condition[160]; /* suspicious: "it would be a leak if ..."; else empty */
	uint64_t needs;      /* unknown: about this many ns more; UNKNOWN when nobody can say */
	double growth, growth_low,
	        growth_high; /* bytes per second of the carrying series, with its interval; NAN unknown */
	uint64_t since;   /* ns of the watch when the growth began; UNKNOWN */
	uint64_t flagged; /* ns when it first became LEAK, kept when withdrawn; UNKNOWN: never */
	enum verdict_limit limit;
	uint64_t limit_bytes;     /* UNKNOWN when limit is LIMIT_NONE or LIMIT_MAPS */
	uint64_t limit_count;     /* mappings, when it is LIMIT_MAPS; else UNKNOWN */
	double eta;               /* seconds to that limit; NAN unknown or not growing */
	double eta_low, eta_high; /* its interval; NAN unknown, eta_high also: may never come */
	double power;      /* bytes per second: no leak above this could have hidden; NAN unknown */
	double plateau;    /* bytes: where growth that slows down is heading for; NAN unknown */
	double plateau_in; /* seconds until 95 % of the way to it; NAN unknown */
	unsigned evidence_count;
	struct evidence evidence[VERDICT_EVIDENCE_MAX]; /* heaviest first */
	struct links links;                             /* what grows with it */
};

/* An empty verdict: unknown, no figures. */
void verdict_init(struct verdict *v);

#endif
