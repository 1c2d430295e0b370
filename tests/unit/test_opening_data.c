/* test_opening_data.c
 * Transport data under keys that come early, late, several at once, or only from key logs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keyed.h"

#define FIRST        (&vector_sessions[0])
#define REKEY        (&vector_sessions[1])
#define OTHER_WAY    (&vector_sessions[2]) /* B is its initiator */
#define SAME_INDICES (&vector_sessions[3]) /* as FIRST */
#define WITH_PSK     (&vector_sessions[4])

#define INITIATOR_LOG "SE"
#define RESPONDER_LOG "se"
#define BOTH_LOGS     "SEse"

static void
assert_all_open(struct keyed *w, const struct vector_session *v)
{
    for (unsigned n = 0; n < DATA_COUNT; n++) {
        g_assert_cmpint(from_initiator(w, v, n).status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpint(from_responder(w, v, n).status, ==, WG_STATUS_DECRYPTED);
    }
}

/* Packets under an index that no key opens. */
static void
send_noise(struct keyed *w, uint32_t receiver, unsigned count, enum wg_decryption_status expected)
{
    uint8_t plain[DATA_LENGTH];

    for (unsigned i = 0; i < count; i++) {
        const struct message m = make_data(receiver, 1000 + i, DATA_LENGTH);
        const struct wg_note *note = send_message(w, A, B, m);
        g_assert_cmpint(look(w, note, &m, true, plain), ==, expected);
    }
}

/* ---- a captured handshake ---- */

static void
test_from_handshake(struct keyed *w, const void *data)
{
    static const char *const logs[] = { INITIATOR_LOG, RESPONDER_LOG, BOTH_LOGS, "sSEe" };

    for (size_t i = 0; i < G_N_ELEMENTS(logs); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(vector_sessions); j++) {
            start_over(w);
            give(w, PEERS(&vector_sessions[j]), logs[i]);
            give(w, PEERS(&vector_sessions[j]), "K");
            send_handshake(w, &vector_sessions[j]);
            assert_all_open(w, &vector_sessions[j]);
            g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
        }
}

/* Each row is sent the handshake's messages whose letters it has, captured so far, and then data.
 */
static const struct {
    const char *keys;
    size_t initiation, response; /* bytes captured; 0: not sent */
    enum wg_decryption_status to_responder, to_initiator;
} reason_rows[] = {
    /*  1 */ { "", 148, 92, WG_STATUS_NO_KEYS, WG_STATUS_NO_KEYS },
    /*  2 */ { "P", 148, 92, WG_STATUS_NO_KEY_FOR_PEER, WG_STATUS_NO_KEY_FOR_PEER },
    /*  3 */ { "p", 148, 92, WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_NO_PRIVATE_KEY },
    /*  4 */ { "E", 148, 92, WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_NO_PRIVATE_KEY },
    /*  5 */ { "s", 148, 92, WG_STATUS_NO_EPHEMERAL, WG_STATUS_NO_EPHEMERAL },
    /*  6 */ { "SE", 148, 92, WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED },
    /*  7 */ { "SE", 148, 50, WG_STATUS_RESPONSE_MISSING, WG_STATUS_RESPONSE_MISSING },
    /*  8 */ { "SE", 80, 92, WG_STATUS_HANDSHAKE_MISSING, WG_STATUS_HANDSHAKE_MISSING },
    /*  9 */ { "SE", 148, 0, WG_STATUS_HANDSHAKE_MISSING, WG_STATUS_RESPONSE_MISSING },
    /* 10 */ { "SE", 0, 0, WG_STATUS_HANDSHAKE_MISSING, WG_STATUS_HANDSHAKE_MISSING },
    /* 11 */ { "se", 0, 92, WG_STATUS_HANDSHAKE_MISSING, WG_STATUS_HANDSHAKE_MISSING },
    /* 12 */ { "SE", 0, 92, WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED },
    /* 13 */ { "SE", 0, 70, WG_STATUS_HANDSHAKE_MISSING, WG_STATUS_HANDSHAKE_MISSING },
    /* 14 */ { "SEse", 0, 0, WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED },
    /* 15 */ { "SEse", 148, 0, WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED },
    /* 16 */ { "SEse", 0, 20, WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED },
};

static void
test_reasons(struct keyed *w, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reason_rows); i++) {
        const struct vector_session *v = FIRST;
        g_test_message("row %zu", i + 1);
        start_over(w);
        give(w, PEERS(v), reason_rows[i].keys);
        if (reason_rows[i].initiation > 0)
            send_captured(w, A, B, MESSAGE(v->initiation), reason_rows[i].initiation);
        if (reason_rows[i].response > 0)
            send_captured(w, B, A, MESSAGE(v->response), reason_rows[i].response);
        g_assert_cmpint(from_initiator(w, v, 0).status, ==, reason_rows[i].to_responder);
        g_assert_cmpint(from_responder(w, v, 0).status, ==, reason_rows[i].to_initiator);
    }
}

