/* SPDX-License-Identifier: MIT */
/*
 * Knows who the target is: image, owner, names, and the sentences about what may not be read. Reads
 * only what never blocks, but for live_user_name (a file of the machine, not of the target).
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/human.h"
#include "base/rights.h"
#include "base/safe_text.h"
#include "source/live_internal.h"

static bool place_same(uint64_t a, uint64_t b)
{
	return !known(a) || !known(b) || a == b;
}

bool live_image_same(const struct live_image *a, const struct live_image *b)
{
	return place_same(a->code, b->code) && place_same(a->stack, b->stack);
}

int live_image_read(const struct procdir *d, struct buf *text, struct live_image *ret,
                    uint64_t *ret_start_brk)
{
	struct proc_stat stat;
	int e = procdir_read(d, "stat", text);
	if (e == 0)
		e = stat_parse(buf_str(text), text->len, &stat);
	if (e < 0)
		return e;
	*ret = (struct live_image){.code = stat.start_code, .stack = stat.start_stack};
	if (ret_start_brk)
		*ret_start_brk = stat.start_brk;
	return 0;
}

/*
 * The kernel puts the stack at the top of what a process can address: below 3 GiB on a 32-bit kernel and
 * under ADDR_LIMIT_3GB, below 4 GiB for a 32-bit program of a 64-bit kernel. Nothing else that says so
 * (ELF header, auxv) is easier to be permitted to read.
 */
uint64_t live_address_limit(const struct live_image *image)
{
	const uint64_t three = 3ull << 30, four = 4ull << 30;

	if (!known(image->stack) || image->stack >= four)
		return UNKNOWN;
	return image->stack < three ? three : four;
}

/* Our own number in the innermost pid namespace, where that differs. */
static uint64_t inner_pid(const struct procdir *d, const struct proc_status *status)
{
	if (status->nspids < 2)
		return UNKNOWN;
	uint64_t inner = status->nspid[status->nspids - 1];
	return inner == (uint64_t)d->pid ? UNKNOWN : inner;
}

struct target *live_target(const struct procdir *d, const struct proc_status *status,
                           uint64_t start_ticks, uint64_t page)
{
	struct target *t = target_new();
	if (!t)
		return NULL;
	t->pid = d->pid;
	t->inner_pid = inner_pid(d, status);
	t->uid = status->uid;
	t->start_ticks = start_ticks;
	t->page = page;
	snprintf(t->comm, sizeof(t->comm), "%s", status->name);
	snprintf(t->command, sizeof(t->command), "%s", status->name);
	if (known(t->uid))
		snprintf(t->user, sizeof(t->user), "%llu", (unsigned long long)t->uid);
	return t;
}

void live_user_name(uint64_t uid, char *out, size_t size)
{
	/* Not getpwuid: it may ask a server on the network, and no static program can call it. */
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd entry, *found;
	char room[4096];

	while (f && fgetpwent_r(f, &entry, room, sizeof(room), &found) == 0) {
		if (entry.pw_uid == uid) {
			snprintf(out, size, "%s", entry.pw_name);
			break;
		}
	}
	if (f)
		fclose(f);
}

/* "run as daemon, with sudo or CAP_PERFMON"; root is told what it lacks. */
static void whom_to_be(struct live_reader *r, char *out, size_t size)
{
	char who[32] = "", user[64] = "";
	live_lock(r->sh);
	struct target *t = target_ref(r->sh->target);
	live_unlock(r->sh);

	if (geteuid() == 0) {
		rights_remedy(RIGHT(RIGHT_SYS_PTRACE), out, size);
	} else if (known(t->uid) && t->uid != geteuid()) {
		snprintf(user, sizeof(user), "%.31s", t->user);
		live_user_name(t->uid, user, sizeof(user));
		safe_copy(who, sizeof(who), user, strlen(user), SAFE_ASCII);
		snprintf(out, size, "run as %s, with sudo or CAP_PERFMON", who);
	} else {
		snprintf(out, size, "run with sudo or CAP_PERFMON");
	}
	target_unref(t);
}

static void lacking_denied(struct live_reader *r, char *out, size_t size)
{
	char remedy[RIGHTS_REMEDY];

	whom_to_be(r, remedy, sizeof(remedy));
	lacking_make(out, size, remedy,
	             "not permitted to read smaps of process %d, so regions, [heap] and PSS are "
	             "left out",
	             r->dir.pid);
}

static void lacking_stalls(const struct live_reader *r, int error, uint64_t stall, char *out,
                           size_t size)
{
	char took[HUMAN_MAX], most[HUMAN_MAX], remedy[HUMAN_MAX + 64];

	snprintf(remedy, sizeof(remedy), "raise --max-stall (%s) or run with sudo",
	         human_duration(most, r->sh->max_stall));
	lacking_make(out, size, remedy,
	             "reading smaps would hold the process up for %s and its page maps are not "
	             "readable (%s)",
	             human_duration(took, stall), fault_reason(error));
}

void live_lacking(struct live_reader *r, int error, uint64_t stall, char *out, size_t size)
{
	if (stall > r->sh->max_stall && known(stall))
		lacking_stalls(r, error, stall, out, size);
	else if (error == -EACCES || error == -EPERM)
		lacking_denied(r, out, size);
	else
		lacking_make(out, size, NULL,
		             "regions of process %d cannot be read (%s), so the figures come from "
		             "its status file alone",
		             r->dir.pid, fault_reason(error));
}
