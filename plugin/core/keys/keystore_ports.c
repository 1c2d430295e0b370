/* keystore_ports.c
 * The ports that configurations name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "keystore_private.h"

void
wg_keystore_add_port(struct wg_keystore *ks, const char *text)
{
    guint64 number;

    if (text == NULL || ks->ports->len >= WG_PORTS_MAX)
        return;
    const char *colon = strrchr(text, ':');
    if (colon != NULL)
        text = colon + 1;
    if (!g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &number, NULL))
        return;
    const uint16_t port = (uint16_t)number;
    for (unsigned i = 0; i < ks->ports->len; i++)
        if (g_array_index(ks->ports, uint16_t, i) == port)
            return;
    g_array_append_val(ks->ports, port);
}

const uint16_t *
wg_keystore_ports(const struct wg_keystore *ks, size_t *count)
{
    *count = ks->ports->len;
    return (const uint16_t *)(const void *)ks->ports->data;
}
