/* opener.h
 * What the files that open messages share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OPENER_H
#define WG_OPENER_H

#include <glib.h>

#include "macs.h"
#include "wg/keystore.h"
#include "wg/noise.h"
#include "wg/opening.h"
#include "wg/sessions.h"

/* Time for trying again when keys were added: this much in any capture, and this much more for each
 * packet. In a capture made to waste time the last messages are not opened. Microseconds by a rough
 * estimate of the operations and not by a clock, so that each run does the same. */
#define WG_OPENER_FREE_TIME       UINT64_C(10000000)
#define WG_OPENER_TIME_PER_PACKET UINT64_C(50)
/* For a handshake message: four Diffie-Hellman operations and a list of preshared keys. */
#define WG_OPENER_RETRY_COST UINT64_C(1000)

/* Transport keys that follow from the key logs of both peers, for sessions whose handshake the
 * capture lacks. Only data can show whether they were ever used. */
struct wg_derived {
    uint64_t serial; /* how many were derived before it */
    struct wg_noise_transport transport;
    const struct wg_static_key *initiator, *responder;
};

/* The transport keys of a direction: an index may be used again. */
struct wg_direction_keys {
    struct wg_aead *aead;     /* the one that opened a packet last, or NULL */
    struct wg_aead *older[3]; /* others that opened packets */
    uint64_t generation;      /* of the key store when keys were tried last */
    unsigned tried;           /* packets that they were tried on since then */
};

struct wg_opener {
    struct wg_keystore *keys;
    struct wg_macs_memory *memory;
    GArray *derived;           /* of struct wg_derived */
    uint64_t derived_count;    /* ever */
    uint64_t derived_since;    /* ephemeral keys from this one on were not looked at yet */
    bool derived_all;          /* all pairs were looked at, with the keys of derived_generation */
    GHashTable *derived_tried; /* direction -> struct wg_derived_tried */
    GTree *clocks;             /* public keys of initiator and responder -> opening_clocks.c */
    uint64_t derived_generation;
    uint64_t budget; /* microseconds */
    uint64_t judged; /* generation of the key store when all handshakes were judged last */
    wg_more_keys_fn more;
    void *user;
    uint8_t *scratch; /* for plaintext that is not shown; `room` bytes */
    size_t room;
};

/* Whether there is that much time left; if so it is spent. */
static inline bool
wg_opener_afford(struct wg_opener *opener, uint64_t microseconds)
{
    if (opener->budget < microseconds)
        return false;
    opener->budget -= microseconds;
    return true;
}

/* The private key, or NULL; key may be NULL. */
static inline const uint8_t *
wg_private_of(const struct wg_static_key *key)
{
    if (key != NULL && key->has_private)
        return key->private_key;
    return NULL;
}

static inline const uint8_t *
wg_ephemeral_private_of(const struct wg_ephemeral *ephemeral)
{
    if (ephemeral == NULL)
        return NULL;
    return ephemeral->private_key;
}

/* The session's response that counts, or NULL. */
const struct wg_response *wg_response_of(const struct wg_session *session);

/* The session's initiation, of which `view` is the decoded form. */
struct wg_macs_message wg_initiation_message(const struct wg_session *session,
                                             const struct wg_wire_view *view);

/* A packet on which keys are tried. */
struct wg_trial {
    struct wg_direction *direction;
    const struct wg_wire_view *view;
    uint8_t *plain;
};

/* Whether the key opens the packet; if so it is one of the direction's from now on. */
bool wg_try_key(const struct wg_trial *trial, const uint8_t key[WG_KEY_LEN]);

/* The same for one of the two keys of a handshake: that of the direction's receiver. */
bool wg_try_transport(const struct wg_trial *trial, const struct wg_noise_transport *transport);

/* Whether a key that the direction has opens the packet.
 * plain     as for wg_opener_look */
bool wg_try_known_keys(const struct wg_direction *direction, const struct wg_wire_view *view,
                       uint8_t *plain);

/* The same for a packet that was opened before, which is not checked again where the direction has
 * one key only. */
bool wg_open_again(const struct wg_direction *direction, const struct wg_wire_view *view,
                   uint8_t *plain);

/* The same for keys that are derived from key logs: from those of both peers, if the handshake is
 * missing in part or whole; from the initiator's, for a response without its initiation. */
bool wg_try_derived(struct wg_opener *opener, const struct wg_trial *trial);
bool wg_try_lone_responses(struct wg_opener *opener, const struct wg_trial *trial);

/* Why a handshake message lacks a part: the capture cut it off, or it never had it. */
static inline enum wg_decryption_status
wg_part_missing(const struct wg_wire_view *view)
{
    if (view->truncated)
        return WG_STATUS_TRUNCATED;
    return WG_STATUS_UNKNOWN_LAYOUT;
}

/* The judge: see struct wg_judge. */
enum wg_decryption_status wg_opener_initiation(void *self, struct wg_session *session);
enum wg_decryption_status wg_opener_response(void *self, struct wg_session *session,
                                             struct wg_response *response);
void wg_opener_cookie(void *self, struct wg_session *session, struct wg_response *response,
                      struct wg_cookie *cookie, const struct wg_wire_view *view);
bool wg_opener_answers(void *self, struct wg_session *session, const struct wg_wire_view *view);
enum wg_decryption_status wg_opener_data(void *self, struct wg_direction *direction,
                                         const struct wg_wire_view *view, uint8_t *plain,
                                         bool learn);
void wg_opener_release_direction(struct wg_direction *direction);

/* No clock is known. */
void wg_opener_forget_clocks(struct wg_opener *opener);

/* Compare the timestamp of a session's initiation, if it opened, with those that were compared
 * before, and fill in keys->clock_backwards. */
void wg_opener_compare_clock(struct wg_opener *opener, struct wg_session *session);

/* Wipe and drop what was derived. */
void wg_opener_forget_derived(struct wg_opener *opener);

#endif
