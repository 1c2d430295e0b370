/* test_findings.c
 * What the evidence of a tunnel proves: by rows of evidence, and how grave each finding is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/diagnosis.h"

#define SECOND INT64_C(1000000000)

/* So many frames that show something, from frame 1 on. */
#define SEEN(n) { .count = (n), .first = 1, .last = (n) }
#define FROM(frame, n) { .count = (n), .first = (frame), .last = (frame) + (n) - 1 }

#define IS(name) (UINT64_C(1) << WG_FINDING_##name)

/* A side that sends on for some seconds after it heard the other. */
#define UNHEARD(n, seconds) \
    .data = SEEN(20), .unheard_data = SEEN(n), .unheard_since = SECOND, \
    .last_time = SECOND + (seconds) * SECOND

/* What the initiator and the responder of a tunnel that is up sent. */
#define ASKED .initiations = SEEN(1), .data = SEEN(5)
#define ANSWERED .responses = SEEN(1), .data = SEEN(5)

static const struct row {
    struct wg_tunnel t;
    uint64_t found;
} rows[] = {
    /* It does not come up. 1 */
    { { .side = { { .initiations = SEEN(1) } } }, IS(NO_ANSWER) },
    { { .side = { { .initiations = SEEN(7) } }, .unreachable = SEEN(1) }, IS(UNREACHABLE) },
    { { .side = { { .initiations = SEEN(7) } }, .mac1_bad = SEEN(7) }, IS(WRONG_PUBLIC_KEY) | IS(NO_ANSWER) },
    { { .side = { { .initiations = SEEN(7) } }, .mac1_unknown = SEEN(7) }, IS(WRONG_PUBLIC_KEY) | IS(NO_ANSWER) },
    /* A key that fits some of them is the right one. 5 */
    { { .side = { { .initiations = SEEN(7) } }, .mac1_unknown = SEEN(1), .mac1_good = SEEN(6) }, IS(NO_ANSWER) },
    { { .side = { { .initiations = SEEN(7) } }, .mac1_good = SEEN(7), .stranger = SEEN(7) },
      IS(UNKNOWN_PEER) | IS(NO_ANSWER) },
    { { .side = { { .initiations = SEEN(3) }, { .cookies = SEEN(3) } } }, IS(ONLY_COOKIES) },
    { { .side = { { .initiations = SEEN(1) }, { .responses = SEEN(1) } } }, IS(NOT_CONFIRMED) },
    { { .side = { { .initiations = SEEN(1) }, { .responses = SEEN(1) } }, .psk_mismatch = SEEN(1) },
      IS(PSK_MISMATCH) },
    { { .side = { { .initiations = SEEN(3) }, { .responses = SEEN(3) } },
        .verdicts[WG_VERDICT_NOT_ACCEPTED] = SEEN(2) },
      IS(NOT_ACCEPTED) },
    /* The initiator was not captured at all. 11 */
    { { .side = { [1] = { .responses = SEEN(3) } } }, IS(ONE_SIDED) },
    /* Cookies and a response: it was under load, and is told so. 12 */
    { { .side = { { .initiations = SEEN(2) }, { .responses = SEEN(1), .cookies = SEEN(1) } } },
      IS(NOT_CONFIRMED) | IS(UNDER_LOAD) },
    /* Only the responder's stray data, and the initiator starts over. 13 */
    { { .side = { { .initiations = SEEN(3) }, { .responses = SEEN(3), .data = SEEN(1) } },
        .verdicts[WG_VERDICT_NOT_ACCEPTED] = SEEN(2) },
      IS(NOT_ACCEPTED) | IS(TRAFFIC) },

    /* It works. 14 */
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5) }, IS(HEALTHY) },
    { { .side = { { .data = SEEN(5) }, { .data = SEEN(5) } } }, IS(MID_SESSION) },
    { { .side = { { ASKED }, { .responses = SEEN(1) } }, .confirmed = SEEN(5) }, IS(IDLE) },
    { { .side = { { .data = SEEN(5) } } }, IS(ONE_SIDED) },

    /* It does not stay up. 18 */
    { { .side = { { ASKED, .unheard_initiations = FROM(9, 2) }, { ANSWERED } }, .confirmed = SEEN(5) },
      IS(LOST_CONTACT) | IS(TRAFFIC) },
    /* One initiation may be on its way. 19 */
    { { .side = { { ASKED, .unheard_initiations = FROM(9, 1) }, { ANSWERED } }, .confirmed = SEEN(5) },
      IS(HEALTHY) },
    /* Who was not captured cannot be missed. 20 */
    { { .side = { { ASKED, .unheard_initiations = FROM(9, 2) } } }, IS(ONE_SIDED) },
    { { .side = { { UNHEARD(5, 60) } } }, IS(ONE_SIDED) },
    { { .side = { { UNHEARD(5, 15), .initiations = SEEN(1) }, { .responses = SEEN(1) } } },
      IS(ONE_WAY) | IS(TRAFFIC) },
    { { .side = { { UNHEARD(5, 14), .initiations = SEEN(1) }, { .responses = SEEN(1) } } }, IS(IDLE) },
    { { .side = { { UNHEARD(5, 15), .initiations = SEEN(1) }, { ANSWERED } }, .confirmed = SEEN(5) },
      IS(FELL_SILENT) | IS(TRAFFIC) },
    /* The other way round, 25; and a single packet is not answered by anything but a keepalive, 26. */
    { { .side = { { ASKED }, { UNHEARD(5, 15), .responses = SEEN(1) } }, .confirmed = SEEN(5) },
      IS(FELL_SILENT) | IS(TRAFFIC) },
    { { .side = { { UNHEARD(1, 99), .initiations = SEEN(1) }, { ANSWERED } }, .confirmed = SEEN(5) },
      IS(HEALTHY) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .not_authentic = SEEN(1) },
      IS(NOT_AUTHENTIC) | IS(TRAFFIC) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5),
        .verdicts[WG_VERDICT_COUNTER_RESET] = SEEN(1) },
      IS(COUNTER_RESET) | IS(TRAFFIC) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5),
        .verdicts[WG_VERDICT_CLOCK_BACKWARDS] = SEEN(1) },
      IS(CLOCK_BACKWARDS) | IS(TRAFFIC) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .too_big = SEEN(1) },
      IS(MTU) | IS(TRAFFIC) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .verdicts[WG_VERDICT_EXPIRED] = SEEN(1) },
      IS(OUTLIVED) | IS(TRAFFIC) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5),
        .verdicts[WG_VERDICT_REKEY_OVERDUE] = SEEN(1) },
      IS(OUTLIVED) | IS(TRAFFIC) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5),
        .verdicts[WG_VERDICT_COOKIE_IGNORED] = SEEN(1) },
      IS(COOKIE_IGNORED) | IS(TRAFFIC) },

    /* What else is to be said. 34 */
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .elsewhere = SEEN(1) },
      IS(HEALTHY) | IS(ELSEWHERE) },
    { { .side = { { ASKED }, { ANSWERED, .cookies = SEEN(1) } }, .confirmed = SEEN(5) },
      IS(HEALTHY) | IS(UNDER_LOAD) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .retries = SEEN(2) },
      IS(HEALTHY) | IS(RETRIED) },
    /* The retries are those at the end, which nobody answered. 37 */
    { { .side = { { ASKED, .unheard_initiations = FROM(9, 3) }, { ANSWERED } }, .confirmed = SEEN(5),
        .retries = FROM(10, 2) },
      IS(LOST_CONTACT) | IS(TRAFFIC) },
    { { .side = { { ASKED, .unheard_initiations = FROM(9, 3) }, { ANSWERED } }, .confirmed = SEEN(5),
        .retries = FROM(2, 2) },
      IS(LOST_CONTACT) | IS(TRAFFIC) | IS(RETRIED) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .verdicts[WG_VERDICT_ROAMED] = SEEN(1) },
      IS(HEALTHY) | IS(ROAMED) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .unreachable = SEEN(1) },
      IS(HEALTHY) | IS(REFUSED) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .reassembled = SEEN(1) },
      IS(HEALTHY) | IS(FRAGMENTS) },
    { { .side = { { ASKED }, { ANSWERED, .initiations = SEEN(1) } }, .confirmed = SEEN(5) },
      IS(HEALTHY) | IS(BOTH_INITIATE) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5),
        .verdicts[WG_VERDICT_REPLAYED_HANDSHAKE] = SEEN(1) },
      IS(HEALTHY) | IS(REPLAYED) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5),
        .verdicts[WG_VERDICT_RESPONDER_FIRST] = SEEN(1) },
      IS(HEALTHY) | IS(RESPONDER_FIRST) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .verdicts[WG_VERDICT_DUPLICATE] = SEEN(1) },
      IS(HEALTHY) | IS(DUPLICATES) },
    { { .side = { { ASKED }, { ANSWERED } }, .confirmed = SEEN(5), .psk_mismatch = SEEN(1) },
      IS(HEALTHY) | IS(OTHER_PSK) },
};

