/* SPDX-License-Identifier: MIT */
/*
 * Knows which debug file belongs to an ELF file: by its build-id, else by the sum of its bytes.
 * Refuses to know where such files lie: the tool tries the places, one after the other, until one
 * is the right file.
 */
#include <elfutils/libdwelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbols/modules.h"

enum { PLACES_MAX = 16 };

static void hex(const unsigned char *bytes, ssize_t size, char out[BUILD_ID_ROOM])
{
	out[0] = '\0';
	if (size < 2 || size * 2 >= BUILD_ID_ROOM)
		return;
	for (ssize_t i = 0; i < size; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* The sum that .gnu_debuglink holds: CRC-32 as in zlib. */
static bool sum_is(int fd, GElf_Word wanted)
{
	unsigned char bytes[16384];
	uint32_t table[256], crc = 0xffffffff;
	off_t at = 0;
	ssize_t n;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	while ((n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
		at += n;
	}
	return n == 0 && (crc ^ 0xffffffff) == wanted;
}

static void base_name(const char *path, char out[LINK_ROOM])
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	snprintf(out, LINK_ROOM, "%s", slash ? slash + 1 : path ? path : "");
	if (!link_is_sane(out))
		out[0] = '\0';
}

void module_note_shared(struct module *module, Elf *elf)
{
	size_t names;
	GElf_Shdr head;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return;
	for (Elf_Scn *s = elf_nextscn(elf, NULL); s; s = elf_nextscn(elf, s)) {
		const char *name =
		        gelf_getshdr(s, &head) ? elf_strptr(elf, names, head.sh_name) : NULL;
		Elf_Data *d =
		        name && !strcmp(name, ".gnu_debugaltlink") ? elf_rawdata(s, NULL) : NULL;
		const char *end = d && d->d_buf ? memchr(d->d_buf, 0, d->d_size) : NULL;
		if (!end)
			continue;
		hex((const unsigned char *)end + 1, (char *)d->d_buf + d->d_size - end - 1,
		    module->shared_id);
		base_name(d->d_buf, module->shared_link);
	}
}

/* Whether this file is the one asked for. */
static bool file_fits(struct module *module, int fd, const struct message *ask, GElf_Word crc)
{
	char found[BUILD_ID_ROOM] = "";
	const void *id;
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	ssize_t size = elf && elf_kind(elf) == ELF_K_ELF ? dwelf_elf_gnu_build_id(elf, &id) : -1;

	if (size > 0)
		hex(id, size, found);
	/* What nothing links to has no sum. */
	bool has_sum = elf && ask->ask == ASK_DEBUG && ask->link[0];
	bool fits = ask->build_id[0] && found[0] ? !strcmp(ask->build_id, found)
	                                         : has_sum && sum_is(fd, crc);
	if (fits && ask->ask == ASK_DEBUG)
		module_note_shared(module, elf);
	elf_end(elf);
	return fits;
}

static int file_search(struct module *module, struct message *ask, GElf_Word crc)
{
	for (; ask->attempt < PLACES_MAX; ask->attempt++) {
		int fd = modules_ask(module->of, ask);
		if (fd < 0 || file_fits(module, fd, ask, crc))
			return fd;
		close(fd);
	}
	return -1;
}

int module_find_debug(Dwfl_Module *dwfl_module, void **userdata, const char *name, Dwarf_Addr base,
                      const char *file, const char *link, GElf_Word crc, char **ret_name)
{
	struct module *module = *userdata;
	struct message ask = {.module = module->id, .ask = ASK_DEBUG};
	const unsigned char *id;
	GElf_Addr where;
	int size;

	(void)name, (void)base, (void)file, (void)ret_name;
	if (module->given_up & WORK_DEBUG)
		return -1;
	work_on(module->of, module, WORK_DEBUG);
	base_name(link, ask.link);
	/* By the same call: only the name tells that it is not a debug file that is wanted. */
	if (module->shared_id[0] && ask.link[0] && !strcmp(ask.link, module->shared_link)) {
		ask.ask = ASK_SHARED;
		memcpy(ask.build_id, module->shared_id, sizeof(ask.build_id));
	} else {
		size = dwfl_module_build_id(dwfl_module, &id, &where);
		hex(id, size, ask.build_id);
	}
	return ask.build_id[0] || ask.link[0] ? file_search(module, &ask, crc) : -1;
}
