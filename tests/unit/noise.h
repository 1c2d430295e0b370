/* noise.h
 * Handshakes of the vectors, and the keys that an onlooker holds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_NOISE_H
#define TEST_NOISE_H

#include <string.h>

#include <glib.h>

#include "../vectors/noise_vectors.h"
#include "wg/noise.h"

/* The keys whose letters are in the string: private ones of the initiator (S, E) and of the
 * responder (s, e), and public ones: p is s's, P is S's, I is E's and R is e's. */
static inline struct wg_noise_keys
known(const struct vector_handshake *v, const char *letters)
{
#define IF(letter, key) (strchr(letters, letter) != NULL ? (key) : NULL)
    const size_t ei = offsetof(struct wg_wire_initiation, ephemeral);
    const size_t er = offsetof(struct wg_wire_response, ephemeral);

    g_assert_cmpuint(strspn(letters, "SEsepPIR"), ==, strlen(letters));
    return (struct wg_noise_keys){
        .initiator_static_private = IF('S', v->initiator_static_private),
        .initiator_static_public = IF('P', v->initiator_static_public),
        .initiator_ephemeral_private = IF('E', v->initiator_ephemeral_private),
        .initiator_ephemeral_public = IF('I', v->initiation + ei),
        .responder_static_private = IF('s', v->responder_static_private),
        .responder_static_public = IF('p', v->responder_static_public),
        .responder_ephemeral_private = IF('e', v->responder_ephemeral_private),
        .responder_ephemeral_public = IF('R', v->response + er),
    };
#undef IF
}

static inline struct wg_wire_view
view_of(const uint8_t *bytes, size_t length)
{
    struct wg_wire_view view;

    g_assert_cmpint(wg_wire_decode(bytes, length, length, &view), ==, WG_WIRE_OK);
    return view;
}

#define VIEW(array) view_of(array, sizeof(array))

/* A handshake of the table whose initiation was opened with everything. */
static inline struct wg_noise_initiation
opened_wholly(const struct vector_handshake *v)
{
    const struct wg_noise_keys keys = known(v, "s");
    const struct wg_wire_view view = VIEW(v->initiation);
    struct wg_noise_initiation opened;

    g_assert_cmpint(wg_noise_open_initiation(&opened, &keys, &view), ==, WG_NOISE_OK);
    return opened;
}

#endif