static void
test_damaged(struct keyed *w, const void *data)
{
    const struct vector_session *v = FIRST;
    const struct message m = data_of(v, true, 1);
    uint8_t plain[MESSAGE_ROOM];

    give(w, PEERS(v), INITIATOR_LOG);
    send_handshake(w, v);
    /* Before any key was used, and after it. */
    for (unsigned round = 0; round < 2; round++) {
        const struct message flipped = altered(m, m.length - 1);
        const struct wg_note *note = send_message(w, A, B, flipped);
        g_assert_cmpint(look(w, note, &flipped, true, plain), ==, WG_STATUS_AUTHENTICATION_FAILED);
        g_assert_cmpint(look(w, note, &flipped, false, plain), ==, WG_STATUS_AUTHENTICATION_FAILED);
        g_assert_cmpint(from_initiator(w, v, round).status, ==, WG_STATUS_DECRYPTED);
    }
    for (size_t captured = sizeof(struct wg_wire_data); captured < m.length; captured++) {
        struct wg_wire_view view;
        const struct wg_note *note = send_captured(w, A, B, m, captured);
        wg_wire_decode(m.bytes, captured, m.length, &view);
        g_assert_cmpint(wg_opener_judge.opens(w->opener, note->of.direction, &view, plain, true),
                        ==, WG_STATUS_TRUNCATED);
    }
    /* Too short for a tag, on the wire. */
    struct message shorter = m;
    shorter.length = WG_DATA_MIN_LEN - 1;
    g_assert_cmpint(look(w, send_message(w, A, B, shorter), &shorter, true, plain), ==,
                    WG_STATUS_TRUNCATED);
}

/* ---- keys that come late ---- */

static void
test_late_keys(struct keyed *w, const void *data)
{
    const struct vector_session *v = WITH_PSK;
    const struct message first = data_of(v, true, 0);
    uint8_t plain[DATA_LENGTH];

    const struct wg_session *s = send_handshake(w, v);
    g_assert_null(s->keys);
    const struct sent early = from_initiator(w, v, 0);
    g_assert_cmpint(early.status, ==, WG_STATUS_NO_KEYS);
    /* One key after the other, each with a better reason, until it opens. */
    static const struct {
        const char *keys;
        enum wg_decryption_status data, initiation;
    } steps[] = {
        { "P", WG_STATUS_NO_KEY_FOR_PEER, WG_STATUS_NO_KEY_FOR_PEER },
        { "p", WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_NO_PRIVATE_KEY },
        { "E", WG_STATUS_NO_PRIVATE_KEY, WG_STATUS_PARTLY },
        { "S", WG_STATUS_PSK_MISMATCH, WG_STATUS_DECRYPTED },
        { "K", WG_STATUS_DECRYPTED, WG_STATUS_DECRYPTED },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        give(w, PEERS(v), steps[i].keys);
        /* A later look alone changes nothing. */
        g_assert_cmpint(look(w, early.note, &first, false, plain), !=, WG_STATUS_DECRYPTED);
        g_assert_cmpint(from_initiator(w, v, 1).status, ==, steps[i].data);
        g_assert_cmpint(s->keys->status, ==, steps[i].initiation);
    }
    /* What was closed at first opens at a later look. */
    g_assert_cmpint(look(w, early.note, &first, false, plain), ==, WG_STATUS_DECRYPTED);
    assert_all_open(w, v);
}

