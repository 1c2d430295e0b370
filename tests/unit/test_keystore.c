/* test_keystore.c
 * Storing keys and finding them again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keys.h"
#include "wg/cookie.h"

static const struct key zero;

static void
test_static(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key priv = make('s', 1), pub = public_of(priv), other = make('o', 1);
    uint8_t mac1_key[WG_KEY_LEN];

    g_assert_null(wg_keystore_find_static(ks, pub.bytes));
    const struct wg_static_key *key = wg_keystore_add_public(ks, pub.bytes);
    g_assert_false(key->has_private);
    g_assert_cmpmem(key->public_key, WG_KEY_LEN, pub.bytes, WG_KEY_LEN);
    wg_cookie_mac1_key(mac1_key, pub.bytes);
    g_assert_cmpmem(key->mac1_key, WG_KEY_LEN, mac1_key, WG_KEY_LEN);

    /* The private key completes the same entry. */
    g_assert_true(wg_keystore_add_private(ks, priv.bytes) == key);
    g_assert_true(key->has_private);
    g_assert_cmpmem(key->private_key, WG_KEY_LEN, priv.bytes, WG_KEY_LEN);
    g_assert_true(wg_keystore_find_static(ks, pub.bytes) == key);
    g_assert_null(wg_keystore_find_static(ks, priv.bytes));

    const struct wg_static_key *second = wg_keystore_add_public(ks, other.bytes);
    g_assert_cmpuint(wg_keystore_static_count(ks), ==, 2);
    g_assert_true(wg_keystore_static(ks, 0) == key);
    g_assert_true(wg_keystore_static(ks, 1) == second);
    g_assert_null(wg_keystore_static(ks, 2));
    wg_keystore_free(ks);
}

/* What is known already changes nothing; everything else raises the generation. */
static void
test_generation(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key priv = make('s', 1), pub = public_of(priv), remote = make('r', 1),
                     e = make('e', 1), psk = make('p', 1);
    const struct wg_ephemeral_links links = { .local = pub.bytes,
                                              .remote = remote.bytes,
                                              .psk = psk.bytes };
    const struct wg_ephemeral_links surely = { .local = pub.bytes,
                                               .remote = pub.bytes,
                                               .sure = true };
    const struct wg_peer_config plain = { .public_key = remote.bytes };
    const struct wg_peer_config full = { .public_key = remote.bytes, .endpoint = "192.0.2.1:1" };
    uint64_t last = wg_keystore_generation(ks);

#define CHANGES(call)                                                                              \
    do {                                                                                           \
        g_assert_true((call) != 0);                                                                \
        g_assert_cmpuint(wg_keystore_generation(ks), >, last);                                     \
        last = wg_keystore_generation(ks);                                                         \
        g_assert_true((call) != 0);                                                                \
        g_assert_cmpuint(wg_keystore_generation(ks), ==, last);                                    \
    } while (0)
    CHANGES(wg_keystore_add_public(ks, pub.bytes) != NULL);
    CHANGES(wg_keystore_add_private(ks, priv.bytes) != NULL);
    CHANGES(wg_keystore_add_ephemeral(ks, e.bytes, NULL) != NULL);
    CHANGES(wg_keystore_add_ephemeral(ks, e.bytes, &links) != NULL);
    CHANGES(wg_keystore_add_ephemeral(ks, e.bytes, &surely) != NULL);
    CHANGES(wg_keystore_add_psk(ks, make('p', 2).bytes));
    CHANGES(wg_keystore_add_transport(ks, 7, psk.bytes));
    CHANGES(wg_keystore_add_peer(ks, &plain) != NULL);
    CHANGES(wg_keystore_add_peer(ks, &full) != NULL);
    CHANGES(wg_keystore_set_name(ks, pub.bytes, "alice", WG_NAME_CONFIG));
    CHANGES(wg_keystore_set_name(ks, pub.bytes, "Alice", WG_NAME_USER));
#undef CHANGES

    /* Nor do these, though they are new. */
    g_assert_true(wg_keystore_add_psk(ks, zero.bytes));
    g_assert_true(wg_keystore_set_name(ks, pub.bytes, "", WG_NAME_USER));
    g_assert_true(wg_keystore_set_name(ks, pub.bytes, "bob", WG_NAME_CONFIG));
    g_assert_nonnull(wg_keystore_add_ephemeral(ks, e.bytes, &links)); /* sure ones stay */
    g_assert_nonnull(wg_keystore_find_ephemeral(ks, public_of(e).bytes));
    g_assert_cmpuint(wg_keystore_generation(ks), ==, last);
    wg_keystore_free(ks);
}

