/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SITES_H
#define MODEL_SITES_H

/*
 * Which code grows: call sites of one process, with the stacks that lead to them. Facts only; the room
 * `sites` gathers them, everyone shows them.
 *
 * Two kinds of tracing fill the same table. *Growth stacks* come from minor page faults: they say who made
 * resident memory grow, in whole pages, at hardly any price. *Allocation sites* come from probes on the
 * allocator's functions: they say who allocated what was not freed again, exactly, at a price. All figures
 * count from the begin of the tracing; what was allocated before is unseen by either.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "model/chart.h"

enum sites_kind {
	SITES_NONE,
	SITES_GROWTH,      /* minor page faults: pages that stayed */
	SITES_ALLOCATIONS, /* probes with BPF: bytes, frees paired with their allocations */
	SITES_HITS, /* probes without BPF: how often each site allocates; bytes and frees unknown */
	SITES_KIND_COUNT
};
extern const char *const
        sites_kind_words[SITES_KIND_COUNT]; /* "none", "growth", ...: in JSON and recordings */
extern const char
        *const sites_kind_titles[SITES_KIND_COUNT]; /* for a person: "who grew resident memory" */

enum { SITES_MAX = 500, SITE_FRAMES_MAX = 64, SITES_SPANS_MAX = 4096 };

/* Of fewer that live no site is called steady: some 3 of each quarter of the time. */
enum { SITE_SAMPLES_STEADY = 12 };

/* One level of a stack. Texts are offsets into sites_facts.text and raw: names from the target. */
struct site_frame {
	uint64_t address;  /* of the instruction that calls, in the target */
	uint32_t function; /* "" unknown; then module and address speak for it */
	uint32_t file;     /* of the source; "" unknown */
	uint32_t module;   /* path of the object it lies in; "" none: code made at run time */
	unsigned line;     /* of the source; 0 unknown */
	bool inlined;      /* into the next frame; they share an address */
	uint64_t offset;   /* the address as the file of the module has it; 0 unknown */
};

/* One call site: all allocations (or faults) with one stack. Bytes and blocks are estimates where they were
 * sampled (see sites_facts.period); UNKNOWN where this kind of tracing cannot tell. */
struct site {
	uint32_t frame, frame_count; /* its stack in sites_facts.frames, innermost first */
	/* which of these frames speaks for it: the first that is not the allocator's own */
	uint32_t named;
	uint64_t samples;                 /* that all figures rest on */
	uint64_t live_bytes, live_blocks; /* allocated since the begin and still there */
	uint64_t allocated_bytes, allocated_blocks;
	uint64_t freed_bytes, freed_blocks;
	double growth_bytes, growth_blocks; /* a second: see below; NAN before enough was seen */
	double share;    /* 0..1 of the growth of all sites that grow; NAN as growth_bytes */
	double lifetime; /* s: mean of the blocks that were freed; NAN: none was */
	bool steady;     /* what it allocated early is still there, and it goes on */
	uint8_t spark_count;
	uint64_t spark[SPARK_POINTS]; /* live bytes, oldest first; counts of hits for SITES_HITS */
};

/*
 * Growth is by survivors: what was allocated in the first half of the time traced and is still there, by the
 * length of that half. So a cache that keeps things for seconds does not grow in a minute, and what is freed
 * late counts until it is.
 */

/* Where the live pages of growth stacks lie: adjacent pages of one site, at most SITES_SPANS_MAX. */
struct site_span {
	uint64_t start, end; /* addresses */
	uint32_t site;
	uint64_t bytes; /* estimated, of pages that stayed, between them */
};

struct sites_facts {
	atomic_uint refs;
	enum sites_kind kind;
	/* "pages touched first (minor faults)", "malloc of libc.so.6 and 5 more functions" */
	char source[48];
	char note[240]; /* what the reader must know to not be misled, one sentence; "" nothing */
	char next[160]; /* what tells more, one sentence; "" nothing */
	uint64_t begin, time; /* ns of the watch: tracing began; figures are of this time */
	/* ns in which probes were set: less than time - begin where they came in bursts */
	uint64_t traced;
	bool ended; /* nothing more comes */
	/* the price */
	double expected; /* per cent of the target's time, as announced; NAN */
	double slowdown; /* likewise, measured: from when hits were first counted, shortly before `begin`,
	                    to `time`, or to when probes went for good; NAN */
	double hits_per_s; /* how often a probe was hit while set; NAN */
	double hit_ns;     /* what one hit costs, measured; NAN */
	uint64_t period;   /* bytes between samples on average; 1: every block; UNKNOWN */
	unsigned bursts;   /* 0: set all the time */
	/* what is missing */
	uint64_t samples;         /* taken */
	uint64_t lost;            /* samples that found no room on their way */
	uint64_t full;            /* sampled blocks not followed: too many at a time */
	uint64_t unmatched_frees; /* freed what was not seen allocated; UNKNOWN where not counted */
	uint64_t broken;          /* stacks that ended before the first function of their thread */
	uint64_t nameless;        /* frames without a name */
	/* what was found */
	uint64_t live_bytes, live_blocks; /* of all sites, also those without a row */
	double growth_bytes;              /* a second, of all sites that grow; NAN */
	uint64_t other_bytes;             /* live, of sites without a row */
	uint32_t site_count;
	struct site *sites; /* by growing bytes, then live bytes; for hits by samples */
	uint32_t frame_count;
	struct site_frame *frames;
	uint32_t span_count;
	struct site_span *spans; /* by address; growth stacks only */
	uint32_t text_size;
	char *text; /* all names, each NUL-terminated; offset 0 is "" */
};

