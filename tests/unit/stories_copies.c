/* stories_copies.c
 * Messages that were seen again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

/* Data with copies at once, of which some have several. */
static void
data_and_copies(struct story *s, double time, unsigned side, uint64_t counter, unsigned copies)
{
    data(s, time, 0, side);
    const uint32_t first = s->frame;

    for (unsigned i = 1; i <= copies; i++) {
        struct wg_fact copy = fact(s, time + i * 0.0001, side, WG_TYPE_DATA, DATA);
        copy.copy = true;
        copy.first = first;
        copy.counter = counter;
        copy.verdicts = 1u << WG_VERDICT_DUPLICATE;
        give(s, 0, &copy);
    }
}

static void
test_copies(void)
{
    struct story *s = begin();

    handshake(s, 0, 0);
    for (unsigned i = 1; i < 10; i++) {
        data_and_copies(s, i, CLIENT, i, 1);
        data_and_copies(s, i + 0.02, SERVER, i, 1);
    }
    g_assert_cmpuint(s->t.side[CLIENT].data.count, ==, 9); /* each counts once */
    g_assert_cmpuint(s->t.copies_at_once.count, ==, 18);
    expect(s, IS(HEALTHY) | IS(TWICE));
    s = begin(); /* three copies of a few */
    handshake(s, 0, 0);
    for (unsigned i = 1; i < 10; i++) {
        data_and_copies(s, i, CLIENT, i, i < 5 ? 3 : 0);
        data_and_copies(s, i + 0.02, SERVER, i, 0);
    }
    g_assert_cmpuint(s->t.copies_at_once.count, ==, 4);
    expect(s, IS(HEALTHY) | IS(DUPLICATES));
}

/* All of it is replayed an hour later. */
static void
test_late_copies(void)
{
    struct story *s = up();
    const int64_t ended = s->t.ended;

    for (unsigned i = 0; i < 5; i++) {
        struct wg_fact copy = fact(s, 3600 + i, i % 2, WG_TYPE_DATA, DATA);
        copy.copy = true;
        copy.verdicts = 1u << WG_VERDICT_DUPLICATE | 1u << WG_VERDICT_EXPIRED;
        give(s, 0, &copy);
    }
    g_assert_cmpint(s->t.ended, ==, ended);
    g_assert_cmpuint(s->t.verdicts[WG_VERDICT_EXPIRED].count, ==, 0);
    expect(s, IS(HEALTHY) | IS(DUPLICATES));
}

/* Copies of a handshake are no data that was seen again. */
static void
test_handshake_copies(void)
{
    struct story *s = up();
    struct wg_fact copy = fact(s, 13, CLIENT, WG_TYPE_INITIATION, 148);

    copy.copy = true;
    copy.verdicts = 1u << WG_VERDICT_DUPLICATE;
    give(s, 0, &copy);
    g_assert_cmpuint(s->t.verdicts[WG_VERDICT_DUPLICATE].count, ==, 0);
    copy = fact(s, 14, CLIENT, WG_TYPE_DATA, DATA);
    copy.copy = true;
    copy.verdicts = 1u << WG_VERDICT_DUPLICATE;
    give(s, 0, &copy);
    g_assert_cmpuint(s->t.verdicts[WG_VERDICT_DUPLICATE].count, ==, 1);
    expect(s, IS(HEALTHY) | IS(DUPLICATES));
}

const struct story_case stories_copies[] = {
    { "/findings/copies", test_copies },
    { "/findings/late-copies", test_late_copies },
    { "/findings/handshake-copies", test_handshake_copies },
    { NULL, NULL },
};
