/* envelope.h
 * How a message is disguised or altered on the wire, and what it was before.
 *
 * An envelope is one file of plugin/core/envelope: a bit diagram and pure functions on bytes. It
 * gives the message as WireGuard itself would have written it, with the first bytes that its MACs
 * cover, so that later code knows nothing of envelopes.
 *
 *     plain       nothing changed
 *     client id   an id in the reserved bytes (Cloudflare WARP)
 *     TunnelBear  longer handshake messages
 *     AmneziaWG   random bytes before and after, another header, masked or not
 *     LWO         XOR with the receiver's public key (Mullvad)
 *
 * AmneziaWG and LWO are opened with a configuration, public keys or a key log, and never without:
 * people's safety depends on these disguises.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ENVELOPE_H
#define WG_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/keystore.h"
#include "wg/wire.h"

/* A datagram: `captured` bytes of it can be read, `length` were on the wire. */
struct wg_span {
    const uint8_t *bytes;
    size_t captured, length;
};

/* How an envelope is known. */
enum wg_envelope_by {
    WG_BY_NOTHING, /* plain */
    WG_BY_FRAMING, /* its own bytes show it */
    WG_BY_CONFIGURATION,
    WG_BY_PUBLIC_KEY, /* mac1 */
    WG_BY_KEY_LOG,    /* mac1, by a public key of a key log */
};

struct wg_envelope;
struct wg_message;

/* Where the parts of one wrapped message are: all that is needed to undo it. */
struct wg_envelope_marks {
    const struct wg_envelope *in; /* never NULL */
    const uint8_t *key;           /* in the key store: the key that masks it, or NULL */
    uint32_t prefix, trailer;     /* bytes on the wire before and after the message */
    uint32_t stride; /* bytes of each of several messages but the last; 0: there is one */
    uint8_t type;    /* of the message inside, enum wg_message_type */
    uint8_t by;      /* enum wg_envelope_by */
};

struct wg_envelope {
    const char *name; /* field wg.envelope */
    /* Write one message into `room` (as long as what was captured after the prefix) and decode it.
     * NULL: nothing has to be undone. returns   false where the capture ends before the
     * message's type */
    bool (*undo)(const struct wg_span *span, const struct wg_envelope_marks *marks, uint8_t *room,
                 struct wg_message *message);
};

/* A message as WireGuard itself would have written it. */
struct wg_message {
    struct wg_wire_view view; /* points into the room, or into the datagram where nothing changes */
    uint32_t header;          /* AmneziaWG: what is in place of type and reserved bytes */
};

extern const struct wg_envelope wg_envelope_plain, wg_envelope_client_id, wg_envelope_tunnelbear;
extern const struct wg_envelope wg_envelope_amneziawg, wg_envelope_lwo;

/* The envelope of a message whose bytes are unchanged: plain, client id or TunnelBear. */
const struct wg_envelope *wg_envelope_of(const struct wg_wire_view *view);

/*
 * The client id of a message as a number, the first byte highest: at most 0xffffff. 0: it has none,
 * or it was not captured.
 */
uint32_t wg_envelope_id(const struct wg_wire_view *view);

/*
 * Write what the datagram holds into `room` (span->captured bytes) and decode the first message.
 * Several that segmentation offload merged become what plain WireGuard's would be.
 * returns   false where the capture ends before the first message's type
 */
bool wg_envelope_undo(const struct wg_span *span, const struct wg_envelope_marks *marks,
                      uint8_t *room, struct wg_message *message);

/* Receiver indices that were announced to the sender of a datagram. */
struct wg_known_indices {
    const uint32_t *indices;
    unsigned count;
};

/*
 * Whether a wrapped data message is several, which segmentation offload put together.
 *
 * known     announced to its sender
 * likely    the answer for another datagram of the flow, or 0
 * search    whether to look for others than that
 * returns   the stride, for marks->stride, or 0
 */
uint32_t wg_envelope_stride(const struct wg_span *span, const struct wg_envelope_marks *marks,
                            const struct wg_known_indices *known, uint32_t likely, bool search);

/* Whether that search is costly: each message is masked with a keystream of its own. */
bool wg_envelope_masks_apart(const struct wg_envelope_marks *marks);

/* ---- AmneziaWG ---- */

/*
 * Whether the datagram is a message under these settings, by length and header. A data message must
 * have a plausible counter, too. marks->by is left alone.
 */
bool wg_amneziawg_open(const struct wg_span *span, const struct wg_amnezia *settings,
                       struct wg_envelope_marks *marks);

/*
 * Without settings: whether this is an initiation or a response to the owner of this public key,
 * after a prefix of any length, by mac1. At most two keyed hashes.
 */
bool wg_amneziawg_find(const struct wg_span *span, const struct wg_static_key *receiver,
                       struct wg_envelope_marks *marks);

/* Without settings: whether a message of `type` (cookie reply or data) to this index follows after
 * a prefix of `prefix` bytes. */
bool wg_amneziawg_addressed(const struct wg_span *span, enum wg_message_type type, size_t prefix,
                            uint32_t receiver, struct wg_envelope_marks *marks);

/* ---- LWO ---- */

/* Whether the datagram is a message to the owner of this public key: type, lengths, marker and
 * counter, as far as they were captured. 23 bits of evidence without a counter, 51 with one. */
bool wg_lwo_open(const struct wg_span *span, const uint8_t public_key[WG_KEY_LEN],
                 struct wg_envelope_marks *marks);

#endif
