/* test_analysis.c
 * What a message takes from an earlier accounting, which knows what comes later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/analysis.h"

#define BIT(verdict) (1u << WG_VERDICT_##verdict)

/* Whether it was answered, and what was lost before it, only the later packets show. */
static void
test_answers_and_losses(void)
{
    struct wg_analysis initiation = { .verdicts = BIT(CLOCK_BACKWARDS) };
    const struct wg_analysis unanswered = { .verdicts = BIT(UNANSWERED) };
    struct wg_analysis data = {
        .verdicts = BIT(LOST) | BIT(ROAMED), .initiation_frame = 1, .response_frame = 2, .lost = 3
    };
    const struct wg_analysis filled = { .initiation_frame = 1, .response_frame = 4 };

    wg_analysis_look_ahead(&initiation, &unanswered);
    g_assert_cmphex(initiation.verdicts, ==, BIT(UNANSWERED) | BIT(CLOCK_BACKWARDS));
    wg_analysis_look_ahead(&data, &filled);
    g_assert_cmphex(data.verdicts, ==, BIT(ROAMED));
    g_assert_cmpuint(data.lost, ==, 0);
    /* Which response it belongs to, it knows itself. */
    g_assert_cmpuint(data.response_frame, ==, 2);
}

/* In a capture out of order, the handshake comes after the data. */
static void
test_handshake_comes_later(void)
{
    struct wg_analysis data = { .verdicts = BIT(UNKNOWN_SESSION) | BIT(DUPLICATE) };
    const struct wg_analysis later = { .verdicts = BIT(EXPIRED),
                                       .initiation_frame = 8,
                                       .response_frame = 9,
                                       .knows_role = true,
                                       .from_initiator = true,
                                       .has_age = true,
                                       .age = 200 };

    wg_analysis_look_ahead(&data, &later);
    g_assert_cmphex(data.verdicts, ==, BIT(DUPLICATE) | BIT(EXPIRED));
    g_assert_cmpuint(data.initiation_frame, ==, 8);
    g_assert_cmpuint(data.response_frame, ==, 9);
    g_assert_true(data.knows_role && data.from_initiator && data.has_age);
    g_assert_cmpint(data.age, ==, 200);
}

/* Keys showed another handshake since, or the only one: the earlier accounting knows less. */
static void
test_knows_less(void)
{
    const struct wg_analysis before = {
        .verdicts = BIT(ROAMED), .initiation_frame = 5, .response_frame = 6, .knows_role = true
    };
    const struct wg_analysis other = { .verdicts = BIT(LOST), .initiation_frame = 1, .lost = 7 };
    const struct wg_analysis none = { .verdicts = BIT(UNKNOWN_SESSION) | BIT(LOST), .lost = 7 };
    struct wg_analysis a = before;

    wg_analysis_look_ahead(&a, &other);
    wg_analysis_look_ahead(&a, &none);
    g_assert_cmpmem(&a, sizeof a, &before, sizeof before);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/analysis/answers-and-losses", test_answers_and_losses);
    g_test_add_func("/analysis/handshake-comes-later", test_handshake_comes_later);
    g_test_add_func("/analysis/knows-less", test_knows_less);
    return g_test_run();
}
