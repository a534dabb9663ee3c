/* SPDX-License-Identifier: MIT */
#include "store/schema.h"
#include "store/schema_sites.h"

/*
 * The names in the file. Knows every table and column; refuses to know when a row is written or read.
 */

#include "proc/smaps.h"

const char *const schema_figures[FIGURE_COUNT] = {
        [FIGURE_RSS] = "rss",
        [FIGURE_VSZ] = "vsz",
        [FIGURE_HEAP] = "heap",
        [FIGURE_ANON] = "anon",
        [FIGURE_SWAP] = "swap",
        [FIGURE_SHMEM] = "shmem",
        [FIGURE_FILE] = "file",
        [FIGURE_PSS] = "pss",
        [FIGURE_PRIVATE] = "private",
        [FIGURE_PRIVATE_DIRTY] = "private_dirty",
        [FIGURE_SHARED] = "shared",
        [FIGURE_LAZYFREE] = "lazyfree",
        [FIGURE_DATA] = "data",
        [FIGURE_HWM] = "hwm",
        [FIGURE_THREADS] = "threads",
        [FIGURE_FDS] = "fds",
        [FIGURE_CPU] = "cpu",
        [FIGURE_AGE] = "age",
        [FIGURE_PTE] = "pte",
        [FIGURE_HUGETLB] = "hugetlb",
        [FIGURE_ANON_HUGE] = "anon_huge",
        [FIGURE_MAPS] = "maps",
        [FIGURE_MINFLT] = "minflt",
        [FIGURE_MAJFLT] = "majflt",
        [FIGURE_STACK] = "stack",
        [FIGURE_CTX_VOLUNTARY] = "ctx_voluntary",
        [FIGURE_CTX_PREEMPTED] = "ctx_preempted",
        [FIGURE_FD_FILE] = "fd_file",
        [FIGURE_FD_SOCKET] = "fd_socket",
        [FIGURE_FD_PIPE] = "fd_pipe",
        [FIGURE_FD_EVENT] = "fd_event",
        [FIGURE_FD_MEMFD] = "fd_memfd",
        [FIGURE_FD_OTHER] = "fd_other",
        [FIGURE_CONNECTIONS] = "connections",
        [FIGURE_CLOSE_WAIT] = "close_wait",
        [FIGURE_UDP] = "udp",
        [FIGURE_UNIX] = "unix",
        [FIGURE_SOCKETS_SEEN] = "sockets_seen",
        [FIGURE_THREADS_SEEN] = "threads_seen",
        [FIGURE_IO_READ] = "io_read",
        [FIGURE_IO_WRITE] = "io_write",
        [FIGURE_COUNTED] = "counted",
        [FIGURE_ANON_THEN] = "anon_then",
        [FIGURE_CGROUP_ANON] = "cgroup_anon",
        [FIGURE_CGROUP_FILE] = "cgroup_file",
        [FIGURE_CGROUP_KERNEL] = "cgroup_kernel",
        [FIGURE_CGROUP_SOCK] = "cgroup_sock",
};

static const char *const smaps_columns[SMAPS_KEY_COUNT] = {
        [SMAPS_RSS] = "rss",
        [SMAPS_PSS] = "pss",
        [SMAPS_PSS_DIRTY] = "pss_dirty",
        [SMAPS_SHARED_CLEAN] = "shared_clean",
        [SMAPS_SHARED_DIRTY] = "shared_dirty",
        [SMAPS_PRIVATE_CLEAN] = "private_clean",
        [SMAPS_PRIVATE_DIRTY] = "private_dirty",
        [SMAPS_REFERENCED] = "referenced",
        [SMAPS_ANONYMOUS] = "anonymous",
        [SMAPS_KSM] = "ksm",
        [SMAPS_LAZYFREE] = "lazyfree",
        [SMAPS_ANON_HUGE] = "anon_huge",
        [SMAPS_SHMEM_PMD] = "shmem_pmd",
        [SMAPS_FILE_PMD] = "file_pmd",
        [SMAPS_SHARED_HUGETLB] = "shared_hugetlb",
        [SMAPS_PRIVATE_HUGETLB] = "private_hugetlb",
        [SMAPS_SWAP] = "swap",
        [SMAPS_SWAP_PSS] = "swap_pss",
        [SMAPS_LOCKED] = "locked",
        [SMAPS_KERNEL_PAGE] = "kernel_page",
        [SMAPS_MMU_PAGE] = "mmu_page",
};

