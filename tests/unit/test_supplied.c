/* test_supplied.c
 * What the supplied configurations say by themselves, and where they contradict each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/crypto.h"
#include "wg/supplied.h"

enum { OWNERS = 3 };

/* The private keys of some interfaces, and a store. */
struct keys {
    struct wg_keystore *store;
    const struct wg_static_key *owner[OWNERS];
    const struct wg_static_key *nobody; /* a public key whose private half nobody has */
};

static uint8_t psk_one[WG_KEY_LEN] = { 1 }, psk_other[WG_KEY_LEN] = { 2 };

static struct keys
begin(void)
{
    struct keys k = { .store = wg_keystore_new() };
    uint8_t key[WG_KEY_LEN] = { 0 };

    for (unsigned i = 0; i < OWNERS; i++) {
        memset(key, (int)(0x41 + i), sizeof key);
        k.owner[i] = wg_keystore_add_private(k.store, key);
        g_assert_nonnull(k.owner[i]);
    }
    memset(key, 9, sizeof key);
    k.nobody = wg_keystore_add_public(k.store, key);
    return k;
}

/* The configuration of `owner` names `peer`. */
static void
names(struct keys *k, const struct wg_static_key *owner, const struct wg_static_key *peer,
      const uint8_t *psk, const char *endpoint)
{
    const struct wg_peer_config config = { .public_key = peer->public_key,
                                           .interface_public = owner->public_key,
                                           .psk = psk,
                                           .endpoint = endpoint };
    g_assert_nonnull(wg_keystore_add_peer(k->store, &config));
}

static void
count(void *user, enum wg_finding finding, const struct wg_static_key *owner,
      const struct wg_static_key *peer, const struct wg_static_key *other)
{
    unsigned *found = user;

    g_assert_nonnull(owner);
    g_assert_nonnull(peer);
    g_assert_true((other != NULL) == (finding == WG_FINDING_KEYS_CONTRADICT));
    found[finding]++;
}

/* One fault of this kind and no other; WG_FINDING_COUNT: none. */
static void
expect(struct keys *k, enum wg_finding finding)
{
    unsigned found[WG_FINDING_COUNT] = { 0 };

    wg_supplied_check(k->store, count, found);
    for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
        g_assert_cmpuint(found[i], ==, i == (unsigned)finding);
    wg_keystore_free(k->store);
}

static void
test_agree(void)
{
    struct keys k = begin();

    expect(&k, WG_FINDING_COUNT);
    k = begin();
    names(&k, k.owner[0], k.owner[1], psk_one, "198.51.100.1:51820");
    names(&k, k.owner[1], k.owner[0], psk_one, NULL);
    expect(&k, WG_FINDING_COUNT);
    k = begin(); /* another tunnel's */
    names(&k, k.owner[0], k.nobody, NULL, "198.51.100.1:51820");
    expect(&k, WG_FINDING_COUNT);
    wg_supplied_check(NULL, count, NULL);
}

static void
test_own_key(void)
{
    struct keys k = begin();

    names(&k, k.owner[0], k.owner[0], NULL, "198.51.100.1:51820");
    expect(&k, WG_FINDING_OWN_KEY);
}

static void
test_psks(void)
{
    struct keys k = begin();

    names(&k, k.owner[0], k.owner[1], psk_one, "198.51.100.1:51820");
    names(&k, k.owner[1], k.owner[0], psk_other, NULL);
    g_assert_true(
        wg_supplied_psk(k.store, k.owner[0]->public_key, k.owner[1]->public_key, NULL)[0] == 1);
    g_assert_null(wg_supplied_psk(k.store, k.owner[2]->public_key, k.owner[1]->public_key, NULL));
    expect(&k, WG_FINDING_PSKS_CONTRADICT);
    k = begin(); /* one has none */
    names(&k, k.owner[0], k.owner[1], psk_one, "198.51.100.1:51820");
    names(&k, k.owner[1], k.owner[0], NULL, NULL);
    g_assert_true(
        wg_supplied_psk(k.store, k.owner[1]->public_key, k.owner[0]->public_key, NULL)[0] == 0);
    expect(&k, WG_FINDING_PSKS_CONTRADICT);
}

static void
test_missing(void)
{
    struct keys k = begin();

    /* A server that has other clients. */
    names(&k, k.owner[0], k.owner[1], NULL, "198.51.100.1:51820");
    names(&k, k.owner[1], k.nobody, NULL, NULL);
    g_assert_true(wg_supplied_is_client(k.store, k.nobody));
    g_assert_false(wg_supplied_is_client(k.store, k.owner[1]));
    expect(&k, WG_FINDING_PEER_MISSING);
}

static void
test_wrong_key(void)
{
    struct keys k = begin();

    /* The server names its client, which names another key as its server's. */
    names(&k, k.owner[1], k.owner[0], NULL, NULL);
    names(&k, k.owner[0], k.nobody, NULL, "198.51.100.1:51820");
    g_assert_true(wg_supplied_right_key(k.store, k.nobody) == k.owner[1]);
    g_assert_false(wg_supplied_is_client(k.store, k.nobody));
    expect(&k, WG_FINDING_KEYS_CONTRADICT);
    k = begin(); /* it names the server, too: no contradiction */
    names(&k, k.owner[1], k.owner[0], NULL, NULL);
    names(&k, k.owner[0], k.owner[1], NULL, "198.51.100.1:51820");
    names(&k, k.owner[0], k.nobody, NULL, "203.0.113.9:51820");
    g_assert_null(wg_supplied_right_key(k.store, k.nobody));
    g_assert_null(wg_supplied_right_key(k.store, k.owner[1]));
    g_assert_null(wg_supplied_right_key(k.store, NULL));
    expect(&k, WG_FINDING_COUNT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/supplied/agree", test_agree);
    g_test_add_func("/supplied/own-key", test_own_key);
    g_test_add_func("/supplied/psks", test_psks);
    g_test_add_func("/supplied/missing", test_missing);
    g_test_add_func("/supplied/wrong-key", test_wrong_key);
    return g_test_run();
}
