/* opening_keys.c
 * What the keys open: the transport keys themselves, which can be handed on without those from
 * which they follow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "opening_private.h"
#include "wg/crypto.h"
#include "wg/opening.h"

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
