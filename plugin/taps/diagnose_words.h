/* diagnose_words.h
 * What the sentences of a diagnosis are made of. Texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DIAGNOSE_WORDS_H
#define WG_DIAGNOSE_WORDS_H

#include <stddef.h>

#include "wg/diagnosis.h"
#include "wg/timers.h"

/* A side of a tunnel: its first endpoint, with the name of its peer. */
char *wg_words_peer(const struct wg_tunnel *tunnel, unsigned side);

/* The public key of a side; NULL: not known. Not to be freed. */
const uint8_t *wg_words_side_key(const struct wg_tunnel *tunnel, unsigned side);

/* A public key in base64, with its name. */
char *wg_words_key(const uint8_t *public_key);

/* "frame 3" or "frames 3 to 9" */
char *wg_words_frames(const struct wg_evidence *evidence);

/* "7 handshake initiations (frames 1 to 9)" */
char *wg_words_counted(const struct wg_evidence *evidence, const char *one, const char *many);

/* The same for the messages with a verdict. */
char *wg_words_verdict(const struct wg_tunnel *tunnel, enum wg_verdict verdict, const char *one,
                       const char *many);

/* ICMP errors that refuse the tunnel's packets. */
char *wg_words_refusals(const struct wg_tunnel *tunnel);

/* How many initiations came with a cookie. */
char *wg_words_with_cookie(const struct wg_tunnel *tunnel);

/* What each side lost; "" if nothing. */
char *wg_words_losses(const struct wg_tunnel *tunnel);

/* "2025-10-09 08:53:21 UTC" */
char *wg_words_when(int64_t time);

/* How long, in the unit that a reader expects: "0.4 s", "93 s", "12 min", "3.1 h", "55.6 years" */
char *wg_words_duration(int64_t nanoseconds);

/* Where the capture was made, seen from a side, as a sentence that begins with a space; "" if the
 * hops left do not show it. who: "the initiator" */
char *wg_words_place(const struct wg_tunnel *tunnel, unsigned side, const char *who);

/* The clock of the last opened initiation against the capture's: "its clock says ..., 3.1 h before
 * the capture's"; "" if no initiation was opened. */
char *wg_words_clock(const struct wg_tunnel *tunnel);

static inline double
wg_words_seconds(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e9;
}

/* The side with more of one kind of evidence. place: its offset in struct wg_tunnel_side */
unsigned wg_words_busier(const struct wg_tunnel *tunnel, size_t place);
#define WG_WORDS_BUSIER(tunnel, member)                                                            \
    wg_words_busier(tunnel, offsetof(struct wg_tunnel_side, member))

#endif
