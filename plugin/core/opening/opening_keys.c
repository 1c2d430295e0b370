/* opening_keys.c
 * What the keys open: whether there are any, and the transport keys of each direction.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "opener.h"
#include "wg/crypto.h"
#include "wg/opening.h"

bool
wg_opener_has_keys(const struct wg_opener *opener)
{
    /* Each key that was ever added counted as a change. */
    return wg_keystore_generation(opener->keys) > 0;
}

void
wg_opener_release_direction(struct wg_direction *d)
{
    if (d->keys == NULL)
        return;
    wg_aead_free(d->keys->aead);
    for (size_t i = 0; i < G_N_ELEMENTS(d->keys->older); i++)
        wg_aead_free(d->keys->older[i]);
    g_free(d->keys);
    d->keys = NULL;
}

/* Keep a key that opened a packet. The oldest one makes room. */
static void
keep_aead(struct wg_direction *d, struct wg_aead *aead)
{
    struct wg_direction_keys *keys = d->keys;
    const size_t last = G_N_ELEMENTS(keys->older) - 1;

    wg_aead_free(keys->older[last]);
    memmove(keys->older + 1, keys->older, last * sizeof keys->older[0]);
    d->mixed = d->mixed || keys->aead != NULL; /* two keys are two sessions */
    keys->older[0] = keys->aead;
    keys->aead = aead;
    d->keyed = true;
}

static bool
opens(struct wg_aead *aead, const struct wg_wire_view *view, uint8_t *plain)
{
    return aead != NULL &&
           wg_aead_open_with(aead, plain, view->counter, view->packet, view->packet_length);
}

bool
wg_try_known_keys(const struct wg_direction *d, const struct wg_wire_view *view, uint8_t *plain)
{
    if (d->keys == NULL)
        return false;
    if (opens(d->keys->aead, view, plain))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(d->keys->older); i++)
        if (opens(d->keys->older[i], view, plain))
            return true;
    return false;
}

bool
wg_open_again(const struct wg_direction *d, const struct wg_wire_view *view, uint8_t *plain)
{
    /* Which of several keys it was, only the tag can tell. */
    if (d->keys == NULL || d->keys->aead == NULL || d->keys->older[0] != NULL)
        return wg_try_known_keys(d, view, plain);
    wg_aead_open_again(d->keys->aead, plain, view->counter, view->packet, view->packet_length);
    return true;
}

bool
wg_try_key(const struct wg_trial *trial, const uint8_t key[WG_KEY_LEN])
{
    struct wg_aead *aead = wg_aead_new(key);

    if (!opens(aead, trial->view, trial->plain)) {
        wg_aead_free(aead);
        return false;
    }
    keep_aead(trial->direction, aead);
    return true;
}

bool
wg_try_transport(const struct wg_trial *trial, const struct wg_noise_transport *transport)
{
    if (trial->direction->receiver == WG_ROLE_RESPONDER)
        return wg_try_key(trial, transport->initiator_to_responder);
    return wg_try_key(trial, transport->responder_to_initiator);
}

/* ---- handed on without the keys from which they follow ---- */

static void
tell_key(const struct wg_direction *d, const struct wg_aead *aead, wg_transport_key_fn tell,
         void *user)
{
    uint8_t key[WG_KEY_LEN];

    if (aead == NULL)
        return;
    wg_aead_key(aead, key);
    tell(user, d->index, key);
    wg_wipe(key, sizeof key);
}

void
wg_opening_tell_keys(const struct wg_direction *d, wg_transport_key_fn tell, void *user)
{
    if (d->keys == NULL)
        return;
    for (size_t i = G_N_ELEMENTS(d->keys->older); i-- > 0;)
        tell_key(d, d->keys->older[i], tell, user);
    tell_key(d, d->keys->aead, tell, user);
}
