/* test_opening.c
 * Handshakes and cookies with every set of keys that an onlooker may hold: what opens, and what is
 * said of what does not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keyed.h"

/* ---- which keys open what ---- */

/* NOT_TRIED stands for "nothing at all is remembered". */
static const struct {
    const char *keys;
    enum wg_decryption_status initiation, response;
    bool has_static, attempted;
} key_rows[] = {
    /*  1 */ { "", WG_STATUS_NOT_TRIED, WG_STATUS_NOT_TRIED, false, false },
    /*  2 */ { "P", WG_STATUS_NO_KEY_FOR_PEER, WG_STATUS_NO_KEY_FOR_PEER, false, false },
    /*  3 */ { "S", WG_STATUS_NO_KEY_FOR_PEER, WG_STATUS_NO_KEY_FOR_PEER, false, false },
    /*  4 */ { "p", WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_NO_PRIVATE_KEY, false, false },
    /*  5 */ { "Sp", WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_NO_PRIVATE_KEY, false, false },
    /*  6 */ { "e", WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_NO_PRIVATE_KEY, false, false },
    /*  7 */ { "E", WG_STATUS_PARTLY, WG_STATUS_NO_PRIVATE_KEY, true, true },
    /*  8 */ { "Ee", WG_STATUS_PARTLY, WG_STATUS_NO_PRIVATE_KEY, true, true },
    /*  9 */ { "s", WG_STATUS_DECRYPTED, WG_STATUS_NO_EPHEMERAL, true, true },
    /* 10 */ { "sS", WG_STATUS_DECRYPTED, WG_STATUS_NO_EPHEMERAL, true, true },
    /* 11 */ { "sE", WG_STATUS_DECRYPTED, WG_STATUS_NO_PRIVATE_KEY, true, true },
    /* 12 */ { "SEK", WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED, true, true },
    /* 13 */ { "seK", WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED, true, true },
    /* 14 */ { "SEseK", WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED, true, true },
};

static void
check_row(struct keyed *w, const struct vector_handshake *v, size_t row)
{
    give(w, PEERS(v), key_rows[row].keys);
    const struct wg_note *note = send_message(w, A, B, MESSAGE(v->initiation));
    send_message(w, B, A, MESSAGE(v->response));
    const struct wg_session *s = note->of.session;
    const struct wg_initiation_keys *i = s->keys;
    const struct wg_response_keys *r = s->responses->keys;

    if (key_rows[row].initiation == WG_STATUS_NOT_TRIED) {
        g_assert_false(wg_opener_has_keys(w->opener));
        g_assert_null(i);
        g_assert_null(r);
        g_assert_null(wg_session_initiator_key(s));
        g_assert_null(wg_session_responder_key(s));
        return;
    }
    g_assert_cmpint(i->status, ==, key_rows[row].initiation);
    g_assert_cmpint(r->status, ==, key_rows[row].response);
    g_assert_cmpint(i->opened.has_static, ==, key_rows[row].has_static);
    g_assert_cmpint(i->attempted, ==, key_rows[row].attempted);
    g_assert_cmpint(r->has_transport, ==, r->status == WG_STATUS_DECRYPTED);
    if (i->status == WG_STATUS_DECRYPTED)
        g_assert_cmpmem(i->opened.timestamp, WG_TAI64N_LEN, v->timestamp, WG_TAI64N_LEN);
    if (i->opened.has_static)
        assert_key(wg_session_initiator_key(s), v->initiator_static_public);
    if (r->has_transport) {
        g_assert_cmpmem(r->transport.initiator_to_responder, WG_KEY_LEN, v->initiator_to_responder,
                        WG_KEY_LEN);
        g_assert_cmpmem(r->transport.responder_to_initiator, WG_KEY_LEN, v->responder_to_initiator,
                        WG_KEY_LEN);
    }
    const bool knows_responder = i->status != WG_STATUS_NO_KEY_FOR_PEER;
    g_assert_cmpint(i->macs.mac1, ==, knows_responder ? WG_MAC_GOOD : WG_MAC_UNVERIFIED);
    g_assert_cmpint(i->macs.receiver != NULL, ==, knows_responder);
    g_assert_cmpint(i->macs.mac2, ==, WG_MAC_NOT_PRESENT);
    if (knows_responder)
        assert_key(wg_session_responder_key(s), v->responder_static_public);
    if (r->macs.receiver != NULL)
        assert_key(r->macs.receiver->public_key, v->initiator_static_public);
}

