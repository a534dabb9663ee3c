/* SPDX-License-Identifier: MIT */
#include "symbols/protocol.h"

/*
 * Knows what a message may hold. Refuses to know how it came, and to believe anything.
 */

#include <errno.h>
#include <string.h>

/* Lower-case hexadecimal digits, an even number of them, at least 4. */
static bool build_id_is_sane(const char *build_id)
{
	size_t length = strspn(build_id, "0123456789abcdef");

	return length >= 4 && length % 2 == 0 && build_id[length] == '\0';
}

bool link_is_sane(const char *link)
{
	return link[0] && !strchr(link, '/') && strcmp(link, ".") != 0 && strcmp(link, "..") != 0;
}

static bool ask_is_sane(const struct message *m)
{
	if (m->module == 0 || m->ask > ASK_SHARED || m->attempt > 64)
		return false;
	if (!memchr(m->build_id, 0, sizeof(m->build_id)) || !memchr(m->link, 0, sizeof(m->link)))
		return false;
	return (!m->build_id[0] || build_id_is_sane(m->build_id)) &&
	       (!m->link[0] || link_is_sane(m->link));
}

static bool is_error(int32_t error)
{
	return error <= 0 && error > -4096;
}

static bool request_is_sane(const struct message *m)
{
	static const uint32_t most[] = {[MESSAGE_RANGES] = RANGES_MAX,
	                                [MESSAGE_UNWIND] = UNWIND_MAX,
	                                [MESSAGE_NAME] = NAME_MAX_COUNT,
	                                [MESSAGE_FIND] = FIND_NAMES_MAX};

	if (m->kind == MESSAGE_FILE)
		return is_error(m->error) && m->attempt <= 64;
	return m->kind < MESSAGE_FILE && m->count <= most[m->kind] && m->size <= IN_ROOM;
}

int message_check(const void *bytes, size_t size, bool from_reader, struct message *ret)
{
	struct message m;
	bool sane;

	if (size != sizeof(m))
		return -EPROTO;
	memcpy(&m, bytes, sizeof(m));
	if (!from_reader)
		sane = request_is_sane(&m);
	else if (m.kind == MESSAGE_ASK)
		sane = ask_is_sane(&m);
	else
		sane = m.kind == MESSAGE_DONE && is_error(m.error) && m.size <= OUT_ROOM;
	if (!sane)
		return -EPROTO;
	*ret = m;
	return 0;
}
