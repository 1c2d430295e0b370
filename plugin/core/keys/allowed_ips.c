/* allowed_ips.c
 * Which addresses a list of AllowedIPs contains.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/allowed_ips.h"
#include "wg/os.h"

struct network {
    struct wg_endpoint address;
    unsigned bits;
};

struct wg_allowed_ips {
    GArray *networks; /* struct network */
};

static unsigned
most_bits(unsigned family)
{
    if (family == WG_ENDPOINT_IPV4)
        return 32;
    return 128;
}

/* "10.0.0.0/8", "2001:db8::1" */
static bool
parse(const char *text, struct network *n)
{
    uint8_t bytes[16];
    g_autofree char *address = g_strdup(text);
    char *slash = strchr(address, '/');
    guint64 bits;

    if (slash != NULL)
        *slash = '\0';
    const unsigned family = strchr(address, ':') != NULL ? WG_ENDPOINT_IPV6 : WG_ENDPOINT_IPV4;
    if (!wg_os_address(address, family == WG_ENDPOINT_IPV6, bytes))
        return false;
    bits = most_bits(family);
    if (slash != NULL && !g_ascii_string_to_unsigned(slash + 1, 10, 0, bits, &bits, NULL))
        return false;
    n->address = wg_endpoint_make(family, bytes, most_bits(family) / 8, 0);
    n->bits = (unsigned)bits;
    return true;
}

struct wg_allowed_ips *
wg_allowed_ips_new(const char *text)
{
    struct wg_allowed_ips *list = g_new0(struct wg_allowed_ips, 1);

    list->networks = g_array_new(FALSE, FALSE, sizeof(struct network));
    wg_allowed_ips_add(list, text);
    return list;
}

void
wg_allowed_ips_free(struct wg_allowed_ips *list)
{
    if (list == NULL)
        return;
    g_array_unref(list->networks);
    g_free(list);
}

void
wg_allowed_ips_add(struct wg_allowed_ips *list, const char *text)
{
    struct network n;

    if (text == NULL)
        return;
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part != NULL; part++)
        if (parse(g_strstrip(*part), &n))
            g_array_append_val(list->networks, n);
}

static bool
in_network(const struct network *n, const struct wg_endpoint *e)
{
    const unsigned bytes = n->bits / 8, rest = n->bits % 8;
    const uint8_t mask = (uint8_t)(0xff << (8 - rest));

    return n->address.family == e->family && memcmp(n->address.address, e->address, bytes) == 0 &&
           (rest == 0 || ((n->address.address[bytes] ^ e->address[bytes]) & mask) == 0);
}

bool
wg_allowed_ips_contain(const struct wg_allowed_ips *list, const struct wg_endpoint *address)
{
    for (unsigned i = 0; i < list->networks->len; i++)
        if (in_network(&g_array_index(list->networks, struct network, i), address))
            return true;
    return false;
}

/* Two halves count, too: 0.0.0.0/1 and 128.0.0.0/1, which leave the default route alone. */
bool
wg_allowed_ips_all(const struct wg_allowed_ips *list, unsigned family)
{
    const uint8_t low[16] = { 0x01 }, high[16] = { 0x81 };
    bool halves[2] = { false, false };

    for (unsigned i = 0; i < list->networks->len; i++) {
        const struct network *n = &g_array_index(list->networks, struct network, i);
        const struct wg_endpoint ends[] = { wg_endpoint_make(family, low, most_bits(family) / 8, 0),
                                            wg_endpoint_make(family, high, most_bits(family) / 8,
                                                             0) };
        for (unsigned half = 0; half < 2; half++)
            halves[half] |= n->bits <= 1 && in_network(n, &ends[half]);
    }
    return halves[0] && halves[1];
}

bool
wg_allowed_ips_any(const struct wg_allowed_ips *list, unsigned family)
{
    for (unsigned i = 0; i < list->networks->len; i++)
        if (g_array_index(list->networks, struct network, i).address.family == family)
            return true;
    return false;
}
