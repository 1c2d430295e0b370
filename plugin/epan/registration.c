/* registration.c
 * Registration, and what happens when a capture is opened and closed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "adopt.h"
#include "allowed.h"
#include "carriers.h"
#include "companion.h"
#include "decrypt.h"
#include "dissector.h"
#include "drawing.h"
#include "export_pdu.h"
#include "fields.h"
#include "keyfiles.h"
#include "keys.h"
#include "opened.h"
#include "ports.h"
#include "preferences.h"
#include "recount.h"
#include "registration.h"
#include "stream.h"
#include "tapped.h"
#include "watch.h"

static int proto_wg = -1;

/* Called for a message that does not open. */
static bool
more_keys(void *user)
{
    return wg_keys_poll();
}

static void
capture_opened(void)
{
    wg_dissector_opened();
    wg_recount_open();
    wg_tcp_open();
    struct wg_keystore *keys = wg_keys_open();
    wg_ports_open(keys);
    wg_opened_begin(keys, more_keys);
    wg_drawing_open(proto_wg);
}

/* All packets were read; later passes look at them again. */
static void
capture_read(void)
{
    wg_opened_judge_again();
    if (wg_recount_offer(false))
        wg_watch_frames();
}

static void
capture_closed(void)
{
    wg_opened_end();
    wg_ports_close();
    wg_keys_close();
}

void
wg_register_protoinfo(void)
{
    proto_wg = wg_adopt_protocol();
    wg_register_between(proto_wg);
    wg_fields_register(proto_wg);
    wg_prefs_register(proto_wg);
    wg_secrets_register();
    wg_keyfiles_register();
    wg_keylogs_register();
    wg_tap_register(proto_wg);
    wg_export_register();
    wg_allowed_register();
    wg_stream_register(proto_wg);
    wg_dissector_register(proto_wg);
    wg_tcp_register(proto_wg);
    wg_companion_register();
    register_init_routine(capture_opened);
    register_postseq_cleanup_routine(capture_read);
    register_cleanup_routine(capture_closed);
}

void
wg_register_handoff(void)
{
    wg_dissector_handoff(proto_wg);
    wg_decrypt_handoff(proto_wg);
    wg_turn_handoff(proto_wg);
    wg_geneve_handoff(proto_wg);
    wg_tcp_handoff(proto_wg);
}
