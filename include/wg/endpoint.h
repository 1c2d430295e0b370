/* endpoint.h
 * One end of the outer UDP exchange, as a value that can be compared and hashed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ENDPOINT_H
#define WG_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wg_endpoint_family {
    WG_ENDPOINT_OTHER = 0, /* any other address, folded to 16 bytes */
    WG_ENDPOINT_IPV4 = 4,
    WG_ENDPOINT_IPV6 = 6,
};

/* Made only by wg_endpoint_make, so that unused bytes are zero and memcmp can compare it. */
struct wg_endpoint {
    uint8_t address[16]; /* network order; IPv4 in the first four bytes */
    uint16_t port;
    uint16_t family; /* enum wg_endpoint_family */
};

/*
 * family   enum wg_endpoint_family; address and length must fit it for IPv4 (4) and IPv6 (16)
 * Longer addresses of other kinds are folded, so that they still distinguish the ends.
 */
struct wg_endpoint wg_endpoint_make(unsigned family, const void *address, size_t length,
                                    uint16_t port);

static inline bool
wg_endpoint_equal(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Whether two are these ends, in either order. */
static inline bool
wg_endpoints_are(const struct wg_endpoint *a, const struct wg_endpoint *b,
                 const struct wg_endpoint ends[2])
{
    return (wg_endpoint_equal(a, &ends[0]) && wg_endpoint_equal(b, &ends[1])) ||
           (wg_endpoint_equal(a, &ends[1]) && wg_endpoint_equal(b, &ends[0]));
}

/* The same host, whatever the port. */
bool wg_endpoint_same_host(const struct wg_endpoint *a, const struct wg_endpoint *b);
/* An arbitrary order, to make a pair independent of direction: <0, 0, >0. */
int wg_endpoint_compare(const struct wg_endpoint *a, const struct wg_endpoint *b);
/* Different in each process, so that no capture can be made to have many equal hashes. */
uint32_t wg_endpoint_hash(const struct wg_endpoint *e);

#define WG_ENDPOINT_TEXT_LEN 64
/* "192.0.2.1:51820" or "[2001:db8::1]:51820" into buf (WG_ENDPOINT_TEXT_LEN bytes), which is
 * returned. */
const char *wg_endpoint_text(const struct wg_endpoint *e, char *buf);

#endif
