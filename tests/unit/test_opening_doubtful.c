/* test_opening_doubtful.c
 * Handshakes that are forged, cut short, or compete with others: what keys show of them, and what
 * they do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keyed.h"

/* ---- rivals ---- */

enum rival { FORGED, ALTERED, RANDOM };

static struct message
rival_of(const struct vector_session *v, enum rival kind)
{
    if (kind == RANDOM)
        return make_response(v->responder_index, v->initiator_index, 5);
    return kind == FORGED ? MESSAGE(v->forged_response) : MESSAGE(v->altered_response);
}

static void
check_rival(struct keyed *w, enum rival kind, bool rival_first)
{
    const struct vector_session *v = &vector_sessions[4];
    const struct message rival = rival_of(v, kind), right = MESSAGE(v->response);

    give(w, PEERS(v), "SEK");
    const struct wg_session *s = send_message(w, A, B, MESSAGE(v->initiation))->of.session;
    send_message(w, B, A, rival_first ? rival : right);
    const struct wg_note *second = send_message(w, B, A, rival_first ? right : rival);
    const struct wg_note *copy = send_message(w, B, A, right);

    g_assert_cmpuint(second->flags & WG_NOTE_DUPLICATE, ==, 0);
    g_assert_cmpuint(copy->flags & WG_NOTE_DUPLICATE, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(copy->reference, ==, rival_first ? 3 : 2);
    /* What is disproved is set aside; so is, after the right one, what could not be told before. */
    const bool set_aside = kind == RANDOM || !rival_first;
    const struct wg_response *wrong = set_aside ? wg_session_extras(s)->rejected : s->responses;
    const struct wg_response *good = set_aside ? s->responses : s->responses->next;
    g_assert_null(wrong->next == good ? good->next : wrong->next);
    g_assert_null(good->next);
    g_assert_cmpint(good->keys->status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(wrong->keys->status, ==,
                    kind == RANDOM ? WG_STATUS_AUTHENTICATION_FAILED : WG_STATUS_PSK_MISMATCH);
    g_assert_cmpint(wrong->keys->macs.mac1, ==, kind == RANDOM ? WG_MAC_BAD : WG_MAC_GOOD);
    /* Even before there is any data. */
    g_assert_cmpuint(wg_session_answer(s), ==, rival_first ? 3 : 2);
    assert_key(wg_session_initiator_key(s), v->initiator_static_public);
    for (unsigned n = 0; n < DATA_COUNT; n++) {
        const struct sent out = from_initiator(w, v, n), back = from_responder(w, v, n);
        g_assert_cmpint(out.status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpint(back.status, ==, WG_STATUS_DECRYPTED);
        g_assert_true(out.note->of.direction == s->to_responder);
        g_assert_true(back.note->of.direction == s->to_initiator);
    }
    g_assert_true(s->to_responder->response == good);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

static void
test_rival_responses(struct keyed *w, const void *data)
{
    for (enum rival kind = FORGED; kind <= RANDOM; kind++)
        for (unsigned order = 0; order < 2; order++) {
            g_test_message("kind %d, rival %s", kind, order == 0 ? "first" : "second");
            start_over(w);
            check_rival(w, kind, order == 0);
        }
}

/* Initiations that chose one index: what opens tells which one the response answers. */
static void
test_rival_initiations(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0], *again = &vector_sessions[3];
    const size_t timestamp = offsetof(struct wg_wire_initiation, encrypted_timestamp);
    const struct message rivals[] = { make_initiation(v->initiator_index, 7),
                                      altered(MESSAGE(v->initiation), timestamp),
                                      MESSAGE(again->initiation) };

    g_assert_cmpuint(v->initiator_index, ==, again->initiator_index);
    for (size_t i = 0; i < G_N_ELEMENTS(rivals); i++)
        for (unsigned order = 0; order < 2; order++) {
            g_test_message("rival %zu, order %u", i, order);
            start_over(w);
            give(w, PEERS(v), "SE");
            send_message(w, A, B, order == 0 ? rivals[i] : MESSAGE(v->initiation));
            send_message(w, A, B, order == 0 ? MESSAGE(v->initiation) : rivals[i]);
            const struct wg_note *response = send_message(w, B, A, MESSAGE(v->response));
            g_assert_true(response->of.session == stream(w, order == 0));
            g_assert_cmpint(response->of.session->responses->keys->status, ==, WG_STATUS_DECRYPTED);
            g_assert_cmpint(from_responder(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
            g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
        }
}

/* ---- what is not all there ---- */

static void
test_truncated_initiation(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];
    const struct message m = MESSAGE(v->initiation);
    const size_t static_end = offsetof(struct wg_wire_initiation, encrypted_timestamp);
    const size_t timestamp_end = offsetof(struct wg_wire_initiation, mac1);
    const size_t mac1_end = offsetof(struct wg_wire_initiation, mac2);

    for (size_t captured = 8; captured <= m.length; captured++)
        for (unsigned log = 0; log < 2; log++) {
            start_over(w);
            give(w, PEERS(v), log ? "SE" : "s");
            const struct wg_session *s = send_captured(w, A, B, m, captured)->of.session;
            send_message(w, B, A, MESSAGE(v->response));
            const struct wg_initiation_keys *i = s->keys;
            /* An ephemeral key of the log tells the responder; otherwise it takes mac1. */
            const size_t needed = log ? timestamp_end : mac1_end;
            g_assert_cmpint(i->status, ==,
                            captured < needed ? WG_STATUS_TRUNCATED : WG_STATUS_DECRYPTED);
            g_assert_cmpint(i->opened.has_static, ==, captured >= (log ? static_end : mac1_end));
            g_assert_cmpint(i->macs.mac1, ==,
                            captured < mac1_end ? WG_MAC_UNVERIFIED : WG_MAC_GOOD);
            g_assert_cmpint(i->macs.mac2, ==,
                            captured < m.length ? WG_MAC_UNVERIFIED : WG_MAC_NOT_PRESENT);
            if (i->opened.has_static)
                assert_key(wg_session_responder_key(s), v->responder_static_public);
            enum wg_decryption_status status = WG_STATUS_HANDSHAKE_MISSING;
            if (captured >= needed)
                status = log ? WG_STATUS_DECRYPTED : WG_STATUS_NO_EPHEMERAL;
            g_assert_cmpint(s->responses->keys->status, ==, status);
        }
}

static void
test_truncated_response(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];
    const struct message m = MESSAGE(v->response);
    const size_t empty_end = offsetof(struct wg_wire_response, mac1);

    for (size_t captured = 12; captured <= m.length; captured++) {
        start_over(w);
        give(w, PEERS(v), "se");
        const struct wg_session *s = send_message(w, A, B, MESSAGE(v->initiation))->of.session;
        send_captured(w, B, A, m, captured);
        g_assert_cmpint(s->responses->keys->status, ==,
                        captured < empty_end ? WG_STATUS_TRUNCATED : WG_STATUS_DECRYPTED);
        g_assert_cmpint(from_initiator(w, v, 0).status, ==,
                        captured < empty_end ? WG_STATUS_RESPONSE_MISSING : WG_STATUS_DECRYPTED);
    }
}

/* A log that names the wrong peer for an ephemeral key proves nothing. */
static void
test_wrong_link(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0], *other = &vector_sessions[4];
    const struct wg_ephemeral_links links = { .local = v->initiator_static_public,
                                              .remote = other->responder_static_public };

    wg_keystore_add_ephemeral(w->keys, v->initiator_ephemeral_private, &links);
    const struct wg_session *s = send_message(w, A, B, MESSAGE(v->initiation))->of.session;
    g_assert_cmpint(s->keys->status, ==, WG_STATUS_NO_KEY_FOR_PEER);
    g_assert_cmpint(s->keys->macs.mac1, ==, WG_MAC_UNVERIFIED);
    g_assert_null(wg_session_responder_key(s));
}

/* Where the message opens, the key that mac1 must have been made with is certain. */
static void
test_wrong_mac1(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];
    const size_t mac1 = offsetof(struct wg_wire_initiation, mac1);

    give(w, PEERS(v), "SE");
    const struct message m = altered(MESSAGE(v->initiation), mac1);
    const struct wg_session *s = send_message(w, A, B, m)->of.session;
    g_assert_cmpint(s->keys->status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(s->keys->macs.mac1, ==, WG_MAC_BAD);
    g_assert_false(s->keys->attempted);
    assert_key(wg_session_responder_key(s), v->responder_static_public);
    /* By the private key of the responder alone nobody knows that it is meant. */
    start_over(w);
    give(w, PEERS(v), "s");
    const struct wg_session *t = send_message(w, A, B, m)->of.session;
    g_assert_cmpint(t->keys->status, ==, WG_STATUS_NO_KEY_FOR_PEER);
    g_assert_cmpint(t->keys->macs.mac1, ==, WG_MAC_UNVERIFIED);
}

/* At an endpoint whose owner a handshake proved, a key that nobody knows is the wrong one; unless
 * it is answered there. */
static void
test_wrong_key_at_a_known_endpoint(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0], *other = &vector_sessions[4];

    give(w, PEERS(v), "SE");
    send_handshake(w, v);
    const struct wg_session *s = send_message(w, C, B, MESSAGE(other->initiation))->of.session;
    g_assert_cmpint(s->keys->macs.mac1, ==, WG_MAC_BAD);
    g_assert_cmpint(s->keys->status, ==, WG_STATUS_NO_KEY_FOR_PEER);
    send_message(w, B, C, MESSAGE(other->response));
    g_assert_cmpint(s->keys->macs.mac1, ==, WG_MAC_UNVERIFIED);
    /* Later somebody else may be there. */
    w->time += SECONDS(121);
    s = send_message(w, C, B, make_initiation(77, 8))->of.session;
    g_assert_cmpint(s->keys->macs.mac1, ==, WG_MAC_UNVERIFIED);
}

/* ---- hostile points ---- */

static void
test_low_order(struct keyed *w, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_low_orders); i++) {
        const struct vector_low_order *v = &vector_low_orders[i];
        start_over(w);
        g_assert_nonnull(wg_keystore_add_private(w->keys, v->responder_static_private));
        const struct wg_session *s = send_message(w, A, B, MESSAGE(v->initiation))->of.session;
        g_assert_cmpint(s->keys->status, ==, WG_STATUS_BAD_KEY_EXCHANGE);
        assert_key(wg_session_initiator_key(s), v->static_sent);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(vector_bad_points); i++) {
        const struct vector_bad_point *bad = &vector_bad_points[i];
        const struct vector_session *v = &vector_sessions[0];
        start_over(w);
        give(w, PEERS(v), "sSE");
        const struct wg_session *s = send_message(w, A, B, MESSAGE(bad->initiation))->of.session;
        g_assert_cmpint(s->keys->status, ==, WG_STATUS_BAD_KEY_EXCHANGE);
        s = send_message(w, A, B, MESSAGE(v->initiation))->of.session;
        send_message(w, B, A, MESSAGE(bad->response));
        g_assert_cmpint(wg_session_extras(s)->rejected->keys->status, ==,
                        WG_STATUS_BAD_KEY_EXCHANGE);
        /* It does not stand in the way of the right one. */
        send_message(w, B, A, MESSAGE(v->response));
        g_assert_cmpuint(wg_session_answer(s), ==, 4);
        g_assert_cmpint(from_responder(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
    }
}

/* A message whose mac1 names a known responder, and that opens with none of his keys. */
static void
test_forged_initiation(struct keyed *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];
    struct message m = MESSAGE(v->initiation);
    struct wg_wire_view view;
    uint8_t mac1_key[WG_KEY_LEN];

    give(w, PEERS(v), "s");
    fill_random(m.bytes + offsetof(struct wg_wire_initiation, encrypted_timestamp), 28, 3);
    view = view_of(&m);
    memcpy(mac1_key, wg_keystore_static(w->keys, 0)->mac1_key, sizeof mac1_key);
    wg_mac(m.bytes + (view.mac1 - m.bytes), mac1_key, WG_KEY_LEN, m.bytes,
           (size_t)(view.mac1 - m.bytes));
    const struct wg_session *s = send_message(w, A, B, m)->of.session;
    g_assert_cmpint(s->keys->macs.mac1, ==, WG_MAC_GOOD);
    g_assert_cmpint(s->keys->status, ==, WG_STATUS_AUTHENTICATION_FAILED);
    assert_key(wg_session_initiator_key(s), v->initiator_static_public);
}

int
main(int argc, char **argv)
{
    static const struct keyed_test tests[] = {
        { "/opening/rival-responses", test_rival_responses },
        { "/opening/rival-initiations", test_rival_initiations },
        { "/opening/truncated-initiation", test_truncated_initiation },
        { "/opening/truncated-response", test_truncated_response },
        { "/opening/wrong-link", test_wrong_link },
        { "/opening/wrong-mac1", test_wrong_mac1 },
        { "/opening/wrong-key-at-a-known-endpoint", test_wrong_key_at_a_known_endpoint },
        { "/opening/low-order", test_low_order },
        { "/opening/forged-initiation", test_forged_initiation },
    };

    g_test_init(&argc, &argv, NULL);
    add_keyed_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
