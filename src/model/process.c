/* SPDX-License-Identifier: MIT */
/* Knows who holds a list of processes. Refuses to know how one is made. */
#include "model/process.h"

#include <stdlib.h>

uint64_t process_held(const struct process *p)
{
	return known_add(p->anon, known_or(p->swap, 0));
}

const struct process_suspect *process_suspect_of(const struct process_list *l, size_t row)
{
	for (unsigned i = 0; i < l->suspect_count; i++)
		if (l->suspects[i].row == row)
			return &l->suspects[i];
	return NULL;
}

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
