/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_CROWD_H
#define SUPPORT_CROWD_H

/* A proc directory below /tmp with as many processes as a test likes. */

#include <stdbool.h>
#include <stdint.h>

struct crowd {
	char path[64];
};

/* What the files of a process say; zeros are fine where nothing is said here. */
struct crowd_one {
	int pid, ppid;
	const char *comm; /* NULL: "worker" */
	char state;       /* 0: 'S' */
	unsigned start;   /* clock ticks; 0: 100 */
	unsigned uid;
	unsigned rss_kb, anon_kb, swap_kb;
	bool kthread;
	const char *command; /* of cmdline; NULL: comm and its pid */
	const char *cgroup;  /* a path; NULL: none */
};

struct crowd crowd_new(void); /* nobody in it; meminfo, uptime (1000 s) and pressure */
void crowd_free(struct crowd *c);

/* Writes its files, over those that are there. */
void crowd_put(const struct crowd *c, const struct crowd_one *one);
/* statm alone: what a pass reads of everybody. */
void crowd_grow(const struct crowd *c, int pid, unsigned rss_kb, unsigned anon_kb);
void crowd_remove(const struct crowd *c, int pid);
void crowd_path(const struct crowd *c, int pid, const char *name, char out[256]);
void crowd_write(const struct crowd *c, const char *name, const char *text);

/*
 * `count` processes with pids from 100 on: RSS is 4 kB times the pid, half of it anonymous; every tenth a
 * kernel thread, every tenth plus one a zombie, parents are the ten before.
 */
void crowd_fill(const struct crowd *c, int count);

#endif
