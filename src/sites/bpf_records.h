/* SPDX-License-Identifier: MIT */
#ifndef SITES_BPF_RECORDS_H
#define SITES_BPF_RECORDS_H

/* What the part in the kernel tells (allocations.bpf.h), as samples: an allocation once its return is known. */

#include <stddef.h>

#include "sites/sample.h"

struct bpf_records;

struct bpf_records *bpf_records_new(void);    /* NULL: no memory */
void bpf_records_free(struct bpf_records *r); /* NULL is fine */

/* Who hears the samples from now on; before the first record. Their stacks are borrowed until `tell` returns. */
void bpf_records_tell(struct bpf_records *r, sample_tell *tell, void *arg);

/* One record as the kernel wrote it, `size` bytes. */
void bpf_records_take(struct bpf_records *r, const void *data, size_t size);

#endif
