/* SPDX-License-Identifier: MIT */
/*
 * A comparison as text. Knows widths and how lines wrap; refuses to know what is compared and what a row says.
 */
#include "report/diff.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "model/diff_rows.h"

enum { ROWS_MOST = 20, LINE = 100, NAME = 34, EXTRA = 13, CELL = 10, TEXT_MAX = 1024 };

static const char *file_of(const struct diff_files *files, int side, enum safe_mode mode,
                           char out[TEXT_MAX])
{
	char safe[TEXT_MAX];
	const char *name = files->name[side];

	safe_copy(safe, sizeof(safe), name, strlen(name), mode);
	return text_ellipsis(out, TEXT_MAX, safe, NAME, 1, 0);
}

/* "A  2026-11-20T13:34:00Z  a.json  shopd, pid 4711" */
static void side_write(const struct diff *d, const struct diff_files *files, int side,
                       enum safe_mode mode, struct buf *out)
{
	const struct diff_side *s = &d->side[side];
	char file[TEXT_MAX], comm[TEXT_MAX], when[HUMAN_MAX], later[HUMAN_MAX];

	buf_addf(out, "%c  %-20s  %s", side == DIFF_A ? 'A' : 'B', human_utc(when, s->wall, false),
	         file_of(files, side, mode, file));
	if (s->target && s->target->pid)
		buf_addf(out, "  %s, pid %d",
		         safe_copy(comm, sizeof(comm), s->target->comm, strlen(s->target->comm),
		                   mode),
		         s->target->pid);
	if (side == DIFF_B && known(d->span))
		buf_addf(out, "  %s later", human_duration(later, d->span));
	buf_addc(out, '\n');
}

/* A sentence over as many lines as it takes. */
static void sentence_write(const char *text, enum safe_mode mode, struct buf *out)
{
	char safe[TEXT_MAX];
	const char *s = safe_copy(safe, sizeof(safe), text, strlen(text), mode);

	while (*s) {
		size_t fit = text_fit(s, LINE), end = fit;
		while (s[fit] && end > 0 && s[end] != ' ')
			end--;
		if (end == 0)
			end = fit ? fit : strlen(s);
		buf_add(out, s, end);
		buf_addc(out, '\n');
		s += end + strspn(s + end, " ");
	}
}

static void padded(struct buf *out, const char *text, int room)
{
	int width = text_width(text);

	buf_adds(out, text);
	if (width < room)
		buf_fill(out, ' ', (size_t)(room - width));
}

struct layout {
	enum safe_mode mode;
	struct buf *out;
};

/* Trailing blanks are left away; a cell that is too wide pushes the rest, never loses a digit. */
static void row_write(const struct diff_row *row, void *arg)
{
	const struct layout *l = arg;
	char safe[TEXT_MAX], name[TEXT_MAX];
	int last = DIFF_CELLS - 1;

	if (row->kind == DIFF_ROW_HEAD)
		buf_addc(l->out, '\n');
	safe_copy(safe, sizeof(safe), row->name, strlen(row->name), l->mode);
	text_ellipsis(name, sizeof(name), safe, row->extra[0] ? NAME : NAME + EXTRA, 1, 0);
	buf_adds(l->out, row->kind == DIFF_ROW_HEAD ? "" : "  ");
	if (row->kind == DIFF_ROW_MORE) {
		buf_addf(l->out, "%s\n", name);
		return;
	}
	padded(l->out, name,
	       (row->extra[0] ? NAME : NAME + EXTRA) + 2 * (row->kind == DIFF_ROW_HEAD));
	if (row->extra[0])
		padded(l->out, row->extra, EXTRA);
	while (last > 0 && !row->cells[last][0])
		last--;
	for (int i = 0; i <= last; i++)
		buf_addf(l->out, " %*s", CELL, row->cells[i]);
	buf_addc(l->out, '\n');
}

int diff_text(const struct diff *d, const struct diff_files *files, enum safe_mode mode,
              struct buf *out)
{
	struct layout l = {mode, out};
	char given[TEXT_MAX], text[TEXT_MAX + 80];
	struct buf line;

	side_write(d, files, DIFF_A, mode, out);
	side_write(d, files, DIFF_B, mode, out);
	if (d->swapped) {
		snprintf(text, sizeof(text), "%s is the earlier one: compared in the order of time",
		         file_of(files, DIFF_A, mode, given));
		sentence_write(text, mode, out);
	}
	for (unsigned i = 0; diff_note(d, i); i++)
		sentence_write(diff_note(d, i), mode, out);
	buf_addc(out, '\n');
	buf_init(&line, TEXT_MAX);
	if (diff_headline(d, &line) == 0)
		sentence_write(buf_str(&line), mode, out);
	buf_done(&line);
	diff_rows(d, ROWS_MOST, HUMAN_MB, row_write, &l);
	return out->error;
}
