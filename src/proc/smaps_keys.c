/* SPDX-License-Identifier: MIT */
/*
 * The names in smaps and what they mean. Knows every figure and every VmFlags code the kernel has
 * written from 3.10 on; refuses to know where in the text they stand.
 */
#include <string.h>

#include "proc/smaps.h"
#include "proc/smaps_layout.h"

const struct smaps_key_info smaps_keys[SMAPS_KEY_COUNT] = {
        [SMAPS_RSS] = {"Rss", "Resident: pages of the mapping that are in memory."},
        [SMAPS_PSS] = {"Pss", "Resident, each page divided by how many processes map it."},
        [SMAPS_PSS_DIRTY] = {"Pss_Dirty", "The part of Pss that was written to."},
        [SMAPS_SHARED_CLEAN] = {"Shared_Clean", "Mapped by others too, unchanged."},
        [SMAPS_SHARED_DIRTY] = {"Shared_Dirty", "Mapped by others too, written to."},
        [SMAPS_PRIVATE_CLEAN] = {"Private_Clean", "Mapped here alone, unchanged: can be dropped."},
        [SMAPS_PRIVATE_DIRTY] = {"Private_Dirty", "Mapped here alone, written to."},
        [SMAPS_REFERENCED] = {"Referenced", "Marked as used since the marks were last cleared."},
        [SMAPS_ANONYMOUS] = {"Anonymous", "Pages without a file, or copied from one on writing."},
        [SMAPS_KSM] = {"KSM", "Merged with equal pages by the kernel."},
        [SMAPS_LAZYFREE] = {"LazyFree", "Freed by MADV_FREE: taken back when memory gets short."},
        [SMAPS_ANON_HUGE] = {"AnonHugePages", "Anonymous memory in transparent huge pages."},
        [SMAPS_SHMEM_PMD] = {"ShmemPmdMapped", "Shared memory in huge pages."},
        [SMAPS_FILE_PMD] = {"FilePmdMapped", "File pages in huge pages."},
        [SMAPS_SHARED_HUGETLB] = {"Shared_Hugetlb", "Reserved huge pages, shared; not in Rss."},
        [SMAPS_PRIVATE_HUGETLB] = {"Private_Hugetlb", "Reserved huge pages, private; not in Rss."},
        [SMAPS_SWAP] = {"Swap", "Swapped out."},
        [SMAPS_SWAP_PSS] = {"SwapPss", "Swapped out, each page divided by how many share it."},
        [SMAPS_LOCKED] = {"Locked", "Locked into memory."},
        [SMAPS_KERNEL_PAGE] = {"KernelPageSize", "Page size the kernel accounts in."},
        [SMAPS_MMU_PAGE] = {"MMUPageSize", "Page size the processor translates by."},
};

const struct smaps_flag_info smaps_flags[] = {
        {"rd", "readable"},
        {"wr", "writable"},
        {"ex", "executable"},
        {"sh", "shared"},
        {"mr", "may be made readable"},
        {"mw", "may be made writable"},
        {"me", "may be made executable"},
        {"ms", "may be shared"},
        {"gd", "grows down, as a stack does"},
        {"pf", "pure page frame numbers, no pages"},
        {"dw", "writes to the file are refused"},
        {"lo", "locked into memory"},
        {"io", "memory of a device"},
        {"sr", "advice: read in order"},
        {"rr", "advice: read at random"},
        {"dc", "not copied on fork"},
        {"de", "cannot grow by mremap"},
        {"ac", "counted against the commit limit"},
        {"nr", "no swap space is reserved"},
        {"ht", "reserved huge pages"},
        {"sf", "page faults may wait for the file system"},
        {"nl", "pages out of order"},
        {"ar", "architecture specific"},
        {"wf", "wiped on fork"},
        {"dd", "left out of core dumps"},
        {"sd", "soft-dirty tracking"},
        {"mm", "mixed page frames and pages"},
        {"hg", "advice: use huge pages"},
        {"nh", "advice: no huge pages"},
        {"mg", "advice: merge equal pages"},
        {"um", "missing pages are handled in user space"},
        {"uw", "write protection is handled in user space"},
        {"ui", "minor faults are handled in user space"},
        {"bt", "guarded control flow (BTI)"},
        {"mt", "memory tagging"},
        {"mp", "bounds tables (MPX)"},
        {"ss", "shadow stack"},
        {"sl", "sealed"},
        {"dp", "always dropped under memory pressure"},
        {"gu", "may hold guard pages"},
        {"lf", "locked when touched"},
        {"", NULL},
};

uint64_t smaps_flag_bit(const char code[2])
{
	for (unsigned i = 0; smaps_flags[i].meaning; i++) {
		if (smaps_flags[i].code[0] == code[0] && smaps_flags[i].code[1] == code[1])
			return 1ull << i;
	}
	return 0;
}

int smaps_key_find(struct span name)
{
	for (int i = 0; i < SMAPS_KEY_COUNT; i++) {
		if (span_is(name, smaps_keys[i].name))
			return i;
	}
	return -1;
}

uint64_t smaps_flags_parse(struct span codes)
{
	struct span word;
	uint64_t flags = 0;
	while (span_word(&codes, &word)) {
		if (word.len == 2)
			flags |= smaps_flag_bit(word.at);
	}
	return flags;
}
