/* diagnose_tunnel.c
 * A tunnel, how to select its packets, and what was found: what the evidence shows and no more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "options.h"

char *
wg_diagnose_tunnel(const struct wg_tunnel *t)
{
    const unsigned client = wg_tunnel_client(t);
    g_autofree char *left = wg_words_peer(t, client), *right = wg_words_peer(t, !client);
    return g_strdup_printf("%s %s %s", left, t->knows_initiator ? "->" : "<->", right);
}

/* The version of IP as display filters name it; NULL: not an IP address. */
static const char *
ip_name(unsigned family)
{
    switch (family) {
    case WG_ENDPOINT_IPV4:
        return "ip";
    case WG_ENDPOINT_IPV6:
        return "ipv6";
    default:
        return NULL;
    }
}

static char *
end_filter(const struct wg_endpoint *e)
{
    char text[WG_ENDPOINT_TEXT_LEN];
    const char *name = ip_name(e->family);

    wg_endpoint_text(e, text);
    char *port = strrchr(text, ':');
    if (port == NULL || name == NULL)
        return NULL;
    *port++ = '\0';
    char *address = g_strdelimit(text, "[]", ' ');
    return g_strdup_printf("%s.addr == %s && udp.port == %s", name, g_strstrip(address), port);
}

char *
wg_diagnose_filter(const struct wg_tunnel *t)
{
    g_autofree char *one = end_filter(&t->side[0].first), *other = end_filter(&t->side[1].first);

    if (one == NULL || other == NULL || wg_report_is_anonymous())
        return g_strdup("wg");
    return g_strdup_printf("wg && %s && %s", one, other);
}

char *
wg_diagnose_finding(const struct wg_tunnel *t, enum wg_finding finding)
{
    char *(*const tellers[])(const struct wg_tunnel *,
                             enum wg_finding) = { wg_tell_failure, wg_tell_trouble, wg_tell_rest };
    g_autofree char *text = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(tellers) && text == NULL; i++)
        text = tellers[i](t, finding);
    return g_strdup_printf("%s: %s%s", wg_finding_rows[finding].label, text,
                           g_str_has_suffix(text, ".") ? "" : ".");
}
