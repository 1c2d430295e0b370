/* tapped.h
 * What the reports get: every message that is accounted for, and every message quoted in an ICMP
 * error.
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

/* Valid while its frame is dissected. */
struct wg_tapped {
    struct wg_tapped *next;       /* of the same frame */
    struct wg_tapped *last;       /* of the same frame; set in the first only */
    const struct wg_quote *quote; /* NULL: it is a message of its own, which `seen` describes */
    struct wg_sighting seen;
    struct wg_wire_view view;
    bool in_udp; /* the host has a UDP stream for it */
};

void wg_tap_register(int proto);

/* A listener of the tap "frame" starts or stops calling wg_tapped_in. Other listeners of that tap
 * need nothing from us. */
void wg_tap_frames(bool listen);

/* Whether there is a listener. */
bool wg_tap_wanted(void);

/* Pass it to wg_capture_observe, with the packet_info as user. */
extern const struct wg_capture_observer wg_tap_observer;

void wg_tap_message(const struct wg_drawing *d, enum wg_decryption_status status);
/* The same for transport data. plain: the decrypted packet, if the status is WG_STATUS_DECRYPTED */
void wg_tap_data(const struct wg_drawing *d, enum wg_decryption_status status,
                 const uint8_t *plain);
void wg_tap_quoted(const struct wg_drawing *d);

/* Listeners start over: no frame was handed to them yet. */
void wg_tap_forget(void);

/* For a listener: the first message of this frame, or NULL. On the first pass, messages of earlier
 * frames that were not yet known to be WireGuard come with the one that proves them. */
const struct wg_tapped *wg_tapped_in(const packet_info *pinfo);

/* Whether this frame may turn out to be WireGuard later. */
bool wg_tapped_perhaps(packet_info *pinfo);

#endif
