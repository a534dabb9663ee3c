/* SPDX-License-Identifier: MIT */
/*
 * Knows how call sites look that tests show. Refuses to know how they would be found.
 */
#include "support_site_facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support_moment.h"

#define KB   1024ull
#define MB   (KB << 10)
#define NONE ((double)NAN)

#define SHOPD  "/usr/sbin/shopd"
#define LIBC   "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define LIBCXX "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"
#define LIBSSL "/usr/lib/x86_64-linux-gnu/libssl.so.3"
#define BASKET "/opt/shop/lib/libbasket.so" /* at 0x7f1019200000 */

enum {
	END_S = 597,
	TRACED_S = 30,
	GROWTH_S = 120,
	LEVELS = 24, /* of the recursion */
	FRAMES_ROOM = SUPPORT_SITES * 64,
	TEXT_ROOM = 16384,
	PAGE = 4096,
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* --- stacks --------------------------------------------------------------------------------------- */

struct frame {
	const char *function, *file, *module;
	unsigned line;
	uint64_t address;
	bool inlined;
};

#define THREAD                                                \
	{"start_thread", "", LIBC, 0, 0x7f10188a81c4, false}, \
	{                                                     \
		"clone3", "", LIBC, 0, 0x7f101892885c, false  \
	}
#define WORKER                                                               \
	{"worker_turn", "src/worker.cpp", SHOPD, 71, 0x55d0c0019c10, false}, \
	        {"worker_main", "src/worker.cpp", SHOPD, 102, 0x55d0c0019e44, false}, THREAD
#define REQUEST {"request_serve", "src/request.cpp", SHOPD, 340, 0x55d0c0015a22, false}, WORKER
#define MAIN                                                            \
	{"main", "src/main.cpp", SHOPD, 58, 0x55d0c0007a10, false},     \
	{                                                               \
		"__libc_start_main", "", LIBC, 0, 0x7f1018847285, false \
	}
#define OPERATOR_NEW                                                                \
	{                                                                           \
		"operator new(unsigned long)", "", LIBCXX, 0, 0x7f1019026b1c, false \
	}
#define END                                   \
	{                                     \
		NULL, NULL, NULL, 0, 0, false \
	}

static const struct frame session[] = {
        OPERATOR_NEW,
        {"std::make_unique<Session, std::basic_string_view<char, std::char_traits<char> >&>",
         "/usr/include/c++/12/bits/unique_ptr.h", SHOPD, 1065, 0x55d0c0011d0e, true},
        {"Session::create(std::basic_string_view<char, std::char_traits<char> >)",
         "src/session.cpp", SHOPD, 88, 0x55d0c0011d0e, false},
        {"session_find", "src/session.cpp", SHOPD, 131, 0x55d0c0012044, true},
        {"request_begin", "src/request.cpp", SHOPD, 212, 0x55d0c0012044, false},
        REQUEST,
        END};
static const struct frame header[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                      {"parse_header", "src/net.c", SHOPD, 214, 0x55d0c000c2b1,
                                       false},
                                      {"net_read", "src/net.c", SHOPD, 391, 0x55d0c000cb60, false},
                                      REQUEST,
                                      END};
static const struct frame table[] = {
        OPERATOR_NEW,
        {"std::_Hashtable<std::__cxx11::basic_string<char, std::char_traits<char>, "
         "std::allocator<char> >, std::pair<std::__cxx11::basic_string<char> const, Price>, "
         "std::allocator<std::pair<std::__cxx11::basic_string<char> const, Price> > "
         ">::_M_insert_unique_node(unsigned long, unsigned long)",
         "/usr/include/c++/12/bits/hashtable.h", SHOPD, 2149, 0x55d0c001f7e3, false},
        {"PriceCache::lookup(std::__cxx11::basic_string<char> const&)", "src/price_cache.cpp",
         SHOPD, 47, 0x55d0c001f0a2, false},
        REQUEST,
        END};
static const struct frame stripped[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                        {"", "", BASKET, 0, 0x7f10192012f0, false},
                                        {"", "", BASKET, 0, 0x7f1019201a88, false},
                                        {"basket_price", "", BASKET, 0, 0x7f1019203310, false},
                                        REQUEST,
                                        END};
static const struct frame recursion[] = {{"calloc", "", LIBC, 0, 0x7f10188bdf10, false},
                                         {"tree_insert", "src/tree.c", SHOPD, 57, 0x55d0c0021b40,
                                          false},
                                         {"catalog_load", "src/catalog.c", SHOPD, 120,
                                          0x55d0c0022010, false},
                                         MAIN,
                                         END};
static const struct frame jit[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                   {"", "", "", 0, 0x7f1015401234, false},
                                   {"", "", "", 0, 0x7f1015400f10, false},
                                   END};
static const struct frame config[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                      {"strdup", "", LIBC, 0, 0x7f10188c90d4, false},
                                      {"config_set", "src/config.c", SHOPD, 33, 0x55d0c0009012,
                                       false},
                                      {"config_load", "src/config.c", SHOPD, 96, 0x55d0c00094a0,
                                       false},
                                      MAIN,
                                      END};
static const struct frame record[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                      {"CRYPTO_malloc", "", LIBSSL, 0, 0x7f1018b40110, false},
                                      {"SSL_read", "", LIBSSL, 0, 0x7f1018b31c70, false},
                                      {"net_read", "src/net.c", SHOPD, 377, 0x55d0c000cae0, false},
                                      REQUEST,
                                      END};
static const struct frame json[] = {{"realloc", "", LIBC, 0, 0x7f10188bdb60, false},
                                    {"json_grow", "src/json.c", SHOPD, 41, 0x55d0c0024c70, true},
                                    {"json_encode_string", "src/json.c", SHOPD, 412, 0x55d0c0024c70,
                                     false},
                                    {"reply_write", "src/request.cpp", SHOPD, 295, 0x55d0c0014e01,
                                     false},
                                    REQUEST,
                                    END};
static const struct frame parse[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                     {"request_parse", "src/request.cpp", SHOPD, 160,
                                      0x55d0c0011210, false},
                                     REQUEST,
                                     END};
static const struct frame lambda[] = {
        OPERATOR_NEW,
        {"worker_main(Pool&)::{lambda(Job const&)#1}::operator()(Job const&) const",
         "src/worker.cpp", SHOPD, 64, 0x55d0c0019b0a, false},
        WORKER,
        END};
static const struct frame logging[] = {{"malloc", "", LIBC, 0, 0x7f10188bd5a0, false},
                                       {"vasprintf", "", LIBC, 0, 0x7f1018889e90, false},
                                       {"log_format", "src/log.c", SHOPD, 133, 0x55d0c0026a00,
                                        false},
                                       {"log_access", "src/log.c", SHOPD, 170, 0x55d0c0026c81,
                                        false},
                                       REQUEST,
                                       END};

/* --- sites: what allocations say of each ---------------------------------------------------------- */

struct row {
	const struct frame *stack;
	uint32_t named;
	uint64_t block, live, allocated; /* bytes */
	double growth;                   /* bytes a second; NAN */
	double lifetime;                 /* s; NAN */
	bool lasts, steady;
};

static const struct row rows[SUPPORT_SITES] = {
        {session, 2, 528, 3072000, 3072000, 102400, NONE, true, true},
        {header, 1, 96, 552960, 4423680, 18432, 0.42, true, true},
        {table, 1, 120, 327680, 393216, 9011, 3.1, true, false},
        {stripped, 1, 2048, 196608, 196608, 6554, NONE, true, true},
        {jit, 1, 32, 65536, 131072, 1092, 11.5, true, false},
        {recursion, 1, 64, 98304, 98304, 6550, NONE, false, false},
        {config, 2, 24, 131072, 131072, NONE, NONE, false, false},
        {record, 1, 16704, 66816, 8388608, 0, 1.8, false, false},
        {json, 2, 4096, 65536, 50331648, 0, 0.003, false, false},
        {lambda, 1, 256, 65536, 26214400, 0, 0.061, false, false},
        {parse, 1, 1024, 0, 104857600, 0, 0.0017, false, false},
        {logging, 2, 180, 0, 20971520, 0, 0.0004, false, false},
};

/* --- putting them together ------------------------------------------------------------------------ */

static uint32_t text_add(struct sites_facts *f, const char *text)
{
	uint32_t at = f->text_size;
	size_t size = strlen(text) + 1;

	if (size == 1)
		return 0;
	for (uint32_t i = 1; i < f->text_size; i += (uint32_t)strlen(f->text + i) + 1)
		if (!strcmp(f->text + i, text))
			return i;
	if (at + size > TEXT_ROOM)
		abort();
	memcpy(f->text + at, text, size);
	f->text_size += (uint32_t)size;
	return at;
}

static void frame_add(struct sites_facts *f, const struct frame *from)
{
	if (f->frame_count == FRAMES_ROOM)
		abort();
	f->frames[f->frame_count++] = (struct site_frame){
	        .address = from->address,
	        .function = text_add(f, from->function),
	        .file = text_add(f, from->file),
	        .module = text_add(f, from->module),
	        .line = from->line,
	        .inlined = from->inlined,
	        .offset = strcmp(from->module, BASKET) ? 0 : from->address - 0x7f1019200000,
	};
	f->nameless += !from->function[0];
}

static void stack_add(struct sites_facts *f, struct site *s, const struct frame *from)
{
	bool deep = from == recursion;

	s->frame = f->frame_count;
	for (; from->function; from++) {
		frame_add(f, from);
		for (int i = 1; deep && i < LEVELS && !strcmp(from->function, "tree_insert"); i++)
			frame_add(f, &(struct frame){from->function, from->file, from->module, 61,
			                             from->address + 0x40, false});
	}
	s->frame_count = f->frame_count - s->frame;
}

/* Straight up for what grows, flat for what does not, with the wobble of churn. */
static void spark_set(struct site *s, const struct row *row, uint64_t live)
{
	s->spark_count = SPARK_POINTS;
	for (unsigned i = 0; i < SPARK_POINTS; i++) {
		uint64_t part = row->lasts        ? i + 1
		                : row->growth > 0 ? (i < 6 ? i + 1 : SPARK_POINTS)
		                                  : SPARK_POINTS;
		s->spark[i] = live * part / SPARK_POINTS;
		if (row->lifetime < 1)
			s->spark[i] += row->allocated / 1000 * (i * 7 % 5);
	}
}

static void site_set(struct sites_facts *f, struct site *s, const struct row *row)
{
	uint64_t freed = row->allocated - row->live;

	s->named = row->named;
	s->samples = row->allocated / f->period + 1;
	s->live_bytes = row->live;
	s->live_blocks = row->live / row->block;
	s->allocated_bytes = row->allocated;
	s->allocated_blocks = row->allocated / row->block;
	s->freed_bytes = freed;
	s->freed_blocks = freed / row->block;
	s->growth_bytes = row->growth;
	s->growth_blocks = row->growth / (double)row->block;
	s->lifetime = row->lifetime;
	s->steady = row->steady;
	spark_set(s, row, row->live);
}

static void totals_set(struct sites_facts *f)
{
	f->growth_bytes = 0;
	f->live_bytes = f->other_bytes = 49152;
	f->live_blocks = 410;
	f->samples = 3;
	for (unsigned i = 0; i < f->site_count; i++) {
		const struct site *s = &f->sites[i];
		f->live_bytes += s->live_bytes;
		f->live_blocks += s->live_blocks;
		f->samples += s->samples;
		f->growth_bytes += rows[i].lasts ? s->growth_bytes : 0;
	}
	for (unsigned i = 0; i < f->site_count; i++) {
		struct site *s = &f->sites[i];
		s->share = isnan(s->growth_bytes) ? NONE
		           : rows[i].lasts        ? s->growth_bytes / f->growth_bytes
		                                  : 0;
	}
}

static struct sites_facts *facts_make(enum sites_kind kind, unsigned seconds)
{
	struct sites_facts *f = must(sites_facts_new());

