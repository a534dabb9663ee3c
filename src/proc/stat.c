/* SPDX-License-Identifier: MIT */
/*
 * The texts of /proc/PID/stat and statm. Knows their numbered fields; refuses to know the length of
 * a clock tick or of a page.
 */
#include "proc/status.h"

#include <errno.h>
#include <string.h>

#include "proc/lines.h"

/* Fields by the numbers of proc(5), from the one behind the name on. */
enum {
	FIELD_STATE = 3,
	FIELD_PPID = 4,
	FIELD_FLAGS = 9,
	FIELD_MINFLT = 10,
	FIELD_MAJFLT = 12,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_THREADS = 20,
	FIELD_STARTTIME = 22,
	FIELD_VSIZE = 23,
	FIELD_RSS = 24,
	FIELD_START_CODE = 26,
	FIELD_START_STACK = 28,
	FIELD_START_BRK = 47, /* since 3.3 */
	FIELD_COUNT
};

/* A word that touches the end of the text may have been cut: only a blank behind it proves it. */
static bool word_whole(struct span *rest, struct span *ret)
{
	return span_word(rest, ret) && rest->len > 0;
}

/* Without permission the kernel writes 0 or 1 for an address. */
static uint64_t address_or_unknown(uint64_t v)
{
	return v <= 1 ? UNKNOWN : v;
}

static bool comm_find(struct span text, struct span *ret_comm, struct span *ret_rest)
{
	const char *open = text.len ? memchr(text.at, '(', text.len) : NULL;
	if (!open)
		return false;
	const char *from = open + 1;
	const char *end = text.at + text.len;
	const char *close = memrchr(from, ')', (size_t)(end - from));
	if (!close)
		return false;
	*ret_comm = (struct span){from, (size_t)(close - from)};
	*ret_rest = (struct span){close + 1, (size_t)(end - close - 1)};
	return true;
}

int stat_parse(const char *text, size_t len, struct proc_stat *ret)
{
	struct span comm, rest, word;
	uint64_t f[FIELD_COUNT];
	struct proc_stat st = {0};
	if (!comm_find((struct span){text, len}, &comm, &rest) || !word_whole(&rest, &word) ||
	    word.len != 1)
		return -EINVAL;
	st.state = word.at[0];
	if (comm.len >= sizeof(st.comm))
		comm.len = sizeof(st.comm) - 1;
	memcpy(st.comm, comm.at, comm.len);
	for (int i = FIELD_PPID; i < FIELD_COUNT; i++)
		f[i] = word_whole(&rest, &word) ? span_number(word) : UNKNOWN;
	st.ppid = f[FIELD_PPID];
	st.flags = f[FIELD_FLAGS];
	st.minflt = f[FIELD_MINFLT];
	st.majflt = f[FIELD_MAJFLT];
	st.utime = f[FIELD_UTIME];
	st.stime = f[FIELD_STIME];
	st.threads = f[FIELD_THREADS];
	st.starttime = f[FIELD_STARTTIME];
	st.vsize = f[FIELD_VSIZE];
	st.rss_pages = f[FIELD_RSS];
	st.start_code = address_or_unknown(f[FIELD_START_CODE]);
	st.start_stack = address_or_unknown(f[FIELD_START_STACK]);
	st.start_brk = address_or_unknown(f[FIELD_START_BRK]);
	*ret = st;
	return 0;
}

int statm_parse(const char *text, size_t len, struct proc_statm *ret)
{
	struct span rest = {text, len};
	struct span word;
	uint64_t f[6]; /* size resident shared text lib data; "lib" is always 0 */
	for (int i = 0; i < 6; i++) {
		f[i] = word_whole(&rest, &word) ? span_number(word) : UNKNOWN;
		if (!known(f[i]))
			return -EINVAL;
	}
	*ret = (struct proc_statm){f[0], f[1], f[2], f[3], f[5]};
	return 0;
}
