/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SITE_FACTS_H
#define SUPPORT_SITE_FACTS_H

/*
 * What tracing call sites found, made by hand and always the same: of "shopd" of support_moment.h, traced until
 * 09:57 of its watch. Each call gives facts of their own with one reference, which a test may change before it
 * shows them. Without memory they abort.
 */

#include "model/moment.h"

enum { SUPPORT_SITES = 12 };

/*
 * 30 s of allocation sites, in bursts: Session::create, session.cpp:88, below an inlined std::make_unique, grows
 * steadily by 100 kB/s (74 % of what grows), parse_header, net.c:214, by 18 kB/s; a hash table that fills, a module
 * without symbols, code without a module, a recursion of 24 levels, a C++ name of 200 bytes, and sites that only churn.
 */
struct sites_facts *support_sites(void);

/*
 * 120 s of growth stacks: the same sites in pages that stayed; the note warns that the blocks that grow are smaller
 * than a page. Spans: of the first three sites in [heap] of support_regions(), 6.0 MB, 1.5 MB and 512 kB.
 */
struct sites_facts *support_sites_growth(void);

/* 30 s of hits: no bytes, no lives, no frees; by samples, request_parse first. */
struct sites_facts *support_sites_hits(void);

/* Allocation sites with escapes, quotes, markup, bidi controls and stray bytes in every name, note and next line. */
struct sites_facts *support_sites_hostile(void);

/* Allocation sites with this in every name, note and next line. */
struct sites_facts *support_sites_called(const char *name);

/* Nothing sampled yet. */
struct sites_facts *support_sites_none(enum sites_kind kind);

/*
 * Puts facts (NULL: none) into a moment, whose they become, with the tracer in this phase: SITES_PRICED expects 6.2 %
 * for 30 s, SITES_TRACING is at 3.1 % with 12 s left of 30, SITES_FAILED is not permitted.
 */
void support_sites_put(struct moment *m, struct sites_facts *f, enum sites_kind kind,
                       enum sites_phase phase);

/* The leak of support_moment.h with support_sites() in it, their time over. */
struct moment *support_moment_sites(void);

#endif
