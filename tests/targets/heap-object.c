/* SPDX-License-Identifier: MIT */

/*
 * heap-object: blocks that only the data of a shared object points to, lost when it is unloaded (SIGUSR1), and
 * objects of C++, made by its own new and delete where libstdc++ is there. Built twice: as the program, and with
 * SHARED_OBJECT as that object.
 */

enum { HELD = 500, NEW_LOST = 200, NEW_FREED = 100 };

#ifdef SHARED_OBJECT

void *volatile held[HELD];

#else

#include "target.h"

#include <dlfcn.h>

/* Sizes of 8 more than a multiple of 16: what was asked for is what the chunk gives. */
enum { HELD_SIZE = 104, NEW_SIZE = 200 };

/* It lies beside the program. */
static void *object_load(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 4);
	void *object;

	memcpy(path + (n > 0 ? n : 0), ".so", 4);
	object = must(dlopen(path, RTLD_NOW));
	void *volatile *held = must(dlsym(object, "held"));
	for (int i = 0; i < HELD; i++)
		held[i] = touched(HELD_SIZE);
	return object;
}

/* new and new[], delete and delete[] as C++ programs call them; how many were lost. */
static int objects_lose(void)
{
	void *cxx = dlopen("libstdc++.so.6", RTLD_NOW);
	void *(*make[2])(size_t) = {NULL, NULL};
	void (*unmake[2])(void *) = {NULL, NULL};

	if (!cxx)
		return 0;
	*(void **)&make[0] = must(dlsym(cxx, "_Znwm"));
	*(void **)&make[1] = must(dlsym(cxx, "_Znam"));
	*(void **)&unmake[0] = must(dlsym(cxx, "_ZdlPv"));
	*(void **)&unmake[1] = must(dlsym(cxx, "_ZdaPv"));
	for (int i = 0; i < NEW_LOST + NEW_FREED; i++) {
		void *p = memset(make[i % 2](NEW_SIZE), 0, NEW_SIZE);
		if (i >= NEW_LOST)
			unmake[i % 2](p);
	}
	return NEW_LOST;
}

int main(void)
{
	sigset_t unload;
	int signal_number;

	target_begin();
	sigemptyset(&unload);
	sigaddset(&unload, SIGUSR1);
	sigprocmask(SIG_BLOCK, &unload, NULL);
	void *object = object_load();
	printf("held %d new %d\n", HELD, objects_lose());
	ready(getpid());
	sigwait(&unload, &signal_number);
	if (dlclose(object) != 0)
		return 1;
	printf("unloaded\n");
	fflush(stdout);
	rest_for_ever();
}

#endif
