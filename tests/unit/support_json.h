/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_JSON_H
#define SUPPORT_JSON_H

/* The JSON report, read back as a consumer reads it. Built where jansson was found. */

#include <jansson.h>

#include "model/moment.h"

/* The report of a moment, which is given back. */
json_t *json_of(struct moment *m, bool snapshot);

/* Members of an object, which must be of that kind, or null. */
json_int_t whole(const json_t *o, const char *key);
double number(const json_t *o, const char *key);
const char *word(const json_t *o, const char *key);
void is_null(const json_t *o, const char *key);

#endif
