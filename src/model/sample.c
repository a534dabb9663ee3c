/* SPDX-License-Identifier: MIT */
/*
 * Knows how figures of one sample combine into the base series of the verdict. Refuses to know
 * where figures come from and what they mean over time.
 */
#include "model/sample.h"

const struct status_figure status_figures[] = {
        {FIGURE_RSS, STATUS_VM_RSS},
        {FIGURE_VSZ, STATUS_VM_SIZE},
        {FIGURE_ANON, STATUS_RSS_ANON},
        {FIGURE_SWAP, STATUS_VM_SWAP},
        {FIGURE_SHMEM, STATUS_RSS_SHMEM},
        {FIGURE_FILE, STATUS_RSS_FILE},
        {FIGURE_DATA, STATUS_VM_DATA},
        {FIGURE_HWM, STATUS_VM_HWM},
        {FIGURE_THREADS, STATUS_THREADS},
        {FIGURE_PTE, STATUS_VM_PTE},
        {FIGURE_HUGETLB, STATUS_HUGETLB},
        {FIGURE_STACK, STATUS_VM_STACK},
        {FIGURE_CTX_VOLUNTARY, STATUS_CTX_VOLUNTARY},
        {FIGURE_CTX_PREEMPTED, STATUS_CTX_INVOLUNTARY},
        {FIGURE_COUNT, STATUS_KEY_COUNT},
};

void sample_init(struct sample *s)
{
	s->time = 0;
	s->wall = UNKNOWN;
	s->flags = 0;
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		s->v[i] = UNKNOWN;
}

uint64_t sample_base(const struct sample *s, bool *ret_upper)
{
	uint64_t anon = s->v[FIGURE_ANON];

	if (!known(anon))
		return UNKNOWN;
	if (ret_upper)
		*ret_upper = !known(s->v[FIGURE_LAZYFREE]);
	/* What a source cannot tell (a CSV of one column) is left out of the sum, not taken for zero. */
	anon = known_sub(anon, known_or(s->v[FIGURE_LAZYFREE], 0));
	anon = known_add(anon, known_or(s->v[FIGURE_SWAP], 0));
	return known_add(anon, known_or(s->v[FIGURE_HUGETLB], 0));
}
