/* evidence_private.h
 * What the files of the evidence share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_EVIDENCE_PRIVATE_H
#define WG_EVIDENCE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/evidence.h"

static inline void
wg_evidence_forget(struct wg_evidence *e)
{
    *e = (struct wg_evidence){ 0 };
}

/* ---- evidence_figures.c ---- */

void wg_evidence_see_if(bool holds, struct wg_evidence *e, uint32_t frame);

/* Whether there is nothing to report: all that it had turned out to be of another tunnel. */
bool wg_tunnel_is_empty(const struct wg_tunnel *tunnel);

/* An outage is over. */
void wg_tunnel_add_outage(struct wg_tunnel *tunnel, const struct wg_outage *outage);

/* side   hears something of the other one, and what it sent before is no longer unheard */
void wg_tunnel_hear(struct wg_tunnel_side *side, int64_t time, uint32_t frame);

/* ---- evidence_handshakes.c ---- */

void wg_tunnel_see_initiation(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                              const struct wg_fact *fact);
void wg_tunnel_see_response(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                            const struct wg_fact *fact);
void wg_tunnel_see_cookie(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                          const struct wg_fact *fact);

/* The initiator sends data under a response, so it accepted the response. */
void wg_tunnel_use(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                   const struct wg_fact *fact);

/* The responder sends data to the initiator's index, so the initiator used the handshake, although
 * its response or its first packet was not captured. Anyone who saw the initiation can forge a
 * packet or two. */
void wg_tunnel_use_unseen(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                          const struct wg_fact *fact);

/* A side sends data of a session that no captured handshake announces. If that is its first packet,
 * which an initiator sends at once, its last initiation was answered, although the response was not
 * captured. */
void wg_tunnel_use_last_try(struct wg_tunnel *tunnel, unsigned side, const struct wg_fact *fact);

/* An initiation opens, so earlier ones that do not open were forged. */
void wg_tunnel_forget_unproved(struct wg_tunnel *tunnel);

/* ---- evidence_silences.c ---- */

/* A side begins a handshake: was the other silent to this one, or this one to the other?
 *
 * side   the one that heard nothing */
void wg_tunnel_see_silence(struct wg_tunnel *tunnel, unsigned side, const struct wg_fact *fact);

/* Data comes, without keepalives: it may end a silence. */
void wg_tunnel_end_silence(struct wg_tunnel *tunnel, const struct wg_exchange *exchange,
                           const struct wg_fact *fact);

/* ---- evidence_data.c ---- */

/* The initiator of a session moved to where another tunnel began: that may be its rekey, captured
 * before the data that shows the move. */
void wg_tunnel_went_on(struct wg_tunnel *tunnel, struct wg_exchange *exchange);

/* Note a rekey as overdue if the initiation that was due should have come by now. */
void wg_tunnel_judge_due(struct wg_tunnel *tunnel, int64_t now);

/* last_time: when the sender was seen last, as far as that is certain; 0: never */
void wg_tunnel_see_data(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                        const struct wg_fact *fact, int64_t last_time);

#endif
