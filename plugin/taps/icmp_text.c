/* icmp_text.c
 * ICMP errors in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "icmp_text.h"
#include "names.h"

/* RFC 792, RFC 1812, RFC 4443 */
const char *
wg_icmp_reason(const struct wg_quote *q)
{
    static const char *const v4[] = { "network unreachable", "host unreachable",
                                      "protocol unreachable", "port unreachable" };
    static const char *const v6[] = { "no route", "administratively prohibited", "beyond scope",
                                      "address unreachable", "port unreachable" };

    if (q->ipv6)
        return q->code < G_N_ELEMENTS(v6) ? v6[q->code] : "unreachable";
    if (q->code < G_N_ELEMENTS(v4))
        return v4[q->code];
    return q->code == 9 || q->code == 10 || q->code == 13 ? "administratively prohibited"
                                                          : "unreachable";
}

char *
wg_icmp_reporter(const struct wg_quote *q)
{
    if (!q->has_reporter)
        return g_strdup("");
    g_autofree char *address = wg_report_address(&q->reporter);
    return g_strdup_printf(" from %s", address);
}
