/* SPDX-License-Identifier: MIT */
/*
 * Calls of curses that take memory stand between curses_begins() and curses_ends(): ncurses 6.4 does not look at what
 * malloc gave it in newterm, start_color, keypad, tiparm and others, and then crashes, there or in a later one.
 * Nothing of ours runs in between, so a crash there after a refusal is want of memory, and can be told as that. Knows
 * when it was refused; refuses to know what a crash leads to.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tui/tui_internal.h"

/* Of a thread, for another one may crash meanwhile, for reasons of its own. */
static _Thread_local volatile sig_atomic_t inside, refused;

void curses_begins(void)
{
	errno = 0;
	inside = 1;
}

/*
 * Where something lies right behind the heap, glibc takes memory elsewhere when it needs more, and leaves ENOMEM also then:
 * that says nothing.
 */
static bool heap_is_hemmed_in(void)
{
	const uintptr_t behind = 1 << 20, page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)sbrk(0) + page - 1) / page * page;
	void *at = (void *)end;
	void *p = mmap(at, behind, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
	               0);

	if (p == MAP_FAILED)
		return errno == EEXIST;
	munmap(p, behind);
	/* Kernels before 4.17 take it for a wish. */
	return p != at;
}

bool curses_ends(void)
{
	inside = 0;
	if (errno != ENOMEM || heap_is_hemmed_in())
		return true;
	refused = 1;
	return false;
}

bool tui_starved(void)
{
	return inside && (refused || (errno == ENOMEM && !heap_is_hemmed_in()));
}
