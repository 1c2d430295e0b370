/* flows.c
 * The table of flows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "sessions_private.h"

static struct wg_ends
ends_of(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    const bool ordered = wg_endpoint_compare(a, b) <= 0;
    return (struct wg_ends){ .low = ordered ? *a : *b, .high = ordered ? *b : *a };
}

struct wg_flow *
wg_flows_find(const struct wg_sessions *s, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    G_STATIC_ASSERT(offsetof(struct wg_flow, ends) == 0);
    const struct wg_ends ends = ends_of(a, b);
    return g_hash_table_lookup(s->flows, &ends);
}

struct wg_flow *
wg_flows_get(struct wg_sessions *s, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    struct wg_flow *flow = wg_flows_find(s, a, b);

    if (flow == NULL) {
        flow = g_new0(struct wg_flow, 1);
        flow->ends = ends_of(a, b);
        g_hash_table_add(s->flows, flow);
    }
    return flow;
}

void
wg_flows_forget(struct wg_sessions *s, struct wg_flow *flow)
{
    if (flow->last == NULL && flow->moved_in == NULL)
        g_hash_table_remove(s->flows, flow);
}
