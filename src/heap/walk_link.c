/* SPDX-License-Identifier: MIT */
/*
 * The first words of small blocks, kept while memory is read in order. Does not know which of them lie
 * in a list.
 */
#include <stdlib.h>

#include "heap/walk_internal.h"

/*
 * In a list, the word leads to the header or the user bytes of another small block, in one way of
 * writing or the other.
 */
static bool may_lead(const struct walk_job *job, uint64_t to)
{
	return to % 16 == 0 && to >= job->low && to < job->high;
}

void link_note(struct walk_job *job, uint64_t chunk, size_t block)
{
	uint64_t address = chunk + CHUNK_HEADER;
	const uint8_t *bytes = window_at(&job->window, address);
	uint64_t word = bytes ? glibc_word(bytes) : 0;

	if (!job->found.layout.fastbins || !bytes ||
	    (!may_lead(job, word) && !may_lead(job, word ^ address >> 12)))
		return;
	if (job->link_count == job->link_cap) {
		size_t cap = job->link_cap ? job->link_cap + job->link_cap / 2 : 1024;
		struct link *links = realloc(job->links, cap * sizeof(*links));
		/* Without it the word is read again when it is asked for. */
		if (!links)
			return;
		job->links = links;
		job->link_cap = cap;
	}
	job->links[job->link_count++] = (struct link){address, word, block};
}

const struct link *link_find(const struct walk_job *job, uint64_t address)
{
	size_t low = 0, high = job->link_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (job->links[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < job->link_count && job->links[low].address == address ? &job->links[low]
	                                                                   : NULL;
}
