/* unwrap.h
 * From a datagram in an envelope to the message inside, as a data source of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_UNWRAP_H
#define WG_UNWRAP_H

#include <epan/packet.h>

#include "wg/capture.h"
#include "wg/unwrapper.h"

/* What was around a message that was unwrapped. */
struct wg_envelope_view {
    tvbuff_t *wire; /* the datagram as it was on the wire */
    struct wg_envelope_marks marks;
    uint32_t header; /* AmneziaWG: the value in place of type and reserved bytes */
    uint8_t mac_header[sizeof(struct wg_wire_header)];
};

/*
 * Find out whether a datagram is wrapped. This learns on the first pass, and only reads later.
 *
 * tvb       the datagram
 * d         made from it; if it is unwrapped, its bytes become those of the message inside
 * view      filled in if it is unwrapped
 * companion set to the companion that the datagram is known to be, if any
 * returns   the message's bytes, or NULL if it is not wrapped
 */
tvbuff_t *wg_unwrap(struct wg_unwrapper *u, tvbuff_t *tvb, packet_info *pinfo,
                    struct wg_datagram *d, struct wg_envelope_view *view,
                    enum wg_companion *companion);

#endif
