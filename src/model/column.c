/* SPDX-License-Identifier: MIT */
/*
 * Knows the columns: their names in options, CSV and JSON, their headings, widths and meanings.
 * Refuses to know how a cell is written.
 */
#include "model/sample.h"

#include <string.h>

#define BYTES(option, csv, json, header, width, figure, help)              \
	{                                                                  \
		option, csv, json, header, width, figure, UNIT_BYTES, help \
	}

const struct column columns[] = {
        {COLUMN_TIME, "time_s", "time_s", "Time", 5, -1, UNIT_SECONDS,
         "time since the watch began"},
        {COLUMN_DATE, "utc", "utc", "Date", 20, -1, UNIT_SECONDS,
         "date and time of the sample, UTC, as RFC 3339 writes them"},
        BYTES("rss", "rss_kb", "rss", "RSS(MB)", 7, FIGURE_RSS,
              "memory of the process that is in RAM now"),
        BYTES("vsz", "vsz_kb", "vsz", "VSZ(MB)", 8, FIGURE_VSZ,
              "address space it has reserved, used or not"),
        BYTES("heap", "heap_kb", "heap", "Heap(MB)", 8, FIGURE_HEAP,
              "size of its [heap], the area that grows by brk"),
        BYTES("anon", "anon_kb", "anon", "Anon(MB)", 8, FIGURE_ANON,
              "resident memory that no file stands behind: heap, arenas, stacks"),
        BYTES("swap", "swap_kb", "swap", "Swap(MB)", 8, FIGURE_SWAP,
              "memory of it that was moved to swap"),
        BYTES("shmem", "shmem_kb", "shmem", "Shmem(MB)", 9, FIGURE_SHMEM,
              "resident shared memory: memfd, SysV, tmpfs"),
        BYTES("file", "file_kb", "file", "File(MB)", 8, FIGURE_FILE,
              "resident pages of mapped files: programs, libraries, data"),
        BYTES("pss", "pss_kb", "pss", "PSS(MB)", 7, FIGURE_PSS,
              "resident memory, shared pages divided among those who share them"),
        BYTES("private", "private_kb", "private", "Private(MB)", 11, FIGURE_PRIVATE,
              "resident pages that nobody else maps"),
        BYTES(NULL, "private_dirty_kb", "private_dirty", "PrivDirty(MB)", 13, FIGURE_PRIVATE_DIRTY,
              "private pages that were written to"),
        BYTES("shared", "shared_kb", "shared", "Shared(MB)", 10, FIGURE_SHARED,
              "resident pages that another process maps too"),
        BYTES(NULL, "lazyfree_kb", "lazyfree", "LazyFree(MB)", 12, FIGURE_LAZYFREE,
              "pages it gave back and that the kernel has not collected yet"),
        BYTES(NULL, "data_kb", "data", "Data(MB)", 8, FIGURE_DATA,
              "private writable address space, touched or not"),
        BYTES(NULL, "hwm_kb", "hwm", "Peak(MB)", 8, FIGURE_HWM, "the largest RSS it ever had"),
        {"threads", "threads", "threads", "Threads", 7, FIGURE_THREADS, UNIT_COUNT,
         "threads it runs"},
        {"fds", "fds", "fds", "FDs", 5, FIGURE_FDS, UNIT_COUNT, "file descriptors it holds open"},
        {NULL, "cpu_s", "cpu_s", "CPU(s)", 8, FIGURE_CPU, UNIT_SECONDS,
         "CPU time used since it was born"},
        {NULL, "age_s", "age_s", "Age(s)", 8, FIGURE_AGE, UNIT_SECONDS, "time since it was born"},
        {COLUMN_DELTA, NULL, NULL, "Delta", 5, -1, UNIT_BYTES,
         "change of the Heap column since the row before, in MB"},
        {COLUMN_RATE, NULL, NULL, "Rate", 11, -1, UNIT_BYTES,
         "growth of RSS since the row before, per time"},
        {COLUMN_CONFIDENCE, NULL, NULL, "Confidence", 10, -1, UNIT_COUNT,
         "probability that the process leaks, in per cent"},
        {NULL, NULL, NULL, NULL, 0, -1, UNIT_COUNT, NULL},
};

const struct column *column_find(const char *name, size_t len)
{
	for (const struct column *c = columns; c->header; c++) {
		if (c->name && strlen(c->name) == len && !memcmp(c->name, name, len))
			return c;
	}
	return NULL;
}
