/* SPDX-License-Identifier: MIT */
#ifndef SITES_SAMPLE_H
#define SITES_SAMPLE_H

/* What events of the kernel tell: the same from perf rings and from BPF. */

#include "symbols/symbols.h"

enum sample_kind {
	SAMPLE_FAULT, /* address: touched; weight: faults it stands for */
	SAMPLE_ALLOC, /* address, size; weight: blocks it stands for */
	SAMPLE_FREE,  /* address; no stack */
	SAMPLE_HIT,   /* weight: hits it stands for; no address */
	SAMPLE_EXEC,  /* the process executed another program */
	SAMPLE_MAP,   /* it mapped code: there may be new names */
};

struct site_sample {
	enum sample_kind kind;
	uint64_t time; /* CLOCK_MONOTONIC ns */
	int32_t tid;
	uint64_t address, size;
	double weight;
	struct stack_taken stack; /* size 0 and registers 0: none */
};

typedef void sample_tell(void *arg, const struct site_sample *s);

#endif
