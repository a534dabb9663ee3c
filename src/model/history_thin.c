/* SPDX-License-Identifier: MIT */
/* Which of many is missed least. Knows their times alone; refuses to know what they are. */
#include "model/history_internal.h"

unsigned history_least_missed(const uint64_t *times, unsigned count)
{
	uint64_t now = times[count - 1];
	unsigned drop = 0;
	double least = 0;

	for (unsigned i = 1; i + 1 < count; i++) {
		uint64_t hole = times[i + 1] - times[i - 1];
		double loss = (double)hole / (double)(now - times[i] + 1);

		if (!drop || loss < least) {
			drop = i;
			least = loss;
		}
	}
	return drop;
}
