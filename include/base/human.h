/* SPDX-License-Identifier: MIT */
#ifndef BASE_HUMAN_H
#define BASE_HUMAN_H

/*
 * Figures as people read them. Every function writes into the caller's buffer of HUMAN_MAX bytes
 * and returns it; nothing is static. UNKNOWN, and a rate that is not finite, is "-". The figures
 * are put together from integers, so LC_NUMERIC has no say in them.
 */

#include <stdbool.h>
#include <stdint.h>

#define HUMAN_MAX 32

/* How sizes are written: a key of the dashboard walks through them. */
enum human_unit {
	HUMAN_AUTO, /* "51.3 MB": the largest unit that leaves at least 1 */
	HUMAN_KB,
	HUMAN_MB,
	HUMAN_GB,
	HUMAN_UNIT_COUNT
};

/* "0 B", "512 B", "51.3 MB", "1.2 GB"; units are powers of 1024. */
char *human_size(char out[HUMAN_MAX], uint64_t bytes, enum human_unit unit);

/* The size of a block, whole where it is: "592 kB", "64 MB", else as human_size has it. */
char *human_block(char out[HUMAN_MAX], uint64_t bytes);

/* At most 5 columns, for tight tables: "512", "51.3M", "1.2G", "1023K"; unknown "-". */
char *human_size5(char out[HUMAN_MAX], uint64_t bytes);

/* Signed: "+1.8 MB", "-0.4 MB", "0 B". */
char *human_delta(char out[HUMAN_MAX], int64_t bytes, enum human_unit unit);

/* "+1.0 MB/s", "-3.2 kB/min", "0": the shortest of /s /min /h /d that leaves at least 1 kB. */
char *human_rate(char out[HUMAN_MAX], double bytes_per_s);

/* "14 s", "3 min 20 s", "2 h 05 min", "3 d 4 h", "250 ms", "3.2 ms", "34 us"; rounded. */
char *human_duration(char out[HUMAN_MAX], uint64_t ns);

/* Clock of the batch table: "00:05", "1:00:00" past one hour, tenths ("00:00.5") if `tenths`. */
char *human_clock(char out[HUMAN_MAX], uint64_t ns, bool tenths);

/* "20261120T134400Z" (compact) or "2026-11-20T13:44:00Z" (RFC 3339), UTC; CLOCK_REALTIME ns. */
char *human_utc(char out[HUMAN_MAX], uint64_t wall_ns, bool compact);

/* "13:44:00" in local time, from CLOCK_REALTIME ns. */
char *human_localtime(char out[HUMAN_MAX], uint64_t wall_ns);

/* "12,345": a plain count with separators, independent of the locale. */
char *human_count(char out[HUMAN_MAX], uint64_t n);

#endif
