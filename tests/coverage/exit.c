/* SPDX-License-Identifier: MIT */
/*
 * Knows that a program that leaves by _exit has not yet said which lines it reached: linked in its place when coverage
 * is measured. Refuses to disturb who has given up the right to open files.
 */
#include <gcov.h>
#include <sys/prctl.h>

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
	if (prctl(PR_GET_SECCOMP) == 0)
		__gcov_dump();
	__real__exit(status);
}
