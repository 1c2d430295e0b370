/* flows_table.c
 * The table of flows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "sessions_private.h"
#include "wg/flows.h"

/* The way from the lower endpoint. */
static struct wg_way
first_way(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    if (wg_endpoint_compare(a, b) <= 0)
        return (struct wg_way){ .source = *a, .destination = *b };
    return (struct wg_way){ .source = *b, .destination = *a };
}

/* The way of a flow between these endpoints, or NULL. */
static const struct wg_way *
way_of(const struct wg_flow *flow, const struct wg_endpoint *source,
       const struct wg_endpoint *destination)
{
    const struct wg_way *way = &flow->ways[!wg_endpoint_equal(&flow->ways[0].source, source)];

    if (wg_endpoint_equal(&way->source, source) &&
        wg_endpoint_equal(&way->destination, destination))
        return way;
    return NULL;
}

struct wg_flow *
wg_flows_find(struct wg_sessions *s, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    G_STATIC_ASSERT(offsetof(struct wg_flow, ways) == 0);
    if (s->latest_flow != NULL && way_of(s->latest_flow, a, b) != NULL)
        return s->latest_flow;
    const struct wg_way way = first_way(a, b);
    struct wg_flow *flow = g_hash_table_lookup(s->flows, &way);
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
        flow->ways[0] = first_way(a, b);
        flow->ways[1] = (struct wg_way){ .source = flow->ways[0].destination,
                                         .destination = flow->ways[0].source };
        g_hash_table_add(s->flows, flow);
        s->latest_flow = flow;
    }
    return flow;
}

const struct wg_way *
wg_flows_way(struct wg_sessions *s, const struct wg_endpoint *source,
             const struct wg_endpoint *destination)
{
    struct wg_flow *flow = s->latest_flow;
    const struct wg_way *way = flow != NULL ? way_of(flow, source, destination) : NULL;

    if (way == NULL) {
        flow = wg_flows_get(s, source, destination);
        way = way_of(flow, source, destination);
    }
    flow->used = true;
    return way;
}

const struct wg_way *
wg_way_back(const struct wg_way *way)
{
    const int order = wg_endpoint_compare(&way->source, &way->destination);

    if (order < 0)
        return way + 1;
    if (order > 0)
        return way - 1;
    return way; /* both ends are one, and so are both ways */
}

void
wg_flows_forget(struct wg_sessions *s, struct wg_flow *flow)
{
    if (flow->used)
        return;
    if (s->latest_flow == flow)
        s->latest_flow = NULL;
    g_hash_table_remove(s->flows, flow);
}
