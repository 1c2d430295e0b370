/* text.h
 * Text from files, made safe to show in a terminal, a column or a dialog.
 *
 * Source: Unicode Standard, sections 4.5 (general category) and 5.21 (characters that are ignored
 * when shown).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TEXT_H
#define WG_TEXT_H

#include <stddef.h>

/*
 * A copy that is valid UTF-8 on one line. A character that controls a terminal, breaks a line,
 * hides or reverses the text around it, or cannot be seen, becomes '?'. Every space becomes a plain
 * one, and spaces at both ends are removed.
 *
 * text            any bytes and a NUL; NULL is allowed
 * max_characters  the rest is cut off
 * returns         NULL where nothing is left that can be seen; g_free
 */
char *wg_text_shown(const char *text, size_t max_characters);

#endif
