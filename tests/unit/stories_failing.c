/* stories_failing.c
 * Tunnels that do not come up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

static void
test_no_answer(void)
{
    struct story *s = begin();
    initiation(s, 0, 0);
    expect(s, IS(TOO_LITTLE)); /* anyone can send one */
    s = begin();
    tries(s, 0, 2, 0);
    expect(s, IS(NO_ANSWER));
    s = begin();
    tries(s, 0, 7, 0);
    s->t.unreachable = (struct wg_evidence){ 1, 9, 9 };
    expect(s, IS(UNREACHABLE));
    expect(begin(), IS(TOO_LITTLE));
}

static void
test_cookies(void)
{
    struct story *s = begin();
    for (unsigned i = 0; i < 3; i++) {
        initiation(s, 5.1 * i, i);
        cookie(s, 5.1 * i + 0.01, i);
    }
    expect(s, IS(ONLY_COOKIES));
    s = begin();
    initiation(s, 0, 0);
    cookie(s, 0.01, 0);
    handshake(s, 5.1, 1);
    pings(s, 1, 6, 9);
    expect(s, IS(HEALTHY) | IS(UNDER_LOAD) | IS(RETRIED));
}

static void
rejected(struct story *s, double from, unsigned count, unsigned x, double every)
{
    for (unsigned i = 0; i < count; i++)
        handshake(s, from + every * i, x + i);
}

static void
test_responses(void)
{
    struct story *s = begin();
    handshake(s, 0, 0);
    expect(s, IS(NOT_CONFIRMED));
    s = begin();
    rejected(s, 0, 2, 0, 5.1);
    expect(s, IS(NOT_CONFIRMED)); /* one response may be lost */
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    expect(s, IS(NOT_ACCEPTED));
    /* Judged by the last handshakes, and not by the best. */
    s = up();
    rejected(s, 130, 4, 1, 5.1);
    expect(s, IS(NOT_ACCEPTED) | IS(TRAFFIC));
    s = begin();
    rejected(s, 0, 4, 0, 5.1);
    pings(s, 3, 16, 20);
    expect(s, IS(HEALTHY) | IS(RETRIED));
    /* Later than 5 s: they are accepted, and the data is lost on the way. */
    s = begin();
    rejected(s, 0, 4, 0, 15.5);
    expect(s, IS(DATA_LOST));
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    s->t.elsewhere.responses = (struct wg_evidence){ 3, 2, 6 };
    expect(s, IS(ANSWERED_ELSEWHERE));
    s = up();
    s->t.used_elsewhere.responses = (struct wg_evidence){ 1, 2, 2 };
    expect(s, IS(HEALTHY) | IS(ELSEWHERE));
}

static void
test_keys(void)
{
    const struct wg_evidence some = { 3, 1, 5 };
    struct story *s = begin();

    tries(s, 0, 3, 0);
    s->t.mac1_bad = some;
    expect(s, IS(WRONG_PUBLIC_KEY));
    s = begin();
    tries(s, 0, 3, 0);
    s->t.mac1_unknown = some;
    expect(s, IS(NO_ANSWER) | IS(OTHER_PUBLIC_KEY));
    s = begin();
    tries(s, 0, 3, 0);
    s->t.stranger = some;
    expect(s, IS(UNKNOWN_PEER));
}

static void
test_psks(void)
{
    const struct wg_evidence some = { 3, 1, 5 };
    struct story *s = begin();

    rejected(s, 0, 3, 0, 5.1);
    s->t.psks_differ = true;
    expect(s, IS(PSK_MISMATCH));
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    s->t.psk_right =
        some; /* by the responder's: this does not tell a lost one from a rejected one */
    expect(s, IS(NOT_ACCEPTED));
    s = up();
    s->t.psk_up = some;
    expect(s, IS(HEALTHY) | IS(OTHER_PSK));
    s = up();
    s->t.psk_up = some;
    s->t.psk_found = some.last; /* it came late */
    expect(s, IS(HEALTHY));
    s = up();
    s->t.psk_mismatch = (struct wg_evidence){ 3, 1, 5 };
    s->t.psk_right = (struct wg_evidence){ 1, 9, 9 };
    expect(s, IS(HEALTHY)); /* mended */
}

static void
test_clocks_and_devices(void)
{
    struct story *s = up();

    tries(s, 130, 3, 1);
    s->t.verdicts[WG_VERDICT_CLOCK_BACKWARDS] = (struct wg_evidence){ 3, s->frame - 2, s->frame };
    expect(s, IS(CLOCK) | IS(TRAFFIC));
    s = up();
    s->t.verdicts[WG_VERDICT_CLOCK_BACKWARDS] = (struct wg_evidence){ 1, 1, 1 };
    expect(s, IS(HEALTHY) | IS(CLOCK_WENT_BACK));
    s = up();
    s->t.shared = (struct wg_evidence){ 2, 5, 9 };
    expect(s, IS(SHARED_KEY) | IS(TRAFFIC));
    s = up();
    s->t.shared = (struct wg_evidence){ 1, 5, 5 };
    expect(s, IS(HEALTHY)); /* it moved once */
}

const struct story_case stories_failing[] = {
    { "/findings/no-answer", test_no_answer },
    { "/findings/cookies", test_cookies },
    { "/findings/responses", test_responses },
    { "/findings/keys", test_keys },
    { "/findings/psks", test_psks },
    { "/findings/clocks-and-devices", test_clocks_and_devices },
    { NULL, NULL },
};
