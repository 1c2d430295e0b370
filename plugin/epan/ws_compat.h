/* ws_compat.h
 * All that differs between the Wireshark versions that we build for (4.0, 4.2, 4.4, 4.6).
 * The rest of the plugin is written for 4.4 and tests no version.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_WS_COMPAT_H
#define WG_WS_COMPAT_H

#include <stdbool.h>
#include <stdlib.h>

#include <glib.h>
#include <ws_version.h>

#define WS_AT_LEAST(major, minor)                                                                  \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Heuristics, preferences and tap results became bool in 4.4; UAT callbacks in 4.2. */
#if WS_AT_LEAST(4, 4)
typedef bool ws_bool;
#else
typedef gboolean ws_bool;
#endif

#if WS_AT_LEAST(4, 2)
typedef bool ws_uat_bool;
#else
typedef gboolean ws_uat_bool;
#endif

/* Since 4.6, initialising a tshark statistic returns whether it worked. Before, failing ends the
 * program, as tshark's own statistics do. */
#if WS_AT_LEAST(4, 6)
typedef bool ws_stat_init;
#define WS_STAT_FAILED return false
#define WS_STAT_OK     return true
#else
typedef void ws_stat_init;
#define WS_STAT_FAILED exit(1)
#define WS_STAT_OK     return
#endif

/* Since 4.2, callbacks of a conversation filter get the data that it was registered with, and
 * Follow asks how many streams there are. */
#if WS_AT_LEAST(4, 2)
#define WS_FILTER_DATA_PARAM , void *user_data
#define ws_register_conversation_filter(proto, name, valid, build)                                 \
    register_conversation_filter(proto, name, valid, build, NULL)
#define ws_register_follow_stream(proto, tap, conversation, index, addresses, port, handler,       \
                                  count)                                                           \
    register_follow_stream(proto, tap, conversation, index, addresses, port, handler, count, NULL)
#else
#define WS_FILTER_DATA_PARAM
#define ws_register_conversation_filter(proto, name, valid, build)                                 \
    register_conversation_filter(proto, name, valid, build)
#define ws_register_follow_stream(proto, tap, conversation, index, addresses, port, handler,       \
                                  count)                                                           \
    (register_follow_stream(proto, tap, conversation, index, addresses, port, handler), (void)count)
#endif

/* The accessors lost their "g" in 4.4. */
#if !WS_AT_LEAST(4, 4)
#define tvb_get_uint8 tvb_get_guint8
#endif

/* Secrets inside a capture: the function to register for them is exported since 4.4. Before, we
 * need the session of a packet, which begins with a pointer to a struct packet_provider_data, which
 * begins with the reader of the file. <cfile.h> declares it, but does not compile with the headers
 * that Ubuntu installs for 4.2, so the part that we need is declared here, under a name of our own.
 */
#if WS_AT_LEAST(4, 4)
#define WS_HAS_SECRETS_REGISTER_TYPE 1
#else
#define WS_HAS_SECRETS_REGISTER_TYPE 0
struct ws_provider {
    struct wtap *wth;
};
#endif

/* Since 4.4, each section of a file numbers its interfaces anew. */
#if WS_AT_LEAST(4, 4)
#define ws_interface_name(pinfo, id)                                                               \
    epan_get_interface_name((pinfo)->epan, (id), (pinfo)->rec->section_number)
#else
#define ws_interface_name(pinfo, id) epan_get_interface_name((pinfo)->epan, (id))
#endif

#endif
