/* stories_staying.c
 * Tunnels that do not stay up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

static void
test_contact(void)
{
    struct story *s = up();
    tries(s, 130, 3, 1);
    expect(s, IS(LOST_CONTACT) | IS(TRAFFIC));
    s = up();
    tries(s, 130, 2, 1);
    expect(s, IS(UNANSWERED) | IS(TRAFFIC));
    s = up();
    initiation(s, 130, 1);
    expect(s, IS(HEALTHY)); /* it may be on its way */
    /* While the session goes on, they prove nothing; */
    s = up();
    tries(s, 12, 2, 1);
    pings(s, 0, 18, 30);
    expect(s, IS(HEALTHY) | IS(UNPROVED));
    /* but where it is to be renewed, it is about to end. */
    s = up();
    pings(s, 0, 11, 121);
    for (unsigned i = 0; i < 5; i++) {
        initiation(s, 121 + 5.1 * i, 1 + i);
        pings(s, 0, 122 + 5.1 * i, 126 + 5.1 * i);
    }
    expect(s, IS(REKEY_UNANSWERED) | IS(TRAFFIC));
}

static void
test_overdue(void)
{
    struct story *s = up();
    pings(s, 0, 11, 130);
    expect(s, IS(OVERDUE) | IS(TRAFFIC));
    /* The first packet past 120 s always precedes the initiation that it calls for. */
    s = up();
    pings(s, 0, 11, 121);
    handshake(s, 121.5, 1);
    pings(s, 1, 122, 130);
    expect(s, IS(HEALTHY));
    /* Keepalives do not call for one; nor does the responder's data. */
    s = up();
    for (double t = 36; t < 170; t += 25)
        keepalive(s, t, 0, CLIENT);
    expect(s, IS(HEALTHY));
    /* What does not pad is NepTUN, which waits for 180 s. */
    s = up();
    for (double t = 12; t < 170; t++) {
        data_of(s, t, 0, CLIENT, WG_DATA_MIN_LEN + 84);
        data_of(s, t + 0.02, 0, SERVER, WG_DATA_MIN_LEN + 84);
    }
    expect(s, IS(HEALTHY));
}

/* Data each second, and nothing back: the sender starts over after 15 s. */
static void
loop(struct story *s, unsigned times, unsigned x, double from)
{
    for (unsigned i = 0; i < times; i++) {
        handshake(s, from + 16 * i, x + i);
        for (double t = 0.5; t < 16; t += 2.5)
            data(s, from + 16 * i + t, x + i, CLIENT);
    }
}

static void
test_restarts(void)
{
    struct story *s = begin();
    loop(s, 4, 0, 0);
    expect(s, IS(HEARS_NOTHING) | IS(TRAFFIC));
    s = begin();
    loop(s, 2, 0, 0); /* once */
    expect(s, IS(IDLE));
    /* The other side is quiet, and has no keepalive for data: after each burst a handshake. */
    s = begin();
    for (unsigned i = 0; i < 4; i++) {
        handshake(s, 20.5 * i, i);
        pings(s, i, 20.5 * i + 1, 20.5 * i + 5);
        data(s, 20.5 * i + 5, i, CLIENT);
    }
    expect(s, IS(HEALTHY) | IS(QUIET));
    /* Data comes back, and its receiver starts over all the same. */
    s = begin();
    for (unsigned i = 0; i < 4; i++) {
        handshake(s, 15.5 * i, i);
        pings(s, i, 15.5 * i + 0.3, 15.5 * i + 15);
    }
    expect(s, IS(DEAF) | IS(TRAFFIC));
}

/* Data that comes back is not taken, three times. */
static struct story *
deaf(void)
{
    struct story *s = begin();

    for (unsigned i = 0; i < 4; i++) {
        handshake(s, 15.5 * i, i);
        if (i < 3)
            pings(s, i, 15.5 * i + 0.3, 15.5 * i + 15);
    }
    return s;
}

static void
test_deaf_no_more(void)
{
    /* It goes on for longer than it would without an answer; */
    struct story *s = deaf();
    pings(s, 3, 46.8, 70);
    expect(s, IS(DEAF) | IS(TRAFFIC)); /* not yet */
    s = deaf();
    pings(s, 3, 46.8, 76);
    g_assert_cmpuint(s->t.outage.not_taken, ==, 3);
    g_assert_cmpuint(s->t.outage.from_frame, ==, 2);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
    /* and the next rekey does not make that unsaid. */
    s = deaf();
    pings(s, 3, 46.8, 167);
    handshake(s, 167.5, 4);
    pings(s, 4, 168, 178);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
    /* Or it answers with a keepalive. */
    s = deaf();
    data(s, 46.8, 3, CLIENT);
    data(s, 47, 3, SERVER);
    keepalive(s, 57, 3, CLIENT);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
    /* A persistent keepalive is no answer. */
    s = deaf();
    data(s, 46.8, 3, CLIENT);
    data(s, 47, 3, SERVER);
    keepalive(s, 52, 3, CLIENT);
    expect(s, IS(DEAF) | IS(TRAFFIC));
}

/* Handshakes that a side begins; after each, questions are answered for four seconds, and then no
 * more. */
