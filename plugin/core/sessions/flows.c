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
    if (wg_endpoint_compare(a, b) <= 0)
        return (struct wg_ends){ .low = *a, .high = *b };
    return (struct wg_ends){ .low = *b, .high = *a };
}

static bool
is_between(const struct wg_flow *flow, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    const struct wg_ends *ends = &flow->ends;
    return (wg_endpoint_equal(&ends->low, a) && wg_endpoint_equal(&ends->high, b)) ||
           (wg_endpoint_equal(&ends->low, b) && wg_endpoint_equal(&ends->high, a));
}

struct wg_flow *
wg_flows_find(struct wg_sessions *s, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    G_STATIC_ASSERT(offsetof(struct wg_flow, ends) == 0);
    if (s->latest_flow != NULL && is_between(s->latest_flow, a, b))
        return s->latest_flow;
    const struct wg_ends ends = ends_of(a, b);
    struct wg_flow *flow = g_hash_table_lookup(s->flows, &ends);
    if (flow != NULL)
        s->latest_flow = flow;
    return flow;
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
    if (flow->last != NULL || flow->moved_in != NULL)
        return;
    if (s->latest_flow == flow)
        s->latest_flow = NULL;
    g_hash_table_remove(s->flows, flow);
}
