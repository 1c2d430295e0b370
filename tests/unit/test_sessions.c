/* test_sessions.c
 * Which handshake messages belong together, in all the orders that captures have them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "world.h"

static void
assert_initiation(const struct wg_session *s, struct message m)
{
    struct wg_unpacked kept;

    wg_unpack_initiation(s, &kept);
    g_assert_cmpmem(kept.view.bytes, kept.view.captured, m.bytes, m.length);
}

static void
assert_response(const struct wg_response *r, struct message m)
{
    struct wg_unpacked kept;

    wg_unpack_response(r, &kept);
    g_assert_cmpmem(kept.view.bytes, kept.view.captured, m.bytes, m.length);
}

static void
test_handshake(struct world *w, const void *data)
{
    const struct message initiation = make_initiation(10, 1), response = make_response(20, 10, 2);
    const struct wg_note *note = add(w, A, B, initiation);
    struct wg_session *s = stream(w, 0);

    g_assert_true(note->of.session == s);
    g_assert_cmpuint(note->type, ==, WG_TYPE_INITIATION);
    g_assert_cmpuint(note->flags, ==, 0);
    g_assert_cmpuint(s->stream, ==, 0);
    g_assert_cmpuint(s->initiation_frame, ==, 1);
    g_assert_cmpint(s->initiation_time, ==, 10000000);
    assert_initiation(s, initiation);
    assert_endpoint(s->way->source, A);
    assert_endpoint(s->way->destination, B);
    g_assert_cmpuint(s->to_initiator->index, ==, 10);
    g_assert_cmpint(s->to_initiator->receiver, ==, WG_ROLE_INITIATOR);
    g_assert_true(s->to_initiator->session == s);
    assert_endpoint(s->to_initiator->way->source, B);
    assert_endpoint(s->to_initiator->way->destination, A);
    g_assert_null(s->to_responder);
    g_assert_null(s->responses);
    g_assert_cmpuint(wg_session_answer(s), ==, 0);

    note = add(w, B, A, response);
    g_assert_true(note->of.session == s);
    g_assert_cmpuint(note->type, ==, WG_TYPE_RESPONSE);
    g_assert_cmpuint(wg_session_answer(s), ==, 2);
    g_assert_cmpuint(s->responses->frame, ==, 2);
    g_assert_cmpint(s->responses->time, ==, 20000000);
    g_assert_null(s->responses->next);
    assert_response(s->responses, response);
    g_assert_true(s->to_responder == s->responses->to_responder);
    g_assert_true(s->to_responder->response == s->responses);
    g_assert_cmpuint(s->to_responder->index, ==, 20);
    g_assert_cmpint(s->to_responder->receiver, ==, WG_ROLE_RESPONDER);
    assert_endpoint(s->to_responder->way->source, A);
    assert_endpoint(s->to_responder->way->destination, B);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

static void
test_streams(struct world *w, const void *data)
{
    /* A retry is a session of its own: it has a new index and a new ephemeral. */
    for (uint32_t i = 0; i < 3; i++)
        add(w, A, B, make_initiation(10 + i, i));
    add(w, B, A, make_response(20, 12, 9));
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 3);
    for (uint32_t i = 0; i < 3; i++) {
        g_assert_cmpuint(stream(w, i)->stream, ==, i);
        g_assert_cmpuint(stream(w, i)->initiation_frame, ==, i + 1);
        g_assert_cmpuint(wg_session_answer(stream(w, i)), ==, i < 2 ? 0 : 4);
    }
}

/* ---- copies and rivals ---- */

