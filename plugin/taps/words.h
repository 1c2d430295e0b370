/* words.h
 * What the sentences of all reports are made of. The host's plurality(count, one, many) chooses
 * between two words by a number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_WORDS_H
#define WG_WORDS_H

#include <glib.h>
#include <wsutil/str_util.h>

/* Append what separates the next part of a list from those before it; nothing before the first. */
static inline void
wg_separate(GString *list, const char *separator)
{
    if (list->len > 0)
        g_string_append(list, separator);
}

#endif
