/* opening_private.h
 * What the files that open messages share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OPENING_PRIVATE_H
#define WG_OPENING_PRIVATE_H

#include <glib.h>

#include "macs.h"
#include "wg/keystore.h"
#include "wg/noise.h"

/* Transport keys that follow from the key logs of both peers, for sessions whose handshake the
 * capture lacks. Only data can tell whether they were ever used. */
struct wg_derived {
    struct wg_noise_transport transport;
    const struct wg_static_key *initiator, *responder;
};

struct wg_opener {
    struct wg_keystore *keys;
    struct wg_macs_memory *memory;
    GArray *derived; /* of struct wg_derived */
    uint64_t derived_generation;
};

/* Wipe and drop what was derived. */
void wg_opener_forget_derived(struct wg_opener *opener);

#endif
