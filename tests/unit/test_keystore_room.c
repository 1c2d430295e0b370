/* test_keystore_room.c
 * The key store when it is full: who goes and who stays.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keys.h"

static void
test_psks(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key configured = make('c', 0), e = make('e', 0), x = make('x', 0),
                     one = make('p', 0), again = make('p', 1), last = make('q', 0);
    const struct wg_peer_config peer = { .public_key = x.bytes, .psk = configured.bytes };
    const struct wg_ephemeral_links links[] = { { .psk = one.bytes }, { .psk = again.bytes } };

    g_assert_nonnull(wg_keystore_add_peer(ks, &peer));
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++)
        g_assert_nonnull(wg_keystore_add_ephemeral(ks, e.bytes, &links[i]));
    for (unsigned i = 2; i + 1 < WG_KEYSTORE_MAX; i++)
        g_assert_true(wg_keystore_add_psk(ks, make('p', i).bytes));
    g_assert_true(wg_keystore_add_psk(ks, again.bytes));
    g_assert_cmpuint(wg_keystore_psk_count(ks), ==, WG_KEYSTORE_MAX);
    g_assert_cmpuint(wg_keystore_dropped(ks), ==, 0);

    const uint64_t generation = wg_keystore_generation(ks);
    g_assert_true(wg_keystore_add_psk(ks, last.bytes));
    g_assert_cmpuint(wg_keystore_generation(ks), >, generation);
    g_assert_cmpuint(wg_keystore_dropped(ks), ==, WG_KEYSTORE_MAX / 8);
    g_assert_cmpuint(wg_keystore_psk_count(ks), ==, WG_KEYSTORE_MAX - WG_KEYSTORE_MAX / 8 + 1);
    /* The peer's is there, the one that came again too, the oldest other one is not. */
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    const struct wg_ephemeral *entry = wg_keystore_ephemeral(ks, 0);
    wg_keystore_psk_candidates(ks, entry, NULL, x.bytes, NULL, psks);
    g_assert_cmpuint(entry->psk_count, ==, 1);
    g_assert_cmpmem(psks[0], WG_KEY_LEN, again.bytes, WG_KEY_LEN);
    g_assert_cmpmem(psks[1], WG_KEY_LEN, configured.bytes, WG_KEY_LEN);
    g_assert_cmpmem(wg_keystore_psk(ks, wg_keystore_psk_count(ks) - 1), WG_KEY_LEN, last.bytes,
                    WG_KEY_LEN);
    wg_keystore_free(ks);
}

static void
test_statics(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key named = make('n', 0), user = make('u', 0), again = make('s', 1),
                     secret = make('k', 0);

    g_assert_nonnull(wg_keystore_add_public(ks, user.bytes));
    wg_keystore_keep(ks);
    g_assert_true(wg_keystore_set_name(ks, named.bytes, "alice", WG_NAME_CONFIG));
    const struct wg_static_key *gone = wg_keystore_add_private(ks, secret.bytes);
    struct key public_half;
    memcpy(public_half.bytes, gone->public_key, WG_KEY_LEN);
    for (unsigned i = 1; wg_keystore_static_count(ks) < WG_KEYSTORE_MAX; i++)
        g_assert_nonnull(wg_keystore_add_public(ks, make('s', i).bytes));
    g_assert_nonnull(wg_keystore_add_public(ks, again.bytes));

    g_assert_nonnull(wg_keystore_add_public(ks, make('t', 0).bytes));
    g_assert_nonnull(wg_keystore_find_static(ks, make('t', 0).bytes));
    g_assert_nonnull(wg_keystore_find_static(ks, user.bytes));
    g_assert_nonnull(wg_keystore_find_static(ks, again.bytes));
    g_assert_cmpstr(wg_keystore_name(ks, named.bytes), ==, "alice");
    g_assert_null(wg_keystore_find_static(ks, make('s', 2).bytes));
    g_assert_null(wg_keystore_find_static(ks, public_half.bytes));
    /* Who points to it may go on, but the secret is gone. */
    g_assert_cmpmem(gone->public_key, WG_KEY_LEN, public_half.bytes, WG_KEY_LEN);
    g_assert_false(gone->has_private);
    g_assert_true(wg_wire_all_zero(gone->private_key, WG_KEY_LEN));
    /* It may come again. */
    g_assert_true(wg_keystore_add_private(ks, secret.bytes)->has_private);
    g_assert_nonnull(wg_keystore_find_static(ks, public_half.bytes));
    wg_keystore_free(ks);
}

