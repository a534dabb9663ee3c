/* SPDX-License-Identifier: MIT */
/*
 * Knows what lies in the address space of the process that support_moment.h describes. Refuses to
 * know what is made of it.
 */
#include "support_moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/mapping.h"

#define KB 1024ull

enum {
	R__P = MAP_READ,
	RW_P = MAP_READ | MAP_WRITE,
	R_XP = MAP_READ | MAP_EXEC,
	RWXP = MAP_READ | MAP_WRITE | MAP_EXEC,
	NONE = 0,
	RW_S = MAP_READ | MAP_WRITE | MAP_MAYSHARE,
	R__S = MAP_READ | MAP_MAYSHARE,
};

/* One region; sizes in kB, `anon` and `shared` are parts of `rss`, `grows` is kB a second. */
struct row {
	enum region_kind kind;
	unsigned prot;
	uint64_t start, size, rss, anon, shared, swap;
	uint64_t inode, offset;
	uint32_t mappings;
	double grows;
	const char *name;
};

static const struct row rows[] = {
        {REGION_RODATA, R__P, 0x55d0c0000000, 24, 24, 0, 0, 0, 1311, 0, 1, 0, "/usr/sbin/shopd"},
        {REGION_TEXT, R_XP, 0x55d0c0006000, 412, 380, 0, 0, 0, 1311, 0x6000, 1, 0,
         "/usr/sbin/shopd"},
        {REGION_RODATA, R__P, 0x55d0c006d000, 96, 80, 0, 0, 0, 1311, 0x6d000, 1, 0,
         "/usr/sbin/shopd"},
        {REGION_DATA, RW_P, 0x55d0c0085000, 16, 16, 16, 0, 0, 1311, 0x84000, 2, 0,
         "/usr/sbin/shopd"},
        {REGION_BSS, RW_P, 0x55d0c0089000, 32, 12, 12, 0, 0, 0, 0, 1, 0, ""},
        {REGION_HEAP, RW_P, 0x55d0e1a3c000, 12700, 12620, 12620, 0, 0, 0, 0, 1, 100, "[heap]"},
        {REGION_RESERVED, NONE, 0x7e8000000000, 1048576, 0, 0, 0, 0, 0, 0, 1, 0, ""},
        {REGION_ARENA, RW_P, 0x7f1008000000, 65536, 4320, 4320, 0, 128, 0, 0, 2, 3, ""},
        {REGION_ARENA, RW_P, 0x7f1010000000, 65536, 1024, 1024, 0, 0, 0, 0, 2, 0, ""},
        {REGION_ANON, RW_P, 0x7f1014600000, 8192, 8192, 8192, 0, 0, 0, 0, 1, 0, ""},
        {REGION_ANON, RW_P, 0x7f1014e01000, 1028, 1028, 1028, 0, 0, 0, 0, 1, 0, ""},
        {REGION_ANON, RW_P, 0x7f1014f03000, 1028, 1028, 1028, 0, 0, 0, 0, 1, 0, ""},
        {REGION_ANON, RW_P, 0x7f1015005000, 1028, 1028, 1028, 0, 0, 0, 0, 1, 0.5,
         "[anon: request pool]"},
        {REGION_JIT, RWXP, 0x7f1015400000, 256, 64, 64, 0, 0, 0, 0, 1, 0, ""},
        {REGION_HUGE, RW_P, 0x7f1015600000, 4096, 0, 0, 0, 0, 2201, 0, 1, 0,
         "/anon_hugepage (deleted)"},
        {REGION_STACK, RW_P, 0x7f1016000000, 8196, 36, 36, 0, 0, 0, 0, 2, 0, ""},
        {REGION_STACK, RW_P, 0x7f1016a00000, 8196, 28, 28, 0, 0, 0, 0, 2, 0, ""},
        {REGION_STACK, RW_P, 0x7f1017400000, 8196, 44, 44, 0, 4, 0, 0, 2, 0, ""},
        {REGION_FILE, R__P, 0x7f1018000000, 5952, 384, 0, 384, 0, 524402, 0, 1, 0,
         "/usr/lib/locale/locale-archive"},
        {REGION_FILE, R__S, 0x7f1018700000, 28, 28, 0, 28, 0, 524433, 0, 1, 0,
         "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache"},
        {REGION_RODATA, R__P, 0x7f1018800000, 160, 160, 0, 160, 0, 524410, 0, 1, 0,
         "/usr/lib/x86_64-linux-gnu/libc.so.6"},
        {REGION_TEXT, R_XP, 0x7f1018828000, 1612, 1500, 0, 1500, 0, 524410, 0x28000, 1, 0,
         "/usr/lib/x86_64-linux-gnu/libc.so.6"},
        {REGION_RODATA, R__P, 0x7f10189bb000, 352, 312, 0, 312, 0, 524410, 0x1bb000, 1, 0,
         "/usr/lib/x86_64-linux-gnu/libc.so.6"},
        {REGION_DATA, RW_P, 0x7f1018a13000, 24, 24, 24, 0, 0, 524410, 0x212000, 2, 0,
         "/usr/lib/x86_64-linux-gnu/libc.so.6"},
        {REGION_BSS, RW_P, 0x7f1018a19000, 52, 20, 20, 0, 0, 0, 0, 1, 0, ""},
        {REGION_RODATA, R__P, 0x7f1018b00000, 120, 120, 0, 120, 0, 524511, 0, 1, 0,
         "/usr/lib/x86_64-linux-gnu/libssl.so.3"},
        {REGION_TEXT, R_XP, 0x7f1018b1e000, 364, 240, 0, 240, 0, 524511, 0x1e000, 1, 0,
         "/usr/lib/x86_64-linux-gnu/libssl.so.3"},
        {REGION_RODATA, R__P, 0x7f1018b79000, 104, 64, 0, 64, 0, 524511, 0x79000, 1, 0,
         "/usr/lib/x86_64-linux-gnu/libssl.so.3"},
        {REGION_DATA, RW_P, 0x7f1018b93000, 56, 56, 56, 0, 0, 524511, 0x92000, 2, 0,
         "/usr/lib/x86_64-linux-gnu/libssl.so.3"},
        {REGION_SHM, RW_S, 0x7f1018c00000, 2048, 1536, 0, 1536, 0, 9, 0, 1, 0,
         "/memfd:ring (deleted)"},
        {REGION_SHM, RW_S, 0x7f1018e00000, 512, 512, 0, 0, 0, 32769, 0, 1, 0,
         "/SYSV0000002a (deleted)"},
        {REGION_SHM, RW_S, 0x7f1018e80000, 64, 16, 0, 16, 0, 41, 0, 1, 0, "/dev/shm/shopd.stats"},
        {REGION_OTHER, RW_S, 0x7f1018ea0000, 64, 0, 0, 0, 0, 310, 0x100000, 1, 0,
         "/dev/dri/renderD128"},
        {REGION_RODATA, R__P, 0x7f1018f00000, 4, 4, 0, 4, 0, 524399, 0, 1, 0,
         "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
        {REGION_TEXT, R_XP, 0x7f1018f01000, 152, 152, 0, 152, 0, 524399, 0x1000, 1, 0,
         "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
        {REGION_DATA, RW_P, 0x7f1018f31000, 16, 16, 16, 0, 0, 524399, 0x30000, 2, 0,
         "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
        {REGION_MAIN_STACK, RW_P, 0x7ffc2c1d0000, 132, 40, 40, 0, 0, 0, 0, 1, 0, "[stack]"},
        {REGION_VDSO, R__P, 0x7ffc2c1f2000, 16, 0, 0, 0, 0, 0, 0, 1, 0, "[vvar]"},
        {REGION_VDSO, R_XP, 0x7ffc2c1f6000, 8, 4, 0, 4, 0, 0, 0, 1, 0, "[vdso]"},
        {REGION_VDSO, MAP_EXEC, 0xffffffffff600000, 4, 0, 0, 0, 0, 0, 0, 1, 0, "[vsyscall]"},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static uint64_t flags_of(const struct row *w)
{
	uint64_t f = smaps_flag_bit("mr") | smaps_flag_bit("mw") | smaps_flag_bit("me");

	f |= w->prot & MAP_READ ? smaps_flag_bit("rd") : 0;
	f |= w->prot & MAP_WRITE ? smaps_flag_bit("wr") : 0;
	f |= w->prot & MAP_EXEC ? smaps_flag_bit("ex") : 0;
	f |= w->prot & MAP_MAYSHARE ? smaps_flag_bit("sh") | smaps_flag_bit("ms") : 0;
	f |= w->anon ? smaps_flag_bit("ac") : 0;
	f |= w->kind == REGION_MAIN_STACK ? smaps_flag_bit("gd") : 0;
	f |= w->kind == REGION_RESERVED ? smaps_flag_bit("nr") : 0;
	f |= w->kind == REGION_HUGE ? smaps_flag_bit("ht") : 0;
	return f;
}

static void figures_of(const struct row *w, uint64_t grown, uint64_t b[SMAPS_KEY_COUNT])
{
	bool shm = w->kind == REGION_SHM, huge = w->kind == REGION_HUGE;
	uint64_t rss = w->rss + grown, anon = w->anon + (w->anon ? grown : 0);

	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		b[i] = 0;
	b[SMAPS_RSS] = rss * KB;
	b[SMAPS_PSS] = (rss - w->shared + w->shared / 4) * KB;
	b[SMAPS_PSS_DIRTY] = anon * KB;
	b[shm ? SMAPS_SHARED_DIRTY : SMAPS_SHARED_CLEAN] = w->shared * KB;
	b[SMAPS_PRIVATE_CLEAN] = (rss - w->shared - (shm ? rss - w->shared : anon)) * KB;
	b[SMAPS_PRIVATE_DIRTY] = (shm ? rss - w->shared : anon) * KB;
	b[SMAPS_REFERENCED] = (rss - rss / 8) * KB;
	b[SMAPS_ANONYMOUS] = anon * KB;
	b[SMAPS_LAZYFREE] = w->kind == REGION_ARENA && w->grows > 0 ? 512 * KB : 0;
	b[SMAPS_ANON_HUGE] = w->rss == 8192 ? 4096 * KB : 0;
	b[SMAPS_PRIVATE_HUGETLB] = huge ? w->size * KB : 0;
	b[SMAPS_SWAP] = b[SMAPS_SWAP_PSS] = w->swap * KB;
	b[SMAPS_KERNEL_PAGE] = b[SMAPS_MMU_PAGE] = huge ? 2048 * KB : 4 * KB;
}

static struct region *region_make(const struct row *w, uint64_t id, double seconds)
{
	uint64_t grown = (uint64_t)(w->grows * seconds) / 4 * 4;
	uint32_t len = (uint32_t)strlen(w->name);
	struct region *r = must(calloc(1, sizeof(*r) + len + 1));

	atomic_init(&r->refs, 1);
	r->mappings = w->mappings;
	r->id = id;
	r->kind = w->kind;
	r->prot = w->prot;
	r->start = w->start;
	/* [heap] grows at its end; an arena only fills what it has reserved. */
	r->size = (w->size + (w->kind == REGION_HEAP || w->kind == REGION_ANON ? grown : 0)) * KB;
	r->end = r->start + r->size;
	r->offset = w->offset;
	r->inode = w->inode;
	r->major = w->inode > 100000 ? 8 : 0;
	r->minor = w->inode > 100000 ? 1 : w->inode ? 21 : 0;
	figures_of(w, grown, r->bytes);
	r->flags = flags_of(w);
	r->peak = r->bytes[SMAPS_RSS];
	r->name_len = len;
	memcpy(r->name, w->name, len);
	return r;
}

static struct region_table *table_new(size_t n, double seconds)
{
	struct region_table *t = must(calloc(1, sizeof(*t) + n * sizeof(t->rows[0])));

	atomic_init(&t->refs, 1);
	t->time = (uint64_t)(seconds * 1e9);
	return t;
}

static void table_add(struct region_table *t, struct region *r)
{
	t->rows[t->count++] = r;
	t->mappings += r->mappings;
	t->size += r->size;
	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		t->totals[i] += r->bytes[i];
	t->by_kind[r->kind].size += r->size;
	t->by_kind[r->kind].rss += r->bytes[SMAPS_RSS];
	t->by_kind[r->kind].swap += r->bytes[SMAPS_SWAP];
	t->by_kind[r->kind].count++;
}

struct region_table *support_regions(double seconds, bool grows)
{
	struct region_table *t = table_new(ROWS, seconds);

	for (size_t i = 0; i < ROWS; i++)
		table_add(t, region_make(&rows[i], i + 1, grows ? seconds : 0));
	return t;
}

/* What a target may call its files; the last is filled in as a path of 4 KB. */
static const char *const hostile_names[] = {
        "/tmp/\033]0;owned\a\033[2J",
        "/tmp/\xff\xfe\x9b"
        "31m",
        "/tmp/\xe2\x80\xaegpj.exe",
        "=cmd|'/c calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        "/tmp/a\",\"b\n=1+1",
        "/tmp/\xe5\xba\x97\xe9\x95\xb7-1",
        "/tmp/zero\xe2\x80\x8bwidth\\012",
        "/tmp/{{7*7}}<script>&amp;'--",
        NULL,
};

enum { HOSTILE = sizeof(hostile_names) / sizeof(hostile_names[0]), LONG_PATH = 4095 };

struct region_table *support_regions_hostile(double seconds)
{
	struct region_table *t = table_new(ROWS + HOSTILE, seconds);
	char path[LONG_PATH + 1];

	for (size_t i = 0; i < LONG_PATH; i++)
		path[i] = i % 60 ? (char)('a' + i % 26) : '/';
	path[LONG_PATH] = '\0';
	for (size_t i = 0; i < ROWS; i++)
		table_add(t, region_make(&rows[i], i + 1, seconds));
	for (size_t i = 0; i < HOSTILE; i++) {
		struct row w = {.kind = REGION_FILE,
		                .prot = R__P,
		                .start = 0xffffffffff700000ull + i * 0x10000,
		                .size = 64,
		                .rss = 64,
		                .inode = 600000 + i,
		                .mappings = 1,
		                .grows = 1,
		                .name = hostile_names[i] ? hostile_names[i] : path};
		table_add(t, region_make(&w, ROWS + i + 1, seconds));
	}
	return t;
}

struct region_table *support_regions_big(size_t n, double seconds)
{
	static const struct row kinds[] = {
	        {.kind = REGION_ANON, .prot = RW_P, .size = 256, .rss = 256, .anon = 256},
	        {.kind = REGION_TEXT, .prot = R_XP, .size = 512, .rss = 128, .shared = 128},
	        {.kind = REGION_FILE, .prot = R__P, .size = 64, .rss = 16, .shared = 16},
	        {.kind = REGION_STACK, .prot = RW_P, .size = 8196, .rss = 24, .anon = 24},
	};
	struct region_table *t = table_new(n, seconds);
	char name[64];

	for (size_t i = 0; i < n; i++) {
		struct row w = kinds[i % 4];
		bool file = w.kind == REGION_TEXT || w.kind == REGION_FILE;

		snprintf(name, sizeof(name), "/opt/shop/lib/libpart%zu.so", i / 4);
		w.start = 0x7f0000000000 + i * 0x1000000;
		w.mappings = 1;
		w.inode = file ? 700000 + i : 0;
		w.grows = i % 4 == 0 && i < 400 ? 1 : 0;
		w.name = file ? name : "";
		table_add(t, region_make(&w, i + 1, seconds));
	}
	return t;
}
