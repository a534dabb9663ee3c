/* SPDX-License-Identifier: MIT */
/* The tables of scenarios and faults. */
#include "scenario.h"

#include <errno.h>
#include <stddef.h>

#define ESC          "\033"
#define CLEAR        "\001\013" /* a prompt that was filled in: to its begin, and all behind it away */
#define EXPORT(name) "e", CLEAR name, "\r", ""

/* "" is a rest, "#30x100" a size. The last is typed once more when nothing comes of it. */
static const char *const tour[] = {"2", "\r", ESC, "s", ESC, "3", "4",      "5",      "6",      "7",
                                   "1", "w",  ESC, "?", "?", ESC, " ",      ESC "[D", ESC "[C", " ",
                                   "m", "m",  "d", ESC, "b", "/", "heap\r", "q",      NULL};
static const char *const exporting[] = {
        EXPORT("x.html"), EXPORT("x.json"), EXPORT("x.csv"), EXPORT("x.txt"), "q", NULL};
static const char *const recording[] = {"", "R", CLEAR "out.rec", "\r", "", "", "", "q", NULL};
static const char *const glancing[] = {"q", NULL};
static const char *const resizing[] = {"",       "#20x70", "",        "#50x180", "",  "2",
                                       "#10x40", "",       "#30x100", "",        "q", NULL};
static const char *const waiting[] = {"", "", "", "q", NULL};
static const char *const picking[] = {"", ESC "[B", "s", ESC, "t", "/", "e\r", "\r", "", "q", NULL};
static const char *const playing[] = {"",  " ", " ", ESC "[D", ":", "+0.1s\r",
                                      "2", "[", "]", "1",      "q", NULL};
static const char *const looking[] = {"5", "x", "", "", "", "\r", "", "q", NULL};
#define SECOND "", "", "", "", "", "", "", "", "", ""
/* Growth stacks, stopped; then allocation sites: priced, begun, stopped. */
static const char *const tracing[] = {"6",    "x", "\r",   "",  "",  "",         "",
                                      "\r",   ESC, "x",    "",  "x", ESC "[B\r", SECOND,
                                      SECOND, "x", SECOND, "x", "",  "q",        NULL};

const struct scenario scenarios[] = {
        {"table", "$IDLE -i 0.05 -d 0.15", OWED_REPORT, NULL, NULL},
        {"json", "$IDLE -i 0.05 -d 0.1 --json", OWED_JSON, NULL, NULL},
        {"csv", "$IDLE -i 0.05 -d 0.15 --csv out.csv", OWED_REPORT | OWED_CSV, NULL, NULL},
        {"metrics", "$IDLE -i 0.05 -d 0.15 --openmetrics out.prom", OWED_REPORT | OWED_METRICS,
         NULL, NULL},
        {"record", "$IDLE -i 0.05 -d 0.15 --record out.rec", OWED_REPORT | OWED_RECORDING, NULL,
         NULL},
        {"append", "$IDLE -i 0.05 -d 0.15 --record out.rec", OWED_REPORT | OWED_RECORDING, NULL,
         "seed.rec"},
        {"replay", "--replay seed.rec --csv out.csv", OWED_REPORT | OWED_CSV, NULL, NULL},
        {"analyze", "--analyze seed.csv --json", OWED_JSON, NULL, NULL},
        {"diff", "--diff seed.rec other.rec --json", OWED_JSON, NULL, NULL},
        {"normal", "$IDLE -i 0.05 -d 0.1 --normal seed.csv", OWED_REPORT, NULL, NULL},
        {"top", "--top 3 -d 0.1", OWED_TEXT, NULL, NULL},
        {"follow", "--follow $NAME -i 0.05 -d 0.15", OWED_REPORT, NULL, NULL},
        {"command", "-i 0.05 -d 0.15 --kill -- sleep 2", OWED_REPORT | OWED_CHATTER, NULL, NULL},
        {"demo", "--demo leak -i 0.05 -d 0.15 -b", OWED_REPORT, NULL, NULL},
        {"help", "--help", OWED_LINES, NULL, NULL},
        {"dashboard", "$IDLE -i 0.05", OWED_REPORT, tour, NULL},
        {"glance", "$IDLE -i 1", OWED_REPORT, glancing, NULL},
        {"resized", "$IDLE -i 0.05", OWED_REPORT, resizing, NULL},
        {"resized-rec", "$IDLE -i 0.05 --record out.rec", OWED_REPORT | OWED_RECORDING, resizing,
         NULL},
        {"exports", "$IDLE -i 0.05", OWED_REPORT, exporting, NULL},
        {"screen-record", "$IDLE -i 0.05 --csv out.csv --openmetrics out.prom",
         OWED_REPORT | OWED_CSV | OWED_METRICS, recording, NULL},
        {"screen-append", "$IDLE -i 0.05 --record out.rec", OWED_REPORT | OWED_RECORDING, waiting,
         "seed.rec"},
        {"screen-replay", "--replay seed.rec", OWED_REPORT, playing, NULL},
        {"picker", "", 0, picking, NULL},
        {"heap", "$LEAK -i 0.05 -d 0.6 --heap", OWED_REPORT, NULL, NULL},
        {"screen-heap", "$LEAK -i 0.05", OWED_REPORT, looking, NULL},
        {"sites", "$LEAK -i 0.05 -d 2.5 --sites 2", OWED_REPORT, NULL, NULL},
        {"screen-sites", "$LEAK -i 0.05", OWED_REPORT, tracing, NULL},
        {NULL, NULL, 0, NULL, NULL},
};

