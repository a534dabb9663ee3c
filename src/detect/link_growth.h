/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LINK_GROWTH_H
#define DETECT_LINK_GROWTH_H

/* What can be said of growth beside links with counters. Each tells at most one sentence. */

#include "detect/link_view.h"

/* Between the lowest and the highest of n values. */
double link_range(const double *v, unsigned n);

/* Does memory grow from part to part of the time, and not just up and down? */
bool growth_seen(const struct link_view *v);

/* It grows at zero load, or whatever the load is; that is judged where there is less noise. */
bool growth_tell_idle(const struct link_view *v, const struct link_view *coarse, struct links *ret);

/* It grows while connections stay as they are. */
bool growth_tell_flat(const struct link_view *v, struct links *ret);

/* It rests while hardly any connection is open. */
void growth_tell_stops(const struct link_view *v, struct links *ret);

/* Nothing goes along with it. */
void growth_tell_none(const struct link_view *v, struct links *ret);

#endif