/* A thousand packets were tried in vain: the next one after the key is opened all the same. */
static void
test_late_after_many(struct keyed *w, const void *data)
{
    const struct vector_session *v = FIRST;

    wg_keystore_add_private(w->keys, v->responder_static_private);
    send_handshake(w, v);
    send_noise(w, v->responder_index, 1001, WG_STATUS_NO_EPHEMERAL);
    give(w, PEERS(v), INITIATOR_LOG);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
    /* The same where no handshake was captured, and raw keys come. */
    start_over(w);
    wg_keystore_add_private(w->keys, v->responder_static_private);
    send_noise(w, v->responder_index, 1001, WG_STATUS_HANDSHAKE_MISSING);
    wg_keystore_add_transport(w->keys, v->responder_index, v->initiator_to_responder);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
}

/* ---- several sessions ---- */

static void
test_around_a_rekey(struct keyed *w, const void *data)
{
    give(w, PEERS(FIRST), BOTH_LOGS);
    give(w, PEERS(REKEY), BOTH_LOGS);
    give(w, PEERS(OTHER_WAY), BOTH_LOGS);
    send_handshake(w, FIRST);
    g_assert_cmpint(from_initiator(w, FIRST, 0).status, ==, WG_STATUS_DECRYPTED);
    send_handshake(w, REKEY);
    send_message(w, B, A, MESSAGE(OTHER_WAY->initiation));
    send_message(w, A, B, MESSAGE(OTHER_WAY->response));
    for (unsigned n = 0; n < DATA_COUNT; n++) {
        const struct sent sent[] = {
            from_initiator(w, REKEY, n),
            from_responder(w, FIRST, n),
            from_initiator(w, FIRST, n),
            from_responder(w, REKEY, n),
            send_data(w, OTHER_WAY, true, n, B, A),
            send_data(w, OTHER_WAY, false, n, A, B),
        };
        static const uint32_t streams[] = { 1, 0, 0, 1, 2, 2 };
        for (size_t i = 0; i < G_N_ELEMENTS(sent); i++) {
            g_assert_cmpint(sent[i].status, ==, WG_STATUS_DECRYPTED);
            g_assert_cmpuint(sent[i].note->of.direction->session->stream, ==, streams[i]);
        }
    }
    assert_key(wg_session_initiator_key(stream(w, 2)), FIRST->responder_static_public);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 3);
}

