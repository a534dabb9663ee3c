/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_TABLES_H
#define VERDICT_TABLES_H

/* What was measured, as tables on standard output. */

#include "run.h"

/* All detectors side by side, with the limits the engine must hold. Returns how many it misses. */
unsigned table_headline(const struct plan *p, const struct outcome *all);
/* By family; the engine with all its figures, the others with recall and false alarms. */
void table_families(const struct plan *p, const struct outcome *all);
/* Of the moments with a confidence of 80 to 89, how many leaked? Every bin, and the Brier score. */
void table_reliability(const struct plan *p, const struct outcome *all);
/* What the verdicts were at the end, by the right answer. */
void table_confusion(const struct plan *p, const struct outcome *all);
/* Traces that the engine gets wrong, by family, with what is needed to make them again. */
void table_worst(const struct plan *p, const struct outcome *all);

#endif
