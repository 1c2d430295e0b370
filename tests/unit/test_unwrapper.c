/* test_unwrapper.c
 * Flows of wrapped messages: what proves them, what is learned, what is left alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wrapping.h"

#include "wg/unwrapper.h"

#define CLIENT at(1, 47001)
#define SERVER at(2, 47111)

struct world {
    struct wg_keystore *keys;
    struct wg_unwrapper *u;
    uint32_t frame; /* the last one */
    int64_t time;
    struct wg_envelope_marks marks; /* of the last one */
};

static void
set_up(struct world *w, const void *data)
{
    w->keys = wg_keystore_new();
    w->u = wg_unwrapper_new(w->keys, NULL, NULL);
}

static void
tear_down(struct world *w, const void *data)
{
    wg_unwrapper_free(w->u);
    wg_keystore_free(w->keys);
}

/* Settings in which each type has its own prefix and header. */
static void
give_settings(struct world *w, bool junk)
{
    struct wg_amnezia a;

    wg_amnezia_init(&a);
    a.given = 1;
    for (uint32_t type = 1; type <= 4; type++) {
        a.prefix[type] = 11 + 3 * type;
        a.header[type] = (struct wg_amnezia_range){ 1000 * type, 1000 * type + 99 };
    }
    wg_amnezia_add_port(&a, "47111");
    if (junk) {
        a.junk_count = 2;
        a.junk = (struct wg_amnezia_range){ 50, 60 };
        g_assert_null(wg_amnezia_set(&a, "I1", "<b 0x0102><r 4>", 1));
    }
    g_assert_true(wg_keystore_add_amnezia(w->keys, &a));
}

static struct message
wrapped(struct message m, const uint8_t *receiver)
{
    const unsigned type = m.bytes[0];

    m = with_header(m, 1000 * type + 5);
    if (receiver != NULL)
        m = with_mac1(m, receiver);
    return with_prefix(m, 11 + 3 * type, 0);
}

static enum wg_unwrapped
send(struct world *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    const struct wg_span span = span_of(&m);
    const struct wg_place place = {
        .frame = ++w->frame, .packet = w->frame, .time = w->time, .source = from, .destination = to
    };
    struct wg_envelope_marks found;
    enum wg_companion companion;
    const enum wg_unwrapped answer = wg_unwrapper_account(w->u, &place, &span, &w->marks);

    /* A later look says the same. */
    const bool there = wg_unwrapper_find(w->u, w->frame, 0, &found, &companion);
    g_assert_cmpint(there, ==, answer != WG_UNWRAPPED_NOT);
    if (there)
        g_assert_true(found.in == w->marks.in && found.prefix == w->marks.prefix &&
                      found.type == w->marks.type && found.by == w->marks.by);
    w->time += G_GINT64_CONSTANT(10000000);
    return answer;
}

static enum wg_companion
companion_of(struct world *w, uint32_t frame)
{
    struct wg_envelope_marks marks;
    enum wg_companion companion;

    g_assert_false(wg_unwrapper_find(w->u, frame, 0, &marks, &companion));
    return companion;
}

static void
test_nothing_known(struct world *w, const void *data)
{
    g_assert_false(wg_unwrapper_active(w->u));
    g_assert_cmpint(send(w, CLIENT, SERVER, wrapped(make_initiation(7, 1), key_of_server)), ==,
                    WG_UNWRAPPED_NOT);
    struct wg_unwrapper *without = wg_unwrapper_new(NULL, NULL, NULL);
    g_assert_false(wg_unwrapper_active(without));
    wg_unwrapper_free(without);
}

/* An initiation, a response, a cookie reply and data each way. */
static void
exchange(struct world *w, enum wg_unwrapped expected, uint8_t by)
{
    const struct message way[] = {
        wrapped(make_initiation(7, 1), key_of_server),
        wrapped(make_cookie_reply(7, 2), NULL),
        wrapped(make_response(8, 7, 3), key_of_client),
        wrapped(make_data(8, 0, 32), NULL),
        wrapped(make_data(7, 0, 96), NULL),
    };
    static const bool up[] = { true, false, false, true, false };

    for (size_t i = 0; i < G_N_ELEMENTS(way); i++) {
        g_test_message("message %zu", i + 1);
        g_assert_cmpint(up[i] ? send(w, CLIENT, SERVER, way[i]) : send(w, SERVER, CLIENT, way[i]),
                        ==, expected);
        if (expected != WG_UNWRAPPED_NOT)
            g_assert_cmpint(w->marks.by, ==, by);
    }
}

