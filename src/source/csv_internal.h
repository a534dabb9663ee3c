/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_CSV_INTERNAL_H
#define SOURCE_CSV_INTERNAL_H

/* How the parts of the reader of CSV files and logs hang together. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/source.h"

enum {
	CSV_LINE_MAX = 64 << 10, /* bytes of one line */
	CSV_CELLS = 256,         /* cells of one line; those behind are ignored */
	CSV_AHEAD = 4096,        /* rows read ahead to guess a unit where we cannot read twice */
	CSV_NOTES = 6,
};

/* A piece of a line; not terminated. */
struct cell {
	const char *text;
	size_t len;
};
struct cell cell_trim(struct cell c);
bool cell_is(struct cell c, const char *word); /* without regard to case */

/*
 * Splits a line. Separator ' ' means runs of blanks. Quotes are taken off in place (the line is
 * changed). Number of cells, or -EINVAL: a quote is not closed.
 */
int cells_split(char *line, size_t len, char separator, struct cell ret[CSV_CELLS]);

/* csv_lines.c: lines of a descriptor, in bounded memory. */
struct lines {
	int fd;
	char *data; /* 2 * CSV_LINE_MAX bytes and a NUL */
	size_t at, end;
	uint64_t number; /* of the line handed out last; 1 is the first */
	int64_t begin;   /* offset of the first byte; -1: cannot be read twice */
	bool started;    /* something was read, a byte order mark skipped */
	bool finished;   /* the descriptor is at its end */
	bool cut;        /* the line handed out last had no newline */
};
int lines_open(struct lines *l, int fd); /* 0 or -ENOMEM; takes fd */
void lines_close(struct lines *l);
int lines_rewind(struct lines *l); /* 0, or -ESPIPE: cannot be read twice */
/* The next line without its end; 1, 0: no more, -E2BIG: too long, -errno. */
int lines_next(struct lines *l, char **ret_line, size_t *ret_len);
/* Fills the buffer and shows what comes next without taking it. 0 or -errno. */
int lines_peek(struct lines *l, struct cell *ret);

/* csv_time.c: a time at the beginning of a text. */
enum time_form { TIME_NUMBER, TIME_CLOCK, TIME_DATE };
struct time_read {
	int64_t ns;      /* since 1970 when `wall`, else since the beginning of the watch */
	bool wall;       /* tells the date */
	bool zone_known; /* the clock's offset from UTC is known */
	enum time_form form;
};
/* Bytes that the time takes, 0: there is none. `date_only`: numbers and clocks are no time. */
size_t time_prefix(struct cell text, bool date_only, struct time_read *ret);
/* The whole cell as a time. */
bool time_cell(struct cell c, struct time_read *ret);

/* csv_date.c */
size_t date_prefix(struct cell text, struct time_read *ret);
/* "13:48:13", "05:12", "00:00.5"; `hours`: two parts are hours and minutes. ns. */
bool clock_parse(struct cell c, bool hours, int64_t *ret_ns);
bool decimal_ns(struct cell c, int64_t *ret_ns);

/* csv_forms.c: what a file is. */
enum csv_kind { CSV_TABLE, CSV_BATCH, CSV_LOG };
enum csv_use { USE_NONE, USE_TIME, USE_UTC, USE_RATE, USE_FIGURE };
struct csv_column {
	enum csv_use use;
	int figure;
	double scale; /* bytes, counts or ns for a 1 in the file; 0: bytes or kB, to be found out */
};
struct csv_form {
	enum csv_kind kind;
	char separator;
	uint64_t header; /* line number of the header; 0: none */
	int guess;       /* figure whose unit is to be found out; -1: none */
	unsigned count;
	struct csv_column columns[CSV_CELLS];
	char guessed_name[64]; /* of the column taken for lack of a better one; "" else */
};
/* Looks at the beginning of a file. 0, or -EINVAL with a fault. `name` is how the file is called. */
int form_recognise(struct cell head, const char *name, struct csv_form *ret, struct fault *fault);

/* A row as it stands in the file. */
struct csv_row {
	struct sample sample; /* its time not yet set */
	struct time_read time;
	double guess;  /* the figure of unknown unit; NAN: none */
	uint64_t line; /* where it begins: rows may be read long before their turn */
	bool wide;     /* it has cells beyond the last column of the header */
};

struct csv {
	struct source base;
	struct lines lines;
	struct csv_form form;
	struct target *target;
	char name[256];
	struct fault fault;
	double guess_scale; /* bytes for a 1 in the guessed column; 0: not known yet */
	struct csv_row *ahead;
	unsigned ahead_count, ahead_at;
	int ahead_end;          /* what the row behind the last one read ahead gave */
	bool begun;             /* origin is set */
	int64_t origin;         /* ns: time of the first row */
	uint64_t last_time;     /* ns since then */
	struct csv_row pending; /* CSV_LOG: a row that may still get figures */
	bool has_pending;
	uint64_t same_time; /* rows left out since their time was that of the row before */
	uint64_t wide;      /* rows with such cells */
	unsigned note_count;
	char notes[CSV_NOTES][WARNING_MAX];
};
void csv_note_add(struct csv *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sets the fault: "FILE:LINE: ..."; returns -EINVAL. */
int csv_fail(struct csv *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* csv_rows.c, csv_log.c: the next row. 1, 0: no more, -errno with the fault set. */
int csv_table_row(struct csv *c, struct csv_row *ret);
int csv_log_row(struct csv *c, struct csv_row *ret);
void csv_row_init(struct csv_row *row);
/* A figure of a row out of a cell; an empty cell is unknown. 0 or -EINVAL with the fault set. */
int csv_value(struct csv *c, struct cell cell, const struct csv_column *column,
              struct csv_row *row);

#endif
