/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_MODULES_H
#define SYMBOLS_MODULES_H

/*
 * Inside the reader: what is mapped executable, and the ELF files behind it. A file is asked for
 * when something of it is first needed. Before anything is done with one, work_on() says so where
 * the tool can see it.
 */

#include <elfutils/libdwfl.h>

#include "symbols/lookup.h"
#include "symbols/protocol.h"

struct module {
	uint32_t id;            /* from 1 */
	unsigned given_up;      /* WORK_... that a reader before us died of */
	bool opened;            /* tried */
	bool unusable;          /* no file, or none for us */
	bool kept;              /* by the ranges being read */
	int fd;                 /* the file; dwfl's; -1 none */
	uint64_t start, offset; /* of its first range: address, bytes into the file */
	uint64_t bias;          /* address less what the file says */
	Dwfl *dwfl;
	Dwfl_Module *dwfl_module;
	/*
	 * Of the file that its debug information shares with others: build-id and base name; ""
	 * none.
	 */
	char shared_id[BUILD_ID_ROOM], shared_link[LINK_ROOM];
	struct lookup symbols, units;
	struct modules *of;
};

struct range {
	uint64_t start, end, offset;
	struct module *module; /* NULL: no file */
};

struct modules {
	int socket;
	struct shared *shared;
	struct range *ranges; /* by address */
	size_t range_count;
	struct module **list;
	size_t count, room;
};

void work_on(struct modules *m, const struct module *module, unsigned work);
void work_rest(struct modules *m);

/*
 * Takes what is mapped now from the message in shared.in. Modules that are no more are closed;
 * `gone` is called with each before. 0 or -errno.
 */
int modules_take(struct modules *m, const struct message *message,
                 void (*gone)(void *arg, uint32_t id), void *arg);

/* The range that holds this address, or NULL. */
const struct range *modules_range(const struct modules *m, uint64_t address);

/*
 * Opens the file, once. False: there is none, or not for this work. On true the tool knows that
 * `work` is on.
 */
bool module_begin(struct module *module, unsigned work);

/* An address as the file says it, without how far it was moved; 0: it could not be opened. */
uint64_t module_offset(const struct module *module, uint64_t address);

/* The file behind an ASK, or -errno; where it was found is *attempt. */
int modules_ask(struct modules *m, struct message *ask);

/*
 * Notes what a file says of the one it shares debug information with, for when that is asked for.
 */
void module_note_shared(struct module *module, Elf *elf);

/* What libdwfl calls for debug files. */
int module_find_debug(Dwfl_Module *dwfl_module, void **userdata, const char *name, Dwarf_Addr base,
                      const char *file, const char *link, GElf_Word crc, char **ret_name);

#endif
