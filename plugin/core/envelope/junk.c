/* junk.c
 * What AmneziaWG sends before an initiation.
 *
 *   I1 .. I5 (those that are set)    Jc datagrams of Jmin .. Jmax bytes    initiation
 *
 * Only the initiation after them shows what they are, so datagrams are remembered until it comes.
 *
 * Source: amneziawg-go, device/send.go, SendHandshakeInitiation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unwrapper_private.h"

/* All of it is sent at once; this leaves room for slow devices. */
#define TOGETHER INT64_C(5000000000)

const char *
wg_companion_name(enum wg_companion companion)
{
    static const char *const names[WG_COMPANION_COUNT] = {
        [WG_COMPANION_NONE] = "none",   [WG_COMPANION_JUNK] = "junk",
        [WG_COMPANION_DISCO] = "disco", [WG_COMPANION_SPECIAL] = "special packet",
        [WG_COMPANION_STUN] = "STUN",   [WG_COMPANION_ROSENPASS] = "Rosenpass",
        [WG_COMPANION_WARP] = "WARP",
    };
    return names[companion];
}

const struct wg_amnezia *
wg_junk_settings(const struct wg_unwrapper *u, const struct wg_place *place)
{
    const struct wg_amnezia *a;

    for (size_t i = 0; u->companions_expected && (a = wg_keystore_amnezia(u->keys, i)) != NULL; i++)
        if (wg_amnezia_has_companions(a) && (wg_amnezia_has_port(a, place->source.port) ||
                                             wg_amnezia_has_port(a, place->destination.port)))
            return a;
    return NULL;
}

/* A datagram can come here twice, by its flow and then by the heuristic. */
static bool
is_last(const GArray *unopened, const struct wg_place *place)
{
    if (unopened->len == 0)
        return false;
    const struct unopened *last = &g_array_index(unopened, struct unopened, unopened->len - 1);
    return last->frame == place->frame && last->packet == place->packet &&
           last->offset == place->offset;
}

void
wg_junk_remember(struct side *side, const struct wg_amnezia *settings, const struct wg_place *place,
                 const struct wg_span *span)
{
    struct unopened unopened = { .frame = place->frame,
                                 .packet = place->packet,
                                 .offset = place->offset,
                                 .length = (uint32_t)span->length,
                                 .time = place->time };

    if (span->captured == span->length)
        unopened.special = (uint8_t)wg_amnezia_special_number(settings, span->bytes, span->length);
    if (side->unopened == NULL)
        side->unopened = g_array_new(FALSE, FALSE, sizeof unopened);
    if (is_last(side->unopened, place))
        return;
    if (side->unopened->len == JUNK_KEPT)
        g_array_remove_index(side->unopened, 0);
    g_array_append_val(side->unopened, unopened);
}

void
wg_junk_settle(struct wg_unwrapper *u, struct side *side, const struct wg_amnezia *settings,
               int64_t time)
{
    uint32_t junk = settings->junk_count;

    if (side->unopened == NULL)
        return;
    for (unsigned i = side->unopened->len; i > 0; i--) {
        const struct unopened *d = &g_array_index(side->unopened, struct unopened, i - 1);
        struct entry entry = { .frame = d->frame, .offset = d->offset };

        if (d->time > time || time - d->time > TOGETHER)
            continue;
        if (d->special != 0) {
            entry.companion = WG_COMPANION_SPECIAL;
        } else if (junk > 0 && wg_amnezia_in_range(&settings->junk, d->length)) {
            entry.companion = WG_COMPANION_JUNK;
            junk--;
        } else {
            continue;
        }
        wg_unwrapper_note(u, &entry);
    }
    g_array_set_size(side->unopened, 0);
}
