/* opening.h
 * What the keys open: handshakes, cookies and transport data of the sessions.
 *
 * Source: WireGuard paper, section 5.4. Every message that could not be opened has a status that
 * says what is missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OPENING_H
#define WG_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/keystore.h"
#include "wg/noise.h"
#include "wg/sessions.h"

/* mac1 or mac2. The order is that of the host's checksum states. */
enum wg_mac_status {
    WG_MAC_BAD,
    WG_MAC_GOOD,
    WG_MAC_UNVERIFIED,
    WG_MAC_NOT_PRESENT,
};

struct wg_macs {
    const struct wg_static_key *receiver; /* whose key mac1 was made with, or NULL */
    enum wg_mac_status mac1, mac2;
};

struct wg_initiation_keys {
    uint64_t generation; /* of the key store when it was tried */
    struct wg_macs macs;
    const struct wg_static_key *responder; /* by mac1, or whose key opened it; NULL: unknown */
    enum wg_decryption_status status;
    bool attempted;       /* a private key was at hand for it */
    bool clock_backwards; /* its timestamp is not greater than that of an earlier message of the
                             same initiator to the same responder, so that no responder accepts it
                             (paper, 5.1) */
    struct wg_noise_initiation opened;
};

struct wg_response_keys {
    uint64_t generation;
    bool had_initiation; /* when it was tried */
    struct wg_macs macs;
    enum wg_decryption_status status;
    bool has_transport; /* with DECRYPTED, or where only data can confirm the keys */
    const uint8_t *psk; /* with DECRYPTED: the preshared key that opened it, in the store */
    struct wg_noise_transport transport;
};

struct wg_opener;

/* Called to look for new keys. returns whether there are any */
typedef bool (*wg_more_keys_fn)(void *user);

/*
 * keys      used, not owned. Must outlive the opener and the sessions that it opened, which point
 *           into it
 * more      called where a message was not opened, but not for each; NULL: no more keys come
 * returns   owned by the caller. Everything works without keys, too; it then opens nothing.
 */
struct wg_opener *wg_opener_new(struct wg_keystore *keys, wg_more_keys_fn more, void *user);
void wg_opener_free(struct wg_opener *opener);

/* What the session table asks; `self` is the opener. */
extern const struct wg_judge wg_opener_judge;

/* Whether any key is known that could open anything. */
bool wg_opener_has_keys(const struct wg_opener *opener);

/*
 * Open transport data that was opened when it was accounted for, to show it. Changes nothing.
 * plain     room for view->packet_length bytes; holds packet_length - WG_TAG_LEN bytes after
 *           WG_STATUS_DECRYPTED
 */
enum wg_decryption_status wg_opener_look(const struct wg_opener *opener,
                                         const struct wg_direction *direction,
                                         const struct wg_wire_view *view, uint8_t *plain);

/*
 * Judge the handshakes of all sessions again, with keys that came after them. Does nothing if no
 * key came since the last call. returns   whether any key came
 */
bool wg_opener_judge_again(struct wg_opener *opener, struct wg_sessions *sessions);

/* Called with a transport key, which is wiped after the call. */
typedef void (*wg_transport_key_fn)(void *user, uint32_t receiver_index,
                                    const uint8_t key[WG_KEY_LEN]);

/* Call `tell` with each transport key that opened a packet of the direction, the first one first.
 */
void wg_opening_tell_keys(const struct wg_direction *direction, wg_transport_key_fn tell,
                          void *user);

/* Public static keys of both sides of a session, 32 bytes, as far as keys show them; else NULL. */
const uint8_t *wg_session_initiator_key(const struct wg_session *session);
const uint8_t *wg_session_responder_key(const struct wg_session *session);

#endif
