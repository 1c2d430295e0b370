/* icmp_text.c
 * ICMP errors in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "icmp_text.h"
#include "names.h"

/* RFC 792, RFC 1812 */
static const char *const v4[] = {
    "network unreachable",
    "host unreachable",
    "protocol unreachable",
    "port unreachable",
    [9] = "administratively prohibited",
    [10] = "administratively prohibited",
    [13] = "administratively prohibited",
};

/* RFC 4443 */
static const char *const v6[] = {
    "no route",         "administratively prohibited", "beyond scope", "address unreachable",
    "port unreachable",
};

static const char *
reason(const char *const *names, size_t count, unsigned code)
{
    if (code >= count || names[code] == NULL)
        return "unreachable";
    return names[code];
}

const char *
wg_icmp_reason(const struct wg_quote *q)
{
    if (q->ipv6)
        return reason(v6, G_N_ELEMENTS(v6), q->code);
    return reason(v4, G_N_ELEMENTS(v4), q->code);
}

static char *
reporter(const struct wg_quote *q)
{
    if (!q->has_reporter)
        return g_strdup("");
    g_autofree char *address = wg_report_address(&q->reporter);
    return g_strdup_printf(" from %s", address);
}

char *
wg_icmp_errors(const struct wg_evidence *errors, const struct wg_quote *first, bool various,
               const char *reason)
{
    const char *many = "s", *which = "";
    g_autofree char *by = reporter(first);

    if (errors->count == 1)
        many = "";
    if (various)
        which = ", the first";
    return g_strdup_printf("%u ICMP error%s%s \"%s\"%s", errors->count, many, which, reason, by);
}
