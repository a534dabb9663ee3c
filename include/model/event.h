/* SPDX-License-Identifier: MIT */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

/* Things that happened during a watch, for the time line, the report and `[` `]`. */

#include <stdint.h>

enum event_kind {
	EVENT_START,
	EVENT_EXEC,
	EVENT_GAP,
	EVENT_STOPPED,
	EVENT_CONTINUED,
	EVENT_BLOCKED,
	EVENT_UNBLOCKED,
	EVENT_BASELINE,
	EVENT_FREEZE, /* somebody looked closer; in recordings alone */
	EVENT_VERDICT,
	EVENT_WARNING,
	EVENT_WITHDRAWN,
	EVENT_ALARM,
	EVENT_REDUCED,
	EVENT_EXIT,
	EVENT_RESTART, /* another process, followed by its name */
	EVENT_TRACE,   /* tracing which code grows began or ended: it may slow the process */
	EVENT_KIND_COUNT
};

struct event {
	uint64_t time; /* ns of the watch */
	enum event_kind kind;
	char text[200]; /* one line, safe to print */
};

extern const char *const event_kind_words[EVENT_KIND_COUNT];

#endif
