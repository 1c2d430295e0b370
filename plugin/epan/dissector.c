/* dissector.c
 * Entry: which datagrams are ours, and each of their messages in turn.
 *
 * Specification: J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel".
 *
 * The first pass accounts for a datagram in the state of the capture and leaves a note; drawing,
 * then and later, reads the note only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/exported_pdu.h>
#include <epan/packet.h>
#include <epan/tap.h>

#include "adopt.h"
#include "allowed.h"
#include "carriers.h"
#include "companion.h"
#include "datagram.h"
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
#include "stream.h"
#include "tapped.h"
#include "tree.h"
#include "unwrap.h"
#include "watch.h"
#include "wg/capture.h"
#include "wg/recognise.h"
#include "wg/wire.h"

static int proto_wg = -1;
static dissector_handle_t port_handle;    /* for ports that the user says carry WireGuard */
static dissector_handle_t flow_handle;    /* for flows that were recognised */
static dissector_handle_t shared_handle;  /* for ports that have an owner */
static dissector_handle_t on_port_handle; /* for what comes to us from there */
static dissector_handle_t way_handle;     /* for what comes to us from there; told an enum way */

static const struct wg_opened *opened; /* the capture that is open */
static bool secrets_asked;
static wmem_map_t *stun_frames; /* frame -> struct wg_message_context */
static int export_tap;

/* Asked where a message stays closed. */
static bool
more_keys(void *user)
{
    const uint64_t generation = wg_keystore_generation(opened->keys);

    wg_keys_poll();
    return wg_keystore_generation(opened->keys) != generation;
}

static void
capture_opened(void)
{
    wg_adopt_ports(port_handle);
    wg_tcp_open();
    struct wg_keystore *keys = wg_keys_open();
    wg_ports_open(keys);
    wg_opened_begin(keys, more_keys);
    wg_datagram_reset();
    secrets_asked = false;
    wg_drawing_open(proto_wg);
    export_tap = find_tap_id(EXPORT_PDU_TAP_NAME_LAYER_4);
}

/* All packets were read; what follows looks at them again. */
static void
capture_read(void)
{
    if (opened->capture != NULL)
        wg_capture_judge_again(opened->capture);
}

static void
capture_closed(void)
{
    wg_opened_end();
    wg_ports_close();
    wg_keys_close();
}

/* Secrets inside the capture are asked for once. */
static void
ask_secrets(const packet_info *pinfo)
{
    if (!secrets_asked)
        wg_secrets_capture(pinfo);
    secrets_asked = true;
}

/* Re-read the key log before each handshake, so its keys are known in time. */
static void
read_keys(const packet_info *pinfo, unsigned type)
{
    ask_secrets(pinfo);
    if (type != WG_TYPE_DATA)
        wg_keys_poll();
}

/* How the host came to give us a datagram. */
enum way {
    BY_PORT,
    BY_HEURISTIC,
    BY_FLOW, /* that was claimed */
};

/* Whatever follows in a flow that is proved comes to us first: also what looks less like WireGuard,
 * and sooner than by way of the port tables. Before drawing, since an inner packet changes whose
 * conversation pinfo speaks of. */
static void
claim_flow(packet_info *pinfo, const struct wg_datagram *d)
{
    /* The host tags the PDUs that it exports by how it came to us. A claimed flow would be tagged
     * with a name that only we know; the heuristic's is known without us, too. */
    if (!wg_capture_proved(opened->capture, &d->context))
        return;
    if (!have_tap_listener(export_tap))
        conversation_set_dissector(find_or_create_conversation(pinfo), flow_handle);
    /* A peer that moves keeps its index, whatever its new port. */
    if (pinfo->ptype == PT_UDP)
        wg_ports_share_owned();
}

/* A message as WireGuard itself would have written it. returns 0 where it is none of ours */
static int
dissect_plain(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way,
              struct wg_datagram *d, struct wg_around around)
{
    struct wg_ours o = { .capture = opened->capture, .keys = opened->keys, .datagram = d };

    if (d->captured < sizeof(struct wg_wire_header) || wg_wire_layout(d->bytes[0]) == NULL)
        return 0;
    if (pinfo->flags.in_error_pkt)
        return wg_capture_recognises(opened->capture, d)
                   ? wg_draw_datagram(tvb, pinfo, tree, o, around)
                   : 0;

