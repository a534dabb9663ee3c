/* SPDX-License-Identifier: MIT */
/*
 * Knows the words for verdicts, events, states and ends, as JSON and people spell them. Refuses to
 * know how a verdict is reached and where the words are shown.
 */
#include "model/verdict.h"

#include <math.h>
#include <string.h>

#include "model/event.h"
#include "model/moment.h"
#include "model/target.h"

const char *const verdict_kind_json[VERDICT_KIND_COUNT] = {
        [VERDICT_UNKNOWN] = "insufficient-data",
        [VERDICT_NO_LEAK] = "no-leak",
        [VERDICT_SUSPICIOUS] = "suspicious",
        [VERDICT_LEAK] = "leak",
};

const char *const verdict_kind_words[VERDICT_KIND_COUNT] = {
        [VERDICT_UNKNOWN] = "cannot tell yet",
        [VERDICT_NO_LEAK] = "no leak",
        [VERDICT_SUSPICIOUS] = "suspicious",
        [VERDICT_LEAK] = "leak",
};

const char *const verdict_cause_json[CAUSE_COUNT] = {
        [CAUSE_NULL] = NULL,
        [CAUSE_NONE] = "none",
        [CAUSE_WARM_UP] = "warm-up",
        [CAUSE_RESERVATION] = "reservation",
        [CAUSE_RETENTION] = "retention",
        [CAUSE_LEAK] = "leak",
};

const char *const verdict_pattern_json[PATTERN_COUNT] = {
        [PATTERN_NULL] = NULL,           [PATTERN_LINEAR] = "linear",
        [PATTERN_STEPWISE] = "stepwise", [PATTERN_ACCELERATING] = "accelerating",
        [PATTERN_BURSTY] = "bursty",     [PATTERN_RISING_FLOOR] = "rising-floor",
};

const char *const verdict_where_json[WHERE_COUNT] = {
        [WHERE_NULL] = NULL,     [WHERE_HEAP] = "heap",
        [WHERE_ARENA] = "arena", [WHERE_ANONYMOUS] = "anonymous",
        [WHERE_STACK] = "stack", [WHERE_SHMEM] = "shmem",
        [WHERE_FILE] = "file",   [WHERE_SWAP] = "swap",
};

const char *const verdict_where_words[WHERE_COUNT] = {
        [WHERE_NULL] = "memory",
        [WHERE_HEAP] = "heap",
        [WHERE_ARENA] = "heap",
        [WHERE_ANONYMOUS] = "heap",
        [WHERE_STACK] = "thread stack",
        [WHERE_SHMEM] = "shared memory",
        [WHERE_FILE] = "file-backed memory",
        [WHERE_SWAP] = "swap",
};

const char *const verdict_limit_json[LIMIT_KIND_COUNT] = {
        [LIMIT_NONE] = NULL,
        [LIMIT_CGROUP] = "cgroup",
        [LIMIT_RLIMIT] = "rlimit",
        [LIMIT_SYSTEM] = "system",
        [LIMIT_CGROUP_HIGH] = "cgroup-high",
        [LIMIT_MAPS] = "maps",
        [LIMIT_ADDRESS] = "address-space",
};

const char *const event_kind_words[EVENT_KIND_COUNT] = {
        [EVENT_START] = "start",
        [EVENT_EXEC] = "exec",
        [EVENT_GAP] = "gap",
        [EVENT_STOPPED] = "stopped",
        [EVENT_CONTINUED] = "continued",
        [EVENT_BLOCKED] = "blocked",
        [EVENT_UNBLOCKED] = "unblocked",
        [EVENT_BASELINE] = "baseline",
        [EVENT_FREEZE] = "freeze",
        [EVENT_VERDICT] = "verdict",
        [EVENT_WARNING] = "warning",
        [EVENT_WITHDRAWN] = "withdrawn",
        [EVENT_ALARM] = "alarm",
        [EVENT_REDUCED] = "reduced",
        [EVENT_EXIT] = "exit",
        [EVENT_RESTART] = "restart",
        [EVENT_TRACE] = "trace",
};

const char *const target_state_words[TARGET_STATE_COUNT] = {
        [TARGET_RUNNING] = "running",
        [TARGET_STOPPED] = "stopped",
        [TARGET_TRACED] = "traced by a debugger",
        [TARGET_LEADER_GONE] = "first thread ended, others run",
        [TARGET_ZOMBIE] = "zombie",
        [TARGET_EXITED] = "exited",
        [TARGET_REPLAYED] = "from a file",
        [TARGET_AWAITED] = "waited for",
};

const char *target_words(enum target_state state, char letter)
{
	if (state != TARGET_RUNNING)
		return target_state_words[state];
	switch (letter) {
	case 'S':
		return "sleeping";
	case 'D':
		return "waiting for a device";
	case 'I':
		return "idle";
	default:
		return target_state_words[state];
	}
}

const char *const watch_end_json[END_COUNT] = {
        [END_NOT_YET] = NULL, [END_DURATION] = "duration", [END_TARGET] = "target-exit",
        [END_QUIT] = "quit",  [END_SIGNAL] = "signal",     [END_EOF] = "eof",
};

const char *const watch_end_words[END_COUNT] = {
        [END_NOT_YET] = "still watching",   [END_DURATION] = "duration over",
        [END_TARGET] = "target exited",     [END_QUIT] = "quit",
        [END_SIGNAL] = "ended by a signal", [END_EOF] = "end of input",
};

const char *const chart_names[CHART_COUNT] = {
        [CHART_RSS] = "RSS",        [CHART_VSZ] = "VSZ",     [CHART_HEAP] = "heap",
        [CHART_BASE] = "anon+swap", [CHART_SHMEM] = "shmem", [CHART_FILE] = "file",
        [CHART_SWAP] = "swap",
};

void verdict_init(struct verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->confidence = -1;
	v->needs = UNKNOWN;
	v->growth = v->growth_low = v->growth_high = NAN;
	v->since = v->flagged = UNKNOWN;
	v->limit_bytes = v->limit_count = UNKNOWN;
	v->eta = v->eta_low = v->eta_high = NAN;
	v->power = v->plateau = v->plateau_in = NAN;
}