static void
test_keys(struct keyed *w, const void *data)
{
    for (size_t h = 0; h < G_N_ELEMENTS(vector_handshakes); h++)
        for (size_t row = 0; row < G_N_ELEMENTS(key_rows); row++) {
            g_test_message("%s, row %zu", vector_handshakes[h].name, row + 1);
            start_over(w);
            check_row(w, &vector_handshakes[h], row);
        }
}

/* ---- preshared keys ---- */

static enum wg_decryption_status
response_status(struct keyed *w, const struct vector_session *v, struct message response)
{
    send_message(w, A, B, MESSAGE(v->initiation));
    return send_message(w, B, A, response)->status;
}

static void
link_psks(struct keyed *w, const struct vector_session *v, unsigned wrong, bool right)
{
    uint8_t psk[WG_KEY_LEN];
    struct wg_ephemeral_links links = { .psk = psk };

    for (unsigned i = 0; i < wrong; i++) {
        fill_random(psk, sizeof psk, i + 1);
        wg_keystore_add_ephemeral(w->keys, v->initiator_ephemeral_private, &links);
    }
    links.psk = v->psk;
    if (right)
        wg_keystore_add_ephemeral(w->keys, v->initiator_ephemeral_private, &links);
}

static void
test_psks(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[4], *none = &vector_sessions[0];

    g_assert_false(wg_wire_all_zero(v->psk, WG_KEY_LEN));
    g_assert_true(wg_wire_all_zero(none->psk, WG_KEY_LEN));
    /* Several for one ephemeral key, the right one last. */
    give(w, PEERS(v), "SE");
    link_psks(w, v, WG_EPHEMERAL_PSKS_MAX - 1, true);
    g_assert_cmpint(response_status(w, v, MESSAGE(v->response)), ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
    /* More than one ephemeral key has room for. */
    start_over(w);
    give(w, PEERS(v), "SE");
    link_psks(w, v, WG_EPHEMERAL_PSKS_MAX + 1, true);
    g_assert_cmpint(response_status(w, v, MESSAGE(v->response)), ==, WG_STATUS_DECRYPTED);
    /* None where some are known, and the other way round. */
    start_over(w);
    give(w, PEERS(none), "SE");
    link_psks(w, none, 3, false);
    g_assert_cmpint(response_status(w, none, MESSAGE(none->response)), ==, WG_STATUS_DECRYPTED);
    start_over(w);
    give(w, PEERS(v), "SE");
    g_assert_cmpint(response_status(w, v, MESSAGE(v->response)), ==, WG_STATUS_PSK_MISMATCH);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_PSK_MISMATCH);
    /* It comes later. */
    give(w, PEERS(v), "K");
    g_assert_cmpint(from_initiator(w, v, 1).status, ==, WG_STATUS_DECRYPTED);
}

/* Among more preshared keys than are tried, the one that either ephemeral key is linked to. */
static void
test_psk_of_the_other(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[4];
    const struct wg_ephemeral_links links = { .psk = v->psk };
    uint8_t psk[WG_KEY_LEN];

    for (unsigned responder = 0; responder <= 1; responder++) {
        start_over(w);
        give(w, PEERS(v), "SEse");
        for (unsigned i = 0; i < WG_PSK_CANDIDATES_MAX; i++) {
            fill_random(psk, sizeof psk, i + 1);
            g_assert_true(wg_keystore_add_psk(w->keys, psk));
        }
        wg_keystore_add_ephemeral(
            w->keys, responder ? v->responder_ephemeral_private : v->initiator_ephemeral_private,
            &links);
        g_assert_cmpint(response_status(w, v, MESSAGE(v->response)), ==, WG_STATUS_DECRYPTED);
    }
}