    o.number = wg_capture_find(opened->capture, d);
    if (o.number == 0 && !PINFO_FD_VISITED(pinfo)) {
        read_keys(pinfo, d->bytes[0]);
        if (wg_capture_has_keys(opened->capture))
            d->plain = wmem_alloc(pinfo->pool, d->captured);
        wg_capture_observe(opened->capture, wg_tap_wanted() ? &wg_tap_observer : NULL, pinfo);
        o.number = wg_capture_datagram(opened->capture, d);
        o.fresh = true;
        if (o.number != 0 && way != BY_FLOW && around.carrier == NULL)
            claim_flow(pinfo, d);
    }
    return o.number != 0 ? wg_draw_datagram(tvb, pinfo, tree, o, around) : 0;
}

/* A datagram that may be wrapped in an envelope. */
static int
dissect_wrapped(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way,
                const char *carrier)
{
    struct wg_datagram d = wg_datagram_of(tvb, pinfo, way == BY_PORT);
    struct wg_envelope_view envelope;
    enum wg_companion companion;
    wg_watch_frames();
    tvbuff_t *message = wg_unwrap(opened->unwrapper, tvb, pinfo, &d, &envelope, &companion);

    if (companion != WG_COMPANION_NONE)
        return 0; /* others draw it, and its name is added after the frame */
    if (message == NULL)
        return dissect_plain(tvb, pinfo, tree, way, &d, (struct wg_around){ .carrier = carrier });
    const int taken =
        dissect_plain(message, pinfo, tree, way, &d, (struct wg_around){ &envelope, carrier });
    return taken > 0 ? (int)tvb_captured_length(tvb) : 0;
}

/* Which flow a frame with STUN belongs to, since it may turn out to be a tunnel's. */
static void
remember_stun(const packet_info *pinfo, const struct wg_datagram *d)
{
    if (!pinfo->flags.in_error_pkt)
        wmem_map_insert(stun_frames, GUINT_TO_POINTER(pinfo->num),
                        wmem_memdup(wmem_file_scope(), &d->context, sizeof d->context));
}

enum wg_companion
wg_capture_companion(packet_info *pinfo)
{
    const struct wg_message_context *context =
        wmem_map_lookup(stun_frames, GUINT_TO_POINTER(pinfo->num));

    if (opened->capture == NULL)
        return WG_COMPANION_NONE;
    const enum wg_companion sent = wg_unwrapper_companion(opened->unwrapper, pinfo->num);
    if (sent == WG_COMPANION_NONE && context != NULL && wg_capture_proved(opened->capture, context))
        return WG_COMPANION_STUN;
    return sent;
}

/* What shares the tunnel's sockets. returns 0 for anything else, and for what others draw */
static int
dissect_companion(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way)
{
    if (wg_is_disco(tvb))
        return wg_draw_disco(tvb, pinfo, tree);
    if (wg_is_rosenpass(tvb))
        return wg_draw_rosenpass(tvb, pinfo, tree);
    if (wg_is_warp(tvb, pinfo))
        return wg_draw_warp(tvb, pinfo, tree);
    if (!PINFO_FD_VISITED(pinfo) && wg_is_stun(tvb)) {
        const struct wg_datagram d = wg_datagram_of(tvb, pinfo, way == BY_PORT);
        remember_stun(pinfo, &d);
        wg_watch_frames();
        wg_watch(pinfo); /* its dissector claims the flow */
    }
    return 0;
}

/* returns 0 where the datagram is no message of ours */
static int
dissect_message_in(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way,
                   const char *carrier)
{
    if (wg_unwrapper_active(opened->unwrapper))
        return dissect_wrapped(tvb, pinfo, tree, way, carrier);
    if (wg_wire_layout(tvb_get_uint8(tvb, 0)) == NULL) {
        ask_secrets(pinfo);
        return 0;
    }
    struct wg_datagram d = wg_datagram_of(tvb, pinfo, way == BY_PORT);
    return dissect_plain(tvb, pinfo, tree, way, &d, (struct wg_around){ .carrier = carrier });
}

/* returns 0 where the datagram is none of ours */
static int
dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way, const char *carrier)
{
    /* The cheapest test first: heuristics see all UDP traffic. */
    if (tvb_captured_length(tvb) < sizeof(struct wg_wire_header) || opened->capture == NULL)
        return 0;
    const int taken = dissect_message_in(tvb, pinfo, tree, way, carrier);
    return taken != 0 ? taken : dissect_companion(tvb, pinfo, tree, way);
}

/* The host tags the PDUs that it exports by how it came to us: by port table, which says nothing to
 * a Wireshark without us, or by heuristic, which the built-in has, too. So while it exports, a
 * port's datagram is left to the heuristic, with the port's word for it. */
