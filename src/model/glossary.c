/* SPDX-License-Identifier: MIT */
/* Knows what the words of memory mean. Refuses to know where they are shown. */
#include "model/glossary.h"

#include <stddef.h>

const struct glossary_word glossary[] = {
        {"RSS",
         "resident set size: pages of this process that are in memory now, its own and those it "
         "shares. What most people mean by \"it uses 2 GB\"."},
        {"VSZ",
         "virtual size: all address space that is mapped, touched or not. It may be a thousand "
         "times the RSS and cost nothing."},
        {"PSS",
         "proportional set size: like RSS, but a page that n processes share counts 1/n. The PSS "
         "of all processes add up to what is really used."},
        {"private", "pages only this process has: what ending it would give back."},
        {"shared", "pages that others have mapped as well: libraries, shared memory."},
        {"anon+swap",
         "memory behind no file, in core or swapped out, without what the kernel may take "
         "back freely. A leak shows here, and the verdict rests on it."},
        {"reservation",
         "address space asked for and not used: VSZ grows, RSS does not. Not a leak."},
        {"demand paging",
         "the kernel gives a page only when it is touched first: after malloc(100 MB) "
         "VSZ has grown, RSS has not."},
        {"retention",
         "the program freed the memory, the allocator keeps it for the next request. RSS "
         "stays high, but does not grow for ever."},
        {"warm-up", "growth that flattens: a cache or a pool that fills to its size."},
        {"leak",
         "memory that is still allocated, grows without bound, and that nobody will use or free "
         "again."},
        {"chunk",
         "a block as malloc keeps it: what was asked for, 8 bytes of its own, rounded up to 16. "
         "A chunk of 48 stands for requests of 25 to 40 bytes."},
        {"arena",
         "a part of the heap with a lock of its own. The main one is [heap]; threads get more of "
         "them, so that they need not wait for each other."},
        {"thread cache",
         "blocks a thread freed and keeps for its own next request (tcache). They are free, but "
         "for nobody else."},
        {"trimmable",
         "free memory of malloc in whole pages: malloc_trim(0), called by the program itself, "
         "gives it back to the kernel."},
        {"fragmentation",
         "how far free memory is cut into pieces: the part of it outside the largest piece. "
         "Pieces between live blocks cannot be given back."},
        {"lost",
         "a live block that nothing points to, so nobody can ever free it. Found in 3 scans in a "
         "row, unchanged, while the process ran. A pointer that lives only in a register of a "
         "thread that waits cannot be seen without stopping it, nor one that is hidden: XORed, "
         "kept as an offset, or in memory that is closed to reading."},
        {"suspect",
         "a block that one scan found no pointer to. Most pointers just moved meanwhile; the next "
         "scans tell, and make it probable, then lost."},
        {"confidence",
         "the probability, in per cent, that this process leaks, from what was seen so far. "
         "Below 30 green, to 70 yellow, above red."},
        {NULL, NULL},
};
