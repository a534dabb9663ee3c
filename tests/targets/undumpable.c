/* SPDX-License-Identifier: MIT */
#include "target.h"

/* undumpable: holds 4 MiB and forbids to be looked into, as agents of keys and passwords do. */
int main(void)
{
	target_begin();
	touched(4 * MiB);
	prctl(PR_SET_DUMPABLE, 0);
	ready(getpid());
	rest_for_ever();
}
