/* text.h
 * Text from files, made fit to be shown: in a terminal, a column, a dialog.
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
 * A copy that is valid UTF-8 on one line. What controls a terminal, breaks a line, hides or turns
 * the text around it, or is not seen at all, becomes '?'; every space a plain one; spaces at both
 * ends go.
 *
 * text            any bytes and a NUL; NULL is allowed
 * max_characters  the rest is cut off
 * returns         NULL where nothing is left that can be seen; g_free
 */
char *wg_text_shown(const char *text, size_t max_characters);

#endif