static void
test_configuration(struct world *w, const void *data)
{
    give_settings(w, false);
    wg_keystore_add_public(w->keys, key_of_server);
    wg_keystore_add_public(w->keys, key_of_client);
    exchange(w, WG_UNWRAPPED_PROVED, WG_BY_CONFIGURATION);
    for (unsigned type = 1; type <= 3; type++)
        g_assert_cmpuint(wg_unwrapper_seen(w->u, 0, type), ==, 1);
    g_assert_cmpuint(wg_unwrapper_seen(w->u, 0, 4), ==, 2);
    /* A peer that moves is known by its index, whatever its port. */
    g_assert_cmpint(send(w, at(9, 9), at(2, 4500), wrapped(make_data(8, 1, 32), NULL)), ==,
                    WG_UNWRAPPED_PROVED);
    /* An index that nobody announced proves nothing, and on other ports says nothing. */
    g_assert_cmpint(send(w, at(9, 9), at(2, 4501), wrapped(make_data(99, 1, 32), NULL)), ==,
                    WG_UNWRAPPED_NOT);
    g_assert_cmpint(send(w, at(9, 9), SERVER, wrapped(make_data(99, 1, 32), NULL)), ==,
                    WG_UNWRAPPED_POSSIBLE);
}

/* What was not seen is said, by the names of the settings. */
static void
test_unseen(struct world *w, const void *data)
{
    give_settings(w, false);
    wg_keystore_add_public(w->keys, key_of_server);
    char *said = wg_unwrapper_unseen(w->u, 0);
    g_assert_cmpstr(said, ==,
                    "A configuration of AmneziaWG (port 47111) fits nothing of this capture: no "
                    "initiation (S1, H1), no response (S2, H2), no data (S4, H4) was seen.");
    g_free(said);
    send(w, CLIENT, SERVER, wrapped(make_initiation(7, 1), key_of_server));
    said = wg_unwrapper_unseen(w->u, 0);
    g_assert_cmpstr(said, ==,
                    "A configuration of AmneziaWG (port 47111) fits only a part of this capture: "
                    "no response (S2, H2), no data (S4, H4) was seen.");
    g_free(said);
    wg_keystore_add_public(w->keys, key_of_client);
    exchange(w, WG_UNWRAPPED_PROVED, WG_BY_CONFIGURATION);
    g_assert_null(wg_unwrapper_unseen(w->u, 0));
    g_assert_null(wg_unwrapper_unseen(w->u, 1));
}

static void
test_public_keys(struct world *w, const void *data)
{
    wg_keystore_add_public(w->keys, key_of_server);
    wg_keystore_add_public(w->keys, key_of_client);
    exchange(w, WG_UNWRAPPED_PROVED, WG_BY_PUBLIC_KEY);
    g_assert_cmpint(send(w, CLIENT, SERVER, wrapped(make_data(9, 1, 96), NULL)), ==,
                    WG_UNWRAPPED_NOT);
}

static void
test_key_log(struct world *w, const void *data)
{
    static const uint8_t private_key[WG_KEY_LEN] = { 77 };
    const struct wg_ephemeral_links links = { .local = key_of_client, .remote = key_of_server };

    wg_keystore_add_ephemeral(w->keys, private_key, &links);
    exchange(w, WG_UNWRAPPED_PROVED, WG_BY_KEY_LOG);
}

static void
test_other_keys(struct world *w, const void *data)
{
    static const uint8_t other[WG_KEY_LEN] = { 42 };

    wg_keystore_add_public(w->keys, other);
    exchange(w, WG_UNWRAPPED_NOT, 0);
}

/* Keys that come late open what comes after them. */
static void
test_late_keys(struct world *w, const void *data)
{
    static const uint8_t other[WG_KEY_LEN] = { 42 };

    wg_keystore_add_public(w->keys, other);
    for (unsigned i = 0; i < 20; i++)
        send(w, CLIENT, SERVER, wrapped(make_initiation(7 + i, i), key_of_server));
    wg_keystore_add_public(w->keys, key_of_server);
    g_assert_cmpint(send(w, CLIENT, SERVER, wrapped(make_initiation(70, 9), key_of_server)), ==,
                    WG_UNWRAPPED_PROVED);
}

/* Bulk that is something else is given up; a handshake in the midst of it is not. */
static void
test_given_up(struct world *w, const void *data)
{
    wg_keystore_add_public(w->keys, key_of_server);
    for (unsigned i = 0; i < 100; i++) {
        struct message m = make_message(4, 1200, i);
        m.bytes[1] = 9;
        g_assert_cmpint(send(w, CLIENT, SERVER, m), ==, WG_UNWRAPPED_NOT);
    }
    g_assert_cmpint(send(w, CLIENT, SERVER, wrapped(make_initiation(7, 1), key_of_server)), ==,
                    WG_UNWRAPPED_PROVED);
}

