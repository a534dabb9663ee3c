/* SPDX-License-Identifier: MIT */
/*
 * Reading a record by the layout of an earlier one. Knows that a kernel writes all records alike,
 * and proves it for each record byte by byte; refuses to guess: what differs goes the general path.
 */
#include "proc/smaps_layout.h"

#include <endian.h>
#include <string.h>

#define BYTES(b) (0x0101010101010101ull * (b))

enum { NO_FLAG = 63 };

static const char flags_key[8] = {'V', 'm', 'F', 'l', 'a', 'g', 's', ':'};

/* One instruction on every machine we build for. */
typedef uint64_t lane __attribute__((vector_size(LAYOUT_LANE)));

static inline uint64_t word_load(const char *s)
{
	uint64_t w;
	memcpy(&w, s, sizeof(w));
	return le64toh(w);
}

static inline lane lane_load(const char *s)
{
	lane v;
	memcpy(&v, s, sizeof(v));
	return v;
}

/* The same from text and mask of the layout, where `i` is a multiple of a lane. */
static inline lane lane_at(const char *s, size_t i)
{
	return lane_load(__builtin_assume_aligned(s + i, LAYOUT_LANE));
}

static inline unsigned code_index(char a, char b)
{
	return (unsigned)(a - 'a') << 5 | (unsigned)(b - 'a');
}

static inline bool letter_is(char c)
{
	return c >= 'a' && c <= 'z';
}

void layout_init(struct smaps_layout *l)
{
	memset(l->flag_bits, NO_FLAG, sizeof(l->flag_bits));
	for (unsigned i = 0; smaps_flags[i].meaning; i++) {
		const char *code = smaps_flags[i].code;
		l->flag_bits[code_index(code[0], code[1])] = (uint8_t)i;
	}
}

/* Eight bytes "     132" as a number: blanks, then at least one digit, nothing else. */
static inline bool number_eight(uint64_t w, uint64_t *ret)
{
	uint64_t t = w ^ BYTES('0');
	uint64_t gap = t & BYTES(0x10); /* a blank differs from '0' in this bit alone */
	uint64_t d = t ^ gap;
	uint64_t run = (gap << 4) - (gap >> 4); /* 0xff for each blank; blanks must come first */
	if (((d | (d + BYTES(0x76))) & BYTES(0x80)) || (d & run) || (run & (run + 1)) || gap >> 56)
		return false;
	d = d * 10 + (d >> 8);
	*ret = ((d & 0x000000ff000000ffull) * 0x000f424000000064ull +
	        ((d >> 16) & 0x000000ff000000ffull) * 0x0000271000000001ull) >>
	       32;
	return true;
}

/* The number of a field, without what else its line has there. */
static inline bool field_number(const struct layout_field *f, const char *at, uint64_t *ret)
{
	uint64_t w = (word_load(at) & f->keep) | (BYTES(' ') & ~f->keep);
	uint64_t digit = (w >> 56) - '0';
	/* Most figures are 0, 4 or 8 kB. */
	if (w << 8 == BYTES(' ') << 8 && digit < 10) {
		*ret = digit;
		return true;
	}
	return number_eight(w, ret);
}

/* Where the number of a line "Key:   132 kB" stands; false when the line has another shape. */
static bool line_number(struct span line, size_t *ret_from, size_t *ret_to)
{
	const char *colon = memchr(line.at, ':', line.len);
	if (!colon)
		return false;
	size_t from = (size_t)(colon + 1 - line.at);
	size_t to = line.len;
	if (to - from > 3 && memcmp(line.at + to - 3, " kB", 3) == 0)
		to -= 3;
	size_t digit = from;
	while (digit < to && line.at[digit] == ' ')
		digit++;
	if (digit == to || to - digit > 8)
		return false;
	for (size_t i = digit; i < to; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return false;
	}
	*ret_from = to - from > 8 ? to - 8 : from;
	*ret_to = to;
	return true;
}

