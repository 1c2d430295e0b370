/* recognise.h
 * Is this datagram WireGuard? Needed wherever no port says so.
 *
 * A first byte of 1-4 and three zero bytes are what any protocol may begin with. What tells
 * WireGuard apart is listed in docs/recognition.md; the rules are these functions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_RECOGNISE_H
#define WG_RECOGNISE_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/wire.h"

/* How far one datagram, seen alone, goes towards being WireGuard. */
enum wg_likeness {
    WG_UNLIKE,     /* it contradicts the format */
    WG_POSSIBLE,   /* nothing contradicts it, and nothing proves it: needs others beside it */
    WG_CONVINCING, /* no other traffic looks like this */
};

/*
 * Judge a message by its own bytes. Any envelope id is allowed (wg_envelope_id in
 * envelope.h), and so is a short capture: what was not captured is not held against it.
 */
enum wg_likeness wg_likeness(const struct wg_wire_view *view);

/*
 * The same for a datagram on a port, or in a flow, that is known to carry WireGuard: then even a
 * wrong length is WireGuard with something wrong, as long as it has no envelope id, or `id`.
 */
bool wg_acceptable(const struct wg_wire_view *view, uint32_t id);

/* Transport data seen in one direction of a flow that nothing has proved yet. Zero before use. */
struct wg_run {
    uint8_t head[8]; /* type, reserved bytes, receiver index: alike in all */
    uint64_t counter;
    unsigned length; /* packets in it, `counter` is the highest one */
    uint32_t id;     /* of their envelope, or 0 */
};

/*
 * Add a POSSIBLE transport data message (with its counter captured) to the run, or begin a new run
 * with it where it does not continue the old one.
 */
void wg_run_add(struct wg_run *run, const struct wg_wire_view *view);

/* Whether two runs, one for each direction of a flow, prove that it is WireGuard. */
bool wg_run_proves(const struct wg_run *one, const struct wg_run *other);

#endif