static void
test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const uint64_t found = wg_tunnel_findings(&rows[i].t);
        g_test_message("row %zu: found %#" G_GINT64_MODIFIER "x", i + 1, found);
        g_assert_cmphex(found, ==, rows[i].found);
    }
}

/* Every finding is in a row above, or in the test of losses below. */
static void
test_every_finding(void)
{
    uint64_t all = IS(LOSSY) | IS(SIZE);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        all |= rows[i].found;
    g_assert_cmphex(all, ==, (UINT64_C(1) << WG_FINDING_COUNT) - 1);
}

/* ---- losses: of directions, which come with messages ---- */

/* The responder sends `sent` messages of which `lost` are missing, the largest of so many bytes, and
 * the initiator one of so many. */
static uint64_t
findings_of_losses(uint64_t sent, uint64_t lost, size_t largest_back, size_t largest_there)
{
    static struct wg_session session;
    struct wg_direction back = { .session = &session, .receiver = WG_ROLE_INITIATOR };
    struct wg_direction there = { .session = &session, .receiver = WG_ROLE_RESPONDER };
    struct wg_note note = { .type = WG_TYPE_DATA };
    struct wg_wire_view view = { .type = WG_TYPE_DATA };
    struct wg_sighting s = { .note = &note, .view = &view, .frame = 1 };
    struct wg_diagnosis *d = wg_diagnosis_new(NULL);

    back.counters = (struct wg_counters){ .any = true, .highest = sent - 1, .distinct = sent - lost };
    s.analysis = (struct wg_analysis){ .session = &session, .knows_role = true, .from_initiator = true };
    s.source = wg_endpoint_make(WG_ENDPOINT_IPV4, (const uint8_t[]){ 192, 0, 2, 1 }, 4, 1);
    s.destination = wg_endpoint_make(WG_ENDPOINT_IPV4, (const uint8_t[]){ 192, 0, 2, 2 }, 4, 2);
    note.of.direction = &there;
    view.length = largest_there;
    wg_diagnosis_add(d, &s);
    const struct wg_endpoint initiator = s.source;
    s.source = s.destination;
    s.destination = initiator;
    s.analysis.from_initiator = false;
    note.of.direction = &back;
    view.length = largest_back;
    const struct wg_tunnel *t = wg_diagnosis_add(d, &s);
    g_assert_nonnull(t);
    g_assert_cmpuint(wg_diagnosis_count(d), ==, 1);
    g_assert_cmpuint(wg_tunnel_lost(t, 1), ==, lost);
    g_assert_cmpuint(wg_tunnel_distinct(t, 1), ==, sent - lost);
    g_assert_cmpuint(wg_tunnel_lost(t, 0), ==, 0);
    const uint64_t found = wg_tunnel_findings(t);
    wg_diagnosis_free(d);
    return found;
}

