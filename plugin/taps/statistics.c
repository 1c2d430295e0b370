/* statistics.c
 * -z wg,tree: how many messages of each kind, size and verdict.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/stats_tree_priv.h>

#include "report.h"

static const char messages[] = "WireGuard messages", handshakes[] = "Handshakes by mac2",
                  lengths[] = "Handshakes by length", keepalives[] = "Keepalives",
                  sizes[] = "Transport data by size (bytes of the message)",
                  verdicts[] = "Verdicts";
static const double latest = 1e15; /* milliseconds: 30,000 years */
static int messages_node, handshakes_node, lengths_node, keepalives_node, verdicts_node;

static void
init(stats_tree *st)
{
    messages_node = stats_tree_create_node(st, messages, 0, STAT_DT_INT, TRUE);
    handshakes_node = stats_tree_create_node(st, handshakes, 0, STAT_DT_INT, TRUE);
    lengths_node = stats_tree_create_node(st, lengths, 0, STAT_DT_INT, TRUE);
    keepalives_node = stats_tree_create_node(st, keepalives, 0, STAT_DT_INT, TRUE);
    stats_tree_create_range_node(st, sizes, 0, "0-31", "32", "33-127", "128-255", "256-511",
                                 "512-1023", "1024-1279", "1280-1452", "1453-", NULL);
    verdicts_node = stats_tree_create_node(st, verdicts, 0, STAT_DT_INT, TRUE);
}

static void
tick(stats_tree *st, const char *parent, int parent_node, const char *name)
{
    tick_stat_node(st, parent, 0, FALSE);
    tick_stat_node(st, name, parent_node, FALSE);
}

static const char *
keepalive_name(enum wg_keepalive kind)
{
    switch (kind) {
    case WG_KEEPALIVE_KEY_CONFIRMATION:
        return "Key confirmation";
    case WG_KEEPALIVE_PASSIVE:
        return "Passive";
    case WG_KEEPALIVE_PERSISTENT:
        return "Persistent";
    default:
        return "Of no certain kind";
    }
}

static const char *
mac2_name(const struct wg_wire_view *view)
{
    if (view->mac2 == NULL)
        return "mac2 not captured";
    return wg_wire_all_zero(view->mac2, WG_MAC_LEN) ? "mac2 is zero" : "mac2 is set";
}

static void
tick_handshake(stats_tree *st, const struct wg_wire_view *view)
{
    char text[48];

    if (view->layout->mac2.length != 0)
        tick(st, handshakes, handshakes_node, mac2_name(view));
    snprintf(text, sizeof text, "%s, %zu bytes", wg_message_name(view), view->length);
    tick(st, lengths, lengths_node, text);
}

static tap_packet_status
packet(stats_tree *st, packet_info *pinfo, epan_dissect_t *edt, const void *data, tap_flags_t flags)
{
    const struct wg_tapped *tapped = data;
    const struct wg_wire_view *view = &tapped->view;
    const bool keepalive = view->type == WG_TYPE_DATA && view->length == WG_DATA_MIN_LEN;

    /* The host's code that counts bursts writes through NULL if a time is so large that a double
     * cannot hold single milliseconds. */
    st->now = CLAMP(st->now, -latest, latest);
    tick(st, messages, messages_node,
         keepalive ? "Transport Data, keepalive" : wg_message_name(view));
    if (view->type == WG_TYPE_DATA) {
        tick_stat_node(st, sizes, 0, FALSE);
        stats_tree_tick_range(st, sizes, 0, (int)MIN(view->length, G_MAXINT));
    } else {
        tick_handshake(st, view);
    }
    if (keepalive)
        tick(st, keepalives, keepalives_node, keepalive_name(tapped->seen.analysis.keepalive));
    for (unsigned v = 0; v < WG_VERDICT_COUNT; v++)
        if (wg_analysis_has(&tapped->seen.analysis, v))
            tick(st, verdicts, verdicts_node, wg_verdict_words[v].label);
    return TAP_PACKET_REDRAW;
}

void
wg_statistics_register(void)
{
    stats_tree_register_plugin("wg", "wg", "WireGuard Messages", TL_REQUIRES_NOTHING, packet, init,
                               NULL);
}
