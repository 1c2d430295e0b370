/* test_directions.c
 * Transport data in the session table: with its handshake, before it, without it, from elsewhere.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "world.h"

static void
test_data(struct world *w, const void *data)
{
    add_handshake(w, 10, 20);
    struct wg_direction *d = stream(w, 0)->to_responder;

    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 0);
    const struct wg_note *note = add(w, A, B, make_data(20, 0, 32));
    g_assert_true(note->of.direction == d);
    g_assert_cmpuint(note->type, ==, WG_TYPE_DATA);
    g_assert_cmpuint(note->lost, ==, 0);
    add(w, A, B, make_data(20, 3, 128));
    add(w, A, B, make_data(20, 3, 128));
    add(w, B, A, make_data(10, 1, 1452));

    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 3);
    g_assert_cmpint(d->first_time, ==, 30000000);
    g_assert_cmpint(d->last_time, ==, 50000000);
    g_assert_cmpuint(wg_counters_lost(&d->counters), ==, 2);
    g_assert_cmpuint(wg_notes_get(w->notes, 4)->lost, ==, 2);
    g_assert_cmpuint(wg_notes_get(w->notes, 5)->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(wg_notes_get(w->notes, 5)->reference, ==, 4);
    /* The handshake was captured, so that counter 0 of the other way is lost. */
    g_assert_true(wg_notes_get(w->notes, 6)->of.direction == stream(w, 0)->to_initiator);
    g_assert_cmpuint(wg_notes_get(w->notes, 6)->lost, ==, 1);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

/* No number of lost packets is too high to be told, nor to be corrected by those that come late. */
static void
test_many_lost(struct world *w, const void *data)
{
    static const uint64_t jumps[] = { UINT32_MAX - 1, UINT32_MAX, UINT64_C(1) << 32,
                                      UINT64_C(1) << 60 };

    for (uint32_t i = 0; i < G_N_ELEMENTS(jumps); i++) {
        const uint32_t index = WG_SMALL_INDEX + i;
        add(w, A, B, make_data(index, 0, 64));
        const struct wg_note *jumped = add(w, A, B, make_data(index, 1 + jumps[i], 64));
        g_assert_cmpuint(wg_sessions_lost(w->sessions, jumped), ==, 0);
        add(w, A, B, make_data(index, 2 + jumps[i], 64));
        for (uint64_t late = 0; late < 4; late++) {
            g_assert_cmpuint(wg_sessions_lost(w->sessions, jumped), ==, jumps[i] - late);
            g_assert_true((jumped->lost == WG_LOST_MANY) == (jumps[i] - late >= WG_LOST_MANY));
            add(w, A, B, make_data(index, jumps[i] - late, 64));
        }
    }
}

/* A late packet takes itself off the loss of the one that jumped over it. */
static void
test_late(struct world *w, const void *data)
{
    add_handshake(w, 10, 20);
    add(w, A, B, make_data(20, 0, 64));
    const struct wg_note *jumped = add(w, A, B, make_data(20, 9000, 64));
    g_assert_cmpuint(jumped->lost, ==, 0); /* one alone may be forged */
    add(w, A, B, make_data(20, 9001, 64));
    g_assert_cmpuint(jumped->lost, ==, 8999);
    const struct wg_note *late = add(w, A, B, make_data(20, 8990, 64));
    g_assert_cmpuint(late->flags, ==, WG_NOTE_OUT_OF_ORDER);
    g_assert_cmpuint(late->lost, ==, 0);
    g_assert_cmpuint(jumped->lost, ==, 8998);
    late = add(w, A, B, make_data(20, 9001 - 8129, 64));
    g_assert_cmpuint(late->flags, ==, WG_NOTE_OUT_OF_ORDER | WG_NOTE_OUTSIDE_WINDOW);
    g_assert_cmpuint(jumped->lost, ==, 8997);
    late = add(w, A, B, make_data(20, 9001 - 8129, 64));
    g_assert_cmpuint(late->flags, ==, WG_NOTE_DUPLICATE | WG_NOTE_OUTSIDE_WINDOW);
    g_assert_cmpuint(late->reference, ==, 7);
    late = add(w, A, B, make_data(20, 0, 64));
    g_assert_cmpuint(late->flags, ==, WG_NOTE_OUTSIDE_WINDOW); /* nobody remembers whether twice */
    g_assert_cmpuint(late->reference, ==, 0);
    g_assert_cmpuint(wg_counters_lost(&late->of.direction->counters), ==, 8997);
}

