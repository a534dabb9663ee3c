/* SPDX-License-Identifier: MIT */
/* Knows who holds a list of processes. Refuses to know how one is made. */
#include "model/process.h"

#include <stdlib.h>

struct process_list *process_list_ref(struct process_list *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void process_list_unref(struct process_list *l)
{
	if (l && atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) == 1)
		free(l);
}
