/* test_pairing.c
 * Data without a handshake in the session table: which two directions are one session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "world.h"

enum { TO_A = 0x10000001, TO_B = 0x20000002, NEW_TO_A = 0x30000003, NEW_TO_B = 0x40000004 };

static bool
are_paired(const struct wg_note *one, const struct wg_note *other)
{
    return one->of.direction->session == other->of.direction->session &&
           one->of.direction != other->of.direction;
}

/* The packet that calls for a rekey comes first, then the initiation, and only then the answer to
 * the packet. */
static void
test_rekey_between(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(TO_B, 700, 64));

    add(w, A, B, make_initiation(NEW_TO_A, 1));
    const struct wg_note *back = add(w, B, A, make_data(TO_A, 650, 64));
    g_assert_true(are_paired(forth, back));
    add(w, B, A, make_response(NEW_TO_B, NEW_TO_A, 2));
    g_assert_true(are_paired(add(w, A, B, make_data(NEW_TO_B, 0, 64)),
                             add(w, B, A, make_data(NEW_TO_A, 0, 64))));
    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2);
    g_assert_true(stream(w, 1)->renews == stream(w, 0));
}

/* The same, if initiations need several tries; but not however many. */
static void
test_tries_between(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(TO_B, 700, 64));

    for (uint32_t i = 0; i < 3; i++)
        add(w, A, B, make_initiation(NEW_TO_A + i, i));
    g_assert_true(are_paired(forth, add(w, B, A, make_data(TO_A, 650, 64))));

    forth = add(w, C, B, make_data(TO_B + 1, 700, 64));
    for (uint32_t i = 0; i < 20; i++)
        add(w, C, B, make_initiation(NEW_TO_A + 16 + i, 16 + i));
    g_assert_false(are_paired(forth, add(w, B, C, make_data(TO_A + 1, 650, 64))));
}

/* Keys do not last as long as that. */
static void
test_too_old(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(TO_B, 700, 64));

    w->set_back = -181 * INT64_C(1000000000);
    add(w, A, B, make_initiation(NEW_TO_A, 1));
    g_assert_false(are_paired(forth, add(w, B, A, make_data(TO_A, 650, 64))));
}

/* Who has sent in a newer session does not come back to an older one. */
static void
test_went_on(struct world *w, const void *data)
{
    const struct wg_note *forth = add(w, A, B, make_data(TO_B, 700, 64));

    add(w, A, B, make_initiation(NEW_TO_A, 1));
    add(w, B, A, make_response(NEW_TO_B, NEW_TO_A, 2));
    add(w, A, B, make_data(NEW_TO_B, 0, 64));
    add(w, B, A, make_data(NEW_TO_A, 0, 64));
    g_assert_false(are_paired(forth, add(w, B, A, make_data(TO_A, 650, 64))));
}

/* An initiation whose response was not captured: what its sender sends next with low counters may
 * be of the new session. */
static void
test_response_missing(struct world *w, const void *data)
{
    const struct wg_note *back = add(w, B, A, make_data(TO_A, 650, 64));

    add(w, A, B, make_initiation(NEW_TO_A, 1));
    g_assert_false(are_paired(back, add(w, A, B, make_data(NEW_TO_B, 0, 64))));

    back = add(w, B, C, make_data(TO_A + 1, 650, 64));
    add(w, C, B, make_initiation(NEW_TO_A + 1, 3));
    g_assert_true(are_paired(back, add(w, C, B, make_data(TO_B + 1, 700, 64))));
}

/* A peer moves, and its first packet that is captured comes from the new place. */
static void
test_moved_unseen(struct world *w, const void *data)
{
    const struct wg_note *back = add(w, B, A, make_data(TO_A, 650, 64));
    const struct wg_note *forth = add(w, C, B, make_data(TO_B, 700, 64));

    g_assert_cmpuint(wg_sessions_count(w->sessions), ==, 2); /* nothing shows it yet */
    g_assert_cmpuint(add(w, B, C, make_data(TO_A, 651, 64))->flags, ==, WG_NOTE_ROAMED);
    g_assert_true(are_paired(back, forth));
    g_assert_null(stream(w, 1)->to_initiator);
    g_assert_null(stream(w, 1)->to_responder);
    g_assert_cmpuint(add(w, C, B, make_data(TO_B, 701, 64))->flags, ==, 0);
    assert_endpoint(stream(w, 0)->here->source, C);
}

/* Both ways were known at the old place; whoever is at the new one has a session of its own. */
static void
test_moved_to_others(struct world *w, const void *data)
{
    const struct wg_note *back = add(w, B, A, make_data(TO_A, 650, 64));
    const struct wg_note *forth = add(w, A, B, make_data(TO_B, 700, 64));
    const struct wg_note *other = add(w, C, B, make_data(TO_B + 1, 20, 64));

    add(w, B, C, make_data(TO_A, 651, 64));
    g_assert_true(are_paired(back, forth));
    g_assert_true(other->of.direction->session == stream(w, 1));
}

/* What is at the new place is there no more. */
static void
test_moved_later(struct world *w, const void *data)
{
    const struct wg_note *other = add(w, C, B, make_data(TO_B, 20, 64));

    w->set_back = -181 * INT64_C(1000000000);
    const struct wg_note *back = add(w, B, A, make_data(TO_A, 650, 64));
    add(w, B, C, make_data(TO_A, 651, 64));
    g_assert_false(are_paired(back, other));
}

int
main(int argc, char **argv)
{
    static const struct world_test tests[] = {
        { "/pairing/rekey-between", test_rekey_between },
        { "/pairing/tries-between", test_tries_between },
        { "/pairing/too-old", test_too_old },
        { "/pairing/went-on", test_went_on },
        { "/pairing/response-missing", test_response_missing },
        { "/pairing/moved-unseen", test_moved_unseen },
        { "/pairing/moved-to-others", test_moved_to_others },
        { "/pairing/moved-later", test_moved_later },
    };

    g_test_init(&argc, &argv, NULL);
    add_world_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
