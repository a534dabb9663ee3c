/* SPDX-License-Identifier: MIT */
#include "detect/advice.h"

#include <math.h>

#include "base/human.h"
#include "detect/words.h"
#include "model/verdict.h"

/*
 * Knows the one line that stands for a verdict. Scripts search for it, so its words are fixed.
 * Refuses to explain.
 */

static int warning_line(const struct verdict *v, struct buf *out)
{
	const char *pattern = verdict_pattern_json[v->pattern];

	return buf_addf(out, "Warning: %s%s%s growth detected", pattern ? pattern : "",
	                pattern ? " " : "", verdict_where_words[v->where]);
}

int advice_line(const struct verdict *v, struct buf *out)
{
	char needs[HUMAN_MAX];

	switch (v->kind) {
	case VERDICT_LEAK:
		return warning_line(v, out);
	case VERDICT_SUSPICIOUS:
		buf_addf(out, "Suspicious: %s", v->reason);
		return v->condition[0] ? buf_addf(out, "; would be a leak if %s", v->condition)
		                       : out->error;
	case VERDICT_NO_LEAK:
		return buf_addf(out, "No leak detected: %s", v->reason);
	default:
		buf_addf(out, "Cannot tell yet: %s",
		         v->reason[0] ? v->reason : "nothing was seen of it");
		if (!known(v->needs))
			return out->error;
		return buf_addf(out, "; about %s more", human_duration(needs, v->needs));
	}
}

int advice_rate(const struct verdict *v, struct buf *out)
{
	char text[WORDS_RATE_MAX];

	if (v->kind == VERDICT_UNKNOWN || !isfinite(v->growth))
		return buf_addc(out, '-');
	return buf_addf(out, "%s%s", v->growth > 0 ? "+" : "",
	                words_interval(text, v->growth, v->growth_low, v->growth_high));
}
