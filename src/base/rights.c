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
	const char *name; /* as capabilities(7) has it, without "CAP_" */
} names[] = {
        {RIGHT_SYS_ADMIN, "SYS_ADMIN"},
        {RIGHT_PERFMON, "PERFMON"},
        {RIGHT_BPF, "BPF"},
        {RIGHT_SYS_PTRACE, "SYS_PTRACE"},
        {RIGHT_DAC_READ_SEARCH, "DAC_READ_SEARCH"},
        {RIGHT_DAC_OVERRIDE, "DAC_OVERRIDE"},
        {RIGHT_FOWNER, "FOWNER"},
        {RIGHT_CHOWN, "CHOWN"},
        {RIGHT_KILL, "KILL"},
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

const char *rights_add(uint64_t rights, const char *before, const char *between, char *out,
                       size_t size)
{
	const char *separator = "";

	for (int i = 0; i < NAMES; i++) {
		if (!(rights & RIGHT(names[i].right)))
			continue;
		text_add(out, size, "%s%s%s", separator, before, names[i].name);
		separator = between;
	}
	return out;
}

const char *rights_remedy(uint64_t wanted, char *out, size_t size)
{
	uint64_t asked = of_this_kernel(wanted), lacking = rights_lacking(asked);

	out[0] = '\0';
	if (geteuid() != 0) {
		text_add(out, size, "run this as root or with ");
		rights_add(asked, "CAP_", " and ", out, size);
	} else if (lacking) {
		text_add(out, size, "this root lacks ");
		rights_add(lacking, "CAP_", ", ", out, size);
		text_add(out, size, ": give its container ");
		rights_add(lacking, "--cap-add ", " ", out, size);
		text_add(out, size, ", or run outside");
	} else {
		text_add(out, size,
		         "not even root may here, where a user namespace, a container or kernel "
		         "lockdown forbids it: run outside");
	}
	return out;
}
