/* SPDX-License-Identifier: MIT */
/*
 * The key table, in the order of the footer. It knows which key means what where; what a meaning
 * does is decided in dispatch.c and in the views.
 */

#include "tui/keys.h"

#include "tui/theme.h"

#define CTRL(c)    ((c)&0x1f)
#define KEY_ESCAPE 27

const struct key_binding key_bindings[] = {
        {{'?', KEY_F(1)},
         PLACE_ALL,
         ACTION_HELP,
         0,
         "?",
         "help",
         "this help; again: what the words mean"},
        {{'q', KEY_F(10), CTRL('c')},
         PLACE_ALL,
         ACTION_QUIT,
         0,
         "q",
         "quit",
         "leave, with the report (also F10, Ctrl-C)"},
        {{KEY_ESCAPE},
         PLACE_DETAIL | PLACE_TEXTS,
         ACTION_BACK,
         0,
         "Esc",
         "back",
         "back, never out of the program"},
        {{KEY_ESCAPE}, PLACE_ALL, ACTION_BACK, 0, "Esc", NULL, NULL},
        {{'\n', '\r', KEY_ENTER}, PLACE_PROCESSES, ACTION_ENTER, 0, "Enter", "watch", NULL},
        {{'\n', '\r', KEY_ENTER},
         PLACE_OVERVIEW | PLACE_MAPS | PLACE_SMAPS,
         ACTION_ENTER,
         0,
         "Enter",
         "open",
         "open the region, or watch the process, under the cursor"},
        {{' ', 'p', 'Z'}, PLACE_FROZEN, ACTION_FREEZE, 0, "Space", "go on", NULL},
        {{' ', 'p', 'Z'},
         PLACE_ALL,
         ACTION_FREEZE,
         0,
         "Space",
         "freeze",
         "freeze the picture and go on (also p, Z); sampling never stops"},
        {{KEY_LEFT, 'h'},
         PLACE_FROZEN,
         ACTION_STEP,
         0,
         "Left Right",
         "step",
         "frozen: step back and forth through history"},
        {{KEY_RIGHT, 'l'}, PLACE_FROZEN, ACTION_STEP, 1, "Right", NULL, NULL},
        {{'['}, PLACE_ALL, ACTION_EVENT_PREVIOUS, 0, "[ ]", NULL, "go to the event before, after"},
        {{']'}, PLACE_ALL, ACTION_EVENT_NEXT, 0, "]", NULL, NULL},
        {{'w'},
         PLACE_VIEWS | PLACE_DETAIL | PLACE_WHY,
         ACTION_WHY,
         0,
         "w",
         "why",
         "why: the verdict and its evidence in full"},
        {{'s'}, PLACE_TABLES, ACTION_SORT_MENU, 0, "s", "sort", "choose what to sort by"},
        {{'/'},
         PLACE_TABLES,
         ACTION_FILTER,
         0,
         "/",
         "filter",
         "show only rows that contain a text; Esc takes it away"},
        {{'a'},
         PLACE_MAPS | PLACE_SMAPS,
         ACTION_GROUP,
         0,
         "a",
         "group",
         "group by region, kind, file"},
        {{'t'}, PLACE_PROCESSES, ACTION_TREE, 0, "t", "tree", "processes as a tree by parent"},
        {{'b'},
         PLACE_VIEWS | PLACE_DETAIL,
         ACTION_BASELINE,
         0,
         "b",
         "base",
         "baseline here: changes count from now"},
        {{'e'},
         PLACE_VIEWS | PLACE_DETAIL | PLACE_WHY,
         ACTION_EXPORT,
         0,
         "e",
         "export",
         "export this moment to .json, .csv, .html or .txt"},
        {{'u'},
         PLACE_VIEWS | PLACE_DETAIL | PLACE_PROCESSES,
         ACTION_UNITS,
         0,
         "u",
         "units",
         "units: automatic, kB, MB, GB"},
        {{'r'}, PLACE_TABLES, ACTION_REVERSE, 0, "r", NULL, "reverse the order"},
        {{'<'},
         PLACE_TABLES,
         ACTION_SORT_PREVIOUS,
         0,
         "< >",
         NULL,
         "sort by the column before, after"},
        {{'>'}, PLACE_TABLES, ACTION_SORT_NEXT, 0, ">", NULL, NULL},
        {{'n'},
         PLACE_TABLES,
         ACTION_FIND_NEXT,
         0,
         "n N",
         NULL,
         "next, previous row that contains the text"},
        {{'N'}, PLACE_TABLES, ACTION_FIND_PREVIOUS, 0, "N", NULL, NULL},
        {{'+', '='},
         PLACE_ALL,
         ACTION_SLOWER,
         0,
         "+ -",
         NULL,
         "longer, shorter interval between samples"},
        {{'-'}, PLACE_ALL, ACTION_FASTER, 0, "-", NULL, NULL},
        {{'1'},
         PLACE_ALL,
         ACTION_VIEW,
         1,
         "1-4 7",
         NULL,
         "Overview, Maps, Smaps, Status, Processes"},
        {{'2'}, PLACE_ALL, ACTION_VIEW, 2, "2", NULL, NULL},
        {{'3'}, PLACE_ALL, ACTION_VIEW, 3, "3", NULL, NULL},
        {{'4'}, PLACE_ALL, ACTION_VIEW, 4, "4", NULL, NULL},
        {{'7'}, PLACE_ALL, ACTION_VIEW, 7, "7", NULL, NULL},
        {{'\t'},
         PLACE_ALL,
         ACTION_VIEW_NEXT,
         0,
         "Tab",
         NULL,
         "next view; Shift-Tab: the one before"},
        {{KEY_BTAB}, PLACE_ALL, ACTION_VIEW_PREVIOUS, 0, "Shift-Tab", NULL, NULL},
        {{KEY_UP, 'k'}, PLACE_ALL, ACTION_UP, 0, "Up Down", NULL, "move (also k, j)"},
        {{KEY_DOWN, 'j'}, PLACE_ALL, ACTION_DOWN, 0, "Down", NULL, NULL},
        {{KEY_LEFT, 'h'}, PLACE_ALL, ACTION_LEFT, 0, "Left", NULL, NULL},
        {{KEY_RIGHT, 'l'}, PLACE_ALL, ACTION_RIGHT, 0, "Right", NULL, NULL},
        {{KEY_PPAGE, CTRL('b')},
         PLACE_ALL,
         ACTION_PAGE_UP,
         0,
         "PgUp PgDn",
         NULL,
         "a page up, down"},
        {{KEY_NPAGE, CTRL('f')}, PLACE_ALL, ACTION_PAGE_DOWN, 0, "PgDn", NULL, NULL},
        {{KEY_HOME, 'g'},
         PLACE_ALL,
         ACTION_HOME,
         0,
         "Home End",
         NULL,
         "first, last row (also g, G)"},
        {{KEY_END, 'G'}, PLACE_ALL, ACTION_END, 0, "End", NULL, NULL},
        {{CTRL('l')}, PLACE_ALL, ACTION_REDRAW, 0, "Ctrl-L", NULL, "draw the screen anew"},
        {{0}, 0, ACTION_NONE, 0, NULL, NULL, NULL},
};

static bool binding_has(const struct key_binding *b, int key)
{
	for (unsigned i = 0; i < sizeof(b->keys) / sizeof(b->keys[0]) && b->keys[i]; i++)
		if (b->keys[i] == key)
			return true;
	return false;
}

const struct key_binding *keys_find(int key, unsigned where)
{
	for (const struct key_binding *b = key_bindings; b->keys[0]; b++)
		if ((b->where & where) && binding_has(b, key))
			return b;
	return NULL;
}

int keys_write(struct buf *out)
{
	for (const struct key_binding *b = key_bindings; b->keys[0]; b++)
		if (b->help)
			buf_addf(out, "%-11s %s\n", b->label, b->help);
	return out->error;
}