struct sites_facts *sites_facts_new(void); /* nothing known, one reference; NULL: no memory */
struct sites_facts *sites_facts_ref(struct sites_facts *f);
void sites_facts_unref(struct sites_facts *f);         /* NULL is fine */
size_t sites_facts_bytes(const struct sites_facts *f); /* that it takes */

/*
 * Per cent: a larger slowdown is told as "at least". The price of a hit changes by a third from one second to the next on a
 * machine with much to do, and it is tried where caches are warm.
 */
#define SITES_SLOWDOWN_ROUGH 15.0

/* A name of a frame, raw; never NULL. */
const char *sites_text(const struct sites_facts *f, uint32_t offset);

/* The frame that speaks for a site, or NULL where its stack is empty. */
const struct site_frame *site_named(const struct sites_facts *f, const struct site *s);

/*
 * Where a frame without a name lies, so that somebody who has the file can find it:
 * "libfoo.so+0x12f0", which is what `addr2line -e libfoo.so 0x12f0` takes; with less known
 * "0x7f10192012f0 in libfoo.so", "0x7f10192012f0". Raw, cut at size. Returns out.
 */
char *site_frame_place(const struct sites_facts *f, const struct site_frame *frame, char *out,
                       size_t size);

/* "parse_header, net.c:214", else the place: one line, raw, cut at size. Returns out. */
char *site_frame_words(const struct sites_facts *f, const struct site_frame *frame, char *out,
                       size_t size);

/* What one region owes to which site, by growth stacks: at most `room` rows, largest first. Returns how many. */
struct site_part {
	uint32_t site;
	uint64_t bytes;
};
size_t sites_of_range(const struct sites_facts *f, uint64_t start, uint64_t end,
                      struct site_part *ret, size_t room);

/* --- what the tracing is doing just now ---------------------------------------------------------------- */

enum sites_phase {
	SITES_OFF,
	SITES_OPENING, /* finds functions, opens events */
	SITES_PRICING, /* counts hits for a moment */
	SITES_PRICED,  /* waits for a yes: `expected` per cent for `duration` */
	SITES_TRACING,
	SITES_ENDED,   /* by itself, time is over; what was found stays */
	SITES_STOPPED, /* by a key, or it cost too much: `why` */
	SITES_FAILED,  /* `why` */
	SITES_PHASE_COUNT
};
extern const char *const sites_phase_words[SITES_PHASE_COUNT];

struct sites_progress {
	enum sites_phase phase;
	enum sites_kind kind;
	uint64_t begin, end; /* ns of the watch: of this tracing; end UNKNOWN: until told */
	double expected;     /* per cent slower, as counted; NAN unknown */
	double limit;        /* per cent that it may cost (--max-slowdown); NAN unknown */
	double slowdown;     /* per cent, measured so far as sites_facts.slowdown; NAN */
	double hits_per_s;   /* NAN */
	bool never;          /* with SITES_FAILED: it was begun so that nobody can trace */
	char why[240];       /* one line: what, which process, why, what to do; "" all is well */
};
void sites_progress_init(struct sites_progress *p); /* off */

/* True while it prepares, counts its price or traces: a key stops it. */
bool sites_are_traced(const struct sites_progress *p);

/* True: these facts are of the tracing before the one that goes on, of which none are known yet. */
bool sites_are_old(const struct sites_facts *f, const struct sites_progress *p);

/*
 * What a tracing at this price would be, at most SITES_PRICE with its NUL: "about 6 % slower for 30 s (limit 5 %: it
 * will be thinned)". One figure, one limit, both in per cent of the target's time; NAN limit: it is not named. Returns out.
 */
enum { SITES_PRICE = 96 };
char *sites_price_words(const struct sites_progress *p, char out[SITES_PRICE]);

/* "4.1 % slower", "at least 31 % slower": what is large is known from below; "" unknown. Returns out. */
char *sites_slower_words(double slowdown, char out[SITES_PRICE]);

#endif
