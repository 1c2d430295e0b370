/* ports.c
 * Ports that WireGuard uses although other dissectors own them.
 *
 * A port's owner sees its datagrams before any heuristic does. So on some ports we come first, take
 * what is proved to be WireGuard, and hand on everything else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "ports.h"

#define UDP_PORT "udp.port"

/* The ports of Cloudflare WARP that have an owner: ISAKMP, L2TP, IPsec behind a NAT. Its port 2408
 * has none. */
static const uint16_t warp_ports[] = { 500, 1701, 4500 };

struct shared_port {
    dissector_handle_t owner;
    bool named; /* by a configuration */
};

static dissector_handle_t port_handle, shared_handle;
static GHashTable *shared; /* port -> struct shared_port; NULL: no capture is open */
static bool owned_shared;  /* every port that has an owner is shared */

void
wg_ports_register(dissector_handle_t ours, dissector_handle_t handle)
{
    port_handle = ours;
    shared_handle = handle;
    dissector_add_for_decode_as(UDP_PORT, handle);
}

static struct shared_port *
find(uint32_t port)
{
    if (shared != NULL)
        return g_hash_table_lookup(shared, GUINT_TO_POINTER(port));
    return NULL;
}

/* A port stays as it is if the user chose a dissector for it in Decode As: the window would show
 * and save our handle in its place. */
static struct shared_port *
share(uint32_t port)
{
    const dissector_handle_t owner = dissector_get_default_uint_handle(UDP_PORT, port);
    struct shared_port *p = find(port);

    if (p != NULL || shared == NULL || owner == port_handle ||
        owner != dissector_get_uint_handle(find_dissector_table(UDP_PORT), port))
        return p;
    p = g_new0(struct shared_port, 1);
    p->owner = owner;
    dissector_add_uint(UDP_PORT, port, shared_handle);
    g_hash_table_insert(shared, GUINT_TO_POINTER(port), p);
    return p;
}

/* Without an owner, the heuristic sees the datagrams anyway. */
static void
share_owned(uint32_t port)
{
    const dissector_handle_t owner =
        dissector_get_uint_handle(find_dissector_table(UDP_PORT), port);

    if (owner != NULL && owner != port_handle)
        share(port);
}

static void
note_port(const char *table, ftenum_t selector_type, void *key, void *value, void *user_data)
{
    const uint32_t port = GPOINTER_TO_UINT(key);

    g_array_append_val(user_data, port);
}

void
wg_ports_share_owned(void)
{
    if (owned_shared)
        return;
    owned_shared = true;
    /* Collect them first: the table must not change during the walk. */
    GArray *ports = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    dissector_table_foreach(UDP_PORT, note_port, ports);
    for (unsigned i = 0; i < ports->len; i++)
        share_owned(g_array_index(ports, uint32_t, i));
    g_array_free(ports, TRUE);
}

void
wg_ports_open(const struct wg_keystore *keys)
{
    size_t count = 0;
    const uint16_t *named = keys != NULL ? wg_keystore_ports(keys, &count) : NULL;

    shared = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(warp_ports); i++)
        share_owned(warp_ports[i]);
    for (size_t i = 0; i < count; i++) {
        struct shared_port *p = share(named[i]);
        if (p != NULL)
            p->named = true;
    }
}

/* What the user has chosen since, in Decode As or in a preference, stays. */
static void
give_back(void *key, void *value, void *user)
{
    const uint32_t port = GPOINTER_TO_UINT(key);
    const struct shared_port *p = value;
    const dissector_handle_t now = dissector_get_uint_handle(find_dissector_table(UDP_PORT), port);

    if (dissector_get_default_uint_handle(UDP_PORT, port) != shared_handle)
        return;
    if (p->owner != NULL)
        dissector_add_uint(UDP_PORT, port, p->owner);
    else
        dissector_delete_uint(UDP_PORT, port, shared_handle);
    if (now != shared_handle)
        dissector_change_uint(UDP_PORT, port, now);
}

void
wg_ports_close(void)
{
    if (shared == NULL)
        return;
    g_hash_table_foreach(shared, give_back, NULL);
    g_hash_table_destroy(shared);
    shared = NULL;
    owned_shared = false;
}

bool
wg_ports_named(uint32_t port)
{
    const struct shared_port *p = find(port);
    return p != NULL && p->named;
}

dissector_handle_t
wg_ports_owner(uint32_t port)
{
    const struct shared_port *p = find(port);

    if (p != NULL)
        return p->owner;
    return dissector_get_default_uint_handle(UDP_PORT, port);
}