static void
test_names(void)
{
    static const struct {
        const char *name;
        enum wg_name_source source;
        const char *result; /* after this and all rows above */
    } rows[] = {
        /* 1 */ { "", WG_NAME_CONFIG, NULL },
        /* 2 */ { "alice", WG_NAME_CONFIG, "alice" },
        /* 3 */ { "  bob \t", WG_NAME_CONFIG, "bob" },
        /* 4 */ { "Carol", WG_NAME_USER, "Carol" },
        /* 5 */ { "dave", WG_NAME_CONFIG, "Carol" },
        /* 6 */ { "J\xc3\xb6rg", WG_NAME_USER, "J\xc3\xb6rg" },
        /* 7 */ { "a\x01z\xe2\x80\xaez", WG_NAME_USER, "a?z?z" },
        /* 8 */ { "a\xffz", WG_NAME_USER, "a\xef\xbf\xbdz" },
        /* 9 64 characters and one more */
        { "0123456789012345678901234567890123456789012345678901234567890123x", WG_NAME_USER,
          "0123456789012345678901234567890123456789012345678901234567890123" },
    };
    struct wg_keystore *ks = wg_keystore_new();
    const struct key pub = make('s', 1);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        g_assert_true(wg_keystore_set_name(ks, pub.bytes, rows[i].name, rows[i].source));
        g_assert_cmpstr(wg_keystore_name(ks, pub.bytes), ==, rows[i].result);
    }
    g_assert_null(wg_keystore_name(ks, make('x', 1).bytes));
    g_assert_cmpuint(wg_keystore_static_count(ks), ==, 1);
    wg_keystore_free(ks);
}

static void
test_ephemeral(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key e = make('e', 1), late = make('e', 2), a = make('a', 1), b = make('b', 1),
                     c = make('c', 1);
    const struct wg_ephemeral_links guess = { .local = a.bytes };
    const struct wg_ephemeral_links sure = { .local = b.bytes, .remote = c.bytes, .sure = true };
    const struct wg_ephemeral_links later = { .local = c.bytes, .sure = true };

    const struct wg_ephemeral *entry = wg_keystore_add_ephemeral(ks, e.bytes, NULL);
    g_assert_null(entry->local);
    g_assert_true(wg_keystore_add_ephemeral(ks, e.bytes, &guess) == entry);
    g_assert_true(entry->local == wg_keystore_find_static(ks, a.bytes));
    g_assert_false(entry->local_sure);
    wg_keystore_add_ephemeral(ks, e.bytes, &sure);
    g_assert_true(entry->local == wg_keystore_find_static(ks, b.bytes));
    g_assert_true(entry->local_sure && entry->remote_sure);
    wg_keystore_add_ephemeral(ks, e.bytes, &later);
    g_assert_true(entry->local == wg_keystore_find_static(ks, b.bytes));

    g_assert_null(wg_keystore_find_ephemeral(ks, e.bytes));
    g_assert_true(wg_keystore_find_ephemeral(ks, public_of(e).bytes) == entry);
    /* The macro keeps a pointer, so what it compares needs a name. */
    const struct key e_public = public_of(e), late_public = public_of(late);
    g_assert_cmpmem(entry->public_key, WG_KEY_LEN, e_public.bytes, WG_KEY_LEN);
    /* One that comes after a look-up is found as well. */
    g_assert_null(wg_keystore_find_ephemeral(ks, public_of(late).bytes));
    wg_keystore_add_ephemeral(ks, late.bytes, NULL);
    g_assert_cmpmem(wg_keystore_ephemeral(ks, 1)->public_key, WG_KEY_LEN, late_public.bytes,
                    WG_KEY_LEN);
    g_assert_nonnull(wg_keystore_find_ephemeral(ks, public_of(late).bytes));
    g_assert_null(wg_keystore_ephemeral(ks, 2));
    wg_keystore_free(ks);
}

static size_t
computed(struct wg_ephemeral const *const *entries, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += !wg_wire_all_zero(entries[i]->public_key, WG_KEY_LEN);
    return n;
}

/* The public keys of ephemeral keys are not computed before somebody asks, and then no more than
 * those behind the one that is found; but each is found, in whichever order. */
