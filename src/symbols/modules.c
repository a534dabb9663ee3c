/* SPDX-License-Identifier: MIT */
#include "symbols/modules.h"

/*
 * Knows which file lies at which address, and how far it was moved. Refuses to open files: it asks
 * for them. Each has a Dwfl of its own, so that one can go while the others stay.
 */

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "symbols/channel.h"
#include "symbols/wire.h"

static const Dwfl_Callbacks callbacks = {
        .find_debuginfo = module_find_debug,
        .section_address = dwfl_offline_section_address,
};

void work_on(struct modules *m, const struct module *module, unsigned work)
{
	atomic_store_explicit(&m->shared->work, work, memory_order_relaxed);
	atomic_store_explicit(&m->shared->module, module->id, memory_order_relaxed);
}

void work_rest(struct modules *m)
{
	atomic_store_explicit(&m->shared->module, 0, memory_order_relaxed);
}

static void module_free(struct module *module)
{
	if (module->dwfl)
		dwfl_end(module->dwfl);
	lookup_done(&module->symbols);
	lookup_done(&module->units);
	free(module);
}

/* Ranges of one module come one after the other; a new one is at the end of the list. */
static struct module *module_of(struct modules *m, uint32_t id)
{
	for (size_t i = m->count; i-- > 0;)
		if (m->list[i]->id == id)
			return m->list[i];
	if (!array_room((void **)&m->list, m->count, &m->room, sizeof(*m->list)))
		return NULL;
	struct module *module = calloc(1, sizeof(*module));
	if (!module)
		return NULL;
	module->id = id;
	module->fd = -1;
	module->of = m;
	return m->list[m->count++] = module;
}

static bool range_take(struct modules *m, struct wire_in *w, struct range *ret)
{
	ret->start = wire_get(w);
	ret->end = wire_get(w);
	ret->offset = wire_get(w);
	uint32_t id = (uint32_t)wire_get(w);
	unsigned given_up = (unsigned)wire_get(w);

	ret->module = id ? module_of(m, id) : NULL;
	if (w->bad || (id && !ret->module))
		return false;
	if (id && !ret->module->kept) {
		ret->module->kept = true;
		ret->module->given_up = given_up;
		ret->module->start = ret->start;
		ret->module->offset = ret->offset;
	}
	return true;
}

static void modules_sweep(struct modules *m, void (*gone)(void *arg, uint32_t id), void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++) {
		struct module *module = m->list[i];
		if (module->kept) {
			module->kept = false;
			m->list[kept++] = module;
			continue;
		}
		gone(arg, module->id);
		work_on(m, module, WORK_OPEN);
		module_free(module);
	}
	m->count = kept;
	work_rest(m);
}

int modules_take(struct modules *m, const struct message *message,
                 void (*gone)(void *arg, uint32_t id), void *arg)
{
	struct wire_in w = {.from = m->shared->in, .left = message->size};

	free(m->ranges);
	m->range_count = 0;
	m->ranges = calloc(message->count + 1, sizeof(*m->ranges));
	if (!m->ranges)
		return -ENOMEM;
	for (; m->range_count < message->count; m->range_count++)
		if (!range_take(m, &w, &m->ranges[m->range_count]))
			break;
	modules_sweep(m, gone, arg);
	return m->range_count == message->count ? 0 : w.bad ? -EPROTO : -ENOMEM;
}

const struct range *modules_range(const struct modules *m, uint64_t address)
{
	size_t low = 0, high = m->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < m->range_count && m->ranges[low].start <= address)
		return &m->ranges[low];
	return NULL;
}

int modules_ask(struct modules *m, struct message *ask)
{
	struct message answer = {0};
	int fd = -1, r;

	ask->kind = MESSAGE_ASK;
	r = channel_send(m->socket, ask, -1);
	if (r == 0)
		r = channel_receive(m->socket, false, &answer, &fd);
	if (r < 0 || answer.kind != MESSAGE_FILE)
		_exit(1);
	ask->attempt = answer.attempt;
	if (answer.error)
		return answer.error;
	/* Sent, but there was no room for it. */
	return fd < 0 ? -EMFILE : fd;
}

/* How far the segment that this range maps was moved. False: none is mapped like that. */
static bool bias_find(const struct module *module, Elf *elf, uint64_t *ret)
{
	GElf_Ehdr head;
	GElf_Phdr p;
	size_t count;

	if (!gelf_getehdr(elf, &head) || head.e_machine != EM_X86_64 ||
	    gelf_getclass(elf) != ELFCLASS64 || (head.e_type != ET_DYN && head.e_type != ET_EXEC) ||
	    elf_getphdrnum(elf, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &p) || p.p_type != PT_LOAD || !(p.p_flags & PF_X))
			continue;
		/* Pages are mapped whole: the mapping begins up to one page before the segment. */
		if (module->offset < p.p_offset + p.p_filesz &&
		    module->offset + 4095 >= p.p_offset) {
			*ret = module->start - module->offset + p.p_offset - p.p_vaddr;
			return head.e_type == ET_DYN || *ret == 0;
		}
	}
	return false;
}

static bool module_bias(struct module *module, int fd)
{
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	bool found = elf && elf_kind(elf) == ELF_K_ELF && bias_find(module, elf, &module->bias);

	if (found)
		module_note_shared(module, elf);
	elf_end(elf);
	return found;
}

/* The descriptor goes to the Dwfl, or is closed. */
static bool module_load(struct module *module, int fd)
{
	void **userdata;

	if (!module_bias(module, fd) || !(module->dwfl = dwfl_begin(&callbacks))) {
		close(fd);
		return false;
	}
	dwfl_report_begin(module->dwfl);
	module->dwfl_module = dwfl_report_elf(module->dwfl, "", "", fd, module->bias, true);
	if (!module->dwfl_module)
		close(fd);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (!module->dwfl_module)
		return false;
	dwfl_module_info(module->dwfl_module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = module;
	module->fd = fd;
	return true;
}

uint64_t module_offset(const struct module *module, uint64_t address)
{
	return module->dwfl_module ? address - module->bias : 0;
}

bool module_begin(struct module *module, unsigned work)
{
	struct message ask = {.module = module->id, .ask = ASK_MODULE};

	if (module->given_up & (work | WORK_OPEN))
		return false;
	if (!module->opened) {
		work_on(module->of, module, WORK_OPEN);
		module->opened = true;
		int fd = modules_ask(module->of, &ask);
		module->unusable = fd < 0 || !module_load(module, fd);
	}
	if (module->unusable)
		return false;
	work_on(module->of, module, work);
	return true;
}
