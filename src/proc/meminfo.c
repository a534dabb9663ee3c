/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/meminfo, or of what lxcfs puts in its place. Knows its keys; refuses to know
 * whether the machine's figures or a container's limit matter.
 */
#include "proc/system.h"

#include <errno.h>

#include "proc/lines.h"

const struct meminfo_key_info meminfo_keys[MEMINFO_KEY_COUNT] = {
        [MEMINFO_TOTAL] = {"MemTotal", "Memory of the machine."},
        [MEMINFO_FREE] = {"MemFree", "Memory that nothing uses."},
        [MEMINFO_AVAILABLE] = {"MemAvailable", "What new programs could get without swapping."},
        [MEMINFO_BUFFERS] = {"Buffers", "Cached blocks of devices."},
        [MEMINFO_CACHED] = {"Cached", "Cached files, shared memory included."},
        [MEMINFO_SWAP_TOTAL] = {"SwapTotal", "Swap space of the machine."},
        [MEMINFO_SWAP_FREE] = {"SwapFree", "Swap space that nothing uses."},
        [MEMINFO_SHMEM] = {"Shmem", "Shared memory and tmpfs."},
        [MEMINFO_SLAB_UNRECLAIM] = {"SUnreclaim", "Kernel objects that cannot be given back."},
        [MEMINFO_PAGE_TABLES] = {"PageTables", "Page tables of all processes."},
        [MEMINFO_ZSWAP] = {"Zswap", "Memory that compressed swap fills."},
        [MEMINFO_ANON_PAGES] = {"AnonPages", "Anonymous memory of all processes."},
        [MEMINFO_KERNEL_STACK] = {"KernelStack", "Kernel stacks of all threads."},
        [MEMINFO_HUGETLB] = {"Hugetlb", "Memory set aside for huge pages."},
};

int meminfo_parse(const char *text, size_t len, uint64_t ret_bytes[MEMINFO_KEY_COUNT])
{
	struct span rest = {text, len};
	struct span line, key, value;
	uint64_t v[MEMINFO_KEY_COUNT];
	bool any = false;
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		v[i] = UNKNOWN;
	while (span_line(&rest, &line)) {
		if (!span_split(line, &key, &value))
			continue;
		for (int i = 0; i < MEMINFO_KEY_COUNT; i++) {
			if (span_is(key, meminfo_keys[i].name)) {
				v[i] = span_kb(value);
				any = any || known(v[i]);
			}
		}
	}
	if (!any)
		return -EINVAL;
	/* lxcfs has said 0 here, and tools that divided by it died. */
	if (v[MEMINFO_TOTAL] == 0)
		v[MEMINFO_TOTAL] = UNKNOWN;
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		ret_bytes[i] = v[i];
	return 0;
}
