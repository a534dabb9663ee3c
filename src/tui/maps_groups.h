/* SPDX-License-Identifier: MIT */
#ifndef TUI_MAPS_GROUPS_H
#define TUI_MAPS_GROUPS_H

/* The part of maps_rows that puts regions together. */

#include "tui/maps_rows.h"

/* Tells every region the id of its group. */
void maps_groups_mark(struct maps_rows *rows, const struct moment *m, enum maps_group by);

/* Sums marked regions up. False: no memory. */
bool maps_groups_make(struct maps_rows *rows, const struct moment *m, struct table *t);

/* Gives every region the place of its label among all labels. False: no memory. */
bool maps_labels_order(struct maps_rows *rows, const struct moment *m, struct table *t);

#endif
