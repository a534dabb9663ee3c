/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_SYMBOLS_H
#define SYMBOLS_SYMBOLS_H

/*
 * Names for addresses, callers for stacks, addresses for names - of one process, out of its ELF and
 * DWARF. These are other people's bytes: they are read in a child process that has limits on
 * memory, time and descriptors, no capabilities, and only descriptors it was handed. A hostile file
 * can end the child; it costs the file its symbols, never the tool. Files are opened by us through
 * the root of the process, the executable and mapped files by what is mapped (map_files, else the
 * path), separate debug files by build-id and debuglink, debuginfod's cache where there is one,
 * what dwz made them share, and symbols packed into the program itself. Of debug information that
 * was split off (.dwo) only what stayed in the program: symbols and lines.
 *
 * Used by one thread at a time; the child ends with the thread that opened it. Calls wait for the
 * child, a few seconds at most; then it is given up and started anew, without the file that it died
 * of. x86-64.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* As DWARF numbers them on x86-64, the instruction pointer last. */
enum {
	STACK_RAX,
	STACK_RDX,
	STACK_RCX,
	STACK_RBX,
	STACK_RSI,
	STACK_RDI,
	STACK_RBP,
	STACK_RSP,
	STACK_R8,
	STACK_R9,
	STACK_R10,
	STACK_R11,
	STACK_R12,
	STACK_R13,
	STACK_R14,
	STACK_R15,
	STACK_RIP,
	STACK_REGISTERS
};
enum { STACK_FRAMES_MAX = 64, STACK_BYTES_MAX = 65528 };

/* A thread's stack as it was when something happened. */
struct stack_taken {
	uint64_t registers[STACK_REGISTERS];
	const uint8_t *bytes; /* borrowed; from the stack pointer up */
	size_t size;
};

struct stack_unwound {
	unsigned count;
	bool whole; /* it reached the first function of the thread (or STACK_FRAMES_MAX) */
	/*
	 * Innermost first: the instruction itself, then those that call: the byte before each
	 * return address.
	 */
	uint64_t at[STACK_FRAMES_MAX];
};

/*
 * For the process `pid` below `proc`. 0; -ENOTSUP: built without elfutils, or no x86-64; -EACCES;
 * -ESRCH; -ENOMEM; another -errno.
 */
int symbols_open(const char *proc, int32_t pid, struct symbols **ret);
void symbols_close(struct symbols *s); /* NULL is fine; the child ends */

/*
 * The mappings may have changed (an address that lies in none of those known, dlopen, exec): read
 * anew. 0 or -errno.
 */
int symbols_refresh(struct symbols *s);

/*
 * Unwinds `count` stacks. 0, or -errno where the child is gone for good: then each has only its
 * first frame.
 */
int symbols_unwind(struct symbols *s, const struct stack_taken *stacks, size_t count,
                   struct stack_unwound *ret);

/*
 * What is known of one address, also in code that the process made while it runs, where it wrote that down
 * (/tmp/perf-PID.map); inlined functions come first, then the one that holds them.
 */
struct symbol_frame {
	const char *function; /* raw, demangled where that is possible; "" unknown */
	const char *file;     /* raw; "" unknown */
	const char *module;   /* raw; "" none */
	unsigned line;        /* 0 unknown */
	bool inlined;
	/* The address as the file of the module has it, for addr2line; 0 unknown. */
	uint64_t offset;
};
typedef void symbol_frames(void *arg, size_t address, const struct symbol_frame *frames,
                           size_t count);
/*
 * Calls `tell` once for each address, by its index, with at least one frame. 0 or -errno as above.
 */
int symbols_name(struct symbols *s, const uint64_t *addresses, size_t count, symbol_frames *tell,
                 void *arg);

/* A function by its name, for setting a probe on it. */
struct symbol_place {
	unsigned name;    /* index into the names asked for */
	char path[256];   /* that opens the file, from here: /proc/PID/root/... or map_files; raw */
	char module[192]; /* its name for a person: last part of the path; raw */
	uint64_t offset;  /* in the file, bytes */
	uint64_t address; /* in the target, now */
	uint64_t size;    /* bytes; 0 unknown */
	unsigned code_count;
	uint8_t code[64]; /* its first bytes */
};
/*
 * Every definition of these functions in objects that are mapped now (dynamic symbols, then the
 * others; an address once). *ret_count is what there are, at most `room` are stored. 0 or -errno.
 */
int symbols_find(struct symbols *s, const char *const *names, size_t count,
                 struct symbol_place *ret, size_t room, size_t *ret_count);

/*
 * How it went: children that were lost, files whose symbols were given up, frames walked by the
 * frame pointer alone.
 */
struct symbols_health {
	unsigned children_lost, files_given_up;
	uint64_t by_frame_pointer;
	char trouble[160]; /* the last one, for a person; "" none */
};
void symbols_health(const struct symbols *s, struct symbols_health *ret);

#endif
