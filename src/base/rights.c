/* SPDX-License-Identifier: MIT */
#include "base/rights.h"

/* Asks the kernel for the rights of this thread, and puts them into words. Refuses to know what they are wanted for. */

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text_add.h"

static const struct {
	unsigned right;
	const char *name;
} names[] = {
        {RIGHT_SYS_ADMIN, "CAP_SYS_ADMIN"},
        {RIGHT_PERFMON, "CAP_PERFMON"},
        {RIGHT_SYS_PTRACE, "CAP_SYS_PTRACE"},
        {RIGHT_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"},
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

uint64_t rights_lacking(uint64_t wanted)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, d) < 0)
		return wanted;
	return wanted & ~((uint64_t)d[1].effective << 32 | d[0].effective);
}

/* A kernel that knows no PERFMON asks for SYS_ADMIN. */
static uint64_t of_this_kernel(uint64_t wanted)
{
	if (!(wanted & RIGHT(RIGHT_PERFMON)) || prctl(PR_CAPBSET_READ, RIGHT_PERFMON, 0, 0, 0) >= 0)
		return wanted;
	return (wanted & ~RIGHT(RIGHT_PERFMON)) | RIGHT(RIGHT_SYS_ADMIN);
}

static void add_each(uint64_t rights, const char *between, char *out, size_t size)
{
	const char *before = "";

	for (int i = 0; i < NAMES; i++) {
		if (!(rights & RIGHT(names[i].right)))
			continue;
		text_add(out, size, "%s%s", before, names[i].name);
		before = between;
	}
}

const char *rights_remedy(uint64_t wanted, char *out, size_t size)
{
	uint64_t asked = of_this_kernel(wanted), lacking = rights_lacking(asked);

	out[0] = '\0';
	if (geteuid() != 0) {
		text_add(out, size, "run this as root or with ");
		add_each(asked, " and ", out, size);
	} else if (lacking) {
		text_add(out, size, "this root lacks ");
		add_each(lacking, ", ", out, size);
		text_add(out, size,
		         ": start its container with --cap-add, or run this outside of "
		         "it");
	} else {
		text_add(out, size,
		         "root may not, from within a user namespace, a container's seccomp filter "
		         "or lockdown: run this outside of it");
	}
	return out;
}
