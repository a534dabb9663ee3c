/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_PROTOCOL_H
#define SYMBOLS_PROTOCOL_H

/*
 * What the tool and its reader of symbols say to each other: small messages of one size over a
 * socket, and behind them bytes in memory that both see. The tool asks, the reader answers once
 * with MESSAGE_DONE; in between it may ask back for files. Neither believes the other: every
 * message passes message_check(). Pure.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_kind {
	/* from the tool; `count` things lie in shared.in[0..size) */
	/* what is mapped executable: start, end, offset, module (0: no file), given up */
	MESSAGE_RANGES,
	MESSAGE_UNWIND, /* registers, size, bytes; answered by count, whole, addresses */
	/* address; answered by count of frames, frames: line, inlined, function, file; offset */
	MESSAGE_NAME,
	MESSAGE_FIND, /* name; answered by places: name, module, offset, address, size, code */
	MESSAGE_FILE, /* the answer to MESSAGE_ASK, a descriptor with it, or `error` */
	/* from the reader */
	MESSAGE_ASK,  /* for the file of `module`, or its debug file */
	MESSAGE_DONE, /* `count` things in shared.out[0..size) */
	MESSAGE_KINDS
};

/* What is done with a module; a file that ended a reader is not used for this again. */
enum {
	WORK_OPEN = 1,   /* read its headers */
	WORK_UNWIND = 2, /* its call frame information */
	WORK_NAMES = 4,  /* its symbol tables */
	WORK_DEBUG = 8,  /* its debug information, in a file of its own or not */
	WORK_ALL = 15
};

enum ask {
	ASK_MODULE, /* the mapped file */
	ASK_DEBUG,  /* its debug file, by build_id and link */
	ASK_SHARED  /* what several debug files share (dwz), likewise */
};

enum {
	BUILD_ID_ROOM = 130, /* hexadecimal digits */
	LINK_ROOM = 254,
	IN_ROOM = 4 << 20,
	OUT_ROOM = 4 << 20,
	RANGES_MAX = 32768,
	UNWIND_MAX = 4096, /* stacks a message, addresses, names */
	NAME_MAX_COUNT = 32,
	NAME_FRAMES_MAX = 32,
	FUNCTION_MAX = 512, /* bytes of a string */
	FILE_MAX = 512,
	FIND_NAMES_MAX = 512,
	FIND_NAME_MAX = 256,
	FIND_PLACES_MAX = 4096,
	CODE_MAX = 64
};

struct message {
	uint32_t kind;   /* enum message_kind */
	uint32_t module; /* ASK: its number; from 1 */
	uint32_t count;
	int32_t error;    /* FILE, DONE: 0 or -errno */
	uint32_t ask;     /* ASK: enum ask */
	uint32_t attempt; /* ASK: the place to look at first; FILE: the place where it was */
	uint32_t retires; /* DONE: it has grown too large, start another one */
	uint64_t size;
	uint64_t by_frame_pointer;    /* DONE: frames */
	char build_id[BUILD_ID_ROOM]; /* ASK: "" none */
	char link[LINK_ROOM];         /* ASK: base name; "" none */
};

/* Mapped by both. */
struct shared {
	/* What the reader works on, for the tool when the reader ended: its module, WORK_... */
	_Atomic uint32_t module, work;
	uint8_t pad[56];
	uint8_t in[IN_ROOM];   /* written by the tool */
	uint8_t out[OUT_ROOM]; /* written by the reader */
};

/* Whether these bytes are a message that this side may send: 0 and *ret, or -EPROTO. */
int message_check(const void *bytes, size_t size, bool from_reader, struct message *ret);

/* A file name without directories: no '/', not empty, not "." or "..". */
bool link_is_sane(const char *link);

#endif