static void
test_lwo_flow(struct world *w, const void *data)
{
    wg_keystore_add_public(w->keys, key_of_server);
    const struct message initiation =
        with_lwo(with_mac1(make_initiation(7, 1), key_of_server), key_of_server, 5);
    const struct message forged = with_lwo(make_initiation(7, 1), key_of_server, 5);
    const struct message response =
        with_lwo(with_mac1(make_response(8, 7, 2), key_of_client), key_of_client, 9);
    const struct message data_up = with_lwo(make_data(8, 0, 96), key_of_server, 1);

    g_assert_cmpint(send(w, CLIENT, SERVER, forged), ==, WG_UNWRAPPED_NOT);
    g_assert_cmpint(send(w, CLIENT, SERVER, initiation), ==, WG_UNWRAPPED_PROVED);
    g_assert_true(w->marks.in == &wg_envelope_lwo);
    /* The client's key is not known: its direction stays closed, and the index is not. */
    g_assert_cmpint(send(w, SERVER, CLIENT, response), ==, WG_UNWRAPPED_NOT);
    g_assert_cmpint(send(w, CLIENT, SERVER, data_up), ==, WG_UNWRAPPED_POSSIBLE);
    wg_keystore_add_public(w->keys, key_of_client);
    g_assert_cmpint(send(w, SERVER, CLIENT, response), ==, WG_UNWRAPPED_PROVED);
    g_assert_cmpint(send(w, CLIENT, SERVER, data_up), ==, WG_UNWRAPPED_PROVED);
}

static void
test_companions(struct world *w, const void *data)
{
    struct message special = make_message(1, 6, 5), junk = make_message(1, 55, 6);
    struct message long_one = make_message(1, 61, 7);

    special.bytes[0] = 1;
    special.bytes[1] = 2;
    junk.bytes[0] = long_one.bytes[0] = 0x99;
    give_settings(w, true);
    wg_keystore_add_public(w->keys, key_of_server);
    send(w, CLIENT, SERVER, junk);     /* 1: of one more than Jc */
    send(w, CLIENT, SERVER, special);  /* 2 */
    send(w, CLIENT, SERVER, junk);     /* 3 */
    send(w, SERVER, CLIENT, junk);     /* 4: the other way */
    send(w, CLIENT, SERVER, long_one); /* 5: of no size that junk has */
    send(w, CLIENT, SERVER, junk);     /* 6 */
    send(w, at(3, 9), at(4, 9), junk); /* 7: elsewhere */
    for (uint32_t frame = 1; frame <= 7; frame++)
        g_assert_cmpint(companion_of(w, frame), ==, WG_COMPANION_NONE);
    g_assert_cmpint(send(w, CLIENT, SERVER, wrapped(make_initiation(7, 1), key_of_server)), ==,
                    WG_UNWRAPPED_PROVED);
    static const enum wg_companion expected[] = {
        WG_COMPANION_NONE, WG_COMPANION_SPECIAL, WG_COMPANION_JUNK, WG_COMPANION_NONE,
        WG_COMPANION_NONE, WG_COMPANION_JUNK,    WG_COMPANION_NONE,
    };
    for (uint32_t frame = 1; frame <= 7; frame++)
        g_assert_cmpint(companion_of(w, frame), ==, expected[frame - 1]);
    /* Much later, what was not opened is nobody's junk. */
    send(w, CLIENT, SERVER, junk);
    w->time += G_GINT64_CONSTANT(6000000000);
    send(w, CLIENT, SERVER, wrapped(make_initiation(8, 1), key_of_server));
    g_assert_cmpint(companion_of(w, 9), ==, WG_COMPANION_NONE);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(struct world *w, const void *data);
    } tests[] = {
        { "/unwrapper/nothing-known", test_nothing_known },
        { "/unwrapper/configuration", test_configuration },
        { "/unwrapper/unseen", test_unseen },
        { "/unwrapper/public-keys", test_public_keys },
        { "/unwrapper/key-log", test_key_log },
        { "/unwrapper/other-keys", test_other_keys },
        { "/unwrapper/late-keys", test_late_keys },
        { "/unwrapper/given-up", test_given_up },
        { "/unwrapper/lwo", test_lwo_flow },
        { "/unwrapper/companions", test_companions },
    };

    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct world, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
