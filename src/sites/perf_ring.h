/* SPDX-License-Identifier: MIT */
#ifndef SITES_PERF_RING_H
#define SITES_PERF_RING_H

/*
 * Records of perf events out of the ring that the kernel writes them to (perf_event_open(2)). Pure: bytes in, records
 * out. Whatever sizes the bytes claim, nothing outside the ring is read.
 */

#include "sites/sample.h"

enum {
	PERF_RECORD_ROOM = 64 << 10,
}; /* a record is shorter: its size has 16 bits */

struct perf_ring {
	const uint8_t *data;
	uint64_t size;       /* bytes; a power of two */
	uint64_t head, tail; /* bytes since the begin: between tail and head there are records */
	uint64_t type; /* sample_type of the events; those fields only that are named in the .c */
};

/* The registers that events must be asked for: sample_regs_user. */
uint64_t perf_ring_registers(void);

enum perf_record_kind {
	RECORD_SAMPLE, /* pid, id, and all of sample but its kind and weight */
	RECORD_LOST,   /* lost: samples that found no room */
	RECORD_EXEC,   /* pid, tid: executed another program */
	RECORD_MAP,    /* pid, tid: mapped code */
	RECORD_EXIT,   /* pid, tid: a thread ended */
	RECORD_BIRTH,  /* pid, tid: a thread or process began, with the events of its maker */
	RECORD_OTHER,  /* nothing that anybody asked for */
};

struct perf_record {
	enum perf_record_kind kind;
	int32_t pid, tid;
	/* of the event, for those inherited that of the first; 0 where not asked for */
	uint64_t id;
	uint64_t lost;
	struct site_sample sample; /* its stack is borrowed from the ring or from scratch */
};

/*
 * The next record; the tail passes it, but its bytes are in use until the caller is done with *ret. `scratch` is for a
 * record that begins at the end of the ring and ends at its begin. 1; 0: none is there; -EBADMSG: what follows is no
 * record, the tail is at the head.
 */
int perf_ring_next(struct perf_ring *r, uint8_t scratch[PERF_RECORD_ROOM], struct perf_record *ret);

#endif