	f->kind = kind;
	f->time = END_S * NS_PER_S;
	f->begin = (END_S - seconds) * NS_PER_S;
	f->traced = seconds * NS_PER_S;
	f->ended = true;
	f->period = 64 * KB;
	f->text = must(calloc(1, TEXT_ROOM));
	f->text_size = 1;
	return f;
}

struct sites_facts *support_sites(void)
{
	struct sites_facts *f = facts_make(SITES_ALLOCATIONS, TRACED_S);

	snprintf(f->source, sizeof(f->source), "malloc of libc.so.6 and 7 more functions");
	f->traced = 9400 * NS_PER_MS;
	f->bursts = 24;
	f->expected = 6.2;
	f->slowdown = 3.1;
	f->hits_per_s = 41200;
	f->hit_ns = 1480;
	f->unmatched_frees = 1204;
	f->broken = 3;
	f->sites = must(calloc(SUPPORT_SITES, sizeof(*f->sites)));
	f->frames = must(calloc(FRAMES_ROOM, sizeof(*f->frames)));
	f->site_count = SUPPORT_SITES;
	for (unsigned i = 0; i < SUPPORT_SITES; i++) {
		stack_add(f, &f->sites[i], rows[i].stack);
		site_set(f, &f->sites[i], &rows[i]);
	}
	totals_set(f);
	return f;
}

/* Pages that stayed: nothing of less than a page, and freed are those that went again. */
static void site_in_pages(struct site *s)
{
	uint64_t *const bytes[] = {&s->live_bytes, &s->allocated_bytes, &s->freed_bytes};
	uint64_t *const blocks[] = {&s->live_blocks, &s->allocated_blocks, &s->freed_blocks};

	s->samples = s->samples / 4 + 1;
	for (int i = 0; i < 3; i++) {
		*bytes[i] = *bytes[i] / PAGE * PAGE;
		*blocks[i] = *bytes[i] / PAGE;
	}
	s->growth_blocks = s->growth_bytes / PAGE;
}

static void spans_set(struct sites_facts *f)
{
	static const struct site_span spans[] = {
	        {0x55d0e1b00000, 0x55d0e2000000, 0, 5 * MB},
	        {0x55d0e2000000, 0x55d0e2180000, 1, 1536 * KB},
	        {0x55d0e2180000, 0x55d0e2280000, 0, MB},
	        {0x55d0e2280000, 0x55d0e2300000, 2, 512 * KB},
	        {0x7f1008001000, 0x7f1008021000, 7, 64 * KB},
	};

	f->spans = must(calloc(1, sizeof(spans)));
	memcpy(f->spans, spans, sizeof(spans));
	f->span_count = sizeof(spans) / sizeof(spans[0]);
}

struct sites_facts *support_sites_growth(void)
{
	struct sites_facts *f = support_sites();

