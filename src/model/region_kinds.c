/* SPDX-License-Identifier: MIT */
/* Knows the names and meanings of the kinds of region. Refuses to know how a kind is recognised. */
#include "model/region.h"

const struct region_kind_info region_kinds[REGION_KIND_COUNT] = {
        [REGION_HEAP] = {"heap", "heap",
                         "the classic heap, grown by brk: most small malloc blocks"},
        [REGION_ARENA] = {"arena", "arena", "a malloc heap of its own that glibc gave to threads"},
        [REGION_ANON] = {"anon", "anonymous",
                         "private memory without a file: large malloc blocks and other heaps"},
        [REGION_STACK] = {"stack", "stack", "the stack of a thread"},
        [REGION_MAIN_STACK] = {"mainstk", "main-stack", "the stack of the first thread"},
        [REGION_TEXT] = {"text", "text", "code of the program or a library"},
        [REGION_RODATA] = {"rodata", "rodata", "constants of the program or a library"},
        [REGION_DATA] = {"data", "data",
                         "variables of the program or a library that start with a value"},
        [REGION_BSS] = {"bss", "bss", "variables of the program or a library that start as zero"},
        [REGION_FILE] = {"file", "file", "a file mapped into memory"},
        [REGION_SHM] = {"shm", "shmem", "memory shared with other processes or with children"},
        [REGION_HUGE] = {"huge", "huge", "pages from the pool of huge pages (hugetlbfs)"},
        [REGION_VDSO] = {"vdso", "vdso", "code and data that the kernel lends to every process"},
        [REGION_JIT] = {"jit", "jit",
                        "code made at run time, by a just-in-time compiler for example"},
        [REGION_RESERVED] = {"reserved", "reserved",
                             "address space set aside but never used: it costs no memory"},
        [REGION_OTHER] = {"other", "other", "a device or another special object of the kernel"},
};