/* Data that the file has before the handshake that announced it: what is missing before it is
 * lost. */
static void
test_data_first(struct world *w, const void *data)
{
    struct wg_note *to_b = add(w, A, B, make_data(20, 3, 64)), *to_a;
    const struct wg_direction *d = to_b->of.direction;

    g_assert_cmpint(d->receiver, ==, WG_ROLE_UNKNOWN);
    g_assert_cmpuint(to_b->lost, ==, 0);
    add(w, A, B, make_data(20, 4, 64));
    to_a = add(w, B, A, make_data(10, 5, 64));
    w->set_back = 1000000000;
    add(w, A, B, make_initiation(10, 1));
    struct wg_session *s = wg_notes_get(w->notes, 4)->of.session;
    g_assert_true(to_a->of.direction == s->to_initiator);
    g_assert_cmpint(s->to_initiator->receiver, ==, WG_ROLE_INITIATOR);
    g_assert_cmpuint(to_a->lost, ==, 5);
    g_assert_cmpuint(wg_counters_lost(&s->to_initiator->counters), ==, 5);

    add(w, B, A, make_response(20, 10, 2));
    w->set_back = 0;
    g_assert_true(s->to_responder == d);
    g_assert_true(d->session == s);
    g_assert_true(d->response == s->responses);
    g_assert_cmpint(d->receiver, ==, WG_ROLE_RESPONDER);
    g_assert_cmpuint(to_b->lost, ==, 3);
    g_assert_cmpuint(wg_counters_lost(&d->counters), ==, 3);
    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 2);

    g_assert_true(add(w, A, B, make_data(20, 5, 64))->of.direction == d);
    add(w, A, B, make_data(20, 1, 64));
    g_assert_cmpuint(to_b->lost, ==, 2);
    /* What the data had made has nothing left that points to what is gone. */
    const struct wg_session *empty = stream(w, 0);
    g_assert_true(empty != s);
    g_assert_null(empty->to_initiator);
    g_assert_null(empty->to_responder);
}

/* Data from before a handshake with the same indices stays a session of its own. */
static void
test_index_taken_over(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(2, 1000, 64));
    const struct wg_note *back = add(w, B, A, make_data(1, 500, 64));

    add(w, A, B, make_initiation(1, 1));
    /* Nobody answered it yet, and anybody can send it. */
    g_assert_true(add(w, B, A, make_data(1, 501, 64))->of.direction == back->of.direction);
    add(w, B, A, make_response(2, 1, 2));
    const struct wg_session *s = stream(w, 1);
    g_assert_cmpuint(s->initiation_frame, ==, 3);
    g_assert_true(s->to_initiator != back->of.direction);
    g_assert_true(add(w, A, B, make_data(2, 0, 64))->of.direction == s->to_responder);
    g_assert_true(add(w, B, A, make_data(1, 0, 64))->of.direction == s->to_initiator);
    g_assert_cmpuint(stream(w, 0)->initiation_frame, ==, 0);
    g_assert_true(forth->of.direction->session == stream(w, 0));
    g_assert_cmpuint(wg_counters_lost(&s->to_responder->counters), ==, 0);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
}

/* A response that data overtook by a hair. */
static void
test_response_overtaken(struct world *w, const void *data)
{
    add(w, A, B, make_initiation(10, 1));
    const struct wg_note *early = add(w, A, B, make_data(20, 0, 64));

    g_assert_cmpint(early->of.direction->receiver, ==, WG_ROLE_UNKNOWN);
    add(w, B, A, make_response(20, 10, 2));
    g_assert_true(stream(w, 0)->to_responder == early->of.direction);
    g_assert_cmpint(early->of.direction->receiver, ==, WG_ROLE_RESPONDER);
}