static bool left_by_port;

static int
dissect_on_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    left_by_port =
        pinfo->ptype == PT_UDP && !pinfo->flags.in_error_pkt && have_tap_listener(export_tap);
    return left_by_port ? 0 : dissect(tvb, pinfo, tree, BY_PORT, NULL);
}

/* The same where the handle is none of ours to the host: the layer is ours only where the datagram
 * is. */
static int
dissect_between_on_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return call_dissector_only(on_port_handle, tvb, pinfo, tree, data);
}

static int
dissect_by_name(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect(tvb, pinfo, tree, BY_PORT, NULL);
}

/* Whether a datagram, seen alone, could be WireGuard's. */
static bool
is_possible(tvbuff_t *tvb)
{
    const size_t captured = tvb_captured_length(tvb);
    struct wg_wire_view view;

    if (captured == 0)
        return false;
    wg_wire_decode(tvb_get_ptr(tvb, 0, (int)captured), captured, tvb_reported_length(tvb), &view);
    return view.reserved_zero && wg_likeness(&view) != WG_UNLIKE;
}

/* A port that somebody else owns: what is not proved to be WireGuard is his. */
static int
dissect_on_shared_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const uint32_t port = pinfo->match_uint;
    const dissector_handle_t owner = wg_ports_owner(port);
    enum way way = BY_HEURISTIC;

    /* A configuration's word for a port counts, but the owner's datagrams may begin like a message.
     */
    if (wg_ports_named(port) && (owner == NULL || is_possible(tvb)))
        way = BY_PORT;
    /* Called as a dissector, so that the layer is ours only where the datagram is. */
    const int taken = call_dissector_only(way_handle, tvb, pinfo, tree, &way);
    if (taken > 0 || owner == NULL)
        return taken;
    return call_dissector_only(owner, tvb, pinfo, tree, data);
}

static int
dissect_by_way(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const enum way *way = data;
    return dissect(tvb, pinfo, tree, *way, NULL);
}

static int
dissect_in_flow(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect(tvb, pinfo, tree, BY_FLOW, NULL);
}

static ws_bool
dissect_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const enum way way = left_by_port ? BY_PORT : BY_HEURISTIC;

    left_by_port = false;
    const int taken = dissect(tvb, pinfo, tree, way, NULL);
    if (taken == 0 && !PINFO_FD_VISITED(pinfo) && opened->unwrapper != NULL &&
        wg_unwrapper_active(opened->unwrapper))
        wg_watch(pinfo);
    return taken != 0;
}

int
wg_dissect_carried(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const char *carrier,
                   bool sure)
{
    return dissect(tvb, pinfo, tree, sure ? BY_PORT : BY_HEURISTIC, carrier);
}

void
wg_register_protoinfo(void)
{
    opened = wg_opened();
    proto_wg = wg_adopt_protocol();
    wg_register_between(proto_wg);
    wg_fields_register(proto_wg);
    wg_prefs_register(proto_wg);
    wg_secrets_register();
    wg_keyfiles_register();
    wg_tap_register(proto_wg);
    wg_export_register();
    wg_allowed_register();
    wg_stream_register(proto_wg);
    port_handle = wg_adopt_handle(proto_wg, dissect_on_port, dissect_between_on_port);
    on_port_handle = create_dissector_handle(dissect_on_port, proto_wg);
    register_dissector_with_description("wireguard", "WireGuard (by name)", dissect_by_name,
                                        proto_wg);
    flow_handle = register_dissector_with_description(
        "wireguard.flow", "WireGuard (plugin, recognised flow)", dissect_in_flow, proto_wg);
    stun_frames =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    wg_watch_register(proto_wg, flow_handle);
    wg_tcp_register(proto_wg);
    wg_companion_register();
    shared_handle = register_dissector_with_description("wireguard.shared",
                                                        "WireGuard or the port's own dissector",
                                                        dissect_on_shared_port, wg_proto_between());
    way_handle = create_dissector_handle(dissect_by_way, proto_wg);
    register_init_routine(capture_opened);
    register_postseq_cleanup_routine(capture_read);
    register_cleanup_routine(capture_closed);
}

void
wg_register_handoff(void)
{
    wg_adopt_heuristic(proto_wg, dissect_heuristic);
    wg_adopt_handoff(port_handle);
    wg_ports_register(port_handle, shared_handle);
    wg_decrypt_handoff(proto_wg);
    wg_turn_handoff(proto_wg);
    wg_geneve_handoff(proto_wg);
    wg_tcp_handoff(proto_wg);
}
