/* as_tshark.c
 * The library as tshark uses it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/stat_tap_ui.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>

#include "as_tshark.h"

static const char *
named_file(const char *variable)
{
    const char *path = getenv(variable);
    return path != NULL ? path : "";
}

/* "wg,tree", without tshark's part of it. */
static void
listen_for_tree(void)
{
    stats_tree_cfg *config = stats_tree_get_cfg_by_abbr("wg");

    CHECK(config != NULL);
    stats_tree *tree = stats_tree_new(config, NULL, NULL);
    stats_tree_reinit(tree);
    CHECK(register_tap_listener(config->tapname, tree, NULL, config->flags, stats_tree_reset,
                                stats_tree_packet, NULL, NULL) == NULL);
}

static void
listen(void)
{
    static const char *const reports[] = { "wg,sessions", "wg,audit", "wg,diagnose", "wg,keys" };

    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++)
        CHECK(process_stat_cmd_arg(reports[i]));
    start_requested_stats();
    listen_for_tree();
    CHECK(host_set("wg.config", named_file("WG_FUZZ_CONFIG")));
}

void
start_as_tshark(bool several)
{
    static struct host tshark = { .program = "tshark", .listen = listen };

    tshark.several = several;
    host_start(&tshark);
}

int
run_as_tshark(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    const uint8_t options = take_byte(&in);

    CHECK(host_set("wg.keylog_file",
                   named_file(options & NO_KEYS ? "WG_FUZZ_NO_KEYS" : "WG_FUZZ_KEYS")));
    CHECK(host_set("wg.report_format", options & JSON ? "json" : "text"));
    CHECK(
        host_set("wg.report_anonymous", options & JSON && options & INVISIBLE ? "TRUE" : "FALSE"));
    host_run(&in, options);
    return 0;
}
