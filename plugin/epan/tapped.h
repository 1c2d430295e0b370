/* tapped.h
 * What the reports are told: every message that is accounted for, and every message quoted in an
 * ICMP error.
 *
 * The tap "wg" delivers one struct wg_tapped for each. Listeners of the tap "frame", which see
 * other traffic too, find those of a frame with wg_tapped_in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TAPPED_H
#define WG_TAPPED_H

#include <epan/packet.h>

#include "tree.h"
#include "wg/diagnosis.h"

/* Valid as long as its frame is looked at. */
struct wg_tapped {
    struct wg_tapped *next;       /* of the same frame */
    struct wg_tapped *last;       /* of the same frame; with the first */
    const struct wg_quote *quote; /* NULL: it is a message of its own, and `seen` tells of it */
    struct wg_sighting seen;
    struct wg_wire_view view;
    bool in_udp_stream; /* with the host's number of it */
    uint32_t udp_stream;
};

void wg_tap_register(int proto);

/* A listener of the tap "frame" begins, or ceases, to ask wg_tapped_in. Others listen to that tap,
 * too, and are told nothing of ours. */
void wg_tap_frames(bool listen);

/* Whether anybody listens. */
bool wg_tap_wanted(void);

/* To be given to wg_capture_observe, with the packet_info as user. */
extern const struct wg_capture_observer wg_tap_observer;

void wg_tap_message(const struct wg_drawing *d, enum wg_decryption_status status);
/* The same for transport data. plain: what it holds, with WG_STATUS_DECRYPTED */
void wg_tap_data(const struct wg_drawing *d, enum wg_decryption_status status,
                 const uint8_t *plain);
void wg_tap_quoted(const struct wg_drawing *d);

/* The first of this frame's, or NULL. On the first pass, messages of earlier frames that were not
 * known to be WireGuard then come with the one that proves them. */
const struct wg_tapped *wg_tapped_in(packet_info *pinfo);

/* Whether this frame may turn out to be WireGuard later. */
bool wg_tapped_perhaps(packet_info *pinfo);

#endif
