/* amnezia.h
 * What a configuration says of AmneziaWG: the settings that plain WireGuard does not have.
 *
 * Source: amneziawg-tools, src/config.c (names and syntax); the README files of
 * amneziawg-linux-kernel-module and amneziawg-go (ranges). plugin/core/envelope/amneziawg.c
 * describes how the settings change the bytes.
 *
 *     Jc Jmin Jmax                  junk datagrams before an initiation, and their sizes
 *     I1 .. I5                      special packets before those
 *     S1 .. S4                      bytes before an initiation, response, cookie reply, data
 *     H1 .. H4                      what they have in place of type and reserved bytes: a value,
 *                                   or a range of them
 *     HeaderProtectionKey           masks messages
 *     ContentPaddingAddition,       change lengths
 *     RandomTrailers
 *     DisableCookies                changes what is sent
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AMNEZIA_H
#define WG_AMNEZIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/wire.h"

enum {
    WG_AMNEZIA_TYPES = WG_TYPE_DATA + 1, /* arrays by message type, from 1 */
    WG_AMNEZIA_SPECIALS = 5,
    WG_AMNEZIA_PORTS_MAX = 16,
    WG_AMNEZIA_MAX = 64, /* configurations that are kept */
};

/* Both ends are included. */
struct wg_amnezia_range {
    uint32_t low, high;
};

/* A special packet. Where `fixed` is 0xff it always has the byte of `bytes`, else any byte. */
struct wg_amnezia_special {
    size_t length; /* 0: not set */
    uint8_t *bytes, *fixed;
};

struct wg_amnezia {
    unsigned given; /* settings so far; 0: this is plain WireGuard */
    uint32_t junk_count;
    struct wg_amnezia_range junk; /* sizes, in bytes */
    uint32_t prefix[WG_AMNEZIA_TYPES];
    struct wg_amnezia_range header[WG_AMNEZIA_TYPES];
    bool has_header_key, trailers;
    uint8_t header_key[WG_KEY_LEN];
    struct wg_amnezia_special special[WG_AMNEZIA_SPECIALS];
    unsigned port_count;
    uint16_t ports[WG_AMNEZIA_PORTS_MAX]; /* ListenPort, and those of Endpoint */
    unsigned last_line;                   /* of the last setting */
};

/* Set everything as it is in plain WireGuard. */
void wg_amnezia_init(struct wg_amnezia *a);
void wg_amnezia_clear(struct wg_amnezia *a); /* wipes */

/*
 * Take one setting of [Interface].
 *
 * name      in any case; one that is not AmneziaWG's is ignored
 * line      its number
 * returns   NULL, or what was expected (static text); the setting then does not count
 */
const char *wg_amnezia_set(struct wg_amnezia *a, const char *name, const char *value,
                           unsigned line);

/* Remember a port by which the configuration is known: of ListenPort or of an Endpoint
 * ("host:port"). A text without one is ignored. */
void wg_amnezia_add_port(struct wg_amnezia *a, const char *text);

/*
 * What is wrong with the settings together: the next thing after `*step` (0 at first), as the text
 * of what was expected, or NULL for no more. They count all the same.
 */
const char *wg_amnezia_check(const struct wg_amnezia *a, unsigned *step);

/* Whether both have the same settings, whatever their lines. */
bool wg_amnezia_equal(const struct wg_amnezia *a, const struct wg_amnezia *b);

bool wg_amnezia_in_range(const struct wg_amnezia_range *range, uint32_t value);
bool wg_amnezia_has_port(const struct wg_amnezia *a, uint16_t port);

/* The special packet, from 1 to 5, that these bytes are, or 0. All of them must be captured. */
unsigned wg_amnezia_special_number(const struct wg_amnezia *a, const uint8_t *bytes, size_t length);

/* Whether anything that is no message is sent before a handshake. */
bool wg_amnezia_has_companions(const struct wg_amnezia *a);

#endif
