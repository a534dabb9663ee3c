/* SPDX-License-Identifier: MIT */
/*
 * Knows which regions carry a growth, and says it in one line. Refuses to know whether the growth is
 * a leak.
 */
#include "report/diagnosis_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"

enum { CARRIERS = 3, LABEL_COLUMNS = 48, LABEL_BYTES = 160 };

struct carrier {
	const struct region *region;
	double rate; /* bytes per second, above 0 */
};

/* The followed course; else what was added since the baseline, evenly. NAN: unknown. */
static double rate_of(const struct moment *m, const struct region *r)
{
	const struct region_trend *t = moment_trend(m, r->id);
	int64_t weight, rss, size;

	if (t && isfinite(t->rate))
		return t->rate;
	if (!baseline_change(m->baseline, r, &weight, &rss, &size) ||
	    m->time <= m->baseline->sample.time)
		return NAN;
	return (double)weight * 1e9 / (double)(m->time - m->baseline->sample.time);
}

/* Keeps the fastest, in falling order. */
static void carrier_insert(struct carrier c[CARRIERS], unsigned *count, struct carrier new)
{
	unsigned at = *count < CARRIERS ? (*count)++ : CARRIERS;

	while (at > 0 && new.rate > c[at - 1].rate) {
		if (at < CARRIERS)
			c[at] = c[at - 1];
		at--;
	}
	if (at < CARRIERS)
		c[at] = new;
}

/* A name of 4 KB must not push the rest off the line; one without a name is told by its address. */
static int label_of(const struct region *r, enum safe_mode mode, char out[LABEL_BYTES])
{
	size_t size = (size_t)r->name_len + 64;
	char *raw = malloc(size), *safe = malloc(size * 4);

	if (raw && safe) {
		region_label(r, raw, size);
		safe_copy(safe, size * 4, raw, strlen(raw), mode);
		text_ellipsis(out, LABEL_BYTES, safe, LABEL_COLUMNS, 1, mode == SAFE_UTF8);
		if (!r->name_len) {
			size_t n = strlen(out);
			snprintf(out + n, LABEL_BYTES - n, " %" PRIx64, r->start);
		}
	}
	bool made = raw && safe;
	free(raw);
	free(safe);
	return made ? 0 : -ENOMEM;
}

static int carriers_say(const struct carrier c[CARRIERS], unsigned count, struct lines *l)
{
	char text[LINE_BYTES] = "", label[LABEL_BYTES], rate[HUMAN_MAX], size[HUMAN_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < count; i++) {
		/* A hundredth of what the first one adds carries nothing. */
		if (c[i].rate < c[0].rate / 100)
			break;
		int err = label_of(c[i].region, l->mode, label);
		if (err)
			return err;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s (now %s)", i ? ", " : "",
		                      label, human_rate(rate, c[i].rate),
		                      human_size(size, region_weight(c[i].region), HUMAN_AUTO));
	}
	lines_add(l, LINE_REGIONS, "Growing: %s", text);
	return 0;
}

int diagnosis_regions(const struct moment *m, struct lines *l)
{
	struct carrier c[CARRIERS];
	unsigned count = 0;

	if (!m->regions || m->verdict.kind == VERDICT_NO_LEAK)
		return 0;
	for (size_t i = 0; i < m->regions->count; i++) {
		struct carrier new = {m->regions->rows[i], rate_of(m, m->regions->rows[i])};
		/* Slower than a page an hour is noise of the kernel's own counting. */
		if (new.rate >= 1.0)
			carrier_insert(c, &count, new);
	}
	return count ? carriers_say(c, count, l) : 0;
}