/* A mismatch is said only where all the rest is right. */
static void
test_psk_mismatch_is_proved(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[4];
    const struct message response = MESSAGE(v->response);
    const size_t empty = offsetof(struct wg_wire_response, encrypted_empty);

    /* mac1 does not fit the initiator: altered on the way, not made with another key. */
    give(w, PEERS(v), "SEK");
    g_assert_cmpint(response_status(w, v, altered(response, empty)), ==,
                    WG_STATUS_AUTHENTICATION_FAILED);
    g_assert_cmpint(wg_session_extras(stream(w, 0))->rejected->keys->macs.mac1, ==, WG_MAC_BAD);
    /* Nothing follows from it, and nothing against the data: the right response was not captured.
     */
    g_assert_null(stream(w, 0)->responses);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_HANDSHAKE_MISSING);
    /* More preshared keys than are tried. */
    start_over(w);
    give(w, PEERS(v), "SE");
    for (unsigned i = 0; i < WG_PSK_CANDIDATES_MAX; i++) {
        uint8_t psk[WG_KEY_LEN];
        fill_random(psk, sizeof psk, i + 1);
        g_assert_true(wg_keystore_add_psk(w->keys, psk));
    }
    g_assert_cmpint(response_status(w, v, response), ==, WG_STATUS_AUTHENTICATION_FAILED);
}

/* ---- orders ---- */

static void
test_response_first(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];

    give(w, PEERS(v), "SE");
    const struct wg_session *s = send_message(w, B, A, MESSAGE(v->response))->of.session;
    g_assert_null(s->keys);
    g_assert_cmpint(s->responses->keys->status, ==, WG_STATUS_HANDSHAKE_MISSING);
    assert_key(wg_session_initiator_key(s), v->initiator_static_public); /* from mac1 */
    g_assert_null(wg_session_responder_key(s));
    g_assert_true(send_message(w, A, B, MESSAGE(v->initiation))->of.session == s);
    g_assert_cmpint(s->keys->status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(s->responses->keys->status, ==, WG_STATUS_DECRYPTED);
}

/* ---- cookies ---- */

static void
test_cookies(struct keyed *w, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_cookies); i++) {
        const struct vector_cookie *v = &vector_cookies[i];
        const bool to_response = v->provoking[0] == WG_TYPE_RESPONSE;
        const struct wg_endpoint holder = to_response ? B : A, issuer = to_response ? A : B;

        g_test_message("%s", v->name);
        start_over(w);
        wg_keystore_add_public(w->keys, v->replier_public);
        const struct message m = message_of(v->provoking, v->provoking_length);
        const struct wg_session *s = send_message(w, holder, issuer, m)->of.session;
        const struct wg_note *note = send_message(w, issuer, holder, MESSAGE(v->reply));
        g_assert_true(note->of.session == s);
        g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpmem(wg_session_extras(s)->cookies->cookie, WG_MAC_LEN, v->cookie, WG_MAC_LEN);
        g_assert_cmpuint(wg_session_extras(s)->cookies->for_frame, ==, 1);
        /* The message that follows has a mac2 that fits. */
        w->time += SECONDS(5);
        s = send_message(w, holder, issuer, message_of(v->answer, v->answer_length))->of.session;
        const struct wg_response *r = s->responses;
        while (r != NULL && r->next != NULL)
            r = r->next;
        g_assert_cmpint((to_response ? &r->keys->macs : &s->keys->macs)->mac2, ==, WG_MAC_GOOD);
        /* New keys do not take it back, whatever cookie is held by then. */
        const struct message other = make_initiation(1, 2);
        uint8_t another[WG_KEY_LEN] = { (uint8_t)(i + 1) };
        wg_keystore_add_private(w->keys, another);
        send_message(w, holder, issuer, other);
        wg_opener_judge.initiation(w->opener, stream(w, 0));
        for (struct wg_response *t = s->responses; t != NULL; t = t->next)
            wg_opener_judge.response(w->opener, stream(w, s->stream), t);
        g_assert_cmpint((to_response ? &r->keys->macs : &s->keys->macs)->mac2, ==, WG_MAC_GOOD);
    }
}

