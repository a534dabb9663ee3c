/* SPDX-License-Identifier: MIT */
#ifndef MODEL_GLOSSARY_H
#define MODEL_GLOSSARY_H

/* What the words on the screen and in the reports mean: one list for help and pages. */

struct glossary_word {
	const char *word;
	const char *meaning; /* sentences, with their full stops */
};

/* The words in the order in which they explain each other; ends with a NULL word. */
extern const struct glossary_word glossary[];

#endif