const char *schema_smaps(unsigned key)
{
	return smaps_columns[key];
}

static void write_sample(struct buf *out)
{
	buf_adds(out, "CREATE TABLE sample(time INTEGER PRIMARY KEY, wall INTEGER,"
	              " flags INTEGER NOT NULL, span INTEGER NOT NULL");
	for (unsigned f = 0; f < FIGURE_COUNT; f++)
		buf_addf(out, ", %s INTEGER", schema_figures[f]);
	buf_adds(out, ", base_min INTEGER, base_max INTEGER");
	for (unsigned f = 0; f < SCHEMA_EXTREMES; f++)
		buf_addf(out, ", %s_min INTEGER, %s_max INTEGER", schema_figures[f],
		         schema_figures[f]);
	buf_adds(out, ");\n");
}

static void write_region(struct buf *out)
{
	buf_adds(
	        out,
	        "CREATE TABLE pass(time INTEGER PRIMARY KEY, mappings INTEGER,"
	        " estimated INTEGER NOT NULL);\n"
	        "CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);\n"
	        "CREATE TABLE region(id INTEGER NOT NULL, time INTEGER NOT NULL,"
	        " gone INTEGER NOT NULL, kind TEXT, perms TEXT, start INTEGER, \"end\" INTEGER,"
	        " size INTEGER, mappings INTEGER, \"offset\" INTEGER, inode INTEGER, major INTEGER,"
	        " minor INTEGER, name INTEGER REFERENCES name(id), flags INTEGER, born INTEGER,"
	        " peak INTEGER");
	for (unsigned k = 0; k < SMAPS_KEY_COUNT; k++)
		buf_addf(out, ", %s INTEGER", smaps_columns[k]);
	buf_adds(out, ", PRIMARY KEY(id, time)) WITHOUT ROWID;\n" SCHEMA_LIFE ";\n");
}

static void write_course(struct buf *out)
{
	buf_adds(out,
	         "CREATE TABLE event(id INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
	         " kind TEXT NOT NULL, text TEXT NOT NULL);\n"
	         "CREATE INDEX event_time ON event(time);\n"
	         "CREATE TABLE verdict(time INTEGER PRIMARY KEY, kind TEXT, cause TEXT,"
	         " pattern TEXT, place TEXT, outside_heap INTEGER, confidence INTEGER,"
	         " reason TEXT, condition TEXT, needs INTEGER, growth REAL, growth_low REAL,"
	         " growth_high REAL, since INTEGER, flagged INTEGER, limit_kind TEXT,"
	         " limit_bytes INTEGER, limit_count INTEGER, eta REAL, eta_low REAL, eta_high REAL,"
	         " power REAL, plateau REAL, plateau_in REAL);\n"
	         "CREATE TABLE evidence(time INTEGER, rank INTEGER, speaks_for INTEGER,"
	         " weight REAL, text TEXT, PRIMARY KEY(time, rank)) WITHOUT ROWID;\n"
	         "CREATE TABLE link(time INTEGER, rank INTEGER, kind TEXT, figure TEXT,"
	         " per_unit REAL, low REAL, high REAL, r REAL, count INTEGER, text TEXT,"
	         " PRIMARY KEY(time, rank)) WITHOUT ROWID;\n");
}

int schema_write(struct buf *out)
{
	buf_adds(out, "CREATE TABLE fact(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;\n"
	              "CREATE TABLE image(time INTEGER PRIMARY KEY, pid INTEGER,"
	              " inner_pid INTEGER, uid INTEGER, start_ticks INTEGER, page INTEGER,"
	              " comm TEXT, command TEXT, exe TEXT, user TEXT);\n");
	write_sample(out);
	write_region(out);
	write_course(out);
	schema_heap_write(out);
	schema_sites_write(out);
	return out->error;
}