/* Adds the line at `at` bytes into the body; key -1: unknown. False: do not learn it. */
static bool line_learn(struct smaps_layout *l, size_t at, struct span line, int key)
{
	size_t from, to;
	memset(l->mask + at, 0xff, line.len + 1);
	if (!line_number(line, &from, &to))
		return key < 0;
	/* A key that comes twice would be stale when only its first figure changes. */
	if (at + to < 8 || l->fields == LAYOUT_FIELDS || (key >= 0 && known(l->bytes[key])))
		return false;
	l->field_at[l->fields] = (uint16_t)(at + to - 8);
	struct layout_field *f = &l->field[l->fields++];
	f->key = key < 0 ? LAYOUT_NO_KEY : (uint8_t)key;
	f->keep = to - from == 8 ? UINT64_MAX : UINT64_MAX << (8 * (8 - (to - from)));
	memset(l->mask + at + from, 0, to - from);
	if (key >= 0)
		l->bytes[key] = span_kb(span_trim((struct span){line.at + from, to - from}));
	return true;
}

static bool body_learn(struct smaps_layout *l, struct span body)
{
	struct span rest = body;
	struct span line, name, value;
	l->len = body.len;
	while (span_line(&rest, &line)) {
		size_t at = (size_t)(line.at - body.at);
		if (!span_split(line, &name, &value))
			return false;
		if (span_is(name, "VmFlags")) {
			l->has_flags = true;
			l->len = at;
			break;
		}
		if (at + line.len + 1 > LAYOUT_MAX ||
		    !line_learn(l, at, line, smaps_key_find(name)))
			return false;
	}
	if (l->len < sizeof(lane) || l->len > LAYOUT_MAX || !l->fields)
		return false;
	memcpy(l->text, body.at, l->len);
	return true;
}

void layout_learn(struct smaps_layout *l, struct span body)
{
	struct smaps_layout fresh = {0};
	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		fresh.bytes[i] = UNKNOWN;
	if (!body_learn(&fresh, body))
		return;
	memcpy(fresh.flag_bits, l->flag_bits, sizeof(fresh.flag_bits));
	*l = fresh;
}

/* The fixed part: every byte that is no figure must be as learnt. */
static inline bool body_fits(const struct smaps_layout *l, const char *body, bool *ret_same)
{
	const size_t step = sizeof(lane);
	const size_t last = l->len - step;
	lane any = {0, 0};
	lane bad = {0, 0};
	/* The last sixteen bytes first: they overlap what the loop reads in full. */
	lane end = lane_load(body + last) ^ lane_load(l->text + last);
	any |= end;
	bad |= end & lane_load(l->mask + last);
#pragma GCC unroll 4
	for (size_t i = 0; i < last; i += step) {
		lane differs = lane_load(body + i) ^ lane_at(l->text, i);
		any |= differs;
		bad |= differs & lane_at(l->mask, i);
	}
	*ret_same = !(any[0] | any[1]);
	return !(bad[0] | bad[1]);
}

/* Does `text` begin with this line, newline included? Lines are at least a lane long. */
static inline bool flags_same(const struct layout_flags *f, struct span text)
{
	if (!f->len || text.len < f->len)
		return false;
	const size_t last = f->len - sizeof(lane);
	lane bad = lane_load(text.at + last) ^ lane_load(f->text + last);
	for (size_t i = 0; i < last; i += sizeof(lane))
		bad |= lane_load(text.at + i) ^ lane_load(f->text + i);
	return !(bad[0] | bad[1]);
}

static inline const struct layout_flags *flags_find(const struct smaps_layout *l, struct span text)
{
	for (int i = 0; i < 2; i++) {
		if (flags_same(&l->flags[i], text))
			return &l->flags[i];
	}
	return NULL;
}

