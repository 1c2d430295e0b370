/* amnezia.c
 * The settings of AmneziaWG together: whether they fit one another, and what they say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/amnezia.h"
#include "wg/crypto.h"

/* The shortest prefix that holds a nonce. */
enum { HEADER_KEY_PREFIX = WG_STREAM_NONCE_LEN };

static bool
same_size(const struct wg_amnezia *a)
{
    for (unsigned s = WG_TYPE_INITIATION; s < WG_TYPE_COOKIE_REPLY; s++)
        for (unsigned t = s + 1; t <= WG_TYPE_COOKIE_REPLY; t++)
            if (a->prefix[s] + wg_wire_layout(s)->fixed_length ==
                a->prefix[t] + wg_wire_layout(t)->fixed_length)
                return true;
    return false;
}

static bool
headers_overlap(const struct wg_amnezia *a)
{
    for (unsigned s = WG_TYPE_INITIATION; s < WG_TYPE_DATA; s++)
        for (unsigned t = s + 1; t <= WG_TYPE_DATA; t++)
            if (a->header[s].low <= a->header[t].high && a->header[t].low <= a->header[s].high)
                return true;
    return false;
}

static bool
prefix_too_short(const struct wg_amnezia *a)
{
    for (unsigned type = WG_TYPE_INITIATION; a->has_header_key && type <= WG_TYPE_DATA; type++)
        if (a->prefix[type] < HEADER_KEY_PREFIX)
            return true;
    return false;
}

static bool
junk_turned(const struct wg_amnezia *a)
{
    return a->junk.low > a->junk.high;
}

const char *
wg_amnezia_check(const struct wg_amnezia *a, unsigned *step)
{
    static const struct {
        bool (*wrong)(const struct wg_amnezia *a);
        const char *expected;
    } checks[] = {
        { same_size,
          "S1 + 148, S2 + 92 and S3 + 64 that differ, so that sizes tell messages apart" },
        { headers_overlap, "H1 to H4 that do not overlap" },
        { prefix_too_short, "S1 to S4 of at least 12 with a HeaderProtectionKey" },
        { junk_turned, "Jmin that is not above Jmax" },
    };

    while (*step < G_N_ELEMENTS(checks)) {
        const unsigned i = (*step)++;
        if (checks[i].wrong(a))
            return checks[i].expected;
    }
    return NULL;
}

/* Without the pointers, whose content is compared instead, and without what depends on the file. */
static struct wg_amnezia
plain_part(const struct wg_amnezia *a)
{
    struct wg_amnezia plain;

    memcpy(&plain, a, sizeof plain);
    memset(plain.special, 0, sizeof plain.special);
    plain.given = plain.last_line = 0;
    return plain;
}

bool
wg_amnezia_equal(const struct wg_amnezia *a, const struct wg_amnezia *b)
{
    struct wg_amnezia p = plain_part(a), q = plain_part(b);
    bool equal = wg_equal(&p, &q, sizeof p);

    for (unsigned i = 0; i < WG_AMNEZIA_SPECIALS; i++) {
        const struct wg_amnezia_special *s = &a->special[i], *t = &b->special[i];
        equal = equal && s->length == t->length;
        if (equal && s->length > 0)
            equal = memcmp(s->fixed, t->fixed, s->length) == 0 &&
                    memcmp(s->bytes, t->bytes, s->length) == 0;
    }
    wg_wipe(&p, sizeof p);
    wg_wipe(&q, sizeof q);
    return equal;
}

bool
wg_amnezia_in_range(const struct wg_amnezia_range *range, uint32_t value)
{
    return value >= range->low && value <= range->high;
}

bool
wg_amnezia_has_port(const struct wg_amnezia *a, uint16_t port)
{
    for (unsigned i = 0; i < a->port_count; i++)
        if (a->ports[i] == port)
            return true;
    return false;
}

bool
wg_amnezia_has_companions(const struct wg_amnezia *a)
{
    bool any = a->junk_count > 0;
    for (unsigned i = 0; i < WG_AMNEZIA_SPECIALS; i++)
        any |= a->special[i].length > 0;
    return any;
}
