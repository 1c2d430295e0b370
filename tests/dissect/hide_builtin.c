/* hide_builtin.c
 * Preloaded into tshark, this makes a Wireshark without a WireGuard dissector of its own: what the
 * built-in one registers under "wg" gets the name "theirs" instead, before our plugin is loaded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/proto.h>

#define REAL(name) ((__typeof__(&name))(void *)dlsym(RTLD_NEXT, #name))

static int theirs = -1;
static bool heuristic_seen, dissector_seen;

/* "wg.type" -> "theirs.type" */
static const char *
other_name(const char *name)
{
    return strncmp(name, "wg.", 3) == 0 ? g_strdup_printf("theirs.%s", name + 3) : name;
}

int
proto_register_protocol(const char *name, const char *short_name, const char *filter_name)
{
    const int id = theirs == -1 && strcmp(filter_name, "wg") == 0
                       ? REAL(proto_register_protocol)("Theirs", "THEIRS", "theirs")
                       : REAL(proto_register_protocol)(name, short_name, filter_name);
    if (theirs == -1 && strcmp(filter_name, "wg") == 0)
        theirs = id;
    return id;
}

void
proto_register_field_array(const int parent, hf_register_info *fields, const int count)
{
    for (int i = 0; parent == theirs && theirs != -1 && i < count; i++)
        fields[i].hfinfo.abbrev = other_name(fields[i].hfinfo.abbrev);
    REAL(proto_register_field_array)(parent, fields, count);
}

void
expert_register_field_array(expert_module_t *module, ei_register_info *experts, const int count)
{
    static bool seen;

    for (int i = 0; !seen && i < count; i++)
        if (strcmp(experts[i].eiinfo.name, "wg.bad_packet_length") == 0) {
            for (int n = 0; n < count; n++)
                experts[n].eiinfo.name = other_name(experts[n].eiinfo.name);
            seen = true;
        }
    REAL(expert_register_field_array)(module, experts, count);
}

dissector_handle_t
register_dissector(const char *name, dissector_t dissector, const int proto)
{
    const bool hide = !dissector_seen && strcmp(name, "wg") == 0;

    dissector_seen |= hide;
    return REAL(register_dissector)(hide ? "theirs" : name, dissector, proto);
}

void
heur_dissector_add(const char *name, heur_dissector_t dissector, const char *display_name,
                   const char *internal_name, const int proto, heuristic_enable_e enable)
{
    if (!heuristic_seen && strcmp(internal_name, "wg") == 0) {
        heuristic_seen = true;
        return;
    }
    REAL(heur_dissector_add)(name, dissector, display_name, internal_name, proto, enable);
}
