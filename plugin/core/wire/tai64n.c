/* tai64n.c
 * The timestamp of a handshake initiation; its form and its source are in wg/tai64n.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/tai64n.h"

enum { NANOSECONDS_PER_SECOND = 1000000000 };

/* The Linux module and wireguard-go clear this many low bits, so that a timestamp reveals little
 * about the sender's clock (paper, section 5.1; both sources). */
static const uint32_t whitening_mask = (UINT32_C(1) << 24) - 1;

static uint64_t
be(const uint8_t *p, unsigned length)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < length; i++)
        v = v << 8 | p[i];
    return v;
}

struct wg_tai64n
wg_tai64n_decode(const uint8_t bytes[WG_TAI64N_LEN])
{
    return (struct wg_tai64n){ .label = be(bytes, 8), .nanoseconds = (uint32_t)be(bytes + 8, 4) };
}

bool
wg_tai64n_to_unix(struct wg_tai64n t, unsigned base, int64_t *seconds)
{
    if (t.nanoseconds >= NANOSECONDS_PER_SECOND)
        return false;
    if (t.label < WG_TAI64_EPOCH + base || t.label >= WG_TAI64_EPOCH * 2)
        return false;
    *seconds = (int64_t)(t.label - WG_TAI64_EPOCH - base);
    return true;
}

static uint64_t
distance(int64_t a, int64_t b)
{
    if (a > b)
        return (uint64_t)a - (uint64_t)b;
    return (uint64_t)b - (uint64_t)a;
}

enum wg_tai64n_base
wg_tai64n_guess_base(struct wg_tai64n t, int64_t capture_time)
{
    int64_t linux_time, boringtun_time;

    if ((t.nanoseconds & whitening_mask) == 0 ||
        !wg_tai64n_to_unix(t, WG_TAI64N_BASE_LINUX, &linux_time) ||
        !wg_tai64n_to_unix(t, WG_TAI64N_BASE_BORINGTUN, &boringtun_time))
        return WG_TAI64N_BASE_LINUX;
    if (distance(boringtun_time, capture_time) < distance(linux_time, capture_time))
        return WG_TAI64N_BASE_BORINGTUN;
    return WG_TAI64N_BASE_LINUX;
}

int
wg_tai64n_compare(struct wg_tai64n a, struct wg_tai64n b)
{
    if (a.label != b.label)
        return a.label < b.label ? -1 : 1;
    return (a.nanoseconds > b.nanoseconds) - (a.nanoseconds < b.nanoseconds);
}