static void
test_duplicate_handshake(struct world *w, const void *data)
{
    add(w, A, B, make_initiation(10, 1));
    const struct wg_note *copy = add(w, A, B, make_initiation(10, 1));
    g_assert_cmpuint(copy->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(copy->reference, ==, 1);
    g_assert_true(copy->of.session == stream(w, 0));

    add(w, B, A, make_response(20, 10, 2));
    copy = add(w, B, A, make_response(20, 10, 2));
    g_assert_cmpuint(copy->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(copy->reference, ==, 3);
    g_assert_true(copy->of.session == stream(w, 0));
    g_assert_null(stream(w, 0)->responses->next);

    /* Captured again behind a NAT. */
    copy = add(w, C, B, make_initiation(10, 1));
    g_assert_cmpuint(copy->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(copy->reference, ==, 1);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
    assert_endpoint(stream(w, 0)->way->source, A);

    /* The same index with another ephemeral is another handshake. */
    const struct wg_note *other = add(w, A, B, make_initiation(10, 5));
    g_assert_cmpuint(other->flags, ==, 0);
    g_assert_true(other->of.session == stream(w, 1));
}

static void
test_two_responses(struct world *w, const void *data)
{
    add(w, A, B, make_initiation(10, 1));
    add(w, B, A, make_response(20, 10, 2));
    const struct wg_note *second = add(w, B, A, make_response(21, 10, 3));
    struct wg_session *s = stream(w, 0);

    g_assert_cmpuint(second->flags, ==, 0);
    g_assert_true(second->of.session == s);
    g_assert_cmpuint(wg_session_answer(s), ==, 2);
    g_assert_cmpuint(s->responses->frame, ==, 2);
    g_assert_cmpuint(s->responses->next->frame, ==, 3);
    g_assert_cmpuint(s->to_responder->index, ==, 20);
    /* Data tells which response was accepted: each has its own direction. */
    const struct wg_note *sent = add(w, A, B, make_data(21, 0, 32));
    g_assert_true(sent->of.direction == s->responses->next->to_responder);
    g_assert_true(sent->of.direction->response == s->responses->next);
    g_assert_true(sent->of.direction->session == s);
    g_assert_true(s->to_responder == sent->of.direction);
    g_assert_cmpuint(wg_session_answer(s), ==, 3);
    /* A single packet for another one changes nothing, and more of them do. */
    add(w, A, B, make_data(21, 1, 32));
    add(w, A, B, make_data(20, 0, 32));
    g_assert_cmpuint(s->to_responder->index, ==, 21);
    add(w, A, B, make_data(20, 1, 32));
    add(w, A, B, make_data(20, 2, 32));
    g_assert_cmpuint(s->to_responder->index, ==, 20);
    /* The same index with another ephemeral is a third one. */
    add(w, B, A, make_response(20, 10, 4));
    g_assert_cmpuint(s->responses->next->next->frame, ==, 9);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

/* However many answers are forged, a few are kept, and the table stays quick. */
static void
test_many_responses(struct world *w, const void *data)
{
    enum { MANY = 50000, KEPT = 16 };
    struct message m = make_response(0, 10, 2);
    unsigned kept = 0;

    add(w, A, B, make_initiation(10, 1));
    for (uint32_t i = 0; i < MANY; i++) {
        put_le32(m.bytes + offsetof(struct wg_wire_response, sender), i + 100);
        g_assert_true(add(w, B, A, m)->of.session == stream(w, 0));
    }
    for (const struct wg_response *r = stream(w, 0)->responses; r != NULL; r = r->next, kept++)
        g_assert_cmpuint(r->frame, ==, kept < KEPT - 1 ? 2 + kept : 1 + MANY);
    g_assert_cmpuint(kept, ==, KEPT);
    g_assert_cmpuint(wg_session_extras(stream(w, 0))->dropped, ==, MANY - KEPT);
    g_assert_cmpuint(wg_session_answer(stream(w, 0)), ==, 2);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
    /* Copies of those that are kept are still told as such. */
    put_le32(m.bytes + offsetof(struct wg_wire_response, sender), 100 + KEPT - 2);
    g_assert_cmpuint(add(w, B, A, m)->reference, ==, KEPT);
}

/* ---- other orders and other addresses ---- */

static void
test_response_first(struct world *w, const void *data)
{
    const struct wg_note *response = add(w, B, A, make_response(20, 10, 2));
    struct wg_session *s = stream(w, 0);

    g_assert_true(response->of.session == s);
    g_assert_cmpuint(s->initiation_frame, ==, 0);
    g_assert_cmpuint(wg_session_answer(s), ==, 1);
    assert_endpoint(s->way->source, A);
    assert_endpoint(s->way->destination, B);
    g_assert_cmpuint(s->to_initiator->index, ==, 10);
    g_assert_cmpint(s->to_initiator->receiver, ==, WG_ROLE_INITIATOR);

    const struct message initiation = make_initiation(10, 1);
    const struct wg_note *late = add(w, A, B, initiation);
    g_assert_true(late->of.session == s);
    g_assert_cmpuint(late->flags, ==, 0);
    g_assert_cmpuint(s->initiation_frame, ==, 2);
    assert_initiation(s, initiation);
    g_assert_cmpuint(wg_session_answer(s), ==, 1);
    g_assert_cmpuint(add(w, A, B, initiation)->reference, ==, 2);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

static void
test_response_from_elsewhere(struct world *w, const void *data)
{
    add(w, A, B, make_initiation(10, 1));
    const struct wg_note *note = add(w, D, A, make_response(20, 10, 2));
    struct wg_session *s = stream(w, 0);

    g_assert_true(note->of.session == s);
    g_assert_cmpuint(wg_session_answer(s), ==, 2);
    assert_endpoint(s->way->destination, B);
    assert_endpoint(s->to_responder->way->source, A);
    assert_endpoint(s->to_responder->way->destination, D);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

static void
test_cookie_replies(struct world *w, const void *data)
{
    const struct wg_note *note = add(w, B, A, make_cookie_reply(10, 1));
    g_assert_null(note->of.session); /* answers nothing */
    g_assert_cmpuint(note->reference, ==, 0);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 0);

    add(w, A, B, make_initiation(10, 1));
    note = add(w, B, A, make_cookie_reply(10, 2));
    struct wg_session *s = stream(w, 0);
    g_assert_true(note->of.session == s);
    g_assert_cmpuint(note->reference, ==, 2);
    g_assert_cmpuint(wg_session_extras(s)->cookie_frame, ==, 3);
    g_assert_cmpuint(wg_session_answer(s), ==, 3);

    /* A response goes before a cookie reply, even if it comes later; it may get one itself. */
    add(w, B, A, make_response(20, 10, 2));
    g_assert_cmpuint(wg_session_answer(s), ==, 4);
    note = add(w, A, B, make_cookie_reply(20, 3));
    g_assert_true(note->of.session == s);
    g_assert_cmpuint(note->reference, ==, 4);
    g_assert_cmpuint(s->responses->cookie_frame, ==, 5);
    g_assert_cmpuint(wg_session_extras(s)->cookie_frame, ==, 3);
    /* The first one stays. */
    g_assert_cmpuint(add(w, B, A, make_cookie_reply(10, 4))->reference, ==, 2);
    g_assert_cmpuint(wg_session_extras(s)->cookie_frame, ==, 3);

    /* An index that only data has shown belongs to no handshake that could be answered. */
    add(w, C, D, make_data(30, 0, 64));
    g_assert_null(add(w, C, D, make_cookie_reply(30, 5))->of.session);
}

/* ---- one index, several sessions ---- */

/* The same for indices drawn at random, and for those of implementations that count. */
static void
check_index_reuse(struct world *w, uint32_t i, uint32_t r)
{
    const bool drawn = i >= WG_SMALL_INDEX;

    add_handshake(w, i, r);
    add(w, C, D, make_initiation(i, 5));
    add(w, D, C, make_response(r, i, 6));
    struct wg_session *one = stream(w, 0), *two = stream(w, 1);

    g_assert_true(one->responses->next == NULL && two->responses->next == NULL);
    g_assert_true(add(w, B, A, make_data(i, 0, 64))->of.direction == one->to_initiator);
    g_assert_true(add(w, D, C, make_data(i, 0, 64))->of.direction == two->to_initiator);
    g_assert_true(add(w, A, B, make_data(r, 0, 64))->of.direction == one->to_responder);
    g_assert_true(add(w, C, D, make_data(r, 0, 64))->of.direction == two->to_responder);
    /* The index is the receiver's, wherever the sender is. */
    g_assert_true(find(w, r, WG_ROLE_UNKNOWN, at(9, 9), B) == one->to_responder);
    g_assert_true(find(w, r, WG_ROLE_UNKNOWN, C, B) == one->to_responder);
    /* The receiver has moved: the sender tells, but not where many have that index. */
    g_assert_true(find(w, r, WG_ROLE_UNKNOWN, A, at(9, 9)) == (drawn ? one->to_responder : NULL));
    /* Nothing tells. */
    g_assert_null(find(w, r, WG_ROLE_UNKNOWN, at(9, 9), at(8, 8)));
    g_assert_null(find(w, 99, WG_ROLE_UNKNOWN, A, B));
}

static void
test_index_reuse(struct world *w, const void *data)
{
    check_index_reuse(w, 10, 20);
}

static void
test_drawn_index_reuse(struct world *w, const void *data)
{
    check_index_reuse(w, 0x10000000, 0x20000000);
}

/* A receiver that has moved is known by an index that only it has, or by what it sends from there.
 */
static void
test_receiver_moved(struct world *w, const void *data)
{
    const uint64_t next = 3, far = 100000;

    add_handshake(w, 10, 0x20000000);
    add(w, B, A, make_data(10, 2, 64));
    add(w, A, B, make_data(0x20000000, 2, 64));
    const struct wg_session *s = stream(w, 0);
    const struct wg_endpoint there = at(9, 9), from_a = A, from_b = B;
    g_assert_true(wg_sessions_find(w->sessions, 0x20000000, WG_ROLE_UNKNOWN, &far, &from_a,
                                   &there) == s->to_responder);
    g_assert_null(wg_sessions_find(w->sessions, 10, WG_ROLE_UNKNOWN, &next, &from_b, &there));
    add(w, there, B, make_data(0x20000000, 3, 64));
    g_assert_true(wg_sessions_find(w->sessions, 10, WG_ROLE_UNKNOWN, &next, &from_b, &there) ==
                  s->to_initiator);
}

static void
test_role(struct world *w, const void *data)
{
    const uint32_t index = 0x20000000;

    add_handshake(w, 10, index);
    /* The responder's index is now the index of an initiator too. */
    add(w, A, B, make_initiation(index, 7));

    g_assert_true(find(w, index, WG_ROLE_RESPONDER, C, D) == stream(w, 0)->to_responder);
    g_assert_true(find(w, index, WG_ROLE_INITIATOR, B, A) == stream(w, 1)->to_initiator);
    g_assert_null(find(w, 10, WG_ROLE_RESPONDER, A, B));
    g_assert_true(find(w, index, WG_ROLE_UNKNOWN, A, B) == stream(w, 0)->to_responder);
    g_assert_true(find(w, index, WG_ROLE_UNKNOWN, B, A) == stream(w, 1)->to_initiator);
}

/* Of those that nothing proves, the first ones and the last are kept. */
static void
test_many_with_one_index(struct world *w, const void *data)
{
    enum { MANY = 40, FINDABLE = 16 };

    for (uint8_t i = 0; i < MANY; i++)
        add(w, at(i, 1), B, make_initiation(10, i));
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, MANY);
    for (uint8_t i = 0; i < MANY; i++) {
        const bool kept = i < FINDABLE - 1 || i == MANY - 1;
        g_assert_true(find(w, 10, WG_ROLE_UNKNOWN, B, at(i, 1)) ==
                      (kept ? stream(w, i)->to_initiator : NULL));
        g_assert_cmpuint(stream(w, i)->to_initiator->index, ==, 10);
    }
}

/* The two ways through a flow, and the only one of a host that sends to itself. */
static void
test_ways(struct world *w, const void *data)
{
    const struct wg_endpoint ends[][2] = { { A, B }, { B, A }, { A, A } };

    for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
        const struct wg_way *way = wg_flows_way(w->sessions, &ends[i][0], &ends[i][1]);
        const struct wg_way *back = wg_way_back(way);
        assert_endpoint(way->source, ends[i][0]);
        assert_endpoint(way->destination, ends[i][1]);
        assert_endpoint(back->source, ends[i][1]);
        assert_endpoint(back->destination, ends[i][0]);
        g_assert_true(wg_way_back(back) == way);
        g_assert_true(wg_flows_way(w->sessions, &ends[i][1], &ends[i][0]) == back);
    }
}

/* A handshake message is kept to the last byte that was captured, however little room it takes. */
static void
test_kept_whole(struct world *w, const void *data)
{
    const struct message messages[] = {
        make_initiation(10, 1),
        with_mac2(make_initiation(10, 2)),
        with_reserved(make_initiation(10, 3), 1, 0, 9),
        with_reserved(with_mac2(make_initiation(10, 4)), 0, 0, 1),
        make_response(20, 10, 5),
        with_mac2(make_response(20, 10, 6)),
        with_reserved(make_response(20, 10, 7), 0, 2, 0),
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++)
        for (size_t captured = 12; captured <= messages[i].length; captured++) {
            struct wg_unpacked kept;
            tear_down(w, NULL);
            set_up(w, NULL);
            w->frame = 0;
            add_captured(w, A, B, messages[i], captured);
            const struct wg_session *s = stream(w, 0);
            if (s->responses == NULL)
                wg_unpack_initiation(s, &kept);
            else
                wg_unpack_response(s->responses, &kept);
            g_assert_cmpmem(kept.view.bytes, kept.view.captured, messages[i].bytes, captured);
            g_assert_cmpuint(kept.view.length, ==, messages[i].length);
            g_assert_true(kept.view.truncated == (captured < messages[i].length));
        }
}

/* The header that MACs cover is not always the one that came. */
static void
test_kept_mac_header(struct world *w, const void *data)
{
    static const uint8_t headers[][4] = { { 1, 0, 0, 0 }, { 1, 0, 0, 7 }, { 9, 8, 7, 6 } };

    for (uint32_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        const struct message m = make_initiation(10 + i, 1 + i);
        const struct wg_message_context context = { .frame = i + 1, .source = A, .destination = B };
        const struct wg_note_place place = { .frame = i + 1, .packet = i + 1 };
        struct wg_wire_view view = view_of(&m);
        struct wg_unpacked kept;

        memcpy(view.mac_header, headers[i], sizeof view.mac_header);
        wg_sessions_add(w->sessions, &context, &view, wg_notes_add(w->notes, &place, 1), NULL);
        wg_unpack_initiation(stream(w, i), &kept);
        g_assert_cmpmem(kept.view.mac_header, sizeof kept.view.mac_header, headers[i], 4);
        assert_initiation(stream(w, i), m);
    }
}

/* A copy adds what the capture does not hold of the first one. */
static void
test_completed(struct world *w, const void *data)
{
    const struct message m = with_mac2(make_initiation(10, 1));
    struct wg_unpacked kept;

    for (size_t captured = 60; captured < m.length; captured += 20) {
        add_captured(w, A, B, m, captured);
        add_captured(w, A, B, m, captured - 10);
        wg_unpack_initiation(stream(w, 0), &kept);
        g_assert_cmpmem(kept.view.bytes, kept.view.captured, m.bytes, captured);
        g_assert_true(kept.view.truncated);
    }
    add(w, A, B, m);
    assert_initiation(stream(w, 0), m);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

int
main(int argc, char **argv)
{
    static const struct world_test tests[] = {
        { "/sessions/handshake", test_handshake },
        { "/sessions/streams", test_streams },
        { "/sessions/duplicate-handshake", test_duplicate_handshake },
        { "/sessions/two-responses", test_two_responses },
        { "/sessions/many-responses", test_many_responses },
        { "/sessions/response-first", test_response_first },
        { "/sessions/response-from-elsewhere", test_response_from_elsewhere },
        { "/sessions/cookie-replies", test_cookie_replies },
        { "/sessions/index-reuse", test_index_reuse },
        { "/sessions/drawn-index-reuse", test_drawn_index_reuse },
        { "/sessions/receiver-moved", test_receiver_moved },
        { "/sessions/role", test_role },
        { "/sessions/many-with-one-index", test_many_with_one_index },
        { "/sessions/ways", test_ways },
        { "/sessions/kept-whole", test_kept_whole },
        { "/sessions/kept-mac-header", test_kept_mac_header },
        { "/sessions/completed", test_completed },
    };

    g_test_init(&argc, &argv, NULL);
    add_world_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
