/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/PID/status. Knows its keys and units; refuses to know how they are read or
 * which of them tell of a leak.
 */
#include "proc/status.h"

#include <errno.h>
#include <string.h>

#include "proc/lines.h"

const struct status_key_info status_keys[STATUS_KEY_COUNT] = {
        [STATUS_VM_PEAK] = {"VmPeak", "Largest address space it ever had.", true},
        [STATUS_VM_SIZE] = {"VmSize", "Address space, touched or not (VSZ).", true},
        [STATUS_VM_LOCKED] = {"VmLck", "Locked into memory by mlock.", true},
        [STATUS_VM_PINNED] = {"VmPin", "Pinned by the kernel: device I/O, RDMA.", true},
        [STATUS_VM_HWM] = {"VmHWM", "Largest resident memory it ever had.", true},
        [STATUS_VM_RSS] = {"VmRSS", "Resident memory: anonymous, file and shared pages.", true},
        [STATUS_RSS_ANON] = {"RssAnon", "Resident pages without a file: heap, stacks, arenas.",
                             true},
        [STATUS_RSS_FILE] = {"RssFile", "Resident pages of files: code, libraries, mapped data.",
                             true},
        [STATUS_RSS_SHMEM] = {"RssShmem", "Resident shared memory, memfd and tmpfs pages.", true},
        [STATUS_VM_DATA] = {"VmData", "Private writable address space, stacks excluded.", true},
        [STATUS_VM_STACK] = {"VmStk", "Address space of the main thread's stack.", true},
        [STATUS_VM_EXE] = {"VmExe", "Code of the executable.", true},
        [STATUS_VM_LIB] = {"VmLib", "Code of shared libraries.", true},
        [STATUS_VM_PTE] = {"VmPTE", "Page tables: the kernel's memory for its mappings.", true},
        [STATUS_VM_SWAP] = {"VmSwap", "Anonymous memory that was swapped out.", true},
        [STATUS_HUGETLB] = {"HugetlbPages", "Reserved huge pages; not part of resident memory.",
                            true},
        [STATUS_THREADS] = {"Threads", "Threads of the process.", false},
        [STATUS_FDSIZE] = {"FDSize", "Slots of its descriptor table.", false},
        [STATUS_CTX_VOLUNTARY] = {"voluntary_ctxt_switches", "Times it waited of its own will.",
                                  false},
        [STATUS_CTX_INVOLUNTARY] = {"nonvoluntary_ctxt_switches",
                                    "Times the scheduler took the processor from it.", false},
};

/* The kernel escapes newline and backslash in the name, and nothing else. */
static void name_unescape(struct span s, char out[PROC_NAME_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < s.len && n < PROC_NAME_MAX - 1; i++) {
		char c = s.at[i];
		if (c == '\\' && i + 1 < s.len && (s.at[i + 1] == 'n' || s.at[i + 1] == '\\'))
			c = s.at[++i] == 'n' ? '\n' : '\\';
		out[n++] = c;
	}
	out[n] = '\0';
}

static void uids_take(struct span value, struct proc_status *st)
{
	struct span word;
	if (span_word(&value, &word))
		st->uid = span_number(word);
	if (span_word(&value, &word))
		st->euid = span_number(word);
}

static void nspids_take(struct span value, struct proc_status *st)
{
	struct span word;
	st->nspids = 0;
	while (st->nspids < PROC_NSPID_MAX && span_word(&value, &word)) {
		uint64_t pid = span_number(word);
		if (!known(pid))
			return;
		st->nspid[st->nspids++] = pid;
	}
}

/* The lines that are no figures of status_keys[]. */
static bool identity_take(struct span key, struct span value, struct proc_status *st)
{
	if (span_is(key, "State"))
		st->state = value.len ? value.at[0] : '\0';
	else if (span_is(key, "Pid"))
		st->pid = span_number(value);
	else if (span_is(key, "Tgid"))
		st->tgid = span_number(value);
	else if (span_is(key, "PPid"))
		st->ppid = span_number(value);
	else if (span_is(key, "TracerPid"))
		st->tracer = span_number(value);
	else if (span_is(key, "Kthread"))
		st->kthread = span_number(value);
	else if (span_is(key, "Uid"))
		uids_take(value, st);
	else if (span_is(key, "NSpid"))
		nspids_take(value, st);
	else
		return false;
	return true;
}

static bool figure_take(struct span key, struct span value, struct proc_status *st)
{
	for (int i = 0; i < STATUS_KEY_COUNT; i++) {
		if (!span_is(key, status_keys[i].name))
			continue;
		st->v[i] = status_keys[i].bytes ? span_kb(value) : span_number(value);
		return true;
	}
	return false;
}

static bool line_take(struct span line, struct proc_status *st)
{
	struct span key, value;
	/* Not trimmed: blanks at the ends of a name belong to it. */
	if (span_starts(line, "Name:\t")) {
		name_unescape((struct span){line.at + 6, line.len - 6}, st->name);
		return true;
	}
	if (!span_split(line, &key, &value))
		return false;
	return identity_take(key, value, st) || figure_take(key, value, st);
}

int status_parse(const char *text, size_t len, struct proc_status *ret)
{
	struct span rest = {text, len};
	struct span line;
	bool any = false;
	struct proc_status st = {
	        .pid = UNKNOWN,
	        .tgid = UNKNOWN,
	        .ppid = UNKNOWN,
	        .tracer = UNKNOWN,
	        .uid = UNKNOWN,
	        .euid = UNKNOWN,
	        .kthread = UNKNOWN,
	};
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		st.v[i] = UNKNOWN;
	while (span_line(&rest, &line))
		any = line_take(line, &st) || any;
	if (!any)
		return -EINVAL;
	*ret = st;
	return 0;
}
