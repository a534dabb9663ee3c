/* SPDX-License-Identifier: MIT */
/* Who watches what, how: options drawn by dice. Knows which of them can stand together. */
#include "stage.h"

static void argue(struct stage *s, const char *argument)
{
	if (s->argument_count < ARGUMENTS - 1)
		s->arguments[s->argument_count++] = (char *)(uintptr_t)argument;
}

static void argue_two(struct stage *s, const char *name, const char *value)
{
	argue(s, name);
	argue(s, value);
}

static void argue_at_random(struct stage *s)
{
	static const char *const themes[] = {"dark", "light", "mono"};
	static const char *const colours[] = {"auto", "always", "never"};
	struct dice *d = &s->dice;

	if (dice_once(d, 4))
		argue(s, "--ascii");
	if (dice_once(d, 3))
		argue_two(s, "--theme", themes[dice_roll(d, 3)]);
	if (dice_once(d, 3))
		argue_two(s, "--color", colours[dice_roll(d, 3)]);
	if (dice_once(d, 4))
		argue_two(s, "--max-rss", "60M");
	if (dice_once(d, 8))
		argue_two(s, "--max-maps", "30");
	if (dice_once(d, 8))
		argue(s, "--exit-code");
}

void stage_choose(struct stage *s, const char *recording)
{
	uint64_t n = dice_roll(&s->dice, 100);

	argue(s, "memleak-detective");
	argue_at_random(s);
	if (n < 20 && recording) {
		argue_two(s, "--replay", recording);
		return;
	}
	argue_two(s, "--procfs", s->procfs);
	argue_two(s, "-i", dice_once(&s->dice, 5) ? "0.2" : "0.05");
	if (n < 35) /* the list of processes */
		return;
	if (dice_once(&s->dice, 12))
		argue(s, "--heap");
	if (dice_once(&s->dice, 30))
		argue_two(s, "--sites", "5");
	if (dice_once(&s->dice, 12))
		argue_two(s, "--csv", "samples.csv");
	if (dice_once(&s->dice, 12))
		argue_two(s, "--openmetrics", "metrics.prom");
	if (dice_once(&s->dice, 12))
		argue_two(s, "-d", "1");
	if (recording && dice_once(&s->dice, 12))
		argue_two(s, "--record", "given.mld");
	if (n < 42)
		argue_two(s, "--follow", "worker");
	else
		argue(s, s->pid);
}

void stage_choose_recorded(struct stage *s, const char *path)
{
	argue(s, "memleak-detective");
	argue_two(s, "--procfs", s->procfs);
	argue_two(s, "-i", "0.05");
	argue_two(s, "--record", path);
	argue(s, s->pid);
}
