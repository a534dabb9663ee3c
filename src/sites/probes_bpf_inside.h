/* SPDX-License-Identifier: MIT */
#ifndef SITES_PROBES_BPF_INSIDE_H
#define SITES_PROBES_BPF_INSIDE_H

/* Between loading and listening (probes_bpf.c) and setting (probes_bpf_set.c). */

#include "sites/allocations.bpf.h"
#include "sites/bpf_records.h"
#include "sites/probes_bpf.h"
#include "sites/spots.h"

/* Of allocations.skel.h, and of libbpf. */
struct allocations;
struct ring_buffer;
struct bpf_link;

struct probes_bpf {
	struct allocations *kernel;
	struct ring_buffer *ring;
	struct probe_spot *spots;
	size_t count;
	int32_t pid;
	bool session, on;
	unsigned cpus;
	int links[SPOTS_MAX]; /* of sessions, two for each file at most; the hottest last */
	unsigned link_count;
	struct bpf_link *events[2 * SPOTS_MAX]; /* without sessions: entries and returns */
	unsigned event_count;
	struct bpf_records *records;
	struct counts *counts;     /* room for those of each CPU */
	struct probes_tally tally; /* as read last */
};

enum { ATTACH_SESSION = 57 }; /* BPF_TRACE_UPROBE_SESSION, Linux 6.13 */

/* Whether a spot before number i lies in the same file. */
bool probes_bpf_file_before(const struct probes_bpf *p, size_t i);

#endif
