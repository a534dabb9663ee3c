/* SPDX-License-Identifier: MIT */
#ifndef APP_OPTIONS_INTERNAL_H
#define APP_OPTIONS_INTERNAL_H

/*
 * What options.c (words and their order), options_values.c (what a value means), options_check.c (what contradicts what)
 * and options_outputs.c (files that are written) share.
 */

#include "app/options.h"

/* Everything a parse needs besides the settings it makes. */
struct parse {
	struct options *o;
	struct fault *fault;
	bool has_pid;
	int claimed; /* code of the option that says what is looked at; 0: none did */
};

/* Each takes the text of a value: 0, or -EINVAL with the fault filled. */
int option_set_pid(struct parse *p, const char *text);
int option_set_interval(struct parse *p, const char *text);
int option_set_time(struct parse *p, const char *option, const char *text, uint64_t *ret);
int option_set_stall(struct parse *p, const char *text);
int option_set_sites(struct parse *p, const char *text);
int option_set_slowdown(struct parse *p, const char *text);
int option_set_threshold(struct parse *p, const char *option, const char *text,
                         enum threshold_kind kind);
int option_set_color(struct parse *p, const char *text);
int option_set_theme(struct parse *p, const char *text);
int option_set_record_limit(struct parse *p, const char *text);
int option_set_top(struct parse *p, const char *text); /* NULL: the default */
int option_set_demo(struct parse *p, const char *text, enum mode mode);

/* The long name of an option by its code, without dashes. */
const char *option_name(int code);

/* That nothing contradicts anything, outputs included. Likewise. */
int option_check_contradictions(struct parse *p);

/* That no two outputs name one file, and none a place that cannot be one. Likewise. */
int option_check_outputs(struct parse *p);

#endif
