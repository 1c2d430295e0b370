/* recognise.h
 * Is this datagram WireGuard? Asked if the port does not say so.
 *
 * Any protocol may begin with a byte of 1-4 and three zero bytes. What distinguishes WireGuard is
 * listed in docs/recognition.md; these functions are the rules.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_RECOGNISE_H
#define WG_RECOGNISE_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/wire.h"

/* How much one datagram, seen alone, looks like WireGuard. */
enum wg_likeness {
    WG_UNLIKE,     /* it contradicts the format */
    WG_POSSIBLE,   /* neither contradicted nor proved: it needs others beside it */
    WG_CONVINCING, /* no other traffic looks like this */
};

/*
 * Judge a message by its own bytes. Any envelope id is allowed (wg_envelope_id in envelope.h), and
 * so is a short capture: missing bytes do not count against it.
 */
enum wg_likeness wg_likeness(const struct wg_wire_view *view);

/*
 * The same for a datagram on a port, or in a flow, that is known to carry WireGuard. Even a message
 * of a wrong length is then accepted, as malformed, if it has no envelope id, or `id`.
 */
bool wg_acceptable(const struct wg_wire_view *view, uint32_t id);

/* Transport data in one direction of a flow that nothing has proved yet. Zero it before use. */
struct wg_run {
    uint8_t head[8]; /* type, reserved bytes, receiver index: the same in all */
    uint64_t counter;
    unsigned length; /* packets in it; `counter` is the highest one */
    uint32_t id;     /* of their envelope, or 0 */
};

/*
 * Add a POSSIBLE transport data message (with its counter captured) to the run, or begin a new run
 * with it if it does not continue the old one.
 */
void wg_run_add(struct wg_run *run, const struct wg_wire_view *view);

/* Whether two runs, one for each direction of a flow, prove that it is WireGuard. */
bool wg_run_proves(const struct wg_run *one, const struct wg_run *other);

#endif
