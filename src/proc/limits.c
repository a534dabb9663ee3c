/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/PID/limits. Knows the kernel's names of the limits we use; refuses to know what
 * reaching one would mean.
 */
#include "proc/system.h"

#include <errno.h>
#include <string.h>

#include "proc/lines.h"

static const char *const limit_names[LIMIT_KEY_COUNT] = {
        [LIMIT_AS] = "Max address space ",
        [LIMIT_DATA] = "Max data size ",
        [LIMIT_STACK] = "Max stack size ",
        [LIMIT_NOFILE] = "Max open files ",
};

int limits_parse(const char *text, size_t len, uint64_t ret[LIMIT_KEY_COUNT])
{
	struct span rest = {text, len};
	struct span line, word;
	uint64_t v[LIMIT_KEY_COUNT] = {UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
	bool any = false;
	while (span_line(&rest, &line)) {
		for (int i = 0; i < LIMIT_KEY_COUNT; i++) {
			if (!limit_names[i] || !span_starts(line, limit_names[i]))
				continue;
			size_t skip = strlen(limit_names[i]);
			struct span columns = {line.at + skip, line.len - skip};
			if (!span_word(&columns, &word))
				continue;
			uint64_t soft = span_number(word);
			if (!known(soft) && !span_is(word, "unlimited"))
				continue;
			v[i] = soft;
			any = true;
		}
	}
	if (!any)
		return -EINVAL;
	memcpy(ret, v, sizeof(v));
	return 0;
}