/* Without end, memory has one. */
static void
test_statics_without_end(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    unsigned added = 0;

    while (added < 4 * WG_KEYSTORE_MAX &&
           wg_keystore_add_public(ks, make('s', added).bytes) != NULL)
        added++;
    g_assert_cmpuint(added, ==, 2 * WG_KEYSTORE_MAX);
    /* What is there stays usable. */
    g_assert_nonnull(wg_keystore_add_public(ks, make('s', added - 1).bytes));
    g_assert_false(wg_keystore_set_name(ks, make('t', 0).bytes, "bob", WG_NAME_USER));
    wg_keystore_free(ks);
}

/* What a user has named does not go, even if nothing else could. */
static void
test_all_kept(void)
{
    struct wg_keystore *ks = wg_keystore_new();

    for (unsigned i = 0; i < WG_KEYSTORE_MAX; i++) {
        g_assert_nonnull(wg_keystore_add_public(ks, make('s', i).bytes));
        g_assert_true(wg_keystore_add_psk(ks, make('p', i).bytes));
    }
    wg_keystore_keep(ks);
    for (unsigned i = 0; i < 1000; i++) { /* a look through all for each would take minutes */
        g_assert_null(wg_keystore_add_public(ks, make('t', i).bytes));
        g_assert_false(wg_keystore_add_psk(ks, make('q', i).bytes));
    }
    g_assert_cmpuint(wg_keystore_dropped(ks), ==, 0);
    wg_keystore_free(ks);
}

static void
test_transports(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const unsigned last = WG_TRANSPORT_KEYS_MAX;

    /* Of one index. */
    for (unsigned i = 0; i <= last; i++)
        g_assert_true(wg_keystore_add_transport(ks, 7, make('t', i).bytes));
    const struct wg_transport_keys *keys = wg_keystore_find_transport(ks, 7);
    g_assert_cmpuint(keys->count, ==, WG_TRANSPORT_KEYS_MAX);
    const struct key oldest = make('t', 1), newest = make('t', last);
    g_assert_cmpmem(keys->keys[0], WG_KEY_LEN, oldest.bytes, WG_KEY_LEN);
    g_assert_cmpmem(keys->keys[last - 1], WG_KEY_LEN, newest.bytes, WG_KEY_LEN);

    /* Of many. */
    for (unsigned i = 100; i < 100 + WG_KEYSTORE_MAX; i++)
        g_assert_true(wg_keystore_add_transport(ks, i, make('t', i).bytes));
    g_assert_nonnull(wg_keystore_find_transport(ks, 99 + WG_KEYSTORE_MAX));
    g_assert_null(wg_keystore_find_transport(ks, 7));
    wg_keystore_free(ks);
}

/* A log of more handshakes than there is room for: the keys of the last ones are what is wanted. */
static void
test_ephemerals(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key local = make('l', 0), remote = make('r', 0);
    const struct wg_ephemeral_links links = { .local = local.bytes,
                                              .remote = remote.bytes,
                                              .sure = true };
    const unsigned count = WG_KEYSTORE_MAX + 1000;
    uint8_t first[WG_KEY_LEN], last[WG_KEY_LEN];

    for (unsigned i = 0; i < count; i++)
        g_assert_nonnull(wg_keystore_add_ephemeral(ks, make('e', i).bytes, &links));
    g_assert_cmpuint(wg_keystore_ephemeral_count(ks), <=, WG_KEYSTORE_MAX);
    g_assert_cmpuint(wg_keystore_dropped(ks), ==, WG_KEYSTORE_MAX / 8);
    wg_dh_public(first, make('e', 0).bytes);
    wg_dh_public(last, make('e', count - 1).bytes);
    const struct wg_ephemeral *found = wg_keystore_find_ephemeral(ks, last);
    g_assert_nonnull(found);
    g_assert_true(found->local == wg_keystore_find_static(ks, local.bytes));
    const struct key oldest = make('e', WG_KEYSTORE_MAX / 8);
    g_assert_cmpmem(wg_keystore_ephemeral(ks, 0)->private_key, WG_KEY_LEN, oldest.bytes,
                    WG_KEY_LEN);
    wg_keystore_free(ks);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/keystore-room/psks", test_psks);
    g_test_add_func("/keystore-room/statics", test_statics);
    g_test_add_func("/keystore-room/statics-without-end", test_statics_without_end);
    g_test_add_func("/keystore-room/all-kept", test_all_kept);
    g_test_add_func("/keystore-room/transports", test_transports);
    g_test_add_func("/keystore-room/ephemerals", test_ephemerals);
    return g_test_run();
}
