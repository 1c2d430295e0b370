/* config_section.c
 * One section of a configuration file, while it is read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_section.h"

void
wg_section_clear(struct section *s)
{
    g_free(s->endpoint);
    g_free(s->name);
    if (s->allowed_ips != NULL)
        g_string_free(s->allowed_ips, TRUE);
    wg_wipe(s, sizeof(*s));
}

void
wg_section_free(void *p)
{
    wg_section_clear(p);
    g_free(p);
}

void
wg_section_offer_name(struct section *s, const char *name, enum name_rank rank)
{
    if (rank <= s->name_rank)
        return;
    g_free(s->name);
    s->name = g_strdup(name);
    s->name_rank = rank;
}

static void
drop_spaces(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++)
        if (!g_ascii_isspace(*from))
            *to++ = *from;
    *to = '\0';
}

enum section_kind
wg_section_kind(char *header)
{
    drop_spaces(header);
    if (g_ascii_strcasecmp(header, "[Interface]") == 0)
        return SECTION_INTERFACE;
    if (g_ascii_strcasecmp(header, "[Peer]") == 0)
        return SECTION_PEER;
    return SECTION_OTHER;
}
