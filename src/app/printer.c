/* SPDX-License-Identifier: MIT */
#include "app/printer.h"

/*
 * What goes where. Knows nothing of how samples are come by.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/closing.h"
#include "report/data.h"

enum { PATIENCE_MS = 1000 };

static void choose_outputs(struct printer *p, int wake_fd)
{
	bool csv_stdout = p->o->csv && strcmp(p->o->csv, "-") == 0;
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout", .wake_fd = wake_fd};
	struct output err = {.fd = STDERR_FILENO, .name = "stderr", .wake_fd = wake_fd};

	p->rows = p->csv = (struct output){.fd = -1};
	p->report = csv_stdout ? err : out;
	if (csv_stdout)
		p->csv = out;
	/* The rows of a file are in the file; only --columns asks for them. */
	else if (!p->o->json && (p->o->mode != MODE_ANALYZE || p->o->columns))
		p->rows = out;
}

int printer_init(struct printer *p, const struct options *o, int wake_fd, struct fault *fault)
{
	*p = (struct printer){.o = o};
	buf_init(&p->line, 1 << 20);
	choose_outputs(p, wake_fd);
	if (o->json && !json_available())
		return fault_set(fault, STATUS_USAGE,
		                 "--json: this program was built without jansson; install its "
		                 "development package and build again");
	return table_init(&p->table, o->columns, o->interval, fault);
}

int printer_open(struct printer *p, struct fault *fault)
{
	int err;

	if (!p->o->csv || p->csv.fd >= 0)
		return 0;
	err = output_open(&p->csv, p->o->csv, fault);
	/* It may be a pipe, and what ends the wait for one reader ends it for the other. */
	p->csv.wake_fd = p->report.wake_fd;
	return err;
}

void printer_done(struct printer *p)
{
	buf_done(&p->line);
}

enum watch_end printer_end(const struct printer *p)
{
	bool gone = p->rows.closed || p->csv.closed || p->report.closed;
	bool failed = p->rows.error || p->csv.error || p->report.error;

	return gone || failed ? END_EOF : END_NOT_YET;
}

static void write_headers(struct printer *p)
{
	if (p->rows.fd >= 0) {
		table_header(&p->table, &p->line);
		output_write(&p->rows, &p->line);
	}
	if (p->csv.fd >= 0) {
		csv_header(&p->line);
		output_write(&p->csv, &p->line);
	}
	p->headed = true;
}

void printer_lines(struct printer *p)
{
	const char *text;

	while ((text = watch_next_line(p->watch))) {
		if (!p->headed)
			write_headers(p);
		/* Between the rows they have their place; without rows the report says it all. */
		if (p->o->json || (p->rows.fd < 0 && p->csv.fd < 0)) {
			if (watch_line_announces(p->watch))
				output_note(text);
			continue;
		}
		buf_addf(&p->line, "%s\n", text);
		output_write(p->rows.fd >= 0 ? &p->rows : &p->report, &p->line);
	}
}

void printer_sample(struct printer *p)
{
	const struct table_row *row = watch_row(p->watch);
	bool other = row->sample.flags & SAMPLE_RESTART;

	if (!p->headed)
		write_headers(p);
	/* Whose row it is stands before it. */
	if (other || (p->o->follow && watch_samples(p->watch) == 1))
		printer_lines(p);
	if (p->rows.fd >= 0) {
		table_row(&p->table, row, &p->line);
		output_write(&p->rows, &p->line);
	}
	if (p->csv.fd >= 0) {
		csv_sample(&row->sample, &p->line);
		output_write(&p->csv, &p->line);
	}
	printer_lines(p);
}

static int finish_csv(struct printer *p)
{
	struct fault fault = {0};

	if (p->csv.fd == STDOUT_FILENO)
		return output_status(&p->csv);
	if (!output_close(&p->csv, &fault))
		return STATUS_OK;
	output_fault(&fault);
	return STATUS_OUTPUT;
}

int printer_finish(struct printer *p)
{
	struct fault fault = {0};
	int status = closing_status(p->watch, p->o), failed;

	if (p->hurries) {
		p->rows.wake_fd = p->report.wake_fd = -1;
		p->rows.patience_ms = p->report.patience_ms = PATIENCE_MS;
	}
	/* Rows and report share stdout: where the reader of one went away, nobody reads the other. */
	if (p->rows.closed || p->rows.error)
		p->report.closed = true;
	if (closing_report(p->watch, p->o, false, &p->report, &fault) && fault.text[0]) {
		output_fault(&fault);
		status = fault.status;
	}
	failed = output_status(&p->rows) | output_status(&p->report);
	failed |= finish_csv(p);
	return failed ? STATUS_OUTPUT : status;
}
