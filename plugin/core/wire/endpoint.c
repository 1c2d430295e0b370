/* endpoint.c
 * One end of the outer UDP exchange, as a value that can be compared and hashed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/seeded.h"
#include "wg/endpoint.h"
#include "wg/os.h"

struct wg_endpoint
wg_endpoint_make(unsigned family, const void *address, size_t length, uint16_t port)
{
    struct wg_endpoint e;
    const uint8_t *bytes = address;

    memset(&e, 0, sizeof e);
    e.family = (uint16_t)family;
    e.port = port;
    if (family == WG_ENDPOINT_IPV4) {
        memcpy(e.address, bytes, 4);
    } else if (family == WG_ENDPOINT_IPV6) {
        memcpy(e.address, bytes, sizeof e.address);
    } else {
        for (size_t i = 0; i < length; i++)
            e.address[i % sizeof e.address] ^= bytes[i];
    }
    return e;
}

bool
wg_endpoint_same_host(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    return a->family == b->family && memcmp(a->address, b->address, sizeof a->address) == 0;
}

int
wg_endpoint_compare(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    return memcmp(a, b, sizeof *a);
}

uint32_t
wg_endpoint_hash(const struct wg_endpoint *e)
{
    uint64_t words[(sizeof *e + sizeof(uint64_t) - 1) / sizeof(uint64_t)] = { 0 };

    memcpy(words, e, sizeof *e);
    return wg_seeded_hash(words, G_N_ELEMENTS(words));
}

const char *
wg_endpoint_text(const struct wg_endpoint *e, char *buf)
{
    char host[WG_OS_ADDRESS_TEXT_LEN] = "?";

    if (e->family == WG_ENDPOINT_IPV4 || e->family == WG_ENDPOINT_IPV6)
        wg_os_address_text(e->family == WG_ENDPOINT_IPV6, e->address, host);
    g_snprintf(buf, WG_ENDPOINT_TEXT_LEN, e->family == WG_ENDPOINT_IPV6 ? "[%s]:%u" : "%s:%u", host,
               e->port);
    return buf;
}
