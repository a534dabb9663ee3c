/* SPDX-License-Identifier: MIT */
#include "support_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/data.h"
#include "support_report.h"

json_t *json_of(struct moment *m, bool snapshot)
{
	json_error_t error;
	struct buf b;

	report_buf(&b);
	assert_int_equal(json_report(m, "1.2.3", snapshot, &b), 0);
	report_is_safe(&b);
	json_t *o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &error);
	if (!o)
		fail_msg("line %d: %s", error.line, error.text);
	buf_done(&b);
	moment_unref(m);
	return o;
}

json_int_t whole(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v))
		fail_msg("%s is no whole number", key);
	return json_integer_value(v);
}

double number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_number(v))
		fail_msg("%s is no number", key);
	return json_number_value(v);
}

const char *word(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v))
		fail_msg("%s is no text", key);
	return json_string_value(v);
}

void is_null(const json_t *o, const char *key)
{
	if (!json_is_null(json_object_get(o, key)))
		fail_msg("%s should be there and null", key);
}
