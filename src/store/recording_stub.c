/* SPDX-License-Identifier: MIT */
/* A build without SQLite: nothing is recorded, and it is said why. */
#include <errno.h>

#include "store/recording.h"

static int refuse(struct fault *fault)
{
	fault_set(fault, STATUS_USAGE,
	          "recordings: this program was built without SQLite; install its development "
	          "package and build again");
	return -ENOTSUP;
}

bool recording_available(void)
{
	return false;
}

int recording_open(const struct recording_options *o, struct recording **ret, struct fault *fault)
{
	(void)o;
	(void)ret;
	return refuse(fault);
}

int recording_past(struct recording *r, uint64_t until)
{
	(void)r;
	(void)until;
	return -ENOTSUP;
}

int recording_image(struct recording *r, uint64_t time, const struct target *t)
{
	(void)r;
	(void)time;
	(void)t;
	return -ENOTSUP;
}

int recording_sample(struct recording *r, const struct sample *s, uint64_t span,
                     const struct sample extremes[2])
{
	(void)r;
	(void)s;
	(void)span;
	(void)extremes;
	return -ENOTSUP;
}

int recording_regions(struct recording *r, struct region_table *t)
{
	(void)r;
	(void)t;
	return -ENOTSUP;
}

int recording_heap(struct recording *r, const struct heap_facts *f)
{
	(void)r;
	(void)f;
	return -ENOTSUP;
}

int recording_sites(struct recording *r, const struct sites_facts *f)
{
	(void)r;
	(void)f;
	return -ENOTSUP;
}

int recording_event(struct recording *r, const struct event *e)
{
	(void)r;
	(void)e;
	return -ENOTSUP;
}

int recording_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	(void)r;
	(void)time;
	(void)v;
	return -ENOTSUP;
}

int recording_fact(struct recording *r, const char *key, const char *value)
{
	(void)r;
	(void)key;
	(void)value;
	return -ENOTSUP;
}

int recording_commit(struct recording *r, struct fault *fault)
{
	(void)r;
	return refuse(fault);
}

uint64_t recording_left_out(const struct recording *r)
{
	(void)r;
	return 0;
}

uint64_t recording_size(const struct recording *r)
{
	(void)r;
	return 0;
}

void recording_close(struct recording *r)
{
	(void)r;
}
