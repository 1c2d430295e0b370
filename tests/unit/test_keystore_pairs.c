/* test_keystore_pairs.c
 * The key store: which ephemeral keys may be the two of one handshake.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keys.h"

struct pairs {
    GString *text;
    size_t stop_after;
};

static bool
note_pair(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    struct pairs *p = user;

    g_assert_false(wg_wire_all_zero(a->public_key, WG_KEY_LEN));
    g_assert_false(wg_wire_all_zero(b->public_key, WG_KEY_LEN));
    g_string_append_printf(p->text, "%c%d-%c%d ", a->private_key[0], a->private_key[8],
                           b->private_key[0], b->private_key[8]);
    return --p->stop_after > 0;
}

static void
add_linked(struct wg_keystore *ks, char kind, unsigned n, struct key local, struct key remote)
{
    const struct wg_ephemeral_links links = { .local = local.bytes,
                                              .remote = remote.bytes,
                                              .sure = true };
    g_assert_nonnull(wg_keystore_add_ephemeral(ks, make(kind, n).bytes, &links));
}

static void
test_pairs(void)
{
    static const char all[] = "a0-b0 s0-s1 a1-b1 a0-b1 a1-b0 s1-s2 a2-b1 a2-b0 s0-s2 ";
    static const struct {
        size_t limit, stop_after, told;
        const char *text; /* NULL: all */
    } rows[] = {
        /* 1 */ { 100, 100, 9, NULL },
        /* 2 */ { 2, 100, 2, "a0-b0 a1-b1 " },
        /* 3 */ { 100, 1, 1, "a0-b0 " },
        /* 4 */ { 0, 100, 0, "" },
        /* 5 */ { 9, 100, 9, NULL },
    };
    struct wg_keystore *ks = wg_keystore_new();
    const struct key x = make('x', 1), y = make('y', 1), z = make('z', 1);

    for (unsigned i = 0; i < 3; i++)
        add_linked(ks, 'a', i, x, y);
    for (unsigned i = 0; i < 2; i++)
        add_linked(ks, 'b', i, y, x);
    for (unsigned i = 0; i < 3; i++)
        add_linked(ks, 's', i, z, z); /* a key that talks to itself */
    add_linked(ks, 'c', 0, x, z);     /* nobody's mirror */
    wg_keystore_add_ephemeral(ks, make('d', 0).bytes, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pairs pairs = { .text = g_string_new(NULL), .stop_after = rows[i].stop_after };

        g_test_message("row %zu", i + 1);
        g_assert_cmpuint(wg_keystore_pair_candidates(ks, rows[i].limit, note_pair, &pairs), ==,
                         rows[i].told);
        if (rows[i].text != NULL) {
            g_assert_cmpstr(pairs.text->str, ==, rows[i].text);
        } else {
            /* All of them, each once; of the order only the start is promised. */
            char **expected = g_strsplit(all, " ", -1);
            g_assert_cmpuint(strlen(pairs.text->str), ==, strlen(all));
            for (char **pair = expected; *pair != NULL; pair++)
                g_assert_nonnull(strstr(pairs.text->str, *pair));
            g_assert_true(g_str_has_prefix(pairs.text->str, "a0-b0 a1-b1 "));
            g_strfreev(expected);
        }
        g_string_free(pairs.text, TRUE);
    }
    wg_keystore_free(ks);
}

static bool
count_pair(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    ++*(size_t *)user;
    return true;
}

/* What is new in logs that grow: with the same rank, and the last with the last. */
static void
test_new_pairs(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key x = make('x', 1), y = make('y', 1), z = make('z', 1);
    static const struct {
        const char *added; /* kinds */
        size_t limit;
        const char *told;
    } rows[] = {
        /* 1 */ { "a", 9, "" },
        /* 2 */ { "b", 9, "b1-a0 " },
        /* 3 both at once: each pair once */ { "ab", 9, "b3-a2 " },
        /* 4 one log goes ahead */ { "aa", 9, "a5-b3 " },
        /* 5 */ { "b", 9, "b6-a4 b6-a5 " },
        /* 6 nothing new */ { "", 9, "" },
        /* 7 nobody's mirror, and a key that talks to itself */ { "cs", 9, "" },
        /* 8 the limit; the latest first */ { "ab", 1, "b10-a5 " },
    };
    unsigned n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pairs pairs = { .text = g_string_new(NULL), .stop_after = 100 };
        const uint64_t since = wg_keystore_ephemerals_added(ks);

        g_test_message("row %zu", i + 1);
        for (const char *kind = rows[i].added; *kind != '\0'; kind++) {
            if (*kind == 'c')
                add_linked(ks, *kind, n++, x, z);
            else if (*kind == 's')
                add_linked(ks, *kind, n++, z, z);
            else
                add_linked(ks, *kind, n++, *kind == 'a' ? x : y, *kind == 'a' ? y : x);
        }
        wg_keystore_new_pairs(ks, since, rows[i].limit, note_pair, &pairs);
        g_assert_cmpstr(pairs.text->str, ==, rows[i].told);
        g_string_free(pairs.text, TRUE);
    }
    wg_keystore_free(ks);
}

/* A guess that a later line corrects: the pair is another one. */
static void
test_pairs_after_a_change(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key x = make('x', 1), y = make('y', 1), z = make('z', 1);
    const struct wg_ephemeral_links guess = { .local = z.bytes, .remote = y.bytes },
                                    sure = { .local = x.bytes, .sure = true };
    size_t told = 0;

    g_assert_nonnull(wg_keystore_add_ephemeral(ks, make('a', 0).bytes, &guess));
    add_linked(ks, 'b', 1, y, x);
    g_assert_cmpuint(wg_keystore_pair_candidates(ks, 9, count_pair, &told), ==, 0);
    g_assert_nonnull(wg_keystore_add_ephemeral(ks, make('a', 0).bytes, &sure));
    g_assert_cmpuint(wg_keystore_pair_candidates(ks, 9, count_pair, &told), ==, 1);
    g_assert_cmpuint(wg_keystore_new_pairs(ks, 0, 9, count_pair, &told), ==, 1);
    wg_keystore_free(ks);
}

/* Sizes at which a search per entry would take minutes. */
static void
test_many(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct key hub = make('h', 1);
    size_t pairs = 0;
    const unsigned n = 10000;

    for (unsigned i = 0; i < n; i++) {
        const struct key x = make('x', i), psk = make('p', i);
        const struct wg_peer_config peer = { .public_key = hub.bytes,
                                             .interface_public = x.bytes,
                                             .psk = psk.bytes };
        g_assert_nonnull(wg_keystore_add_peer(ks, &peer));
        add_linked(ks, 'a', i, x, hub);
        if (i < 100)
            add_linked(ks, 'b', i, hub, x);
    }
    g_assert_cmpuint(wg_keystore_static_count(ks), ==, n + 1);
    g_assert_cmpuint(wg_keystore_pair_candidates(ks, n, count_pair, &pairs), ==, 100);
    g_assert_cmpuint(pairs, ==, 100);
    for (unsigned i = 0; i < n; i++)
        g_assert_nonnull(wg_keystore_find_static(ks, make('x', i).bytes));
    wg_keystore_free(ks);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/keystore/pairs", test_pairs);
    g_test_add_func("/keystore/new-pairs", test_new_pairs);
    g_test_add_func("/keystore/pairs-after-a-change", test_pairs_after_a_change);
    g_test_add_func("/keystore/many", test_many);
    return g_test_run();
}
