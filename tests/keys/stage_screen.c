/* SPDX-License-Identifier: MIT */
/* The terminal of a stage, and what must hold for all that is drawn on it. */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tui/tui_internal.h"

void stage_open_terminal(struct stage *s)
{
	int ends[2];
	int wire = memfd_create("wire", MFD_CLOEXEC);

	if (wire < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		broken("no terminal: %s", strerror(errno));
	s->out = fdopen(wire, "w");
	s->in = fdopen(ends[0], "r");
	s->keyboard = ends[1];
}

/* What was drawn since the last time. */
void stage_look_at_wire(struct stage *s)
{
	int fd = fileno(s->out);
	off_t len = lseek(fd, 0, SEEK_END);
	char *bytes = len > 0 ? malloc((size_t)len) : NULL;
	const char *fault = NULL;

	if (!bytes)
		return;
	if (pread(fd, bytes, (size_t)len, 0) != len)
		broken("the wire cannot be read");
	fault = wire_fault(bytes, (size_t)len, s->rows, s->columns, false);
	free(bytes);
	if (fault)
		broken("on the wire of %dx%d: %s", s->columns, s->rows, fault);
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		broken("the wire cannot be cut");
}

void stage_look_at_screen(struct stage *s)
{
	struct buf text;
	const char *fault;

	buf_init(&text, 4 << 20);
	tui_text(s->s.tui, &text);
	fault = text_fault(buf_str(&text), text.len, s->rows, s->columns,
	                   s->o.tui.ascii || !s->utf8);
	if (fault)
		broken("on the screen of %dx%d: %s", s->columns, s->rows, fault);
	buf_done(&text);
}

void stage_resize(struct stage *s, int rows, int width)
{
	s->rows = rows;
	s->columns = width;
	s->typed++;
	tui_resize(s->s.tui, rows, width);
}
