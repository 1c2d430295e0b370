/* macs.h
 * Whose key mac1 was made with, and whether mac2 fits the cookie, without trying every key on
 * every message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_MACS_H
#define WG_MACS_H

#include "wg/endpoint.h"
#include "wg/keystore.h"
#include "wg/opening.h"
#include "wg/wire.h"

/* The keys and cookies that endpoints were seen to use. Owned by the caller; freeing it wipes the
 * cookies. */
struct wg_macs_memory;

struct wg_macs_memory *wg_macs_new(void);
void wg_macs_free(struct wg_macs_memory *memory);

/* A handshake message, where it went and when. */
struct wg_macs_message {
    const struct wg_wire_view *view;
    const struct wg_endpoint *source, *destination;
    int64_t time;           /* nanoseconds since 1970 */
    const uint8_t *certain; /* public key that its receiver is known to have, or NULL */
};

/* Fills `judged`. A mac is called bad only where that is certain: mac1 if its receiver is certain,
 * or was named by wg_macs_prove() for that endpoint not long before; mac2 if its sender can hold
 * only one cookie, and that one is known. */
void wg_macs_judge(struct wg_macs_memory *memory, const struct wg_keystore *keys,
                   const struct wg_macs_message *message, struct wg_macs *judged);

/* The same for a message that was judged before; `before` is NULL if it was not. Once the receiver
 * or mac2 is settled, that stays, even if less is remembered now of the time of the message. */
void wg_macs_judge_again(struct wg_macs_memory *memory, const struct wg_keystore *keys,
                         const struct wg_macs_message *message, const struct wg_macs *before,
                         struct wg_macs *judged);

/* A handshake at this time proved that the owner of this key is at this endpoint. */
void wg_macs_prove(struct wg_macs_memory *memory, const struct wg_endpoint *endpoint,
                   const uint8_t public_key[WG_KEY_LEN], int64_t time);

/* The receiver of the message gave its sender a cookie for it. */
void wg_macs_remember_cookie(struct wg_macs_memory *memory, const struct wg_macs_message *provoking,
                             const uint8_t cookie[WG_MAC_LEN]);

#endif
