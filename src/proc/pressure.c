/* SPDX-License-Identifier: MIT */
/*
 * The texts of pressure/memory and uptime. Knows the words they are made of; refuses to know how much
 * pressure is bad.
 */
#include <errno.h>
#include <math.h>

#include "base/num.h"
#include "proc/lines.h"
#include "proc/system.h"

/* "some avg10=0.12 avg60=...": the word behind "avg10="; NAN when it is not there whole. */
static double line_avg10(struct span line)
{
	static const char key[] = "avg10=";
	struct span word;
	double v;

	while (span_word(&line, &word)) {
		/* A word that touches the end may have been cut. */
		if (!span_starts(word, key) || !line.len)
			continue;
		size_t skip = sizeof(key) - 1;
		if (num_double(word.at + skip, word.len - skip, &v) == 0 && v >= 0)
			return v;
	}
	return NAN;
}

int pressure_parse(const char *text, size_t len, struct pressure *ret)
{
	struct span rest = {text, len}, line;
	struct pressure p = {NAN, NAN};

	while (span_line(&rest, &line)) {
		if (span_starts(line, "some "))
			p.some = line_avg10(line);
		else if (span_starts(line, "full "))
			p.full = line_avg10(line);
	}
	if (isnan(p.some) && isnan(p.full))
		return -EINVAL;
	*ret = p;
	return 0;
}

int uptime_parse(const char *text, size_t len, uint64_t *ret_ns)
{
	struct span rest = {text, len}, word;
	double s;

	if (!span_word(&rest, &word) || !rest.len || num_double(word.at, word.len, &s) || s < 0 ||
	    s > 1e10)
		return -EINVAL;
	*ret_ns = (uint64_t)(s * 1e9);
	return 0;
}
