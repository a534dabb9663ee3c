/* SPDX-License-Identifier: MIT */
/*
 * What one mapping tells by itself: its name, protection, flags and figures. Knows the names that
 * kernels, C libraries and run times give to memory; refuses to know what lies beside a mapping.
 */
#include <string.h>

#include "model/tracker_internal.h"

#define LARGE_UNTOUCHED   (1ull << 20)  /* from here on memory without a page is a reservation */
#define LARGEST_BASE_PAGE (64ull << 10) /* arm64, ppc64 */

/* A name that begins like this is of that kind; the first row that fits decides. */
struct name_rule {
	const char *prefix;
	enum region_kind kind;
};

/* Names of the kernel in brackets, without a file. */
static const struct name_rule pseudo_names[] = {
        {"[stack:", REGION_STACK}, /* kernels 3.4 to 4.4 */
        {"[vdso]", REGION_VDSO},    {"[vvar", REGION_VDSO},     {"[vsyscall]", REGION_VDSO},
        {"[vectors]", REGION_VDSO}, {"[sigpage]", REGION_VDSO}, {"[uprobes]", REGION_VDSO},
};

/* Names given by prctl(PR_SET_VMA_ANON_NAME): strong hints, their absence means nothing. */
static const struct name_rule given_names[] = {
        {"[anon: glibc: malloc arena]", REGION_ARENA},
        {"[anon: glibc: pthread stack", REGION_STACK},
        {"[anon: glibc: pthread user stack", REGION_STACK},
        {"[anon:stack_and_tls", REGION_STACK},
        {"[anon:.bss]", REGION_BSS},
};

static const struct name_rule shared_names[] = {
        {"/memfd:", REGION_SHM},   {"/dev/zero", REGION_SHM},    {"/SYSV", REGION_SHM},
        {"/dev/shm/", REGION_SHM}, {"[anon_shmem:", REGION_SHM},
};

static bool begins(const struct mapping *m, const char *prefix)
{
	size_t n = strlen(prefix);

	return m->name_len >= n && !memcmp(m->name, prefix, n);
}

static enum region_kind rule_find(const struct mapping *m, const struct name_rule *rules,
                                  size_t count, enum region_kind fallback)
{
	for (size_t i = 0; i < count; i++) {
		if (begins(m, rules[i].prefix))
			return rules[i].kind;
	}
	return fallback;
}

#define RULE_FIND(m, rules, fallback) \
	rule_find(m, rules, sizeof(rules) / sizeof((rules)[0]), fallback)

static bool without_file(const struct mapping *m)
{
	return !m->inode && !m->major && !m->minor;
}

bool record_is_anonymous(const struct smaps_record *record)
{
	const struct mapping *m = &record->map;

	if (m->prot & MAP_MAYSHARE)
		return false;
	if (!m->name_len || (without_file(m) && begins(m, "[anon:")))
		return true;
	/* A private mapping of /dev/zero is the old way to ask for anonymous memory. */
	return m->name_len == strlen("/dev/zero") && begins(m, "/dev/zero");
}

static bool is_untouched(const struct tracker *t, const struct smaps_record *record)
{
	uint64_t used = known_add(record->bytes[SMAPS_RSS], known_or(record->bytes[SMAPS_SWAP], 0));

	return used == 0 && ((record->flags & t->flag_noreserve) ||
	                     record->map.end - record->map.start >= LARGE_UNTOUCHED);
}

static enum region_kind kind_of_anonymous(const struct tracker *t,
                                          const struct smaps_record *record)
{
	const struct mapping *m = &record->map;
	enum region_kind kind = REGION_ANON;

	if (!(m->prot & (MAP_READ | MAP_WRITE | MAP_EXEC)))
		return REGION_RESERVED;
	if (m->name_len)
		kind = RULE_FIND(m, given_names, REGION_ANON);
	if (kind != REGION_ANON)
		return kind;
	if (m->prot & MAP_EXEC)
		return REGION_JIT;
	return is_untouched(t, record) ? REGION_RESERVED : REGION_ANON;
}

static bool is_device(const struct mapping *m)
{
	return (begins(m, "/dev/") && !begins(m, "/dev/shm/")) || begins(m, "/dmabuf:") ||
	       begins(m, "/[aio]") || begins(m, "/drm");
}

static enum region_kind kind_of_file(const struct mapping *m)
{
	/* anon_inode:, socket: and what else has no path; devices keep their memory elsewhere. */
	if (m->name[0] != '/' || is_device(m))
		return REGION_OTHER;
	if (m->prot & MAP_MAYSHARE)
		return REGION_FILE;
	if (m->prot & MAP_EXEC)
		return REGION_TEXT;
	return m->prot & MAP_WRITE ? REGION_DATA : REGION_FILE;
}

static bool is_hugetlb(const struct tracker *t, const struct smaps_record *record)
{
	uint64_t page = record->bytes[SMAPS_KERNEL_PAGE];

	return (record->flags & t->flag_hugetlb) || (known(page) && page > LARGEST_BASE_PAGE) ||
	       begins(&record->map, "/anon_hugepage");
}

enum region_kind kind_of_record(const struct tracker *t, const struct smaps_record *record)
{
	const struct mapping *m = &record->map;

	if (is_hugetlb(t, record))
		return REGION_HUGE;
	if (record_is_anonymous(record))
		return kind_of_anonymous(t, record);
	if (mapping_is_pseudo(m, "[heap]"))
		return REGION_HEAP;
	if (mapping_is_pseudo(m, "[stack]"))
		return REGION_MAIN_STACK;
	if (!m->name_len) /* shared and nameless */
		return REGION_SHM;
	if ((m->prot & MAP_MAYSHARE) && RULE_FIND(m, shared_names, REGION_OTHER) == REGION_SHM)
		return REGION_SHM;
	if (without_file(m) && m->name[0] == '[')
		return RULE_FIND(m, pseudo_names, REGION_OTHER);
	return kind_of_file(m);
}