static void flags_keep(struct smaps_layout *l, struct span line, uint64_t flags)
{
	struct layout_flags *f = &l->flags[l->flags_oldest];
	if (line.len < sizeof(lane) || line.len > LAYOUT_FLAGS_KEPT)
		return;
	memcpy(f->text, line.at, line.len);
	f->len = line.len;
	f->flags = flags;
	l->flags_oldest ^= 1;
}

/* "VmFlags: rd wr mr \n" at the front of `text`: its bits and its length. */
static inline enum layout_fit flags_check(const struct smaps_layout *l, struct span text,
                                          uint64_t *ret_flags, size_t *ret_len)
{
	const char *s = text.at + sizeof(flags_key);
	const char *end = text.at + text.len;
	bool cut = text.len < LAYOUT_FLAGS_MAX;
	uint64_t flags = 0;
	if (text.len < sizeof(flags_key))
		return LAYOUT_SHORT;
	if (memcmp(text.at, flags_key, sizeof(flags_key)) != 0)
		return LAYOUT_DIFFERS;
	while (end - s > 3 && s[0] == ' ' && letter_is(s[1]) && letter_is(s[2])) {
		flags |= 1ull << l->flag_bits[code_index(s[1], s[2])];
		s += 3;
	}
	if (s < end && *s == ' ')
		s++;
	if (s < end && *s == '\n') {
		*ret_flags = flags & ~(1ull << NO_FLAG);
		*ret_len = (size_t)(s + 1 - text.at);
		return LAYOUT_FITS;
	}
	return cut && end - s <= 3 ? LAYOUT_SHORT : LAYOUT_DIFFERS;
}

enum layout_fit layout_check(const struct smaps_layout *l, struct span text,
                             struct layout_match *ret)
{
	uint64_t flags = 0;
	size_t flags_len = 0;
	bool same, flags_new = false;
	if (!l->len)
		return LAYOUT_DIFFERS;
	if (text.len < l->len)
		return LAYOUT_SHORT;
	if (!body_fits(l, text.at, &same))
		return LAYOUT_DIFFERS;
	if (l->has_flags) {
		struct span tail = {text.at + l->len, text.len - l->len};
		const struct layout_flags *seen = flags_find(l, tail);
		enum layout_fit fit = seen ? LAYOUT_FITS : flags_check(l, tail, &flags, &flags_len);
		if (fit != LAYOUT_FITS)
			return fit;
		flags_new = !seen;
		flags = seen ? seen->flags : flags;
		flags_len = seen ? seen->len : flags_len;
	}
	ret->len = l->len + flags_len;
	ret->flags = flags;
	ret->same = same;
	ret->flags_new = flags_new;
	return LAYOUT_FITS;
}

/*
 * What changed goes to both: read back in wider pieces than it was written in, a figure would stall
 * the processor until it has reached the cache.
 */
static bool fields_take(struct smaps_layout *l, const char *body, uint64_t bytes[SMAPS_KEY_COUNT])
{
#pragma GCC unroll 4
	for (unsigned i = 0; i < l->fields; i++) {
		const char *from = body + l->field_at[i];
		char *seen = l->text + l->field_at[i];
		const struct layout_field *f = &l->field[i];
		uint64_t v;
		/* The bytes of the word that are not kept are the same in both by the mask. */
		if (!memcmp(from, seen, 8))
			continue;
		if (!field_number(f, from, &v))
			return false;
		if (f->key != LAYOUT_NO_KEY)
			l->bytes[f->key] = bytes[f->key] = v * 1024;
		memcpy(seen, from, 8);
	}
	return true;
}

bool layout_take(struct smaps_layout *l, const char *body, const struct layout_match *match,
                 struct smaps_record *rec)
{
	memcpy(rec->bytes, l->bytes, sizeof(rec->bytes));
	if (!match->same && !fields_take(l, body, rec->bytes))
		return false;
	if (match->flags_new)
		flags_keep(l, (struct span){body + l->len, match->len - l->len}, match->flags);
	rec->flags = match->flags;
	rec->has_flags = l->has_flags;
	return true;
}
