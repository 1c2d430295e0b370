/* adopt.c
 * How we work beside the host's own WireGuard dissector, or without it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/proto.h>

#include "adopt.h"
#include "preferences.h"

#define UDP_PORT     "udp.port"
#define DEFAULT_PORT 51820 /* not assigned: the port that WireGuard's documentation uses */

int
wg_adopt_protocol(void)
{
    const int existing = proto_get_id_by_filter_name("wg");

    if (existing != -1)
        return existing;
    return proto_register_protocol("WireGuard Protocol", "WireGuard", "wg");
}

static int proto_between = -1;

int
wg_proto_between(void)
{
    return proto_between;
}

void
wg_register_between(int proto)
{
    proto_between = proto_register_protocol_in_name_only(
        "WireGuard, looking first", "WireGuard (first look)", "wg_first", proto, FT_PROTOCOL);
}

dissector_handle_t
wg_adopt_handle(int proto, dissector_t dissect, dissector_t dissect_between)
{
    if (find_dissector("wg") == NULL)
        return register_dissector("wg", dissect, proto);
    return register_dissector_with_description("wireguard.port", "WireGuard (plugin)",
                                               dissect_between, proto_between);
}

void
wg_adopt_heuristic(int proto, heur_dissector_t dissect)
{
    heur_dtbl_entry_t *existing = find_heur_dissector_by_unique_short_name("wg");

    if (existing != NULL)
        heur_dissector_delete("udp", existing->dissector, proto);
    heur_dissector_add("udp", dissect, "WireGuard", "wg", proto, HEURISTIC_ENABLE);
}

void
wg_adopt_handoff(dissector_handle_t ours)
{
    dissector_handle_t theirs = find_dissector("wg");

    /* The preference looks for the host's handle, so that one gets the port, and wg_adopt_ports
     * sends it to us with the others. Decode As must list our handle, since it saves what it lists.
     */
    if (theirs != ours) {
        dissector_add_uint(UDP_PORT, DEFAULT_PORT, theirs);
        dissector_add_for_decode_as(UDP_PORT, ours);
        wg_prefs_set_default_ports(UDP_PORT, G_STRINGIFY(DEFAULT_PORT));
    } else
        dissector_add_uint_range_with_preference(UDP_PORT, G_STRINGIFY(DEFAULT_PORT), ours);
}

/* One port that leads to the host's dissector. */
struct leading {
    uint32_t port;
    bool by_user; /* by Decode As, rather than by the preference */
};

struct search {
    dissector_handle_t theirs;
    GArray *found; /* of struct leading */
};

static void
look_at(const char *table, ftenum_t selector_type, void *key, void *value, void *user_data)
{
    struct search *search = user_data;

    if (dtbl_entry_get_handle(value) != search->theirs)
        return;
    const struct leading found = {
        .port = GPOINTER_TO_UINT(key),
        .by_user = dtbl_entry_get_initial_handle(value) != search->theirs,
    };
    g_array_append_val(search->found, found);
}

void
wg_adopt_ports(dissector_handle_t ours)
{
    struct search search = { .theirs = find_dissector("wg") };

    if (search.theirs == ours)
        return;
    /* Collect them first: the table must not change during the walk. */
    search.found = g_array_new(FALSE, FALSE, sizeof(struct leading));
    dissector_table_foreach(UDP_PORT, look_at, &search);
    for (unsigned i = 0; i < search.found->len; i++) {
        const struct leading *found = &g_array_index(search.found, struct leading, i);
        if (found->by_user)
            dissector_change_uint(UDP_PORT, found->port, ours);
        else
            dissector_add_uint(UDP_PORT, found->port, ours);
    }
    g_array_free(search.found, TRUE);
}