/* A sender that is captured before and behind a NAT, without a handshake: what is sent back to
 * either place is of the same session. */
static void
test_orphan_behind_nat(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(0x12345678, 5, 64));

    w->set_back = 9700000;
    const struct wg_note *copy = add(w, C, B, make_data(0x12345678, 5, 64));
    w->set_back = 0;
    g_assert_cmpuint(copy->flags, ==, WG_NOTE_DUPLICATE | WG_NOTE_CAPTURED_TWICE);
    const struct wg_note *back = add(w, B, C, make_data(0x9abcdef0, 7, 64));
    g_assert_true(back->of.direction->session == forth->of.direction->session);
    w->set_back = 9700000;
    copy = add(w, B, A, make_data(0x9abcdef0, 7, 64));
    w->set_back = 0;
    g_assert_cmpuint(copy->flags, ==, WG_NOTE_DUPLICATE | WG_NOTE_CAPTURED_TWICE);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

/* Send a message 5 ms after the one before, instead of 10 ms. */
static const struct wg_note *
add_soon(struct world *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    w->set_back += 5000000;
    return add(w, from, to, m);
}

/* A slow NAT that is captured on both of its sides: each packet comes twice, 5 ms apart, in both
 * directions, with small indices too. Nobody has moved, and nothing is replayed. */
static void
test_slow_nat(struct world *w, const void *data)
{
    const unsigned twice = WG_NOTE_DUPLICATE | WG_NOTE_CAPTURED_TWICE;

    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t to_a = i == 0 ? 1 : 0x10000000, to_b = i == 0 ? 2 : 0x20000000;
        add(w, A, B, make_initiation(to_a, to_a));
        g_assert_cmpuint(add_soon(w, C, B, make_initiation(to_a, to_a))->flags, ==, twice);
        g_assert_cmpuint(add(w, B, C, make_response(to_b, to_a, to_b))->flags, ==, 0);
        g_assert_cmpuint(add_soon(w, B, A, make_response(to_b, to_a, to_b))->flags, ==, twice);
        for (uint64_t n = 0; n < 3; n++) {
            g_assert_cmpuint(add(w, A, B, make_data(to_b, n, 64))->flags, ==, 0);
            g_assert_cmpuint(add_soon(w, C, B, make_data(to_b, n, 64))->flags, ==, twice);
            g_assert_cmpuint(add(w, B, C, make_data(to_a, n, 64))->flags, ==, 0);
            g_assert_cmpuint(add_soon(w, B, A, make_data(to_a, n, 64))->flags, ==, twice);
        }
    }
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
}

/* What is seen again later, or from a third place, was sent again. No peer has moved there. */
static void
test_replays_from_elsewhere(struct world *w, const void *data)
{
    const uint32_t index = 0x20000000;

    add_handshake(w, 10, index);
    add(w, A, B, make_data(index, 0, 64));
    add(w, A, B, make_data(index, 1, 64));
    w->set_back = -1000000000;
    g_assert_cmpuint(add(w, C, B, make_data(index, 0, 64))->flags, ==, WG_NOTE_DUPLICATE);
    add(w, A, B, make_data(index, 2, 64));
    g_assert_cmpuint(add_soon(w, C, B, make_data(index, 2, 64))->flags, ==,
                     WG_NOTE_DUPLICATE | WG_NOTE_CAPTURED_TWICE);
    g_assert_cmpuint(add(w, D, B, make_data(index, 2, 64))->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(add(w, A, B, make_data(index, 2, 64))->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(add(w, A, B, make_data(index, 3, 64))->flags, ==, 0);
    /* This one did move. */
    g_assert_cmpuint(add(w, D, B, make_data(index, 4, 64))->flags, ==, WG_NOTE_ROAMED);
}

/* Data whose handshake was not captured. */
static void
test_orphans(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(20, 1000, 64));
    const struct wg_note *back = add(w, B, A, make_data(10, 500, 64));
    struct wg_session *s = stream(w, 0);

    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
    g_assert_true(forth->of.direction != back->of.direction);
    g_assert_true(forth->of.direction->session == s && back->of.direction->session == s);
    g_assert_true(s->to_initiator == forth->of.direction);
    g_assert_true(s->to_responder == back->of.direction);
    g_assert_cmpint(forth->of.direction->receiver, ==, WG_ROLE_UNKNOWN);
    g_assert_cmpuint(s->initiation_frame, ==, 0);
    g_assert_cmpuint(wg_session_answer(s), ==, 0);
    g_assert_cmpuint(forth->lost + back->lost, ==, 0); /* not captured is not lost */

    /* The next session of the two, again both ways; another pair has its own. */
    add(w, B, A, make_data(11, 0, 64));
    add(w, C, B, make_data(22, 0, 64));
    add(w, A, B, make_data(21, 0, 64));
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 3);
    g_assert_cmpuint(stream(w, 1)->to_initiator->index, ==, 11);
    g_assert_cmpuint(stream(w, 1)->to_responder->index, ==, 21);
    g_assert_cmpuint(stream(w, 2)->to_initiator->index, ==, 22);
    /* Two indices one way are two sessions. */
    add(w, C, B, make_data(23, 0, 64));
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 4);
    /* What was known stays known. */
    g_assert_true(add(w, A, B, make_data(20, 1001, 64))->of.direction == forth->of.direction);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 4);
}

