/* SPDX-License-Identifier: MIT */
/*
 * Feeds any bytes to safe_text, the parsers of num and the writers of human. Besides what the
 * sanitizers see, it stops at a result that breaks a promise of the headers.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "base/num.h"
#include "base/safe_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static void try_text(const char *in, size_t n, enum safe_mode mode)
{
	struct buf once, twice;
	char cut[64];

	buf_init(&once, 1u << 20);
	buf_init(&twice, 1u << 20);
	if (safe_text(&once, in, n, mode) == 0) {
		for (size_t i = 0; i < once.len; i++) {
			unsigned char c = (unsigned char)once.data[i];
			demand(c >= 0x20 && c != 0x7f && (mode == SAFE_UTF8 || c < 0x80));
			demand(c != 0xc2 || (unsigned char)once.data[i + 1] >= 0xa0);
		}
		demand(safe_text(&twice, buf_str(&once), once.len, mode) == 0);
		demand(strcmp(buf_str(&once), buf_str(&twice)) == 0);
		int columns = (int)(n % 50);
		text_ellipsis(cut, 1 + n % sizeof(cut), buf_str(&once), columns, n & 1,
		              mode == SAFE_UTF8);
		demand(text_width(cut) <= columns);
	}
	buf_done(&once);
	buf_done(&twice);
}

static void try_numbers(const char *s, size_t n)
{
	uint64_t u;
	double d;

	num_u64(s, n, &u);
	num_hex(s, n, &u);
	if (num_double(s, n, &d) == 0)
		demand(isfinite(d));
	if (num_size(s, &u) == 0)
		demand(known(u));
	if (num_time(s, &u) == 0)
		demand(known(u));
	if (num_rate(s, &d) == 0)
		demand(isfinite(d) && d >= 0);
}

static void try_human(const char *data, size_t size)
{
	char out[HUMAN_MAX];
	uint64_t u = 0;
	int64_t i;
	double d;

	memcpy(&u, data, size < sizeof(u) ? size : sizeof(u));
	memcpy(&i, &u, sizeof(i));
	memcpy(&d, &u, sizeof(d));
	for (int unit = 0; unit < HUMAN_UNIT_COUNT; unit++) {
		demand(strlen(human_size(out, u, (enum human_unit)unit)) > 0);
		demand(strlen(human_delta(out, i, (enum human_unit)unit)) > 0);
	}
	demand(strlen(human_size5(out, u)) <= 5);
	human_rate(out, d);
	human_duration(out, u);
	human_clock(out, u, true);
	human_clock(out, u, false);
	human_utc(out, u, true);
	human_utc(out, u, false);
	human_localtime(out, u);
	human_count(out, u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of the exact size, so that reading past the end is seen. */
	char *copy = malloc(size + 1);

	if (!copy)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	try_text(copy, size, SAFE_UTF8);
	try_text(copy, size, SAFE_ASCII);
	try_numbers(copy, size);
	try_human(copy, size);
	free(copy);
	return 0;
}
