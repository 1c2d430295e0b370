/* unwrapper_tables.c
 * What the unwrapper remembers: flows, announced indices, and how each datagram is undone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "unwrapper_private.h"

enum {
    MAX_FLOWS = 1 << 14,     /* flows beyond are not tried with keys */
    MAX_ANNOUNCED = 1 << 16, /* indices that are known at any address */
};

static int
compare_flows(const void *a, const void *b, void *user)
{
    return memcmp(a, b, 2 * sizeof(struct wg_endpoint)); /* low and high, which begin a flow */
}

static int
compare_entries(const void *a, const void *b, void *user)
{
    const struct entry *p = a, *q = b;
    if (p->frame != q->frame)
        return (p->frame > q->frame) - (p->frame < q->frame);
    return (p->offset > q->offset) - (p->offset < q->offset);
}

static int
compare_announced(const void *a, const void *b, void *user)
{
    const struct announced *p = a, *q = b;
    return (p->index > q->index) - (p->index < q->index);
}

static void
free_flow(void *p)
{
    struct flow *flow = p;

    for (unsigned i = 0; i < G_N_ELEMENTS(flow->sides); i++)
        if (flow->sides[i].unopened != NULL)
            g_array_free(flow->sides[i].unopened, TRUE);
    g_free(flow);
}

void
wg_unwrapper_make_tables(struct wg_unwrapper *u)
{
    u->flows = g_tree_new_full(compare_flows, NULL, NULL, free_flow);
    u->entries = g_tree_new_full(compare_entries, NULL, NULL, g_free);
    u->announced = g_tree_new_full(compare_announced, NULL, NULL, g_free);
}

void
wg_unwrapper_free_tables(struct wg_unwrapper *u)
{
    g_tree_destroy(u->flows);
    g_tree_destroy(u->entries);
    g_tree_destroy(u->announced);
}

static void
set_ends(struct flow *flow, const struct wg_place *place)
{
    if (wg_unwrapper_side(place) == 0) {
        flow->low = place->source;
        flow->high = place->destination;
    } else {
        flow->low = place->destination;
        flow->high = place->source;
    }
}

struct flow *
wg_unwrapper_find_flow(const struct wg_unwrapper *u, const struct wg_place *place)
{
    struct flow wanted;

    set_ends(&wanted, place);
    return g_tree_lookup(u->flows, &wanted);
}

struct flow *
wg_unwrapper_add_flow(struct wg_unwrapper *u, const struct wg_place *place)
{
    if (g_tree_nnodes(u->flows) >= MAX_FLOWS)
        return NULL;
    struct flow *flow = g_new0(struct flow, 1);
    set_ends(flow, place);
    g_tree_insert(u->flows, flow, flow);
    return flow;
}

void
wg_unwrapper_announce(struct wg_unwrapper *u, struct flow *flow, struct side *side, uint32_t index)
{
    struct announced *announced;

    side->indices[side->index_count++ % INDICES_KEPT] = index;
    if (g_tree_nnodes(u->announced) >= MAX_ANNOUNCED)
        return;
    announced = g_new(struct announced, 1);
    *announced = (struct announced){ .index = index, .settings = flow->settings };
    g_tree_replace(u->announced, announced, announced);
}

bool
wg_unwrapper_has_found(const struct wg_unwrapper *u)
{
    return u != NULL && g_tree_nnodes(u->entries) > 0;
}

void
wg_unwrapper_note(struct wg_unwrapper *u, const struct entry *entry)
{
    struct entry *kept = g_memdup2(entry, sizeof *entry);

    g_tree_replace(u->entries, kept, kept);
}

bool
wg_unwrapper_find(const struct wg_unwrapper *u, uint32_t frame, uint32_t offset,
                  struct wg_envelope_marks *marks, enum wg_companion *companion)
{
    const struct entry wanted = { .frame = frame, .offset = offset };
    const struct entry *entry = g_tree_lookup(u->entries, &wanted);

    *companion = WG_COMPANION_NONE;
    if (entry == NULL)
        return false;
    *companion = (enum wg_companion)entry->companion;
    if (*companion != WG_COMPANION_NONE)
        return false;
    *marks = entry->marks;
    return true;
}

enum wg_companion
wg_unwrapper_companion(const struct wg_unwrapper *u, uint32_t frame)
{
    const struct entry wanted = { .frame = frame };
    GTreeNode *node = g_tree_lower_bound(u->entries, &wanted);

    for (; node != NULL; node = g_tree_node_next(node)) {
        const struct entry *entry = g_tree_node_key(node);
        if (entry->frame != frame)
            break;
        if (entry->companion != WG_COMPANION_NONE)
            return (enum wg_companion)entry->companion;
    }
    return WG_COMPANION_NONE;
}

uint32_t
wg_unwrapper_seen(const struct wg_unwrapper *u, size_t configuration, enum wg_message_type type)
{
    if (configuration >= WG_AMNEZIA_MAX)
        return 0;
    return u->seen[configuration][type];
}
