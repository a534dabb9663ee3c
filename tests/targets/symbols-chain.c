/* SPDX-License-Identifier: MIT */

/*
 * symbols-chain [MODE]: a known chain of calls that rests at its end: main, chain_begin, chain_aligned, chain_middle
 * with inlined_outer and inlined_inner in it, chain_end. Compiled without frame pointers, in several shapes.
 *
 *   (none)   it rests there
 *   signal   chain_end raises a signal, whose handler on_signal calls handler_end, which rests
 *   thread   the chain runs on a thread, below thread_begin
 *   made     code made at run time, with a frame pointer, lies between chain_begin and chain_aligned
 *   object   at SIGUSR1 chain_end loads the object beside the program, whose object_outer calls object_inner, which
 *            calls back, and says "loaded"
 *   hidden   the program's file is removed before it rests
 *
 * With SHARED_OBJECT it is that object.
 */

#define ALONE __attribute__((noinline, noclone))

#ifdef SHARED_OBJECT

/* Named as a C++ compiler names demo::inner(int). */
int object_inner(int (*rest)(int), int n) __asm__("_ZN4demo5innerEi");
int object_outer(int (*rest)(int), int n);

ALONE int object_inner(int (*rest)(int), int n)
{
	return rest(n + 1) + 1;
}

ALONE int object_outer(int (*rest)(int), int n)
{
	return object_inner(rest, n + 1) + 1;
}

#else

#include "target.h"

#include <dlfcn.h>

static const char *mode = "";
static volatile int sink;

static ALONE int rest_here(int n)
{
	ready(getpid());
	for (;;)
		pause();
	return n;
}

static ALONE int handler_end(int n)
{
	return rest_here(n) + 1;
}

static void on_signal(int n)
{
	sink = handler_end(n) + 1;
}

static int rest_loaded(int n)
{
	printf("loaded\n");
	fflush(stdout);
	for (;;)
		pause();
	return n;
}

static int object_call(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 4);
	int (*outer)(int (*)(int), int);
	sigset_t load;
	int got;

	sigemptyset(&load);
	sigaddset(&load, SIGUSR1);
	sigprocmask(SIG_BLOCK, &load, NULL);
	ready(getpid());
	sigwait(&load, &got);
	memcpy(path + (n > 0 ? n : 0), ".so", 4);
	*(void **)&outer = must(dlsym(must(dlopen(path, RTLD_NOW)), "object_outer"));
	return outer(rest_loaded, got) + 1;
}

static ALONE void hide(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	if (unlink(path) != 0)
		exit(1);
}

ALONE int chain_end(int n);
ALONE int chain_end(int n)
{
	if (strcmp(mode, "signal") == 0) {
		signal(SIGUSR1, on_signal);
		raise(SIGUSR1);
	} else if (strcmp(mode, "object") == 0) {
		return object_call() + 1;
	} else if (strcmp(mode, "hidden") == 0) {
		hide();
	}
	return rest_here(n) + 1;
}

static inline __attribute__((always_inline)) int inlined_inner(int n)
{
	return chain_end(n * 3) + 1;
}

static inline __attribute__((always_inline)) int inlined_outer(int n)
{
	sink = n;
	return inlined_inner(n + 5) * 7;
}

static ALONE int chain_middle(int n)
{
	int before[3] = {sink, n, n + sink};
	int r = inlined_outer(before[n % 3]);

	return r + before[r % 3 & 1];
}

/* Its stack is aligned more than the ABI asks for: where its frame begins only an expression tells. */
static ALONE int chain_aligned(int n)
{
	_Alignas(64) volatile char room[128];

	room[n % 128] = (char)n;
	return chain_middle(n + 1) + room[n % 64];
}

/* push rbp; mov rbp, rsp; call rsi; pop rbp; ret */
static int made_call(int n)
{
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd6, 0x5d, 0xc3};
	void *page = anonymous(4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);
	int (*made)(int, int (*)(int));

	memcpy(page, code, sizeof(code));
	*(void **)&made = page;
	return made(n, chain_aligned) + 1;
}

static ALONE int chain_begin(int n)
{
	return (strcmp(mode, "made") == 0 ? made_call(n) : chain_aligned(n)) + 1;
}

static void *thread_begin(void *arg)
{
	sink = chain_begin(*(int *)arg) + 1;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	target_begin();
	if (argc > 1)
		mode = argv[1];
	if (strcmp(mode, "thread") == 0) {
		pthread_create(&thread, NULL, thread_begin, &argc);
		pthread_join(thread, NULL);
	}
	return chain_begin(argc) + sink;
}

#endif
