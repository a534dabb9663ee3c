/* SPDX-License-Identifier: MIT */
/* Knows how a fault and its sum are told. Refuses to know when one is tried. */
#include "tally.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.h"

/* One call names all frames: the debug information is read but once. */
void tally_frames(const char *program, const char *what, char frames[FAULT_FRAMES][FAULT_FRAME],
                  FILE *to)
{
	char command[PATH_MAX + 512], line[256];
	size_t n = (size_t)snprintf(command, sizeof(command), "addr2line -fspe %s", program),
	       begin = n;
	FILE *f = NULL;

	for (int i = 0; i < FAULT_FRAMES && frames[i][0]; i++) {
		const char *at = strstr(frames[i], "memleak-detective+");
		if (at)
			n += (size_t)snprintf(command + n, sizeof(command) - n, " %s",
			                      at + strlen("memleak-detective+"));
	}
	if (n > begin)
		f = popen(command, "r");
	for (int i = 0; i < FAULT_FRAMES && frames[i][0]; i++) {
		bool ours = f && strstr(frames[i], "memleak-detective+") &&
		            fgets(line, sizeof(line), f);
		if (ours)
			line[strcspn(line, "\n")] = '\0';
		fprintf(to, "%s %s", i ? " <" : what, ours ? line : frames[i]);
	}
	fprintf(to, "\n");
	if (f)
		pclose(f);
}

/* The same wrong after a fault at the same place is shown once. */
static bool is_news(struct tally *t, const struct fault_page *page, const struct fault_kind *k,
                    enum wrong wrong)
{
	uint32_t hash = 5381 + 64 * (uint32_t)wrong, none = 0;

	for (const char *p = k ? k->name : ""; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	for (int i = 0; i < 4 && !page->crash[0][0]; i++)
		for (const char *p = page->frames[i]; *p; p++)
			hash = hash * 33 + (unsigned char)*p;
	for (int i = 0; i < 3; i++)
		for (const char *p = page->crash[i]; *p; p++)
			hash = hash * 33 + (unsigned char)*p;
	hash += hash == 0;
	for (uint32_t i = 0; i < SEEN; i++) {
		_Atomic(uint32_t) *slot = &t->seen[(hash + i) % SEEN];
		none = 0;
		if (atomic_load(slot) == hash)
			return false;
		if (atomic_compare_exchange_strong(slot, &none, hash))
			return true;
		if (none == hash)
			return false;
	}
	return false;
}

void tally_wrong(struct tally *t, const struct place *p, const struct scenario *s,
                 const struct fault_kind *k, uint64_t nth, enum wrong wrong, const char *text)
{
	char *out = NULL;
	size_t n = 0;
	FILE *f;

	if (!is_news(t, p->page, k, wrong))
		return;
	f = open_memstream(&out, &n);

	fprintf(f, "not ok  %s, %s %s, nth %llu (%s): %s\n", s->name,
	        k ? family_names[k->family] : "no fault", k ? k->name : "", (unsigned long long)nth,
	        p->page->call, text);
	tally_frames(p->program, "    fault at", p->page->frames, f);
	if (p->page->crash[0][0])
		tally_frames(p->program, "    crash at", p->page->crash, f);
	fclose(f);
	if (write(STDOUT_FILENO, out, n) < 0)
		perror("stdout");
	free(out);
}

int tally_table(const struct tally *t)
{
	static const char *const heads[] = {"",       "crash",     "hang",    "status",
	                                    "untold", "half file", "terminal"};
	unsigned sum[WRONGS] = {0}, tried = 0, bad = 0;

	printf("\n%-14s %-8s %7s", "scenario", "family", "tried");
	for (int w = 1; w < WRONGS; w++)
		printf(" %9s", heads[w]);
	printf("\n");
	for (size_t s = 0; scenarios[s].name; s++)
		for (int f = 0; f < FAULT_FAMILIES; f++) {
			const struct cell *c = &t->cell[s][f];
			unsigned wrong = 0;
			for (int w = 1; w < WRONGS; w++) {
				wrong += c->wrong[w];
				sum[w] += c->wrong[w];
			}
			tried += c->tried;
			bad += wrong;
			if (!c->tried && !wrong)
				continue;
			printf("%-14s %-8s %7u", scenarios[s].name, family_names[f], c->tried);
			for (int w = 1; w < WRONGS; w++)
				printf(" %9u", c->wrong[w]);
			printf("\n");
		}
	printf("%-14s %-8s %7u", "all", "", tried);
	for (int w = 1; w < WRONGS; w++)
		printf(" %9u", sum[w]);
	printf("\n%s\n%u passed, %u failed\n", look_libraries(), tried > bad ? tried - bad : 0,
	       bad);
	return bad || !tried;
}