static void
silences(struct story *s, unsigned times, unsigned side)
{
    for (unsigned i = 0; i < times; i++) {
        const double t = 20.3 * i;
        initiation_by(s, t, i, i > 0 ? side : CLIENT);
        response(s, t + 0.01, i);
        keepalive(s, t + 0.02, i, s->x[i].initiator);
        pings(s, i, t + 0.1, t + 5);
        for (unsigned j = 0; j < 15; j++)
            data(s, t + 5.2 + j, i, CLIENT);
    }
}

static void
test_silences(void)
{
    struct story *s = begin();
    silences(s, 4, CLIENT);
    g_assert_cmpuint(s->t.side[CLIENT].silences.sessions.count, ==, 3);
    g_assert_cmpuint(s->t.side[CLIENT].silences.sent, ==, 45);
    expect(s, IS(FALLS_SILENT) | IS(TRAFFIC));
    /* The other side starts over, since it does not get the questions. */
    s = begin();
    silences(s, 4, SERVER);
    expect(s, IS(FALLS_SILENT) | IS(BOTH_INITIATE) | IS(TRAFFIC));
    s = begin();
    silences(s, 3, CLIENT); /* the third one may go on */
    expect(s, IS(HEALTHY) | IS(QUIET));
    /* It stays found when it is over, and that is said. */
    s = begin();
    silences(s, 4, CLIENT);
    handshake(s, 81.2, 4);
    pings(s, 4, 81.3, 140);
    g_assert_cmpuint(s->t.side[CLIENT].silences.over_since, ==, 0);
    pings(s, 4, 140, 160);
    g_assert_cmpuint(s->t.side[CLIENT].silences.over_since, !=, 0);
    expect(s, IS(FALLS_SILENT) | IS(TRAFFIC));
}

/* What looks like such silences, and is something else. */
static void
test_other_silences(void)
{
    /* The other side reports by itself every 20 s, in a stream that it does not answer. */
    struct story *s = begin();
    for (unsigned i = 0; i < 6; i++) {
        handshake(s, 20.3 * i, i);
        for (unsigned j = 0; j < 20; j++) {
            data(s, 20.3 * i + 0.1 + j, i, CLIENT);
            if (j == 4)
                for (unsigned k = 0; k < 3; k++)
                    data(s, 20.3 * i + 4.2 + 0.1 * k, i, SERVER);
        }
    }
    expect(s, IS(HEALTHY) | IS(QUIET));
    /* Handshakes that need a second try: the other side is not there. */
    s = begin();
    for (unsigned i = 0; i < 4; i++) {
        const double t = 25.5 * i;
        if (i > 0)
            initiation(s, t - 5.1, 10 + i);
        handshake(s, t, i);
        pings(s, i, t + 0.1, t + 5);
        for (unsigned j = 0; j < 15; j++)
            data(s, t + 5.2 + j, i, CLIENT);
    }
    expect(s, IS(HEALTHY) | IS(QUIET) | IS(RETRIED));
}

static void
test_keepalives_only(void)
{
    struct story *s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 40; t++) {
        data(s, t, 0, CLIENT);
        if (t % 10 == 1 && t > 1)
            keepalive(s, t + 0.1, 0, SERVER);
    }
    expect(s, IS(KEEPALIVES_ONLY) | IS(TRAFFIC));
    s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 15; t++) {
        data(s, t, 0, CLIENT);
        if (t == 11)
            keepalive(s, t + 0.1, 0, SERVER);
    }
    expect(s, IS(IDLE)); /* too short to tell */
    /* Of the one that did not begin, it may ask for no answer. */
    s = begin();
    handshake(s, 0, 0);
    keepalive(s, 0.02, 0, CLIENT);
    for (unsigned t = 1; t < 40; t++) {
        data(s, t, 0, SERVER);
        if (t % 10 == 1 && t > 1)
            keepalive(s, t + 0.1, 0, CLIENT);
    }
    expect(s, IS(ONE_WAY_DATA));
}

static void
test_one_side(void)
{
    /* Who does not start over does hear the other side. */
    struct story *s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 40; t++)
        data(s, t, 0, CLIENT);
    expect(s, IS(ONE_SIDED));
    s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 10; t++)
        data(s, t, 0, CLIENT);
    expect(s, IS(IDLE));
    /* A chain of tries proves that nothing was accepted, whatever was captured of the other side.
     */
    s = begin();
    s->x[0].proved = true;
    for (unsigned t = 1; t < 20; t++)
        data(s, t, 0, CLIENT);
    tries(s, 20, 7, 1);
    expect(s, IS(LOST_CONTACT) | IS(TRAFFIC));
}

static void
test_outage(void)
{
    struct story *s = up();
    for (unsigned i = 0; i < 6; i++)
        initiation(s, 26 + 5.1 * i, 1 + i);
    handshake(s, 60, 8);
    pings(s, 8, 61, 70);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
    /* Silence alone is none. */
    s = up();
    pings(s, 0, 60, 70);
    expect(s, IS(HEALTHY));
    /* Packets that are missing after it are; and no loss besides. */
    s = up();
    s->skip[CLIENT] = 30;
    pings(s, 0, 60, 70);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
}

const struct story_case stories_staying[] = {
    { "/findings/contact", test_contact },
    { "/findings/overdue", test_overdue },
    { "/findings/restarts", test_restarts },
    { "/findings/deaf-no-more", test_deaf_no_more },
    { "/findings/silences", test_silences },
    { "/findings/other-silences", test_other_silences },
    { "/findings/keepalives-only", test_keepalives_only },
    { "/findings/one-side", test_one_side },
    { "/findings/outage", test_outage },
    { NULL, NULL },
};