static void
test_lazy(void)
{
    enum { COUNT = 500 };
    struct wg_keystore *ks = wg_keystore_new();
    const struct wg_ephemeral *entries[COUNT];

    for (unsigned i = 0; i < COUNT; i++)
        entries[i] = wg_keystore_add_ephemeral(ks, make('e', i).bytes, NULL);
    g_assert_cmpuint(computed(entries, COUNT), ==, 0);
    g_assert_true(wg_keystore_find_ephemeral(ks, public_of(make('e', COUNT - 20)).bytes) ==
                  entries[COUNT - 20]);
    g_assert_cmpuint(computed(entries, COUNT), ==, 20);
    g_assert_true(wg_keystore_ephemeral(ks, 7) == entries[7]);
    g_assert_cmpuint(computed(entries, COUNT), ==, 21);
    for (unsigned i = 0; i < COUNT; i += 3)
        g_assert_true(wg_keystore_find_ephemeral(ks, public_of(make('e', i)).bytes) == entries[i]);
    g_assert_null(wg_keystore_find_ephemeral(ks, make('x', 0).bytes));
    g_assert_cmpuint(computed(entries, COUNT), ==, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        g_assert_true(wg_keystore_find_ephemeral(ks, public_of(make('e', i)).bytes) == entries[i]);
    wg_keystore_free(ks);
}

static void
test_transport(void)
{
    struct wg_keystore *ks = wg_keystore_new();

    g_assert_null(wg_keystore_find_transport(ks, 5));
    for (unsigned i = 0; i < WG_TRANSPORT_KEYS_MAX; i++)
        g_assert_true(wg_keystore_add_transport(ks, 5, make('t', i).bytes));
    g_assert_true(wg_keystore_add_transport(ks, 5, make('t', 0).bytes));
    g_assert_true(wg_keystore_add_transport(ks, 0x05000000, make('t', 99).bytes));

    const struct wg_transport_keys *keys = wg_keystore_find_transport(ks, 5);
    g_assert_cmpuint(keys->receiver, ==, 5);
    g_assert_cmpuint(keys->count, ==, WG_TRANSPORT_KEYS_MAX);
    for (unsigned i = 0; i < keys->count; i++) {
        const struct key expected = make('t', i);
        g_assert_cmpmem(keys->keys[i], WG_KEY_LEN, expected.bytes, WG_KEY_LEN);
    }
    g_assert_cmpuint(wg_keystore_find_transport(ks, 0x05000000)->count, ==, 1);
    wg_keystore_free(ks);
}

static void
test_peers(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key peer = make('p', 1), one = make('i', 1), two = make('i', 2),
                     psk = make('k', 1);
    const struct wg_peer_config a = { .public_key = peer.bytes,
                                      .interface_public = one.bytes,
                                      .psk = psk.bytes,
                                      .endpoint = " [2001:db8::1]:51820 ",
                                      .allowed_ips = "10.0.0.0/8, fd00::/8" };
    const struct wg_peer_config b = { .public_key = peer.bytes,
                                      .interface_public = two.bytes,
                                      .psk = zero.bytes };
    const struct wg_peer_config c = { .public_key = peer.bytes };
    const struct wg_peer_config renewed = { .public_key = peer.bytes,
                                            .interface_public = one.bytes };

    const struct wg_peer *pa = wg_keystore_add_peer(ks, &a);
    const struct wg_peer *pb = wg_keystore_add_peer(ks, &b);
    const struct wg_peer *pc = wg_keystore_add_peer(ks, &c);
    g_assert_cmpmem(pa->psk, WG_KEY_LEN, psk.bytes, WG_KEY_LEN);
    g_assert_cmpstr(pa->endpoint, ==, "[2001:db8::1]:51820");
    g_assert_cmpstr(pa->allowed_ips, ==, "10.0.0.0/8, fd00::/8");
    g_assert_true(pa->interface_key == wg_keystore_find_static(ks, one.bytes));
    g_assert_null(pb->psk);
    g_assert_null(pc->interface_key);

    g_assert_true(wg_keystore_peer(ks, one.bytes, peer.bytes) == pa);
    g_assert_true(wg_keystore_peer(ks, two.bytes, peer.bytes) == pb);
    g_assert_true(wg_keystore_peer(ks, NULL, peer.bytes) == pc);
    g_assert_null(wg_keystore_peer(ks, peer.bytes, one.bytes));
    const struct wg_peer *p = wg_keystore_peers(ks, peer.bytes);
    g_assert_true(p == pc && p->next == pb && p->next->next == pa && pa->next == NULL);

    g_assert_true(wg_keystore_add_peer(ks, &renewed) == pa);
    g_assert_null(pa->psk);
    g_assert_null(pa->endpoint);
    g_assert_cmpuint(wg_keystore_psk_count(ks), ==, 1); /* still worth a try */
    wg_keystore_free(ks);
}

static void
test_psk_order(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key x = make('x', 1), y = make('y', 1), z = make('z', 1);
    struct key psk[8];
    for (unsigned i = 0; i < G_N_ELEMENTS(psk); i++)
        psk[i] = make('p', i);
    const struct wg_ephemeral_links l2 = { .psk = psk[2].bytes }, l3 = { .psk = psk[3].bytes },
                                    l4 = { .psk = psk[4].bytes };
    const struct wg_peer_config xy = { .public_key = y.bytes,
                                       .interface_public = x.bytes,
                                       .psk = psk[5].bytes };
    const struct wg_peer_config yx = { .public_key = x.bytes,
                                       .interface_public = y.bytes,
                                       .psk = psk[2].bytes };
    const struct wg_peer_config zy = { .public_key = y.bytes,
                                       .interface_public = z.bytes,
                                       .psk = psk[6].bytes };
    const uint8_t *out[WG_PSK_CANDIDATES_MAX];

    wg_keystore_add_psk(ks, psk[0].bytes);
    const struct wg_ephemeral *a = wg_keystore_add_ephemeral(ks, make('e', 1).bytes, &l3);
    wg_keystore_add_ephemeral(ks, make('e', 1).bytes, &l2);
    const struct wg_ephemeral *b = wg_keystore_add_ephemeral(ks, make('e', 2).bytes, &l4);
    wg_keystore_add_peer(ks, &xy);
    wg_keystore_add_peer(ks, &yx);
    wg_keystore_add_peer(ks, &zy);
    wg_keystore_add_psk(ks, psk[7].bytes);

    const struct key *expected[] = { &psk[3], &psk[2], &psk[4], &psk[5],
                                     &psk[6], &zero,   &psk[0], &psk[7] };
    g_assert_cmpuint(wg_keystore_psk_candidates(ks, a, b, x.bytes, y.bytes, out), ==,
                     G_N_ELEMENTS(expected));
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpmem(out[i], WG_KEY_LEN, expected[i]->bytes, WG_KEY_LEN);

    /* Nothing is known of the handshake: no preshared key is the likeliest. */
    g_assert_cmpuint(wg_keystore_psk_candidates(ks, NULL, NULL, NULL, NULL, out), ==, 8);
    g_assert_cmpmem(out[0], WG_KEY_LEN, zero.bytes, WG_KEY_LEN);
    wg_keystore_free(ks);
}

/* However many there are, the list is bounded and has the zero key. */
static void
test_psk_bounds(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key y = make('y', 1), e = make('e', 1);
    const uint8_t *out[WG_PSK_CANDIDATES_MAX];
    const struct wg_ephemeral *ephemeral = NULL;

    for (unsigned i = 0; i < 1000; i++) {
        const struct key x = make('x', i), psk = make('p', i), linked = make('l', i);
        const struct wg_peer_config peer = { .public_key = y.bytes,
                                             .interface_public = x.bytes,
                                             .psk = psk.bytes };
        const struct wg_ephemeral_links links = { .psk = linked.bytes };
        g_assert_nonnull(wg_keystore_add_peer(ks, &peer));
        ephemeral = wg_keystore_add_ephemeral(ks, e.bytes, &links);
    }
    g_assert_cmpuint(ephemeral->psk_count, ==, WG_EPHEMERAL_PSKS_MAX);
    g_assert_cmpuint(wg_keystore_psk_count(ks), ==, 2000);
    const size_t count = wg_keystore_psk_candidates(ks, ephemeral, NULL, y.bytes, NULL, out);
    g_assert_cmpuint(count, ==, WG_PSK_CANDIDATES_MAX);
    g_assert_cmpmem(out[count - 1], WG_KEY_LEN, zero.bytes, WG_KEY_LEN);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            g_assert_cmpint(memcmp(out[i], out[j], WG_KEY_LEN), !=, 0);
    wg_keystore_free(ks);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/keystore/static", test_static);
    g_test_add_func("/keystore/generation", test_generation);
    g_test_add_func("/keystore/names", test_names);
    g_test_add_func("/keystore/ephemeral", test_ephemeral);
    g_test_add_func("/keystore/lazy", test_lazy);
    g_test_add_func("/keystore/transport", test_transport);
    g_test_add_func("/keystore/peers", test_peers);
    g_test_add_func("/keystore/psk-order", test_psk_order);
    g_test_add_func("/keystore/psk-bounds", test_psk_bounds);
    return g_test_run();
}
