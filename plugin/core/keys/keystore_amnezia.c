/* keystore_amnezia.c
 * The key store: configurations of AmneziaWG.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "keystore_private.h"

void
wg_store_amnezia_free(void *amnezia)
{
    wg_amnezia_clear(amnezia);
    g_free(amnezia);
}

bool
wg_keystore_add_amnezia(struct wg_keystore *ks, struct wg_amnezia *amnezia)
{
    for (unsigned i = 0; i < ks->amnezias->len; i++)
        if (wg_amnezia_equal(ks->amnezias->pdata[i], amnezia))
            return true;
    if (ks->amnezias->len >= WG_AMNEZIA_MAX)
        return false;
    struct wg_amnezia *kept = g_new(struct wg_amnezia, 1);
    memcpy(kept, amnezia, sizeof *kept); /* with its gaps: wg_amnezia_equal */
    wg_amnezia_init(amnezia);            /* its texts have moved */
    g_ptr_array_add(ks->amnezias, kept);
    ks->generation++;
    return true;
}

const struct wg_amnezia *
wg_keystore_amnezia(const struct wg_keystore *ks, size_t index)
{
    return wg_store_at(ks->amnezias, index);
}
