/* SPDX-License-Identifier: MIT */
/*
 * Knows the table of --top and who stands in it. Refuses to judge, and to know where the text goes.
 */
#include "report/top.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "detect/machine.h"

enum { CELL = 4 * 160 + 1 };

struct ranked {
	uint64_t suspicion;
	uint32_t row;
};

static int by_falling_suspicion(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->suspicion != y->suspicion)
		return x->suspicion < y->suspicion ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

size_t top_choose(const struct process_list *l, size_t n, uint32_t *ret)
{
	struct ranked *all = malloc((l->count + 1) * sizeof(*all));
	size_t count = l->count < n ? l->count : n;

	if (!all)
		return 0;
	for (size_t i = 0; i < l->count; i++)
		all[i] = (struct ranked){l->rows[i].suspicion, (uint32_t)i};
	qsort(all, l->count, sizeof(*all), by_falling_suspicion);
	for (size_t i = 0; i < count; i++)
		ret[i] = all[i].row;
	free(all);
	return count;
}

bool top_leaks(const struct process_list *l, size_t n)
{
	uint32_t rows[TOP_MAX];
	size_t count = top_choose(l, n < TOP_MAX ? n : TOP_MAX, rows);

	for (size_t i = 0; i < count; i++)
		if (l->rows[rows[i]].verdict == VERDICT_LEAK)
			return true;
	return false;
}

/* --- cells ------------------------------------------------------------------------------------------ */

static void mb_put(char out[HUMAN_MAX], uint64_t bytes)
{
	if (known(bytes))
		snprintf(out, HUMAN_MAX, "%.1f", (double)bytes / (1 << 20));
	else
		snprintf(out, HUMAN_MAX, "-");
}

static void growth_put(char out[HUMAN_MAX], double a_minute)
{
	if (isfinite(a_minute))
		snprintf(out, HUMAN_MAX, "%+.2f", a_minute / (1 << 20));
	else
		snprintf(out, HUMAN_MAX, "-");
}

/* Blanks would make two cells of one. */
static void name_put(char *out, size_t size, const char *name, size_t room, enum safe_mode mode)
{
	safe_copy(out, size, name, strnlen(name, room), mode);
	for (char *c = out; *c; c++)
		*c = *c == ' ' ? '_' : *c;
	if (!*out)
		snprintf(out, size, "-");
}

static void user_put(char *out, size_t size, const struct process *p, enum safe_mode mode)
{
	name_put(out, size, p->user, sizeof(p->user), mode);
	if (!p->user[0] && known(p->uid))
		snprintf(out, size, "%llu", (unsigned long long)p->uid);
}

/* UTF-8 counts by columns, not by bytes. */
static void left_add(struct buf *out, const char *text, int width)
{
	int used = text_width(text);

	buf_adds(out, text);
	buf_fill(out, ' ', (size_t)(used < width ? width - used : 0) + 2);
}

static void row_add(struct buf *out, const struct process *p, enum safe_mode mode)
{
	char rss[HUMAN_MAX], held[HUMAN_MAX], growth[HUMAN_MAX], confidence[HUMAN_MAX] = "-";
	char text[CELL];
	const char *verdict =
	        p->suspect || p->verdict != VERDICT_UNKNOWN ? verdict_kind_json[p->verdict] : "-";

	mb_put(rss, p->rss);
	mb_put(held, process_held(p));
	growth_put(growth, p->growth);
	if (p->confidence >= 0)
		snprintf(confidence, sizeof(confidence), "%d", p->confidence);
	buf_addf(out, "%7d  ", p->pid);
	user_put(text, sizeof(text), p, mode);
	left_add(out, text, 8);
	buf_addf(out, "%8s  %13s  %8s  %-17s  %5s  ", rss, held, growth, verdict, confidence);
	name_put(text, sizeof(text), p->unit, sizeof(p->unit), mode);
	left_add(out, text, 16);
	const char *command = p->command[0] ? p->command : p->comm;
	safe_copy(text, sizeof(text), command,
	          strnlen(command, p->command[0] ? sizeof(p->command) : sizeof(p->comm)), mode);
	buf_adds(out, text);
	buf_addc(out, '\n');
}

/* --- the lines below -------------------------------------------------------------------------------- */

static void machine_add(struct buf *out, const struct machine *m)
{
	char total[HUMAN_MAX], available[HUMAN_MAX], text[240];

	buf_addf(out, "Machine: %s, %s available",
	         human_size(total, m->now[MEMINFO_TOTAL], HUMAN_AUTO),
	         human_size(available, m->now[MEMINFO_AVAILABLE], HUMAN_AUTO));
	if (isfinite(m->pressure.some))
		buf_addf(out, ", %.1f %% of the time stalled on memory", m->pressure.some);
	machine_sentence(m, text, sizeof(text));
	if (strcmp(text, "-") != 0)
		buf_addf(out, "; %s", text);
	buf_addc(out, '\n');
}

static void looked_add(struct buf *out, const struct process_list *l)
{
	char n[HUMAN_MAX], span[HUMAN_MAX], hidden[HUMAN_MAX];

	buf_addf(out, "Looked at %s processes", human_count(n, l->count));
	if (l->hidden)
		buf_addf(out, " (%s more may not be read)", human_count(hidden, l->hidden));
	else if (l->hides)
		buf_adds(out, " (others are hidden by hidepid)");
	if (l->growth_known)
		buf_addf(out, " for %s; the engine judged the %u that grow most\n",
		         human_duration(span, l->span), l->suspect_count);
	else
		buf_adds(out, ", too few times to know growth: by RSS; --duration 60 tells more\n");
}

static void reasons_add(struct buf *out, const struct process_list *l, const uint32_t *rows,
                        size_t count, enum safe_mode mode)
{
	for (size_t i = 0; i < count; i++) {
		const struct process *p = &l->rows[rows[i]];
		const struct process_suspect *s = process_suspect_of(l, rows[i]);
		if (!s || !s->reason[0] ||
		    (p->verdict != VERDICT_LEAK && p->verdict != VERDICT_SUSPICIOUS))
			continue;
		buf_addf(out, "%d: ", p->pid);
		safe_text(out, s->reason, strlen(s->reason), mode);
		buf_addc(out, '\n');
	}
}

int top_table(const struct process_list *l, size_t n, enum safe_mode mode, struct buf *out)
{
	uint32_t rows[TOP_MAX];
	size_t count = top_choose(l, n < TOP_MAX ? n : TOP_MAX, rows);

	buf_adds(out, "    PID  User       RSS(MB)  Anon+swap(MB)    MB/min  Verdict            "
	              "Leak%  Unit              Command\n");
	for (size_t i = 0; i < count; i++)
		row_add(out, &l->rows[rows[i]], mode);
	looked_add(out, l);
	machine_add(out, &l->machine);
	reasons_add(out, l, rows, count, mode);
	if (count && l->rows[rows[0]].suspicion)
		buf_addf(out, "Next: memleak-detective %d\n", l->rows[rows[0]].pid);
	return out->error;
}
