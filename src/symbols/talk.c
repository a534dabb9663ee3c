/* SPDX-License-Identifier: MIT */
#include "symbols/talk.h"

/*
 * Knows the order of messages, and how often a lost reader is replaced. Refuses to believe an
 * answer: it is copied out of the reader's reach before it is looked at, and each file is opened by
 * what the tool knows of it.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "symbols/files.h"

/* Readers lost in one call and in all; files a reader may ask for on account of one module. */
enum { LOSSES_A_CALL = 3, LOSSES_MAX = 24, ASKS_MAX = 64 };

static const char *work_word(unsigned work)
{
	return work == WORK_UNWIND  ? "unwinding"
	       : work == WORK_NAMES ? "symbols"
	       : work == WORK_DEBUG ? "debug information"
	                            : "file";
}

static void trouble_tell(struct symbols *s, const struct mapped_module *module, unsigned work,
                         int reason, int status)
{
	char how[32];

	if (reason == -EPIPE && status >= 0 && WIFSIGNALED(status))
		snprintf(how, sizeof(how), "ended by signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "%s",
		         reason == -ETIMEDOUT ? "took too long"
		         : reason == -EPIPE   ? "ended"
		                              : fault_reason(reason));
	if (module)
		snprintf(s->health.trouble, sizeof(s->health.trouble),
		         "%s of %.60s left out: the reader %s", work_word(work),
		         mapped_name(module), how);
	else
		snprintf(s->health.trouble, sizeof(s->health.trouble), "the reader of symbols %s",
		         how);
}

/* What it last said it worked on is not tried again. */
static void loss_note(struct symbols *s, int reason)
{
	unsigned work = atomic_load(&s->worker.shared->work);
	struct mapped_module *module =
	        mapped_module(&s->mapped, atomic_load(&s->worker.shared->module));
	int status;

	worker_end(&s->worker, &status);
	s->health.children_lost++;
	if (work != WORK_UNWIND && work != WORK_NAMES && work != WORK_DEBUG)
		work = WORK_OPEN;
	trouble_tell(s, module, work, reason, status);
	if (module) {
		s->health.files_given_up += module->given_up == 0;
		module->given_up |= work;
	}
	s->gone = s->health.children_lost >= LOSSES_MAX;
}

static void file_answer(struct symbols *s, const struct message *ask, int *ret_fd,
                        struct message *ret)
{
	struct mapped_module *module = mapped_module(&s->mapped, ask->module);
	int fd = -ENOENT;

	*ret = (struct message){.kind = MESSAGE_FILE};
	if (module && ask->ask == ASK_MODULE)
		fd = file_open_module(&s->dir, module);
	else if (module)
		fd = file_open_debug(&s->dir, module, ask, &ret->attempt);
	if (fd < 0)
		ret->error = fd;
	*ret_fd = fd;
}

/* 0, or -EPROTO: it asks more than a file can need. */
static int ask_count(struct symbols *s, const struct message *ask)
{
	struct mapped_module *module = mapped_module(&s->mapped, ask->module);

	return module && ++module->asked <= ASKS_MAX ? 0 : -EPROTO;
}

/* Until it is done. 0 and *ret, or -errno: it is lost. */
static int listen_for(struct symbols *s, struct message *ret)
{
	struct message answer;
	int fd, r;

	for (;;) {
		r = worker_hear(&s->worker, ret);
		if (r < 0 || ret->kind == MESSAGE_DONE)
			return r;
		r = ask_count(s, ret);
		if (r < 0)
			return r;
		file_answer(s, ret, &fd, &answer);
		r = worker_tell(&s->worker, &answer, fd);
		if (fd >= 0)
			close(fd);
		if (r < 0)
			return r;
	}
}

/* One request to a reader that is there. *ret_error is what it told; -errno: it is lost. */
static int request(struct symbols *s, talk_fill *fill, talk_take *take, void *arg, int *ret_error)
{
	struct wire_out in = {.to = s->worker.shared->in, .room = IN_ROOM};
	struct message m = {0}, done = {0};
	int r;

	fill(arg, &in, &m);
	m.size = in.used;
	r = worker_tell(&s->worker, &m, -1);
	if (r == 0)
		r = listen_for(s, &done);
	if (r < 0)
		return r;
	*ret_error = done.error;
	memcpy(s->answer, s->worker.shared->out, done.size);
	struct wire_in out = {.from = s->answer, .left = done.size};
	if (done.error == 0)
		r = take(arg, &done, &out);
	if (r == 0 && done.by_frame_pointer < UINT64_MAX / 2)
		s->health.by_frame_pointer += done.by_frame_pointer;
	if (r == 0 && done.retires)
		worker_end(&s->worker, NULL);
	return r;
}

static void ranges_fill(void *arg, struct wire_out *in, struct message *ret)
{
	const struct mapped *m = arg;

	ret->kind = MESSAGE_RANGES;
	ret->count = (uint32_t)m->range_count;
	for (size_t i = 0, at = 0; i < m->range_count; i++) {
		const struct mapped_range *range = &m->ranges[i];
		/* Both are by address. */
		while (range->module && m->modules[at].id != range->module)
			at++;
		const struct mapped_module *module = range->module ? &m->modules[at] : NULL;
		wire_put(in, range->start);
		wire_put(in, range->end);
		wire_put(in, range->offset);
		wire_put(in, range->module);
		wire_put(in, module ? module->given_up : 0);
	}
}

static int nothing_take(void *arg, const struct message *done, struct wire_in *out)
{
	(void)arg, (void)done, (void)out;
	return 0;
}

/* A reader that knows what is mapped. 0, or -errno: none can be had. */
static int reader_ready(struct symbols *s, int *ret_error)
{
	int r = 0;

	*ret_error = 0;
	if (!s->worker.pid) {
		s->told = false;
		for (size_t i = 0; i < s->mapped.module_count; i++)
			s->mapped.modules[i].asked = 0;
		*ret_error = worker_start(&s->worker);
	}
	if (*ret_error == 0 && !s->told)
		r = request(s, ranges_fill, nothing_take, &s->mapped, ret_error);
	if (r == 0 && *ret_error == 0)
		s->told = true;
	return r;
}

int talk(struct symbols *s, talk_fill *fill, talk_take *take, void *arg)
{
	int error = 0, r;

	for (unsigned losses = 0; losses < LOSSES_A_CALL && !s->gone; losses++) {
		r = reader_ready(s, &error);
		if (r == 0 && error == 0)
			r = request(s, fill, take, arg, &error);
		if (r == 0)
			return error;
		loss_note(s, r);
	}
	return s->gone ? -ENODATA : -ETIMEDOUT;
}
