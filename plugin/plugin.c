/* plugin.c
 * The entry symbols that Wireshark's loader looks for, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include <stdint.h>

#include <glib.h>
#include <ws_symbol_export.h>
#include <ws_version.h>
#include <epan/proto.h>

#include "registration.h"
#include "reports.h"

WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

WS_DLL_PUBLIC_DEF const char plugin_version[] = WG_PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static void
register_all(void)
{
    wg_register_protoinfo();
    wg_reports_register();
}

void
plugin_register(void)
{
    static proto_plugin wireguard = {
        .register_protoinfo = register_all,
        .register_handoff = wg_register_handoff,
    };

    proto_register_plugin(&wireguard);
}

/* Called from 4.4 on; 1 is its WS_PLUGIN_DESC_DISSECTOR. */
uint32_t
plugin_describe(void)
{
    return 1;
}
