/* statistics.c
 * -z wg,tree: how many messages of each kind, size and verdict.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/stats_tree_priv.h>

#include "report.h"

static const char sizes[] = "Transport data by size (bytes of the message)";
static const double latest = 1e15; /* milliseconds: 30,000 years */
static int messages_node, handshakes_node, lengths_node, keepalives_node, verdicts_node;

static void
init(stats_tree *st)
{
    messages_node = stats_tree_create_pivot(st, "WireGuard messages", 0);
    handshakes_node = stats_tree_create_pivot(st, "Handshakes by mac2", 0);
    lengths_node = stats_tree_create_pivot(st, "Handshakes by length", 0);
    keepalives_node = stats_tree_create_pivot(st, "Keepalives", 0);
    stats_tree_create_range_node(st, sizes, 0, "0-31", "32", "33-127", "128-255", "256-511",
                                 "512-1023", "1024-1279", "1280-1452", "1453-", NULL);
    verdicts_node = stats_tree_create_pivot(st, "Verdicts", 0);
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
    if (wg_wire_all_zero(view->mac2, WG_MAC_LEN))
        return "mac2 is zero";
    return "mac2 is set";
}

static void
tick_handshake(stats_tree *st, const struct wg_wire_view *view)
{
    char text[48];

    if (view->layout->mac2.length != 0)
        stats_tree_tick_pivot(st, handshakes_node, mac2_name(view));
    snprintf(text, sizeof text, "%s, %zu bytes", wg_message_name(view), view->length);
    stats_tree_tick_pivot(st, lengths_node, text);
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
    if (keepalive)
        stats_tree_tick_pivot(st, messages_node, "Transport Data, keepalive");
    else
        stats_tree_tick_pivot(st, messages_node, wg_message_name(view));
    if (view->type == WG_TYPE_DATA) {
        tick_stat_node(st, sizes, 0, FALSE);
        stats_tree_tick_range(st, sizes, 0, (int)MIN(view->length, G_MAXINT));
    } else {
        tick_handshake(st, view);
    }
    if (keepalive)
        stats_tree_tick_pivot(st, keepalives_node, keepalive_name(tapped->seen.analysis.keepalive));
    uint32_t verdicts = tapped->seen.analysis.verdicts;
    enum wg_verdict v;
    while ((v = wg_verdicts_next(&verdicts)) != WG_VERDICT_COUNT)
        stats_tree_tick_pivot(st, verdicts_node, wg_verdict_words[v].label);
    return TAP_PACKET_REDRAW;
}

void
wg_statistics_register(void)
{
    stats_tree_register_plugin("wg", "wg", "WireGuard Messages", TL_REQUIRES_NOTHING, packet, init,
                               NULL);
}