/* The same two indices between the same endpoints again: only the key tells whose a packet is. */
static void
test_same_indices(struct keyed *w, const void *data)
{
    give(w, PEERS(FIRST), INITIATOR_LOG);
    give(w, PEERS(SAME_INDICES), INITIATOR_LOG);
    send_handshake(w, FIRST);
    g_assert_cmpint(from_initiator(w, FIRST, 0).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_responder(w, FIRST, 0).status, ==, WG_STATUS_DECRYPTED);
    send_handshake(w, SAME_INDICES);
    /* Stragglers of the first, more of them than keys are tried on. */
    for (unsigned i = 0; i < 100; i++) {
        const struct sent late = from_initiator(w, FIRST, i % DATA_COUNT);
        g_assert_cmpint(late.status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpuint(late.note->of.direction->session->stream, ==, 0);
    }
    for (unsigned n = 0; n < DATA_COUNT; n++) {
        const struct sent sent[] = { from_initiator(w, SAME_INDICES, n),
                                     from_responder(w, SAME_INDICES, n),
                                     from_initiator(w, FIRST, n), from_responder(w, FIRST, n) };
        for (unsigned i = 0; i < G_N_ELEMENTS(sent); i++) {
            g_assert_cmpint(sent[i].status, ==, WG_STATUS_DECRYPTED);
            g_assert_cmpuint(sent[i].note->of.direction->session->stream, ==, i < 2 ? 1 : 0);
        }
    }
    /* And what opens nowhere goes where the addresses say, and costs neither its key. */
    send_noise(w, FIRST->responder_index, 20, WG_STATUS_AUTHENTICATION_FAILED);
    g_assert_cmpint(from_initiator(w, FIRST, 1).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_initiator(w, SAME_INDICES, 1).status, ==, WG_STATUS_DECRYPTED);
}

/* The addresses have no say: packets of a peer that moved, or at its old endpoint. */
static void
test_moved(struct keyed *w, const void *data)
{
    give(w, PEERS(FIRST), RESPONDER_LOG);
    const struct wg_session *s = send_handshake(w, FIRST);
    g_assert_cmpint(send_data(w, FIRST, true, 0, C, B).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(send_data(w, FIRST, false, 0, B, A).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(send_data(w, FIRST, false, 1, B, C).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
    g_assert_cmpint(s->responses->keys->macs.mac1, ==, WG_MAC_GOOD);
}

/* ---- raw transport keys ---- */

static void
test_raw_keys(struct keyed *w, const void *data)
{
    const struct vector_session *v = FIRST, *again = SAME_INDICES;
    const struct message old = data_of(v, true, 0);
    uint8_t plain[DATA_LENGTH];

    wg_keystore_add_transport(w->keys, v->responder_index, v->initiator_to_responder);
    wg_keystore_add_transport(w->keys, again->responder_index, again->initiator_to_responder);
    const struct sent first = from_initiator(w, v, 0);
    g_assert_cmpint(first.status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_responder(w, v, 0).status, ==, WG_STATUS_HANDSHAKE_MISSING);
    /* Without handshakes, an index that is used again has two keys; a later look at the first
     * packets still finds theirs. */
    g_assert_cmpint(from_initiator(w, again, 0).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(look(w, first.note, &old, false, plain), ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_initiator(w, v, 1).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(first.note->of.direction->receiver, ==, WG_ROLE_UNKNOWN);
    /* A raw key of another index is none. */
    start_over(w);
    wg_keystore_add_transport(w->keys, v->responder_index + 1, v->initiator_to_responder);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_HANDSHAKE_MISSING);
}

/* A raw key does not pull the packets of a session over to another one with its index. */
static void
test_raw_keys_pull_nothing(struct keyed *w, const void *data)
{
    const struct vector_session *v = FIRST, *again = SAME_INDICES;

    give(w, PEERS(v), INITIATOR_LOG);
    wg_keystore_add_transport(w->keys, v->responder_index, v->initiator_to_responder);
    send_handshake(w, v);
    const struct wg_direction *d = from_initiator(w, v, 0).note->of.direction;
    send_handshake(w, again);
    const struct sent late = from_initiator(w, v, 1);
    g_assert_cmpint(late.status, ==, WG_STATUS_DECRYPTED);
    g_assert_true(late.note->of.direction == d);
}

/* More keys under one index than a direction keeps: the latest still open. */
static void
test_many_raw_keys(struct keyed *w, const void *data)
{
    const struct vector_session *v = FIRST;
    uint8_t wrong[WG_KEY_LEN];

    for (unsigned i = 1; i < WG_TRANSPORT_KEYS_MAX; i++) {
        fill_random(wrong, sizeof wrong, i);
        wg_keystore_add_transport(w->keys, v->responder_index, wrong);
    }
    g_assert_true(
        wg_keystore_add_transport(w->keys, v->responder_index, v->initiator_to_responder));
    const struct sent sent = from_initiator(w, v, 0);
    g_assert_cmpint(sent.status, ==, WG_STATUS_DECRYPTED);
    g_assert_true(sent.note->of.direction->keyed);
}

/* ---- key logs of both ends ---- */

static void
test_mid_session(struct keyed *w, const void *data)
{
    const struct vector_session *v = WITH_PSK;

    for (unsigned order = 0; order < 2; order++) {
        start_over(w);
        give(w, PEERS(v), BOTH_LOGS "K");
        if (order == 0)
            g_assert_cmpint(from_initiator(w, v, 1).status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpint(from_responder(w, v, 1).status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpint(from_initiator(w, v, 2).status, ==, WG_STATUS_DECRYPTED);
        g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
        /* The keys tell who was who. */
        const struct wg_session *s = stream(w, 0);
        assert_key(wg_session_initiator_key(s), v->initiator_static_public);
        assert_key(wg_session_responder_key(s), v->responder_static_public);
        g_assert_cmpuint(s->to_responder->index, ==, v->responder_index);
        g_assert_cmpint(s->to_responder->receiver, ==, WG_ROLE_RESPONDER);
        g_assert_cmpuint(s->to_initiator->index, ==, v->initiator_index);
        g_assert_cmpint(s->to_initiator->receiver, ==, WG_ROLE_INITIATOR);
        const struct wg_endpoint a = A, b = B;
        g_assert_true(wg_endpoint_equal(&s->way->source, &a));
        g_assert_true(wg_endpoint_equal(&s->way->destination, &b));
        g_assert_true(wg_endpoint_equal(wg_session_here(s, 0), &a));
        g_assert_true(wg_endpoint_equal(wg_session_here(s, 1), &b));
    }
    /* One log is not enough, nor both without the preshared key. */
    static const char *const too_little[] = { INITIATOR_LOG "K", RESPONDER_LOG "K", BOTH_LOGS };
    for (size_t i = 0; i < G_N_ELEMENTS(too_little); i++) {
        start_over(w);
        give(w, PEERS(v), too_little[i]);
        g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_HANDSHAKE_MISSING);
    }
}

/* The second log grows while the capture goes on, with other handshakes before. */
static void
test_mid_session_late(struct keyed *w, const void *data)
{
    give(w, PEERS(FIRST), BOTH_LOGS);
    give(w, PEERS(REKEY), INITIATOR_LOG);
    g_assert_cmpint(from_initiator(w, REKEY, 0).status, ==, WG_STATUS_HANDSHAKE_MISSING);
    give(w, PEERS(OTHER_WAY), BOTH_LOGS);
    send_noise(w, REKEY->responder_index, 50, WG_STATUS_HANDSHAKE_MISSING);
    give(w, PEERS(REKEY), RESPONDER_LOG);
    g_assert_cmpint(from_initiator(w, REKEY, 1).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_responder(w, REKEY, 0).status, ==, WG_STATUS_DECRYPTED);
    /* A handshake that is captured then is a session of its own. */
    send_message(w, B, A, MESSAGE(OTHER_WAY->initiation));
    send_message(w, A, B, MESSAGE(OTHER_WAY->response));
    g_assert_cmpint(send_data(w, OTHER_WAY, true, 0, B, A).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_responder(w, REKEY, 1).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
}

/* Directions of two sessions, taken for one because both lack the handshake: no roles are told
 * rather than wrong ones, and all opens. */
static void
test_mid_session_mixed(struct keyed *w, const void *data)
{
    give(w, PEERS(FIRST), BOTH_LOGS);
    give(w, PEERS(OTHER_WAY), BOTH_LOGS);
    const struct sent one = from_initiator(w, FIRST, 0); /* to B, the responder of the first */
    const struct sent two = send_data(w, OTHER_WAY, true, 0, B, A); /* to A, also a responder */
    g_assert_cmpint(one.status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(two.status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(one.note->of.direction->receiver, ==, WG_ROLE_RESPONDER);
    g_assert_cmpint(two.note->of.direction->receiver, ==, WG_ROLE_UNKNOWN);
    assert_key(wg_session_initiator_key(one.note->of.direction->session),
               FIRST->initiator_static_public);
    g_assert_cmpint(from_responder(w, FIRST, 0).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(send_data(w, OTHER_WAY, false, 0, A, B).status, ==, WG_STATUS_DECRYPTED);
}

/* ---- a response alone ---- */

static void
test_lone_response(struct keyed *w, const void *data)
{
    const struct vector_session *v = WITH_PSK;
    const struct wg_ephemeral_links links = { .local = v->initiator_static_public,
                                              .remote = v->responder_static_public };
    uint8_t other[WG_KEY_LEN];

    give(w, PEERS(v), INITIATOR_LOG "K");
    /* Later handshakes of the same log. */
    for (unsigned i = 0; i < 20; i++) {
        fill_random(other, sizeof other, i + 1);
        wg_keystore_add_ephemeral(w->keys, other, &links);
    }
    const struct wg_session *s = send_message(w, B, A, MESSAGE(v->response))->of.session;
    g_assert_cmpint(s->responses->keys->status, ==, WG_STATUS_HANDSHAKE_MISSING);
    assert_all_open(w, v);
    g_assert_cmpint(s->responses->keys->status, ==, WG_STATUS_HANDSHAKE_MISSING);
    assert_key(wg_session_initiator_key(s), v->initiator_static_public);
    assert_key(wg_session_responder_key(s), v->responder_static_public);
    /* New keys change nothing of it, nor does a second response. */
    wg_keystore_add_private(w->keys, other);
    send_message(w, B, A, MESSAGE(v->altered_response));
    assert_all_open(w, v);
    /* The initiation, out of order. */
    send_message(w, A, B, MESSAGE(v->initiation));
    g_assert_cmpint(s->responses->keys->status, ==, WG_STATUS_DECRYPTED);
    assert_all_open(w, v);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

static void
test_lone_response_late(struct keyed *w, const void *data)
{
    const struct vector_session *v = FIRST;

    give(w, PEERS(v), "P");
    send_message(w, B, A, MESSAGE(v->response));
    send_noise(w, v->responder_index, 10, WG_STATUS_HANDSHAKE_MISSING);
    give(w, PEERS(v), INITIATOR_LOG);
    g_assert_cmpint(from_initiator(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
    g_assert_cmpint(from_responder(w, v, 0).status, ==, WG_STATUS_DECRYPTED);
}

int
main(int argc, char **argv)
{
    static const struct keyed_test tests[] = {
        { "/opening-data/from-handshake", test_from_handshake },
        { "/opening-data/reasons", test_reasons },
        { "/opening-data/damaged", test_damaged },
        { "/opening-data/late-keys", test_late_keys },
        { "/opening-data/late-after-many", test_late_after_many },
        { "/opening-data/around-a-rekey", test_around_a_rekey },
        { "/opening-data/same-indices", test_same_indices },
        { "/opening-data/moved", test_moved },
        { "/opening-data/raw-keys", test_raw_keys },
        { "/opening-data/raw-keys-pull-nothing", test_raw_keys_pull_nothing },
        { "/opening-data/many-raw-keys", test_many_raw_keys },
        { "/opening-data/mid-session", test_mid_session },
        { "/opening-data/mid-session-late", test_mid_session_late },
        { "/opening-data/mid-session-mixed", test_mid_session_mixed },
        { "/opening-data/lone-response", test_lone_response },
        { "/opening-data/lone-response-late", test_lone_response_late },
    };

    g_test_init(&argc, &argv, NULL);
    add_keyed_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