	f->kind = SITES_GROWTH;
	snprintf(f->source, sizeof(f->source), "pages touched first (minor faults)");
	snprintf(f->note, sizeof(f->note),
	         "blocks of 528 bytes grow most, smaller than a page: the fault falls on whoever "
	         "touches the next page, so the leaker need not be in this list");
	snprintf(f->next, sizeof(f->next),
	         "x, then allocation sites: names who allocates, its price comes first");
	f->begin = (END_S - GROWTH_S) * NS_PER_S;
	f->traced = GROWTH_S * NS_PER_S;
	f->bursts = 0;
	f->expected = NONE;
	f->slowdown = 0.1;
	f->hits_per_s = 94;
	f->unmatched_frees = UNKNOWN;
	for (unsigned i = 0; i < f->site_count; i++)
		site_in_pages(&f->sites[i]);
	totals_set(f);
	spans_set(f);
	return f;
}

static int by_samples(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return (x->samples < y->samples) - (x->samples > y->samples);
}

struct sites_facts *support_sites_hits(void)
{
	struct sites_facts *f = support_sites();

	f->kind = SITES_HITS;
	snprintf(f->note, sizeof(f->note),
	         "built without libbpf: sites count how often they allocate, not what they keep");
	f->samples = 0;
	for (unsigned i = 0; i < f->site_count; i++) {
		struct site *s = &f->sites[i];
		s->samples = s->allocated_blocks;
		s->live_bytes = s->live_blocks = s->allocated_bytes = UNKNOWN;
		s->freed_bytes = s->freed_blocks = UNKNOWN;
		s->growth_bytes = s->growth_blocks = s->share = s->lifetime = NONE;
		s->steady = false;
		for (unsigned p = 0; p < SPARK_POINTS; p++)
			s->spark[p] = s->samples / SPARK_POINTS + s->samples / 200 * (p * 5 % 3);
		f->samples += s->samples;
	}
	f->live_bytes = f->live_blocks = f->other_bytes = f->unmatched_frees = UNKNOWN;
	f->growth_bytes = NONE;
	f->period = UNKNOWN;
	qsort(f->sites, f->site_count, sizeof(*f->sites), by_samples);
	return f;
}

struct sites_facts *support_sites_called(const char *name)
{
	struct sites_facts *f = support_sites();
	uint32_t at = text_add(f, name);

