/* plugin.c
 * The entry symbols that Wireshark's loader looks for, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include <stdbool.h>
#include <stdint.h>

#include <ws_symbol_export.h>
#include <ws_version.h>
#include <epan/packet.h>
#include <epan/proto.h>
#include <wsutil/wslog.h>

#include "registration.h"
#include "reports.h"

WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

WS_DLL_PUBLIC_DEF const char plugin_version[] = WG_PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static bool registered;

/* Two copies under different names are both loaded, and the host ends when a preference is
 * registered a second time. */
static void
register_all(void)
{
    if (find_dissector("wireguard.flow") != NULL) {
        ws_warning("wireguard: the plugin is installed twice; this copy does nothing");
        return;
    }
    registered = true;
    wg_register_protoinfo();
    wg_reports_register();
}

static void
register_handoff(void)
{
    if (registered)
        wg_register_handoff();
}

void
plugin_register(void)
{
    static proto_plugin wireguard = {
        .register_protoinfo = register_all,
        .register_handoff = register_handoff,
    };

    proto_register_plugin(&wireguard);
}

/* Called from 4.4 on; 1 is its WS_PLUGIN_DESC_DISSECTOR. */
uint32_t
plugin_describe(void)
{
    return 1;
}