static void
test_roaming(struct world *w, const void *data)
{
    const uint32_t index = 0x20000000;

    add_handshake(w, 10, index);
    struct wg_direction *d = stream(w, 0)->to_responder;

    add(w, A, B, make_data(index, 0, 64));
    assert_endpoint(d->way->source, A);
    g_assert_true(add(w, C, B, make_data(index, 5, 64))->of.direction == d);
    assert_endpoint(d->way->source, C);
    /* Late or doubled packets from the old address are no move back. */
    add(w, A, B, make_data(index, 3, 64));
    assert_endpoint(d->way->source, C);
    add(w, A, B, make_data(index, 5, 64));
    assert_endpoint(d->way->source, C);
    add(w, C, D, make_data(index, 6, 64));
    assert_endpoint(d->way->destination, D);
    add(w, C, D, make_data(index, 8000, 64));
    add(w, A, B, make_data(index, 0, 64));
    assert_endpoint(d->way->source, C);
    assert_endpoint(d->way->destination, D);
    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 7);
    /* The session keeps what the handshake had. */
    assert_endpoint(stream(w, 0)->way->source, A);
    assert_endpoint(stream(w, 0)->way->destination, B);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 1);
}

/* ---- counted indices ---- */

/* The same, with other bytes inside. */
static struct message
other_data(uint32_t receiver, uint64_t counter)
{
    struct message m = make_data(receiver, counter, 64);

    fill_random(m.bytes + sizeof(struct wg_wire_data), m.length - sizeof(struct wg_wire_data),
                1000 + (uint32_t)counter);
    return m;
}

/* The initiator moves before it sends any data. Only the first packet shows that without keys. */
static void
test_early_move(struct world *w, const void *data)
{
    add_handshake(w, 1, 2);
    struct wg_direction *forth = stream(w, 0)->to_responder, *back = stream(w, 0)->to_initiator;

    g_assert_true(add(w, C, B, make_data(2, 5, 64))->of.direction != forth);
    g_assert_true(add(w, D, A, make_data(1, 0, 64))->of.direction != back); /* no responder moves */
    const struct wg_note *first = add(w, at(9, 9), B, make_data(2, 0, 64));
    g_assert_true(first->of.direction == forth);
    g_assert_cmpuint(first->flags, ==, WG_NOTE_ROAMED);
    g_assert_true(add(w, at(9, 9), B, make_data(2, 1, 64))->of.direction == forth);
    g_assert_true(add(w, B, at(9, 9), make_data(1, 0, 64))->of.direction == back);
    /* Before an answer there is no data. */
    add(w, A, D, make_initiation(3, 3));
    g_assert_true(add(w, D, C, make_data(3, 0, 64))->of.direction->session != stream(w, 3));
}

