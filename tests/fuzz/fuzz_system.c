/* SPDX-License-Identifier: MIT */
/* Any bytes as meminfo, pressure, uptime, cgroup, mountinfo, limits and the files of a control group. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proc/system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static void try_cgroup(const char *text, size_t size)
{
	struct cgroup_place place;
	struct cgroup_mount mount;

	if (cgroup_parse(text, size, &place) == 0) {
		demand(place.path[0] == '/');
		demand(memchr(place.path, '\0', sizeof(place.path)) != NULL);
	}
	for (int v2 = 0; v2 < 2; v2++) {
		if (cgroup_mount_parse(text, size, v2, &mount) == 0) {
			demand(memchr(mount.point, '\0', sizeof(mount.point)) != NULL);
			demand(memchr(mount.root, '\0', sizeof(mount.root)) != NULL);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	uint64_t meminfo[MEMINFO_KEY_COUNT];
	uint64_t limits[LIMIT_KEY_COUNT];
	struct pressure pressure;
	char label[40];
	uint64_t v;
	int64_t number;

	if (meminfo_parse(text, size, meminfo) == 0)
		demand(meminfo[MEMINFO_TOTAL] != 0);
	try_cgroup(text, size);
	if (cgroup_limit_parse(text, size, &v) == 0)
		demand(!known(v) || v < 1ull << 62);
	if (cgroup_cache_parse(text, size, size % 2, &v) == 0)
		demand(known(v));
	if (kernel_number_parse(text, size, &number) == 0)
		demand(size >= 2 && memchr(text, '\n', size));
	if (cgroup_oom_parse(text, size, &v) == 0)
		demand(known(v));
	if (pressure_parse(text, size, &pressure) == 0)
		demand(pressure.some >= 0 || pressure.full >= 0);
	if (uptime_parse(text, size, &v) == 0)
		demand(known(v));
	/* A text without the name anywhere lies in no unit of it. */
	demand(!cgroup_has_unit(text, size, "x.service") || memmem(text, size, "x.service", 9));
	cgroup_label(text, size, label, sizeof(label));
	demand(memchr(label, '\0', sizeof(label)) != NULL);
	limits_parse(text, size, limits);
	demand(fd_kind_of(text, size) < FD_KIND_COUNT);
	return 0;
}
