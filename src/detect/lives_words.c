/* SPDX-License-Identifier: MIT */
#include "detect/lives.h"

#include <string.h>

#include "base/human.h"

/*
 * The sentence about lives. Knows the words alone.
 */

enum { SHOWN = 6 };

/* What the lives have in common. */
static void growth_write(const struct lives *l, struct buf *out)
{
	char rate[HUMAN_MAX], low[HUMAN_MAX], high[HUMAN_MAX];
	const char *least = human_rate(low, l->low), *most = human_rate(high, l->high);
	bool all = l->steady == l->judged && l->steady > 1;

	if (!l->judged) {
		buf_adds(out, "no life lasted long enough to tell whether memory grows within it");
		return;
	}
	if (!l->steady) {
		buf_addf(out, "within none of the %u long enough to tell did memory grow steadily",
		         l->judged);
		return;
	}
	if (all && l->judged == l->kept)
		buf_adds(out, "within each life");
	else
		buf_addf(out, "within %u of %u lives long enough to tell", l->steady, l->judged);
	buf_addf(out, " memory grew steadily, by %s", human_rate(rate, l->growth) + 1);
	if (strcmp(least, most) != 0)
		buf_addf(out, " (%s to %s)", least + 1, most + 1);
	if (all)
		buf_adds(out, ": restarts take back what it gains");
}

int lives_line(const struct lives *l, struct buf *out)
{
	char text[HUMAN_MAX];

	if (l->count < 2)
		return out->error;
	buf_addf(out, "%u restart%s; ", l->count - 1, l->count == 2 ? "" : "s");
	growth_write(l, out);
	buf_adds(out, l->count > SHOWN ? " (the latest lives: " : " (lives: ");
	for (unsigned i = l->kept > SHOWN ? l->kept - SHOWN : 0; i < l->kept; i++) {
		const struct life *life = &l->life[i];
		buf_addf(out, "%s%s", human_duration(text, life->end - life->begin),
		         i + 1 < l->kept ? ", " : ")");
	}
	return out->error;
}
