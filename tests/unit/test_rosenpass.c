/* test_rosenpass.c
 * The messages of Rosenpass, by type, zeros and length, and what only looks like them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/rosenpass.h"

static void
test_shapes(void)
{
    static const struct {
        uint8_t head[4];
        size_t captured, length;
        enum wg_rosenpass_type type;
    } rows[] = {
        { { 0x81 }, 1060, 1060, WG_ROSENPASS_INIT_HELLO },
        { { 0x82 }, 1100, 1100, WG_ROSENPASS_RESP_HELLO },
        { { 0x83 }, 176, 176, WG_ROSENPASS_INIT_CONF },
        { { 0x84 }, 64, 64, WG_ROSENPASS_EMPTY_DATA },
        { { 0x86 }, 1060, 1060, WG_ROSENPASS_COOKIE_REPLY },
        { { 0x81 }, 4, 1060, WG_ROSENPASS_INIT_HELLO }, /* cut by the capture */
        { { 0x81 }, 3, 1060, WG_ROSENPASS_NONE },
        { { 0 }, 0, 0, WG_ROSENPASS_NONE },
        { { 0x81 }, 1059, 1059, WG_ROSENPASS_NONE },
        { { 0x81 }, 1061, 1061, WG_ROSENPASS_NONE },
        { { 0x82 }, 1060, 1060, WG_ROSENPASS_NONE },
        { { 0x85 }, 64, 64, WG_ROSENPASS_NONE },
        { { 0x81, 1 }, 1060, 1060, WG_ROSENPASS_NONE },
        { { 0x81, 0, 1 }, 1060, 1060, WG_ROSENPASS_NONE },
        { { 0x81, 0, 0, 1 }, 1060, 1060, WG_ROSENPASS_NONE },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t *bytes = g_malloc0(MAX(rows[i].captured, 1));
        memcpy(bytes, rows[i].head, MIN(rows[i].captured, sizeof rows[i].head));
        g_test_message("row %zu", i);
        g_assert_cmpint(wg_rosenpass_type(bytes, rows[i].captured, rows[i].length), ==,
                        rows[i].type);
        g_free(bytes);
    }
}

static void
test_names(void)
{
    g_assert_cmpstr(wg_rosenpass_name(WG_ROSENPASS_INIT_CONF), ==, "InitConf");
    g_assert_cmpstr(wg_rosenpass_name(WG_ROSENPASS_NONE), ==, "none");
    g_assert_true(wg_rosenpass_begins(WG_ROSENPASS_INIT_HELLO));
    g_assert_true(wg_rosenpass_begins(WG_ROSENPASS_RESP_HELLO));
    g_assert_false(wg_rosenpass_begins(WG_ROSENPASS_EMPTY_DATA));
    g_assert_false(wg_rosenpass_begins(WG_ROSENPASS_NONE));
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rosenpass/shapes", test_shapes);
    g_test_add_func("/rosenpass/names", test_names);
    return g_test_run();
}