static void
test_closed_cookies(struct keyed *w, const void *data)
{
    const struct vector_cookie *v = &vector_cookies[0];
    const struct message m = message_of(v->provoking, v->provoking_length);
    const struct message reply = MESSAGE(v->reply);
    uint8_t any[WG_KEY_LEN] = { 1 };

    /* No keys at all. */
    const struct wg_session *s = send_message(w, A, B, m)->of.session;
    send_message(w, B, A, reply);
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_NO_KEYS);
    /* Keys, but none of the replier. */
    wg_keystore_add_public(w->keys, any);
    send_message(w, B, A, reply);
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_NO_KEY_FOR_PEER);
    /* Between the message and the reply they came. */
    wg_keystore_add_public(w->keys, v->replier_public);
    send_message(w, B, A, reply);
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_DECRYPTED);
    send_message(w, B, A, altered(reply, reply.length - 1));
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_AUTHENTICATION_FAILED);
    send_captured(w, B, A, reply, reply.length - 1);
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_TRUNCATED);
    /* mac1 of what provoked it is not there, or the message itself. */
    start_over(w);
    wg_keystore_add_public(w->keys, v->replier_public);
    s = send_captured(w, A, B, m, offsetof(struct wg_wire_initiation, mac2) - 1)->of.session;
    send_message(w, B, A, reply);
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_TRUNCATED);
    start_over(w);
    wg_keystore_add_public(w->keys, v->replier_public);
    s = send_message(w, B, A, make_response(9, wg_le32(v->provoking + 4), 1))->of.session;
    send_message(w, B, A, reply);
    g_assert_cmpint(wg_session_extras(s)->cookies->status, ==, WG_STATUS_HANDSHAKE_MISSING);
}

/* ---- words ---- */

static void
test_words(void)
{
    for (int i = 0; i < WG_STATUS_COUNT; i++) {
        const char *name = wg_status_name((enum wg_decryption_status)i);
        g_assert_nonnull(name);
        for (int j = 0; j < i; j++)
            g_assert_cmpstr(name, !=, wg_status_name((enum wg_decryption_status)j));
        /* Whatever keeps a message closed has a hint. */
        g_assert_cmpint(wg_status_hint((enum wg_decryption_status)i) == NULL, ==,
                        i == WG_STATUS_NOT_TRIED || i == WG_STATUS_DECRYPTED);
    }
    g_assert_cmpstr(wg_status_name(WG_STATUS_COUNT), ==, "Unknown");
    g_assert_null(wg_status_hint(WG_STATUS_COUNT));
}

int
main(int argc, char **argv)
{
    static const struct keyed_test tests[] = {
        { "/opening/keys", test_keys },
        { "/opening/psks", test_psks },
        { "/opening/psk-of-the-other", test_psk_of_the_other },
        { "/opening/psk-mismatch-is-proved", test_psk_mismatch_is_proved },
        { "/opening/response-first", test_response_first },
        { "/opening/cookies", test_cookies },
        { "/opening/closed-cookies", test_closed_cookies },
    };

    g_test_init(&argc, &argv, NULL);
    add_keyed_tests(tests, G_N_ELEMENTS(tests));
    g_test_add_func("/opening/words", test_words);
    return g_test_run();
}
