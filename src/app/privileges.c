/* SPDX-License-Identifier: MIT */
#include "app/privileges.h"

/*
 * Knows the kernel's sets of rights, and which of them watching takes. Refuses to know who it runs as: who has none gives
 * up none. By system calls: libcap would be one more library, for a handful of bits.
 */

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fault.h"

/* --- what is wanted ------------------------------------------------------------------------------- */

/* The files of others can be read, and that is all that reading files takes. */
static bool reads_files(enum mode mode)
{
	return mode == MODE_ANALYZE || mode == MODE_REPLAY || mode == MODE_DIFF;
}

uint64_t privileges_wanted(const struct options *o, uint64_t outputs)
{
	uint64_t set = RIGHT(RIGHT_DAC_READ_SEARCH) | outputs;

	if (reads_files(o->mode))
		return set;
	set |= RIGHT(RIGHT_SYS_PTRACE) | RIGHT(RIGHT_PERFMON) | RIGHT(RIGHT_BPF);
	if (!o->no_sites)
		set |= RIGHT(RIGHT_SYS_ADMIN);
	/* COMMAND may have become somebody else by then. */
	if (o->kill)
		set |= RIGHT(RIGHT_KILL);
	return set;
}

/* --- the kernel's sets ---------------------------------------------------------------------------- */

struct sets {
	uint64_t effective, permitted, inheritable;
};

static int sets_read(struct sets *ret)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

	if (syscall(SYS_capget, &head, d) < 0)
		return -errno;
	*ret = (struct sets){(uint64_t)d[1].effective << 32 | d[0].effective,
	                     (uint64_t)d[1].permitted << 32 | d[0].permitted,
	                     (uint64_t)d[1].inheritable << 32 | d[0].inheritable};
	return 0;
}

static int sets_write(const struct sets *s)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = {
	        {(uint32_t)s->effective, (uint32_t)s->permitted, (uint32_t)s->inheritable},
	        {(uint32_t)(s->effective >> 32), (uint32_t)(s->permitted >> 32),
	         (uint32_t)(s->inheritable >> 32)}};

	return syscall(SYS_capset, &head, d) < 0 ? -errno : 0;
}

/* What executing a program could bring back. Who may not take it away has no_new_privs before it. */
static void bounds_lower(uint64_t wanted)
{
	for (unsigned i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (!(wanted & RIGHT(i)))
			prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

int privileges_keep(uint64_t wanted)
{
	struct sets s;
	int err = sets_read(&s);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (err || (!s.permitted && !s.inheritable))
		return err;
	bounds_lower(wanted);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* Only bits that it has: an older kernel knows fewer of them. */
	s = (struct sets){s.effective & wanted, s.permitted & wanted, 0};
	return sets_write(&s);
}

/* --- at the start --------------------------------------------------------------------------------- */

/*
 * What tracing took rights for that are given up now is taken as limits before: hurrying out of a burst of probes, and on kernels
 * that count them the pages of rings and maps.
 */
static void limits_raise(void)
{
	static const struct rlimit no_limit = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_NICE, &no_limit);
	setrlimit(RLIMIT_MEMLOCK, &no_limit);
}

static void tell_outputs(struct options *o, uint64_t outputs)
{
	char names[64] = "";

	snprintf(o->privileges_note, sizeof(o->privileges_note),
	         "keeps %s of root's rights: a file that it was told to write lies where only "
	         "these let it",
	         rights_add(outputs, "CAP_", " ", names, sizeof(names)));
}

void privileges_leave(struct options *o)
{
	uint64_t wanted = privileges_wanted(o, 0), outputs = 0;
	struct sets s = {0};
	int err = sets_read(&s);

	if (s.permitted & ~wanted)
		outputs = privileges_of_outputs(o, s.permitted & wanted) & s.permitted;
	if (s.effective & wanted & RIGHT(RIGHT_SYS_ADMIN))
		limits_raise();
	if (outputs)
		tell_outputs(o, outputs);
	if (!err)
		err = privileges_keep(wanted | outputs);
	if (err)
		snprintf(o->privileges_note, sizeof(o->privileges_note),
		         "the rights that it does not need could not be given up: %s",
		         fault_reason(err));
}
