/* SPDX-License-Identifier: MIT */
/* Knows what is not yet known of the machine. Refuses to know how it is read. */
#include "model/machine.h"

#include <math.h>

void machine_init(struct machine *m)
{
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		m->first[i] = m->now[i] = UNKNOWN;
	m->span = 0;
	m->pressure = (struct pressure){NAN, NAN};
}