static void
test_losses(void)
{
    const uint64_t lossy = IS(LOSSY) | IS(TRAFFIC);

    g_assert_cmphex(findings_of_losses(1000, 0, 1000, 1000), ==, IS(MID_SESSION));
    g_assert_cmphex(findings_of_losses(1000, 9, 1000, 1000), ==, IS(MID_SESSION));
    g_assert_cmphex(findings_of_losses(1000, 10, 1000, 1000), ==, lossy); /* one in a hundred */
    g_assert_cmphex(findings_of_losses(100, 24, 1232, 1420), ==, lossy);
    g_assert_cmphex(findings_of_losses(100, 25, 1232, 1420), ==, lossy | IS(SIZE)); /* one in four */
    g_assert_cmphex(findings_of_losses(100, 25, 1233, 1420), ==, lossy); /* large ones arrive */
    g_assert_cmphex(findings_of_losses(100, 25, 96, 1232), ==, lossy);   /* nobody sends large ones */
}

/* ---- how grave ---- */

static void
test_severities(void)
{
    static const char grades[WG_FINDING_COUNT + 1] = "FFFFFFFW" /* coming up */
                                                     "FFFFFWWWWW" /* staying up */
                                                     "GGGN" /* works */
                                                     "NNNNNNNNNNNNN";

    for (unsigned f = 0; f < WG_FINDING_COUNT; f++) {
        g_test_message("finding %u", f);
        g_assert_cmpint("GNWF"[wg_finding_severity(f)], ==, grades[f]);
    }
    g_assert_cmpint(wg_finding_severity(WG_FINDING_NOT_CONFIRMED), ==, WG_SEVERITY_WARNING);
    g_assert_cmpint(wg_finding_severity(WG_FINDING_CLOCK_BACKWARDS), ==, WG_SEVERITY_WARNING);
    g_assert_cmpint(wg_finding_severity(WG_FINDING_HEALTHY), ==, WG_SEVERITY_GOOD);
    g_assert_cmpint(wg_finding_severity(WG_FINDING_ONE_SIDED), ==, WG_SEVERITY_NOTE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings/rows", test_rows);
    g_test_add_func("/findings/every-finding", test_every_finding);
    g_test_add_func("/findings/losses", test_losses);
    g_test_add_func("/findings/severities", test_severities);
    return g_test_run();
}