/* Two peers that have the same index at the responder: either may have moved. */
static void
test_early_move_of_one(struct world *w, const void *data)
{
    add_handshake(w, 1, 2);
    add(w, C, B, make_initiation(1, 3));
    add(w, B, C, make_response(2, 1, 4));
    const struct wg_direction *d = add(w, D, B, make_data(2, 0, 64))->of.direction;
    g_assert_cmpint(d->receiver, ==, WG_ROLE_UNKNOWN);
    /* What continues one of them decides. */
    add(w, A, B, make_data(2, 0, 64));
    add(w, A, B, make_data(2, 1, 64));
    add(w, C, B, other_data(2, 0));
    const struct wg_note *moved = add(w, at(9, 9), B, make_data(2, 2, 64));
    g_assert_true(moved->of.direction == stream(w, 0)->to_responder);
    g_assert_cmpuint(moved->flags, ==, WG_NOTE_ROAMED);
}

/* Two peers of one responder that chose the same index take each other's places, as behind a NAT
 * that gives its ports anew. */
static void
test_swapped(struct world *w, const void *data)
{
    struct wg_endpoint places[] = { A, C };

    add_handshake(w, 1, 2);
    add(w, C, B, make_initiation(1, 9));
    add(w, B, C, make_response(3, 1, 10));
    for (uint64_t n = 0; n < 12; n++) {
        if (n == 4 || n == 8) {
            const struct wg_endpoint first = places[0];
            places[0] = places[1];
            places[1] = first;
        }
        for (unsigned i = 0; i < 2; i++) {
            const struct wg_note *forth = add(w, places[i], B, make_data(2 + i, n, 64));
            const struct wg_note *back =
                add(w, B, places[i], i == 0 ? make_data(1, n, 64) : other_data(1, n));
            g_assert_true(forth->of.direction == stream(w, i)->to_responder);
            g_assert_true(back->of.direction == stream(w, i)->to_initiator);
            g_assert_cmpuint((forth->flags | back->flags) & ~(unsigned)WG_NOTE_ROAMED, ==, 0);
        }
    }
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
}

/* The same with equal indices of the responder, so that nothing tells them apart: no counter is
 * said to be used twice. */
static void
test_swapped_unseen(struct world *w, const void *data)
{
    add_handshake(w, 1, 2);
    add(w, C, B, make_initiation(1, 9));
    add(w, B, C, make_response(2, 1, 10));
    for (uint64_t n = 0; n < 3; n++)
        add(w, A, B, make_data(2, n, 64));
    for (uint64_t n = 0; n < 9; n++)
        add(w, C, B, other_data(2, n));
    for (uint64_t n = 3; n < 9; n++)
        g_assert_cmpuint(add(w, C, B, make_data(2, n, 64))->flags & WG_NOTE_COUNTER_RESET, ==, 0);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
}

/* Somebody else with the same index was taken for a peer that moved, because his counters happened
 * to come next. */
static void
test_no_move_after_all(struct world *w, const void *data)
{
    add_handshake(w, 1, 2);
    add(w, A, B, make_data(2, 0, 64));
    g_assert_cmpuint(add(w, C, B, other_data(2, 5))->flags, ==, WG_NOTE_ROAMED);
    for (uint64_t n = 1; n < 9; n++)
        g_assert_cmpuint(add(w, A, B, make_data(2, n, 64))->flags & WG_NOTE_COUNTER_RESET, ==, 0);
    /* Where nobody moved, there is no doubt. */
    add(w, C, D, make_initiation(3, 3));
    add(w, D, C, make_response(4, 3, 4));
    add(w, C, D, make_data(4, 0, 64));
    g_assert_cmpuint(add(w, C, D, other_data(4, 0))->flags, ==, WG_NOTE_COUNTER_RESET);
}

