/* SPDX-License-Identifier: MIT */
/* Any bytes as status, stat and statm. Stops where a name is not ended or a promise is broken. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proc/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct proc_status status;
	struct proc_stat stat;
	struct proc_statm statm;

	if (status_parse(text, size, &status) == 0) {
		demand(memchr(status.name, '\0', sizeof(status.name)) != NULL);
		demand(status.nspids <= PROC_NSPID_MAX);
		for (unsigned i = 0; i < status.nspids; i++)
			demand(known(status.nspid[i]));
	}
	if (stat_parse(text, size, &stat) == 0) {
		demand(memchr(stat.comm, '\0', sizeof(stat.comm)) != NULL);
		demand(stat.start_code > 1 && stat.start_stack > 1 && stat.start_brk > 1);
	}
	if (statm_parse(text, size, &statm) == 0)
		demand(known(statm.size) && known(statm.resident) && known(statm.data));
	return 0;
}