/* Codes of SQLite, which may be missing where this is built. */
enum { NOMEM = 7, BUSY = 5, IOERR = 10, FULL = 13 };

const struct fault_kind fault_kinds[] = {
        {FAULT_MALLOC, "ENOMEM", ENOMEM, 0},
        {FAULT_MALLOC, "ENOMEM+", ENOMEM, 1},
        {FAULT_OPEN, "EMFILE", EMFILE, 0},
        {FAULT_OPEN, "EACCES", EACCES, 0},
        {FAULT_OPEN, "EMFILE+", EMFILE, 1},
        {FAULT_FD, "EMFILE", EMFILE, 0},
        {FAULT_READ, "EIO", EIO, 0},
        {FAULT_READ, "EINTR", EINTR, 0},
        {FAULT_READ, "SHORT", FAULT_SHORT, 0},
        {FAULT_WRITE, "ENOSPC", ENOSPC, 0},
        {FAULT_WRITE, "EINTR", EINTR, 0},
        {FAULT_WRITE, "SHORT", FAULT_SHORT, 0},
        {FAULT_WRITE, "ENOSPC+", ENOSPC, 1},
        {FAULT_SYNC, "EIO", EIO, 0},
        {FAULT_CLOSE, "EIO", EIO, 0},
        {FAULT_NAME, "EIO", EIO, 0},
        {FAULT_STAT, "EIO", EIO, 0},
        {FAULT_MMAP, "ENOMEM", ENOMEM, 0},
        {FAULT_SYSCALL, "EPERM", EPERM, 0},
        {FAULT_SYSCALL, "ENOSYS+", ENOSYS, 1},
        {FAULT_IOCTL, "EIO", EIO, 0},
        {FAULT_WAIT, "EINTR", EINTR, 0},
        {FAULT_SQLITE, "SQLITE_NOMEM", NOMEM, 0},
        {FAULT_SQLITE, "SQLITE_IOERR", IOERR, 0},
        {FAULT_SQLITE, "SQLITE_FULL", FULL, 0},
        {FAULT_SQLITE, "SQLITE_BUSY", BUSY, 0},
        {FAULT_SQLITE, "SQLITE_FULL+", FULL, 1},
        {FAULT_THREAD, "EAGAIN", EAGAIN, 0},
        {FAULT_FORK, "EAGAIN", EAGAIN, 0},
        {FAULT_FAMILIES, NULL, 0, 0},
};

const char *const family_names[FAULT_FAMILIES] = {
        "malloc", "open", "fd",      "read",  "write", "sync",   "close",  "name",
        "stat",   "mmap", "syscall", "ioctl", "wait",  "sqlite", "thread", "fork",
};
