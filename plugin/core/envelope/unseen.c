/* unseen.c
 * Configurations of AmneziaWG that fit nothing in the capture, or only a part of a tunnel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unwrapper_private.h"

/* A tunnel that is in use sends all of these; cookie replies are for servers under load. */
static const struct {
    enum wg_message_type type;
    const char *name, *settings;
} expected[] = {
    { WG_TYPE_INITIATION, "initiation", "S1, H1" },
    { WG_TYPE_RESPONSE, "response", "S2, H2" },
    { WG_TYPE_DATA, "data", "S4, H4" },
};

/* Settings with which messages look like WireGuard's own, and are not unwrapped. */
static bool
is_plain(const struct wg_amnezia *a)
{
    bool plain = !a->has_header_key && !a->trailers;

    for (uint32_t type = WG_TYPE_INITIATION; type <= WG_TYPE_DATA; type++)
        plain = plain && a->prefix[type] == 0 && a->header[type].low == type &&
                a->header[type].high == type;
    return plain;
}

static void
append_ports(GString *text, const struct wg_amnezia *a)
{
    for (unsigned i = 0; i < a->port_count; i++)
        g_string_append_printf(text, "%s%u", i == 0 ? " (port " : ", ", a->ports[i]);
    if (a->port_count > 0)
        g_string_append_c(text, ')');
}

char *
wg_unwrapper_unseen(const struct wg_unwrapper *u, size_t configuration)
{
    unsigned count = 0;

    if (u->keys == NULL)
        return NULL;
    const struct wg_amnezia *a = wg_keystore_amnezia(u->keys, configuration);
    if (a == NULL || is_plain(a))
        return NULL;
    GString *missing = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        if (wg_unwrapper_seen(u, configuration, expected[i].type) == 0) {
            g_string_append_printf(missing, "%s%s (%s%s)", count++ > 0 ? ", no " : "no ",
                                   expected[i].name, expected[i].settings,
                                   a->has_header_key ? ", HeaderProtectionKey" : "");
        }
    if (count == 0) {
        g_string_free(missing, TRUE);
        return NULL;
    }
    GString *text = g_string_new("A configuration of AmneziaWG");
    append_ports(text, a);
    g_string_append_printf(text, " fits %s of this capture: %s was seen.",
                           count == G_N_ELEMENTS(expected) ? "nothing" : "only a part",
                           missing->str);
    g_string_free(missing, TRUE);
    return g_string_free(text, FALSE);
}
