/* test_disco.c
 * Tailscale's discovery messages, and what only looks like them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/disco.h"

static void
test_shapes(void)
{
    static const struct {
        const char *head;
        size_t captured, length;
        bool expected;
    } rows[] = {
        { "TS\xf0\x9f\x92\xac", 78, 78, true },  { "TS\xf0\x9f\x92\xac", 1200, 1200, true },
        { "TS\xf0\x9f\x92\xac", 6, 78, true }, /* cut by the capture */
        { "TS\xf0\x9f\x92\xac", 5, 78, false },  { "TS\xf0\x9f\x92\xac", 77, 77, false },
        { "TS\xf0\x9f\x92\xad", 78, 78, false }, { "ts\xf0\x9f\x92\xac", 78, 78, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t *bytes = g_malloc0(rows[i].captured); /* of just this size */
        memcpy(bytes, rows[i].head, MIN(rows[i].captured, 6));
        g_test_message("row %zu", i);
        g_assert_cmpint(wg_disco_is(bytes, rows[i].captured, rows[i].length), ==, rows[i].expected);
        g_free(bytes);
    }
    g_assert_false(wg_disco_is(NULL, 0, 78));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/disco/shapes", test_shapes);
    return g_test_run();
}
