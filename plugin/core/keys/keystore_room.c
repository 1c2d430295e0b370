/* keystore_room.c
 * The key store when it is full: the oldest keys go.
 *
 * A log may begin long before the capture; its end is what is wanted. An eighth of a kind goes at
 * once, so that on average a key costs the same whether the store is full or not. A key that came
 * again since then is passed over once: each block of a log repeats the static key of its
 * interface, which is therefore among the oldest keys and the newest. Keys that configurations or
 * the user name stay.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stddef.h>

#include "wg/crypto.h"

#include "keystore_private.h"

enum {
    AT_ONCE = WG_KEYSTORE_MAX / 8,
    /* If fewer can go, looking through all is not worth it. */
    WORTH_IT = AT_ONCE / 8,
};

/* Mark the oldest that may go. returns their number */
static unsigned
mark_oldest(GPtrArray *entries)
{
    unsigned marked = 0;

    /* The second round takes those that the first one passed over. */
    for (unsigned time = 0; time < 2 && marked < AT_ONCE; time++)
        for (unsigned i = 0; i < entries->len && marked < AT_ONCE; i++) {
            struct age *age = entries->pdata[i];
            if (age->kept || age->going)
                continue;
            age->going = !age->seen_again;
            age->seen_again = false;
            marked += age->going;
        }
    return marked;
}

static void
unmark(GPtrArray *entries)
{
    for (unsigned i = 0; i < entries->len; i++)
        ((struct age *)entries->pdata[i])->going = false;
}

/* Remove marked entries and close the gaps. `entries` frees them, unless `retired` takes them. */
static void
sweep(struct wg_keystore *ks, GPtrArray *entries, GPtrArray *retired)
{
    void **gone = g_new(void *, entries->len);
    unsigned left = 0, going = 0;

    for (unsigned i = 0; i < entries->len; i++) {
        struct age *age = entries->pdata[i];
        if (age->going)
            gone[going++] = age;
        else
            entries->pdata[left++] = age;
    }
    for (unsigned i = 0; i < going; i++) {
        entries->pdata[left + i] = gone[i];
        if (retired != NULL) {
            g_ptr_array_add(retired, gone[i]);
            entries->pdata[left + i] = NULL;
        }
    }
    g_ptr_array_set_size(entries, (int)left);
    g_free(gone);
    ks->generation++;
    ks->dropped += going;
}

/* Take an entry out of a table, if it is the one that is found there. */
static void
untable(GHashTable *table, const struct ref *r, const void *entry)
{
    if (r->bytes != NULL && g_hash_table_lookup(table, r) == entry)
        g_hash_table_remove(table, r);
}

/* Sessions point to static keys, so their entries stay where they are until the store is freed.
 * Their private halves are wiped. */
bool
wg_store_room_for_static(struct wg_keystore *ks)
{
    if (ks->statics->len < WG_KEYSTORE_MAX || ks->statics_stay)
        return ks->statics->len < WG_KEYSTORE_MAX;
    if (ks->retired->len + AT_ONCE > WG_KEYSTORE_MAX || mark_oldest(ks->statics) < WORTH_IT) {
        unmark(ks->statics);
        ks->statics_stay = true;
        return false;
    }
    for (unsigned i = 0; i < ks->statics->len; i++) {
        struct static_entry *e = ks->statics->pdata[i];
        if (!e->age.going)
            continue;
        untable(ks->static_by_public, &e->by_public, e);
        untable(ks->static_by_private, &e->by_private, e);
        wg_wipe(e->key.private_key, sizeof e->key.private_key);
        e->key.has_private = false;
    }
    sweep(ks, ks->statics, ks->retired);
    return true;
}

/* Take keys that go out of the list of those whose public half is not computed yet. */
static void
sweep_underived(struct wg_keystore *ks)
{
    unsigned left = 0;

    for (unsigned i = 0; i < ks->underived->len; i++) {
        struct ephemeral_entry *e = ks->underived->pdata[i];
        if (!e->age.going)
            ks->underived->pdata[left++] = e;
    }
    g_ptr_array_set_size(ks->underived, (int)left);
}

bool
wg_store_room_for_ephemeral(struct wg_keystore *ks)
{
    if (ks->ephemerals->len < WG_KEYSTORE_MAX)
        return true;
    wg_store_forget_groups(ks);
    mark_oldest(ks->ephemerals);
    for (unsigned i = 0; i < ks->ephemerals->len; i++) {
        struct ephemeral_entry *e = ks->ephemerals->pdata[i];
        if (!e->age.going)
            continue;
        untable(ks->ephemeral_by_private, &e->by_private, e);
        untable(ks->ephemeral_by_public, &e->by_public, e);
    }
    sweep_underived(ks);
    sweep(ks, ks->ephemerals, NULL);
    return true;
}

/* The entry that a preshared key is in. */
static struct psk_entry *
entry_of(const uint8_t *psk)
{
    return (struct psk_entry *)(uintptr_t)(psk - offsetof(struct psk_entry, key));
}

void
wg_store_keep_psk(const uint8_t *psk)
{
    if (psk != NULL && psk != wg_store_zero)
        entry_of(psk)->age.kept = true;
}

/* Remove the links to preshared keys that go. */
static void
unlink_psks(struct wg_ephemeral *e)
{
    unsigned left = 0;

    for (unsigned i = 0; i < e->psk_count; i++)
        if (e->psks[i] == wg_store_zero || !entry_of(e->psks[i])->age.going)
            e->psks[left++] = e->psks[i];
    e->psk_count = left;
}

bool
wg_store_room_for_psk(struct wg_keystore *ks)
{
    if (ks->psks->len < WG_KEYSTORE_MAX || ks->psks_stay)
        return ks->psks->len < WG_KEYSTORE_MAX;
    if (mark_oldest(ks->psks) < WORTH_IT) {
        unmark(ks->psks);
        ks->psks_stay = true;
        return false;
    }
    for (unsigned i = 0; i < ks->ephemerals->len; i++)
        unlink_psks(&((struct ephemeral_entry *)ks->ephemerals->pdata[i])->ephemeral);
    for (unsigned i = 0; i < ks->psks->len; i++) {
        struct psk_entry *e = ks->psks->pdata[i];
        if (e->age.going)
            untable(ks->psk_by_key, &e->by_key, e);
    }
    sweep(ks, ks->psks, NULL);
    return true;
}

bool
wg_store_room_for_transport(struct wg_keystore *ks)
{
    if (ks->transports->len < WG_KEYSTORE_MAX)
        return true;
    mark_oldest(ks->transports);
    for (unsigned i = 0; i < ks->transports->len; i++) {
        struct transport_entry *e = ks->transports->pdata[i];
        if (e->age.going)
            untable(ks->transport_by_index, &e->by_index, e);
    }
    sweep(ks, ks->transports, NULL);
    return true;
}

size_t
wg_keystore_dropped(const struct wg_keystore *ks)
{
    return ks->dropped;
}

void
wg_keystore_keep(struct wg_keystore *ks)
{
    GPtrArray *const kinds[] = { ks->statics, ks->psks };

    for (size_t kind = 0; kind < G_N_ELEMENTS(kinds); kind++)
        for (unsigned i = 0; i < kinds[kind]->len; i++)
            ((struct age *)kinds[kind]->pdata[i])->kept = true;
}
