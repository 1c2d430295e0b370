/* diagnosis.h
 * Why a tunnel does not come up or does not stay up: which messages belong to which tunnel.
 *
 * A tunnel is what two peers have with each other: all sessions between two endpoints, those that
 * follow them when a peer roams, and, where keys prove the peers, all sessions of the same two
 * peers wherever they are. What is known of a tunnel is in evidence.h, what it proves in
 * findings.h.
 *
 * Sources: WireGuard paper, section 5.4; RFC 792, RFC 1191, RFC 4443 (ICMP errors).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DIAGNOSIS_H
#define WG_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/evidence.h"
#include "wg/findings.h"
#include "wg/keystore.h"

struct wg_diagnosis;

/* keys: used, not owned, must outlive it; may be NULL. Looking up a logged key changes no key. */
struct wg_diagnosis *wg_diagnosis_new(struct wg_keystore *keys);
void wg_diagnosis_free(struct wg_diagnosis *diagnosis);

/* A frame of any kind was captured at that time (nanoseconds since 1970). */
void wg_diagnosis_time(struct wg_diagnosis *diagnosis, int64_t time);

/* Account for a message, in the order of the capture. Its session must live as long as the
 * diagnosis. O(1). returns its tunnel, or NULL where it belongs to none. */
const struct wg_tunnel *wg_diagnosis_add(struct wg_diagnosis *diagnosis,
                                         const struct wg_sighting *sighting);
/* The same for a message quoted in an ICMP error; it makes no tunnel of its own. */
const struct wg_tunnel *wg_diagnosis_add_quote(struct wg_diagnosis *diagnosis,
                                               const struct wg_quote *quote);

/* The first fragment of an IP datagram that is not whole, or not yet: its message, or its last
 * fragment, may still come. It makes no tunnel of its own. O(1). source, destination: with ports;
 * id: the identification in its IP header, which shows that a fragment was captured twice */
void wg_diagnosis_add_fragment(struct wg_diagnosis *diagnosis, const struct wg_endpoint *source,
                               const struct wg_endpoint *destination, uint32_t id, uint32_t frame);

/* The last fragment of an IP datagram that the host did not put together. O(1). from, to: port 0 */
void wg_diagnosis_end_fragment(struct wg_diagnosis *diagnosis, const struct wg_endpoint *from,
                               const struct wg_endpoint *to, uint32_t id);

/* Whether no message was of any tunnel. */
bool wg_diagnosis_is_empty(const struct wg_diagnosis *diagnosis);

/* The tunnels, by their numbers. Those of which nothing is left to report are not among them. A
 * tunnel lives as long as the diagnosis.
 *
 * after     NULL: begin with the first one
 * returns   the next one, or NULL after the last one */
const struct wg_tunnel *wg_diagnosis_next(const struct wg_diagnosis *diagnosis,
                                          const struct wg_tunnel *after);

#endif
