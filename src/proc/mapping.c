/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/PID/maps. Knows the kernel's format of one line and what can be told from a
 * line alone; refuses to know what a mapping is for.
 */
#include "proc/mapping.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "proc/lines.h"

#define BYTES(b) (0x0101010101010101ull * (b))

/* Value of a hex digit plus one; 0 for any other byte. The kernel writes lower case only. */
static const unsigned char hex_digit[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

/* Eight hex digits at once; false when one of the eight bytes is none. */
static inline bool hex_eight(const char *s, uint64_t *ret)
{
	uint64_t w;
	memcpy(&w, s, sizeof(w));
	w = le64toh(w);
	/* A byte b is at least k when b + (0x80 - k) carries into its top bit; b itself is ASCII. */
	uint64_t digit = (w + BYTES(0x80 - '0')) & ~(w + BYTES(0x80 - '9' - 1));
	uint64_t letter = (w + BYTES(0x80 - 'a')) & ~(w + BYTES(0x80 - 'f' - 1));
	if ((w & BYTES(0x80)) || ((digit | letter) & BYTES(0x80)) != BYTES(0x80))
		return false;
	uint64_t v = (w & BYTES(0x0f)) + 9 * ((w >> 6) & BYTES(0x01));
	v = (v << 4 | v >> 8) & 0x00ff00ff00ff00ffull;
	v = (v << 8 | v >> 16) & 0x0000ffff0000ffffull;
	*ret = (v << 16 | v >> 32) & 0xffffffffull;
	return true;
}

/* Four hex digits at once, likewise. */
static inline bool hex_four(const char *s, uint64_t *ret)
{
	unsigned a = hex_digit[(unsigned char)s[0]], b = hex_digit[(unsigned char)s[1]];
	unsigned c = hex_digit[(unsigned char)s[2]], d = hex_digit[(unsigned char)s[3]];
	if (!a || !b || !c || !d)
		return false;
	*ret = (a - 1) << 12 | (b - 1) << 8 | (c - 1) << 4 | (d - 1);
	return true;
}

/* A hex number of 1 to 16 significant digits; moves *at behind it. */
static inline bool hex_take(const char **at, const char *end, uint64_t *ret)
{
	const char *s = *at;
	uint64_t v = 0, low;
	if (end - s >= 8 && hex_eight(s, &v)) {
		s += 8;
		if (end - s >= 4 && hex_four(s, &low)) {
			s += 4;
			v = v << 16 | low;
		}
	}
	for (unsigned d; s < end && (d = hex_digit[(unsigned char)*s]); s++) {
		if (v >> 60)
			return false;
		v = v << 4 | (d - 1);
	}
	if (s == *at)
		return false;
	*at = s;
	*ret = v;
	return true;
}

static inline bool decimal_take(const char **at, const char *end, uint64_t *ret)
{
	const char *s = *at;
	uint64_t v = 0;
	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		unsigned d = (unsigned)(*s - '0');
		if (v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	if (s == *at)
		return false;
	*at = s;
	*ret = v;
	return true;
}

static inline bool byte_take(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

/* The four letters "rwxp" and the blank behind them. */
static inline bool prot_take(const char **at, const char *end, unsigned *ret)
{
	const char *s = *at;
	if (end - s < 5 || s[4] != ' ')
		return false;
	if ((s[0] != 'r' && s[0] != '-') || (s[1] != 'w' && s[1] != '-') ||
	    (s[2] != 'x' && s[2] != '-') || (s[3] != 's' && s[3] != 'p'))
		return false;
	*ret = (s[0] == 'r' ? MAP_READ : 0u) | (s[1] == 'w' ? MAP_WRITE : 0u) |
	       (s[2] == 'x' ? MAP_EXEC : 0u) | (s[3] == 's' ? MAP_MAYSHARE : 0u);
	*at = s + 5;
	return true;
}

static inline bool device_take(const char **at, const char *end, struct mapping *m)
{
	uint64_t major, minor;
	if (!hex_take(at, end, &major) || !byte_take(at, end, ':') || !hex_take(at, end, &minor) ||
	    major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	m->major = (uint32_t)major;
	m->minor = (uint32_t)minor;
	return true;
}

/* Offset, device and inode; most mappings have none of them. */
static inline bool object_take(const char **at, const char *end, struct mapping *m)
{
	static const char none[16] = {"00000000 00:00 0"};
	if (end - *at >= 16 && memcmp(*at, none, 16) == 0 &&
	    (end - *at == 16 || (*at)[16] == ' ')) {
		*at += 16;
		m->offset = m->inode = 0;
		m->major = m->minor = 0;
		return true;
	}
	return hex_take(at, end, &m->offset) && byte_take(at, end, ' ') &&
	       device_take(at, end, m) && byte_take(at, end, ' ') &&
	       decimal_take(at, end, &m->inode);
}

int mapping_parse(const char *line, size_t len, struct mapping *ret)
{
	const char *s = line;
	const char *end = line + len;
	struct mapping m;
	if (len > PROC_LINE_MAX || !hex_take(&s, end, &m.start) || !byte_take(&s, end, '-') ||
	    !hex_take(&s, end, &m.end) || !byte_take(&s, end, ' ') || m.start >= m.end)
		return -EINVAL;
	if (!prot_take(&s, end, &m.prot) || !object_take(&s, end, &m))
		return -EINVAL;
	if (s < end && *s != ' ')
		return -EINVAL;
	/* All blanks here are padding: paths begin with '/', other names with a letter or '['. */
	while (s < end && *s == ' ')
		s++;
	m.name = s;
	m.name_len = (uint32_t)(end - s);
	*ret = m;
	return 0;
}

bool mapping_is_pseudo(const struct mapping *m, const char *name)
{
	if (m->inode || m->major || m->minor || !m->name_len || m->name[0] != '[')
		return false;
	return span_is((struct span){m->name, m->name_len}, name);
}

int mapping_each(const char *text, size_t len, mapping_fn *fn, void *arg, struct mapping_walk *ret)
{
	struct span rest = {text, len};
	struct span line;
	struct mapping_walk walk = {0};
	uint64_t last_end = 0;
	int rc = 0;
	while (!rc && span_line(&rest, &line)) {
		struct mapping m;
		if (mapping_parse(line.at, line.len, &m)) {
			walk.damaged++;
			continue;
		}
		walk.torn = walk.torn || m.start < last_end;
		last_end = m.end;
		walk.mappings++;
		rc = fn(&m, arg);
	}
	*ret = walk;
	return rc;
}