/* A late packet of a session whose indices another one took over. */
static void
test_late_for_the_next(struct world *w, const void *data)
{
    for (uint32_t i = 0; i < 2; i++) {
        add(w, A, B, make_initiation(1, 1 + i));
        add(w, B, A, make_response(2, 1, 3 + i));
        for (uint64_t n = 0; n < 8 - 4 * i; n++)
            add(w, A, B, i == 0 ? make_data(2, n, 64) : other_data(2, n));
    }
    g_assert_true(add(w, A, B, make_data(2, 8, 64))->of.direction->session == stream(w, 0));
    g_assert_true(add(w, A, B, make_data(2, 7, 64))->of.direction->session == stream(w, 0));
    g_assert_true(add(w, A, B, other_data(2, 4))->of.direction->session == stream(w, 1));
    /* Both are between the same places, and neither had this packet with a counter that both had.
     */
    struct message reset = other_data(2, 4);
    reset.bytes[sizeof(struct wg_wire_data)] ^= 1;
    g_assert_cmpuint(add(w, A, B, reset)->flags, ==, WG_NOTE_COUNTER_RESET);
}

static void
test_truncated(struct world *w, const void *data)
{
    const struct message messages[] = { make_initiation(10, 1), make_response(20, 10, 1),
                                        make_cookie_reply(10, 1), make_data(10, 1, 64) };
    static const size_t needed[] = { 8, 12, 8, 16 };

    for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++)
        for (size_t captured = 4; captured < needed[i]; captured++) {
            const struct wg_note *note = add_captured(w, A, B, messages[i], captured);
            g_assert_null(note->of.session);
            g_assert_cmpuint(note->flags, ==, 0);
        }
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 0);

    add_captured(w, A, B, messages[0], 8);
    add_captured(w, B, A, messages[1], 12);
    g_assert_true(add_captured(w, A, B, make_data(20, 0, 64), 16)->of.direction ==
                  stream(w, 0)->to_responder);
    g_assert_cmpuint(wg_counters_packets(&stream(w, 0)->to_responder->counters), ==, 1);
    /* Without the ephemeral nobody can tell a copy. */
    g_assert_cmpuint(add_captured(w, A, B, messages[0], 39)->flags, ==, 0);
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
}

/* Two sessions with one index, and a packet from a place where neither sender was. A receiver takes
 * counters down to WG_REPLAY_WINDOW below the highest, and that one too. */
static void
test_edge_of_window(struct world *w, const void *data)
{
    enum { INDEX = 0x12345678, HIGHEST = 9000 };

    add(w, A, B, make_initiation(10, 1));
    add(w, B, A, make_response(INDEX, 10, 2));
    add(w, C, B, make_initiation(11, 3));
    add(w, B, C, make_response(INDEX, 11, 4));
    add(w, A, B, make_data(INDEX, 5000, 64));
    const struct wg_note *near = add(w, A, B, make_data(INDEX, HIGHEST, 64));
    for (uint64_t counter = 0; counter <= 40000; counter += 8000)
        add(w, C, B, make_data(INDEX, counter, 64));
    const struct wg_note *late = add(w, D, B, make_data(INDEX, HIGHEST - WG_REPLAY_WINDOW, 64));
    g_assert_true(late->of.direction == near->of.direction);
}

int
main(int argc, char **argv)
{
    static const struct world_test tests[] = {
        { "/directions/data", test_data },
        { "/directions/late", test_late },
        { "/directions/many-lost", test_many_lost },
        { "/directions/data-first", test_data_first },
        { "/directions/index-taken-over", test_index_taken_over },
        { "/directions/response-overtaken", test_response_overtaken },
        { "/directions/orphan-behind-nat", test_orphan_behind_nat },
        { "/directions/slow-nat", test_slow_nat },
        { "/directions/replays-from-elsewhere", test_replays_from_elsewhere },
        { "/directions/orphans", test_orphans },
        { "/directions/roaming", test_roaming },
        { "/directions/early-move", test_early_move },
        { "/directions/early-move-of-one", test_early_move_of_one },
        { "/directions/swapped", test_swapped },
        { "/directions/swapped-unseen", test_swapped_unseen },
        { "/directions/no-move-after-all", test_no_move_after_all },
        { "/directions/late-for-the-next", test_late_for_the_next },
        { "/directions/truncated", test_truncated },
        { "/directions/edge-of-window", test_edge_of_window },
    };

    g_test_init(&argc, &argv, NULL);
    add_world_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
