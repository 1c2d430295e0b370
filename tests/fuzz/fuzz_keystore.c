/* fuzz_keystore.c
 * The key store as it fills: each byte adds keys of a kind, one or hundreds. What
 * the store says of itself must hold, full or not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz_text.h"

enum kind { PUBLIC, PRIVATE, PSK, TRANSPORT, EPHEMERAL, LINKED, NAMED, PEER };

enum { MOST_ADDED = 4 * WG_KEYSTORE_MAX, MOST_PRIVATE = 64 }; /* an X25519 each */

struct key {
    uint8_t bytes[WG_KEY_LEN];
};

static struct key
make(uint8_t kind, uint32_t number)
{
    struct key k;

    memset(k.bytes, kind + 1, sizeof k.bytes);
    memcpy(k.bytes + 4, &number, sizeof number);
    return k;
}

static void
add_linked(struct wg_keystore *ks, const struct key *key, uint32_t number)
{
    const struct key local = make(PUBLIC, number & 1), remote = make(PUBLIC, 1 - (number & 1)),
                     psk = make(PSK, number / 3);
    const struct wg_ephemeral_links links = {
        .local = local.bytes, .remote = remote.bytes, .sure = number & 2, .psk = psk.bytes
    };

    wg_keystore_add_ephemeral(ks, key->bytes, &links);
}

static void
add_one(struct wg_keystore *ks, enum kind kind, uint32_t number)
{
    const struct key key = make(kind == LINKED ? EPHEMERAL : kind, number);
    const struct wg_peer_config peer = { .public_key = key.bytes,
                                         .interface_public = make(PUBLIC, 0).bytes,
                                         .psk = make(PSK, number).bytes,
                                         .endpoint = "192.0.2.1:51820" };

    switch (kind) {
    case PUBLIC:
        wg_keystore_add_public(ks, key.bytes);
        break;
    case PRIVATE:
        wg_keystore_add_private(ks, key.bytes);
        break;
    case PSK:
        wg_keystore_add_psk(ks, key.bytes);
        break;
    case TRANSPORT:
        wg_keystore_add_transport(ks, number, key.bytes);
        break;
    case EPHEMERAL:
        wg_keystore_add_ephemeral(ks, key.bytes, NULL);
        break;
    case LINKED:
        add_linked(ks, &key, number);
        break;
    case NAMED:
        wg_keystore_set_name(ks, key.bytes, "alice", WG_NAME_CONFIG);
        break;
    case PEER:
        wg_keystore_add_peer(ks, &peer);
        break;
    }
}

static bool
tell(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    CHECK(a != b && a->local == b->remote && a->remote == b->local && a->local != NULL);
    return --*(size_t *)user > 0;
}

/* What holds of any store, of a part of it where it is large. */
static void
check(struct wg_keystore *ks, uint64_t since)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    const size_t statics = wg_keystore_static_count(ks),
                 ephemerals = wg_keystore_ephemeral_count(ks);
    size_t pairs = 50, new_pairs = 50;

    CHECK(statics <= WG_KEYSTORE_MAX && ephemerals <= WG_KEYSTORE_MAX);
    CHECK(wg_keystore_psk_count(ks) <= WG_KEYSTORE_MAX);
    CHECK(wg_keystore_static(ks, statics) == NULL && wg_keystore_ephemeral(ks, ephemerals) == NULL);
    for (size_t i = 0; i < statics; i += 1 + statics / 50) {
        const struct wg_static_key *key = wg_keystore_static(ks, i);
        CHECK(wg_keystore_find_static(ks, key->public_key) == key);
        for (const struct wg_peer *p = wg_keystore_peers(ks, key->public_key); p != NULL;
             p = p->next)
            CHECK(p->key == key);
    }
    for (size_t i = 0; i < ephemerals; i += 1 + ephemerals / 4) {
        const struct wg_ephemeral *e = wg_keystore_ephemeral(ks, i);
        CHECK(e->psk_count <= WG_EPHEMERAL_PSKS_MAX);
        const size_t count = wg_keystore_psk_candidates(ks, e, NULL, NULL, NULL, psks);
        CHECK(count >= 1 && count <= WG_PSK_CANDIDATES_MAX);
        for (size_t n = 0; n < count; n++)
            CHECK(psks[n] != NULL && psks[n][0] <= PSK + 1); /* read: it is there */
    }
    CHECK(wg_keystore_pair_candidates(ks, 20, tell, &pairs) <= 20);
    CHECK(wg_keystore_new_pairs(ks, since, 20, tell, &new_pairs) <= 20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, MIN(size, 200) };
    uint32_t next[PEER + 1] = { 0 };
    unsigned added = 0, privates = 0;

    CHECK(wg_crypto_init());
    struct wg_keystore *ks = wg_keystore_new();
    while (in.left > 0) {
        const uint8_t step = take_byte(&in);
        const enum kind kind = step & 7;
        const uint64_t since = wg_keystore_ephemerals_added(ks),
                       generation = wg_keystore_generation(ks);
        /* One, or up to a fourth of what there is room for; or the last one again. */
        unsigned count = 1u << MIN(step >> 3 & 15, WG_KEYSTORE_BITS - 2);

        if (step == 0xfe)
            wg_keystore_keep(ks);
        if (kind == PRIVATE)
            count = privates < MOST_PRIVATE ? 1 : 0;
        privates += kind == PRIVATE;
        for (; count > 0 && added < MOST_ADDED; count--, added++)
            add_one(ks, kind, step & 0x80 ? MAX(next[kind], 1) - 1 : next[kind]++);
        CHECK(wg_keystore_generation(ks) >= generation);
        check(ks, since);
    }
    wg_keystore_free(ks);
    return 0;
}
