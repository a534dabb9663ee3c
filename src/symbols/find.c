/* SPDX-License-Identifier: MIT */
#include "symbols/find.h"

/*
 * Knows symbol tables, and where in the file the code of a symbol lies. Refuses indirect functions:
 * what lies at such a symbol is run once, to choose; and symbols of versions count by their name
 * alone.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUCKETS = 1024 };

struct search {
	struct modules *modules;
	struct module *module;
	char (*names)[FIND_NAME_MAX];
	uint32_t count;
	/* 1 + index of a name with this hash; further ones follow in `next` */
	uint16_t bucket[BUCKETS];
	uint16_t next[FIND_NAMES_MAX];
	struct wire_out *out;
	uint32_t found;
};

/* Up to the version, "memcpy@@GLIBC_2.14". */
static size_t name_length(const char *name)
{
	return strcspn(name, "@");
}

static unsigned hash(const char *name, size_t length)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619;
	return (h ^ h >> 15) % BUCKETS;
}

static bool names_take(struct search *s, const struct message *message)
{
	struct wire_in w = {.from = s->modules->shared->in, .left = message->size};

	s->names = calloc(message->count + 1, sizeof(*s->names));
	if (!s->names)
		return false;
	for (s->count = 0; s->count < message->count; s->count++)
		wire_get_string(&w, s->names[s->count], FIND_NAME_MAX);
	/* From the last: of equal names the first is met first. */
	for (uint32_t i = s->count; i-- > 0;) {
		unsigned b = hash(s->names[i], strlen(s->names[i]));
		s->next[i] = s->bucket[b];
		s->bucket[b] = (uint16_t)(i + 1);
	}
	return !w.bad;
}

/* The index of the name, or -1. */
static int name_find(const struct search *s, const char *name)
{
	size_t length = name_length(name);

	if (!length || length >= FIND_NAME_MAX)
		return -1;
	for (unsigned i = s->bucket[hash(name, length)]; i; i = s->next[i - 1])
		if (!strncmp(s->names[i - 1], name, length) && !s->names[i - 1][length])
			return (int)i - 1;
	return -1;
}

/* Where in the file this address of it lies, and how much of its segment follows. */
static bool offset_find(struct module *module, uint64_t address, uint64_t *ret, uint64_t *ret_left)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module->dwfl_module, &bias);
	GElf_Phdr p;
	size_t count;

	if (!elf || elf_getphdrnum(elf, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &p) || p.p_type != PT_LOAD || !(p.p_flags & PF_X) ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
			continue;
		*ret = address - p.p_vaddr + p.p_offset;
		*ret_left = p.p_filesz - (address - p.p_vaddr);
		return true;
	}
	return false;
}

static void place_put(struct search *s, int name, uint64_t address, uint64_t size)
{
	const struct range *range = modules_range(s->modules, address);
	uint8_t code[CODE_MAX] = {0};
	uint64_t offset, left;
	ssize_t n;

	if (s->found == FIND_PLACES_MAX || !range || range->module != s->module ||
	    !offset_find(s->module, address - s->module->bias, &offset, &left))
		return;
	n = pread(s->module->fd, code, left < CODE_MAX ? left : CODE_MAX, (off_t)offset);
	wire_put(s->out, (uint64_t)name);
	wire_put(s->out, s->module->id);
	wire_put(s->out, offset);
	wire_put(s->out, address);
	wire_put(s->out, size);
	wire_put(s->out, n > 0 ? (uint64_t)n : 0);
	wire_put_bytes(s->out, code, sizeof(code));
	s->found += !s->out->full;
}

static void symbol_see(struct search *s, const char *name, const GElf_Sym *symbol, uint64_t address)
{
	int i;

	if (!name || GELF_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF)
		return;
	i = name_find(s, name);
	if (i >= 0)
		place_put(s, i, address, symbol->st_size);
}

static void table_see(struct search *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *head)
{
	Elf_Data *d = elf_getdata(section, NULL);
	GElf_Sym symbol;
	size_t count =
	        d && head->sh_entsize == sizeof(Elf64_Sym) ? d->d_size / sizeof(Elf64_Sym) : 0;

	if (count > INT32_MAX)
		return;
	for (int i = 0; i < (int)count; i++)
		if (gelf_getsym(d, i, &symbol))
			symbol_see(s, elf_strptr(elf, head->sh_link, symbol.st_name), &symbol,
			           symbol.st_value + s->module->bias);
}

/* True: there was such a table. */
static bool tables_see(struct search *s, GElf_Word type)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(s->module->dwfl_module, &bias);
	GElf_Shdr head;
	bool any = false;

	for (Elf_Scn *at = elf ? elf_nextscn(elf, NULL) : NULL; at; at = elf_nextscn(elf, at))
		if (gelf_getshdr(at, &head) && head.sh_type == type) {
			table_see(s, elf, at, &head);
			any = true;
		}
	return any;
}

/* What was stripped off may be in a file of its own. */
static void debug_see(struct search *s)
{
	Dwfl_Module *m = s->module->dwfl_module;
	int count = dwfl_module_getsymtab(m);
	GElf_Sym symbol;
	GElf_Addr address;

	for (int i = 0; i < count; i++) {
		const char *name =
		        dwfl_module_getsym_info(m, i, &symbol, &address, NULL, NULL, NULL);
		symbol_see(s, name, &symbol, address);
	}
}

static void module_see(struct search *s, struct module *module)
{
	s->module = module;
	if (!module_begin(module, WORK_NAMES))
		return;
	tables_see(s, SHT_DYNSYM);
	if (!tables_see(s, SHT_SYMTAB) && module_begin(module, WORK_DEBUG))
		debug_see(s);
}

int find_all(struct modules *m, const struct message *message, struct wire_out *out,
             uint32_t *ret_count)
{
	struct search *s = calloc(1, sizeof(*s));
	bool taken;

	if (!s)
		return -ENOMEM;
	s->modules = m;
	s->out = out;
	taken = names_take(s, message);
	for (size_t i = 0; taken && i < m->count; i++)
		module_see(s, m->list[i]);
	work_rest(m);
	*ret_count = s->found;
	free(s->names);
	free(s);
	return taken ? 0 : -EPROTO;
}