	for (uint32_t i = 0; i < f->frame_count; i++) {
		f->frames[i].function = at;
		if (i % 3)
			f->frames[i].file = at;
		if (i % 2)
			f->frames[i].module = at;
	}
	snprintf(f->source, sizeof(f->source), "malloc of %s", name);
	snprintf(f->note, sizeof(f->note), "%s is no note", name);
	snprintf(f->next, sizeof(f->next), "%s is no key", name);
	return f;
}

struct sites_facts *support_sites_hostile(void)
{
	return support_sites_called("\033[31m<b>&\"'\n\x9b\xff\xe2\x80\xae</script>;,{\a\\");
}

struct sites_facts *support_sites_none(enum sites_kind kind)
{
	struct sites_facts *f = facts_make(kind, 1);

	snprintf(f->source, sizeof(f->source), "pages touched first (minor faults)");
	f->ended = false;
	f->live_bytes = f->live_blocks = f->other_bytes = kind == SITES_HITS ? UNKNOWN : 0;
	return f;
}

/* --- moments -------------------------------------------------------------------------------------- */

void support_sites_put(struct moment *m, struct sites_facts *f, enum sites_kind kind,
                       enum sites_phase phase)
{
	struct sites_progress *p = &m->sites_progress;

	sites_facts_unref(m->sites);
	m->sites = f;
	sites_progress_init(p);
	p->phase = phase;
	p->kind = phase == SITES_OFF ? SITES_NONE : kind;
	if (phase == SITES_TRACING) {
		p->begin = f ? f->begin : m->time - 18 * NS_PER_S;
		p->end = kind == SITES_GROWTH ? UNKNOWN : m->time + 12 * NS_PER_S;
		p->slowdown = kind == SITES_GROWTH ? 0.1 : 3.1;
		p->hits_per_s = kind == SITES_GROWTH ? 94 : 41200;
	}
	if (phase == SITES_PRICED) {
		p->begin = m->time;
		p->end = m->time + TRACED_S * NS_PER_S;
		p->expected = 6.2;
		p->hits_per_s = 41200;
	}
	if (phase == SITES_FAILED)
		snprintf(p->why, sizeof(p->why),
		         "cannot trace process 4711: perf_event_open is not permitted; run it as "
		         "root "
		         "or with CAP_PERFMON, or set kernel.perf_event_paranoid to 2");
}

struct moment *support_moment_sites(void)
{
	struct moment *m = support_moment();

	support_sites_put(m, support_sites(), SITES_ALLOCATIONS, SITES_ENDED);
	return m;
}
