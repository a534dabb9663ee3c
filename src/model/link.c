/* SPDX-License-Identifier: MIT */
/* Knows the words for kinds of links in files. Refuses to know how a link is found. */
#include "model/link.h"

const char *const link_kind_json[LINK_KIND_COUNT] = {
        [LINK_NONE] = "none",
        [LINK_PER_OPEN] = "per-open",
        [LINK_PER_EVENT] = "per-event",
        [LINK_WHILE_OPEN] = "while-open",
        [LINK_STOPS] = "stops",
        [LINK_FLAT] = "flat",
        [LINK_IDLE] = "not-load-driven",
};
