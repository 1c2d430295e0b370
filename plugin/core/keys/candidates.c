/* candidates.c
 * The key store: what to try, and in which order, where the keys do not say what belongs
 * together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keystore_private.h"

/* -- Preshared keys -- */

struct psk_list {
    const uint8_t **out;
    size_t count, limit;
};

/* Equal keys are one pointer (wg_store_psk). */
static void
try_psk(struct psk_list *list, const uint8_t *psk)
{
    if (psk == NULL || list->count >= list->limit)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (list->out[i] == psk)
            return;
    list->out[list->count++] = psk;
}

static void
try_linked(struct psk_list *list, const struct wg_ephemeral *e)
{
    for (unsigned i = 0; e != NULL && i < e->psk_count; i++)
        try_psk(list, e->psks[i]);
}

static void
try_pair(struct psk_list *list, const struct wg_keystore *ks, const uint8_t *interface_public,
         const uint8_t *public_key)
{
    const struct wg_peer *peer = wg_keystore_peer(ks, interface_public, public_key);
    if (peer != NULL)
        try_psk(list, peer->psk);
}

static void
try_peer(struct psk_list *list, const struct wg_keystore *ks, const uint8_t *public_key)
{
    if (public_key == NULL)
        return;
    for (const struct wg_peer *p = wg_keystore_peers(ks, public_key); p != NULL; p = p->next) {
        try_psk(list, p->psk);
        if (list->count >= list->limit)
            return;
    }
}

size_t
wg_keystore_psk_candidates(const struct wg_keystore *ks, const struct wg_ephemeral *a,
                           const struct wg_ephemeral *b, const uint8_t *x, const uint8_t *y,
                           const uint8_t *out[WG_PSK_CANDIDATES_MAX])
{
    /* One place is kept for the zero key. */
    struct psk_list list = { .out = out, .limit = WG_PSK_CANDIDATES_MAX - 1 };

    try_linked(&list, a);
    try_linked(&list, b);
    if (x != NULL && y != NULL) {
        try_pair(&list, ks, x, y);
        try_pair(&list, ks, y, x);
    }
    try_peer(&list, ks, x);
    try_peer(&list, ks, y);

    list.limit = WG_PSK_CANDIDATES_MAX;
    try_psk(&list, wg_store_zero);
    for (size_t i = 0; i < ks->psks->len && list.count < list.limit; i++)
        try_psk(&list, wg_keystore_psk(ks, i));
    return list.count;
}
