/* test_findings.c
 * What the evidence of a tunnel proves: short stories of messages (stories_*.c), and all that must
 * be found in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

static void
for_each_story(void (*visit)(const struct story_case *story))
{
    const struct story_case *const all[] = { stories_failing, stories_staying, stories_up,
                                             stories_copies };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        for (const struct story_case *story = all[i]; story->path != NULL; story++)
            visit(story);
}

static void
add(const struct story_case *story)
{
    g_test_add_func(story->path, story->run);
}

static void
run(const struct story_case *story)
{
    story->run();
}

static void
test_every_finding(void)
{
    /* With keys that these stories do not have: tests/dissect has captures of them. */
    const wg_findings elsewhere = IS(OWN_KEY) | IS(PSKS_CONTRADICT) | IS(PEER_MISSING) |
                                  IS(KEYS_CONTRADICT) | IS(CLOCK_SUSPECT);

    all_found = 0;
    for_each_story(run);
    g_assert_cmphex(all_found | elsewhere, ==, UINT64_MAX >> (64 - WG_FINDING_COUNT));
    g_assert_cmphex(all_found & elsewhere, ==, 0);
}

static void
test_order(void)
{
    wg_findings some = IS(ROAMED) | IS(HEALTHY) | IS(LOSSY) | IS(OUTLIVED) | IS(CLOCK);

    g_assert_cmpint(wg_findings_verdict(some), ==, WG_FINDING_CLOCK);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_CLOCK);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_OUTLIVED);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_LOSSY);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_HEALTHY);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_ROAMED);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_COUNT);
    g_assert_cmpstr(wg_severity_name(WG_SEVERITY_GOOD), ==, "OK");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for_each_story(add);
    g_test_add_func("/findings/order", test_order);
    g_test_add_func("/findings/every-finding", test_every_finding);
    return g_test_run();
}
