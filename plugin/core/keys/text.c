/* text.c
 * Text made safe to show.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdbool.h>

#include <glib.h>

#include "wg/text.h"

/* Characters that are letters, marks or symbols by their category but cannot be seen: fillers,
 * variation selectors, and what is reserved for more of them. In ascending order. */
static const struct {
    gunichar first, last;
} unseen[] = {
    { 0x034f, 0x034f }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
    { 0x2065, 0x2065 }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
    { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0xe0000, 0xe0fff },
};

static bool
can_be_seen(gunichar c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(unseen); i++)
        if (c >= unseen[i].first && c <= unseen[i].last)
            return false;
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return false;
    default:
        return true;
    }
}

char *
wg_text_shown(const char *text, size_t max_characters)
{
    if (text == NULL)
        return NULL;
    char *valid = g_strstrip(g_utf8_make_valid(text, -1));
    GString *shown = g_string_new(NULL);
    bool any = false;

    for (char *c = valid; *c != '\0' && max_characters > 0; c = g_utf8_next_char(c)) {
        const gunichar u = g_utf8_get_char(c);
        const bool space = g_unichar_type(u) == G_UNICODE_SPACE_SEPARATOR;
        const bool seen = !space && can_be_seen(u);

        if (space)
            g_string_append_c(shown, ' ');
        else
            g_string_append_unichar(shown, seen ? u : '?');
        any |= seen;
        max_characters--;
    }
    g_free(valid);
    char *kept = g_strstrip(g_string_free(shown, FALSE));
    if (any)
        return kept;
    g_free(kept);
    return NULL;
}
