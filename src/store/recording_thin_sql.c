/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the file to make it smaller, as text. Knows columns and their order; refuses to know what becomes
 * of them (recording_merge.c) and when (recording_limit.c).
 */
#include "store/recording_internal.h"

_Static_assert(SCHEMA_EXTREMES == 7 && FIGURE_RSS == 0 && FIGURE_FILE == 6, "as spelt below");

const char *const recording_thin_sql[SQL_LIFE_FIRST - SQL_THIN_FIRST] = {
        [SQL_PAGES - SQL_THIN_FIRST] = "PRAGMA page_count",
        [SQL_FREE_PAGES - SQL_THIN_FIRST] = "PRAGMA freelist_count",
        [SQL_VACUUM - SQL_THIN_FIRST] = "PRAGMA incremental_vacuum(64)",
        [SQL_RANGE_SAMPLE - SQL_THIN_FIRST] =
                "SELECT time,flags,span,base_min,base_max,lazyfree,hugetlb,"
                "rss,rss_min,rss_max,vsz,vsz_min,vsz_max,heap,heap_min,heap_max,"
                "anon,anon_min,anon_max,swap,swap_min,swap_max,shmem,shmem_min,shmem_max,"
                "file,file_min,file_max FROM sample WHERE time>=?1 AND time<?2 ORDER BY time",
        [SQL_MERGE_SAMPLE - SQL_THIN_FIRST] =
                "UPDATE sample SET flags=?2,span=?3,base_min=?4,base_max=?5,rss_min=?6,rss_max=?7,"
                "vsz_min=?8,vsz_max=?9,heap_min=?10,heap_max=?11,anon_min=?12,anon_max=?13,"
                "swap_min=?14,swap_max=?15,shmem_min=?16,shmem_max=?17,file_min=?18,file_max=?19"
                " WHERE time=?1",
        [SQL_DROP_SAMPLE - SQL_THIN_FIRST] = "DELETE FROM sample WHERE time>=?1 AND time<?2",
        [SQL_MERGE_PASS - SQL_THIN_FIRST] =
                "DELETE FROM pass WHERE time>=?1 AND time<"
                "(SELECT max(time) FROM pass WHERE time>=?1 AND time<?2)",
        [SQL_RANGE_VERDICT - SQL_THIN_FIRST] =
                "SELECT time,kind,cause FROM verdict WHERE time>=?1 AND time<?2 ORDER BY time",
        [SQL_BEFORE_VERDICT - SQL_THIN_FIRST] =
                "SELECT kind,cause FROM verdict WHERE time<?1 ORDER BY time DESC LIMIT 1",
        [SQL_DROP_VERDICT - SQL_THIN_FIRST] = "DELETE FROM verdict WHERE time=?1",
        [SQL_NEXT_REGION - SQL_THIN_FIRST] = "SELECT min(id) FROM region WHERE id>?1",
        [SQL_RANGE_REGION - SQL_THIN_FIRST] =
                "SELECT time,gone FROM region WHERE id=?1 AND time>=?2 AND time<?3 ORDER BY time",
        [SQL_BEFORE_REGION - SQL_THIN_FIRST] =
                "SELECT gone FROM region WHERE id=?1 AND time<?2 ORDER BY time DESC LIMIT 1",
        [SQL_DROP_REGION - SQL_THIN_FIRST] =
                "DELETE FROM region WHERE id=?1 AND time>=?2 AND time<?3",
        [SQL_DROP_EVENT - SQL_THIN_FIRST] =
                "DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY time LIMIT ?1)",
        [SQL_DROP_IMAGE - SQL_THIN_FIRST] =
                "DELETE FROM image WHERE time IN (SELECT time FROM image ORDER BY time LIMIT ?1)",
        [SQL_DROP_NAMES - SQL_THIN_FIRST] = "DELETE FROM name WHERE id NOT IN"
                                            " (SELECT name FROM region WHERE name IS NOT NULL)",
};
