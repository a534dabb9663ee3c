/* SPDX-License-Identifier: MIT */
#include "app/metrics_open.h"

/*
 * Knows how long is waited for a file of metrics, and what a watch says when it cannot be written. Refuses to know how
 * it is written.
 */

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"

/* How long the disk may take to answer before the watch is not begun, and before one on a screen is, all the same. */
#define PATIENCE        (10 * NS_PER_S)
#define PATIENCE_SCREEN (NS_PER_S / 2)

int metrics_open(const struct options *o, bool screen, int wake_fd, struct metrics **ret,
                 struct fault *fault)
{
	struct metrics *m;
	int err;

	*ret = NULL;
	if (!o->openmetrics)
		return 0;
	if (o->metrics) {
		*ret = metrics_ref(o->metrics);
		return 0;
	}
	err = metrics_start(o->openmetrics, &m);
	if (err)
		return fault_set(fault, STATUS_OUTPUT,
		                 "cannot write metrics: %s; free some and try again",
		                 fault_reason(err));
	err = metrics_opened(m, screen ? PATIENCE_SCREEN : PATIENCE, wake_fd, fault);
	if (screen && err == -ETIMEDOUT) {
		*fault = (struct fault){0};
		err = 0;
	}
	if (err)
		metrics_unref(m);
	else
		*ret = m;
	return err;
}

void metrics_follow(struct metrics *m, struct watch *w, struct moment *moment)
{
	char trouble[WARNING_MAX - 16], text[WARNING_MAX];

	if (!m)
		return;
	metrics_tell(m, moment);
	if (!metrics_news(m, trouble, sizeof(trouble)))
		return;
	if (trouble[0])
		snprintf(text, sizeof(text), "openmetrics: %s", trouble);
	watch_note_now(w, trouble[0] ? text : "openmetrics: written again");
}
