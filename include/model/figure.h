/* SPDX-License-Identifier: MIT */
#ifndef MODEL_FIGURE_H
#define MODEL_FIGURE_H

/* The names of the figures of a sample, for whoever shows or stores all of them. */

#include <stdbool.h>
#include <stddef.h>

#include "model/sample.h"

struct figure_info {
	const char *json;  /* in "figures" of a snapshot: "rss", "cpu_s" */
	const char *label; /* for a person, at most 17 columns; NULL: of no use to one */
	enum figure_unit unit;
	bool counter; /* counts since the birth of the process: two processes are not compared by it */
};
extern const struct figure_info figure_infos[FIGURE_COUNT];

#endif
