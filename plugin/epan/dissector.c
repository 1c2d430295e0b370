/* dissector.c
 * Entry: decides which datagrams are WireGuard, by whichever way they come.
 *
 * Specification: J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel".
 *
 * The first pass accounts for a datagram in the state of the capture and leaves a note; drawing
 * only reads the note, then and later. If keys came late, the next pass accounts once more
 * (recount.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/packet.h>

#include "adopt.h"
#include "carriers.h"
#include "companion.h"
#include "datagram.h"
#include "dissector.h"
#include "drawing.h"
#include "export_pdu.h"
#include "keys.h"
#include "opened.h"
#include "ports.h"
#include "recount.h"
#include "tapped.h"
#include "unwrap.h"
#include "watch.h"
#include "wg/capture.h"
#include "wg/recognise.h"
#include "wg/wire.h"

static dissector_handle_t port_handle;    /* for ports that the user says carry WireGuard */
static dissector_handle_t flow_handle;    /* for flows that were recognised */
static dissector_handle_t shared_handle;  /* for ports that have an owner */
static dissector_handle_t on_port_handle; /* called by port_handle */
static dissector_handle_t way_handle;     /* called by shared_handle, with an enum way */

static const struct wg_opened *opened; /* the capture that is open */
static bool begun;                     /* its first datagram has come */

static void
begin(const packet_info *pinfo)
{
    wg_secrets_capture(pinfo);
    wg_recount_begin();
    begun = true;
}

/* On a later look, keys may have come since the last packet: the key log grew, or its preference
 * names another file. The handshakes are then judged again. Asking the file system at each look
 * would cost as much as the look. */
static void
look_for_keys(void)
{
    enum { PAUSE = 100000 }; /* microseconds */
    const int64_t now = g_get_monotonic_time();
    static int64_t next;

    if (opened->keys == NULL || (now < next && !wg_keys_renamed()))
        return;
    next = now + PAUSE;
    if (!wg_keys_poll())
        return;
    wg_opened_judge_again();
    if (wg_recount_offer(true))
        wg_watch_frames();
}

/* How a datagram comes to us. */
enum way {
    BY_PORT,
    BY_HEURISTIC,
    BY_FLOW, /* in a flow that was claimed */
};

/* Claim a proved flow: its next datagrams come to us first, even those that look less like
 * WireGuard, and sooner than through the port tables. Call this before drawing, since an inner
 * packet makes pinfo refer to another conversation. */
static void
claim_flow(packet_info *pinfo, const struct wg_datagram *d)
{
    /* The host tags exported PDUs with the way that they came to us. For a claimed flow, that is a
     * name that only this plugin knows; the heuristic is known without it. */
    if (!wg_capture_proved(opened->capture, &d->context.source, &d->context.destination))
        return;
    if (!wg_export_datagrams())
        conversation_set_dissector(find_or_create_conversation(pinfo), flow_handle);
    /* A peer that moves keeps its index, but its new port may be any. */
    if (pinfo->ptype == PT_UDP)
        wg_ports_share_owned();
}

/* What the first pass found, if the datagram is accounted for again. */
static uint32_t
find_earlier(const struct wg_datagram *d)
{
    if (opened->earlier == NULL)
        return 0;
    struct wg_datagram look = *d;
    look.packet = 0;
    const uint32_t number = wg_capture_find(opened->earlier, &look);
    if (number != 0)
        wg_recount_met();
    return number;
}

/* Account for a datagram. Its number stays 0 if it is not known to be WireGuard. */
static void
account(struct wg_ours *o, packet_info *pinfo, struct wg_datagram *d, enum way way,
        const char *carrier)
{
    /* Re-read the key log before each handshake, so its keys are known in time. */
    if (d->bytes[0] != WG_TYPE_DATA)
        wg_keys_poll();
    if (wg_capture_has_keys(opened->capture))
        d->plain = wmem_alloc(pinfo->pool, d->captured);
    o->earlier = find_earlier(d);
    d->was_taken = o->earlier != 0;
    wg_capture_observe(opened->capture, wg_tap_wanted() ? &wg_tap_observer : NULL, pinfo);
    o->number = wg_capture_datagram(opened->capture, d, o->first);
    o->fresh = true;
    if (o->number != 0 && way != BY_FLOW && carrier == NULL)
        claim_flow(pinfo, d);
}

/* Whether a packet quoted in an ICMP error is WireGuard, as far as that is known now. */
static bool
recognises_quoted(const struct wg_datagram *d, const struct wg_wire_view *first)
{
    return wg_capture_recognises(opened->capture, d, first) ||
           (opened->earlier != NULL && wg_capture_recognises(opened->earlier, d, first));
}

/* A message in WireGuard's own form. returns 0 if it is not WireGuard */
static int
dissect_plain(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way,
              struct wg_datagram *d, struct wg_around around)
{
    struct wg_wire_view first;
    struct wg_ours o = { .datagram = d, .first = &first };

    if (wg_datagram_decode(d, &first) == WG_WIRE_NOT_WIREGUARD)
        return 0;
    if (pinfo->flags.in_error_pkt)
        return recognises_quoted(d, &first) ? wg_draw_datagram(tvb, pinfo, tree, o, around) : 0;

    if (PINFO_FD_VISITED(pinfo))
        look_for_keys();
    o.number = wg_capture_find(opened->capture, d);
    if (o.number == 0 && wg_first_look(pinfo))
        account(&o, pinfo, d, way, around.carrier);
    if (o.number != 0)
        return wg_draw_datagram(tvb, pinfo, tree, o, around);
    return 0;
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
        return 0; /* another dissector draws it, and its name is added after the frame */
    if (message == NULL)
        return dissect_plain(tvb, pinfo, tree, way, &d, (struct wg_around){ .carrier = carrier });
    const int taken =
        dissect_plain(message, pinfo, tree, way, &d, (struct wg_around){ &envelope, carrier });
    if (taken > 0)
        return (int)tvb_captured_length(tvb);
    return 0;
}

/* A companion, which shares the tunnel's sockets. returns 0 if it is none, or if another dissector
 * draws it */
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
        wg_companion_remember_stun(pinfo, &d.context);
        wg_watch_frames();
        wg_watch(pinfo); /* the STUN dissector claims the flow */
    }
    return 0;
}

static bool
may_be_wrapped(const packet_info *pinfo)
{
    if (wg_first_look(pinfo))
        return wg_unwrapper_active(opened->unwrapper);
    return wg_unwrapper_has_found(opened->unwrapper);
}

/* returns 0 if the datagram is not WireGuard */
static int
dissect_message_in(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way,
                   const char *carrier)
{
    if (may_be_wrapped(pinfo))
        return dissect_wrapped(tvb, pinfo, tree, way, carrier);
    if (wg_wire_layout(tvb_get_uint8(tvb, 0)) == NULL)
        return 0;
    struct wg_datagram d = wg_datagram_of(tvb, pinfo, way == BY_PORT);
    return dissect_plain(tvb, pinfo, tree, way, &d, (struct wg_around){ .carrier = carrier });
}

/* returns 0 if the datagram is left to other dissectors */
static int
dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum way way, const char *carrier)
{
    /* The cheapest test first: heuristics see all UDP traffic. */
    if (tvb_captured_length(tvb) < sizeof(struct wg_wire_header) || opened->capture == NULL)
        return 0;
    if (!begun)
        begin(pinfo);
    wg_recount_look(pinfo);
    const int taken = dissect_message_in(tvb, pinfo, tree, way, carrier);
    if (taken != 0)
        return taken;
    return dissect_companion(tvb, pinfo, tree, way);
}

/* The host tags exported PDUs with the way that they came to us. A Wireshark without this plugin
 * can do nothing with our entry in the port table, but its own dissector has the same heuristic. So
 * during an export, a datagram on a port is left to the heuristic, which treats it as on a port. */
static bool left_by_port;

static int
dissect_on_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    left_by_port = pinfo->ptype == PT_UDP && !pinfo->flags.in_error_pkt && wg_export_datagrams();
    if (left_by_port)
        return 0;
    return dissect(tvb, pinfo, tree, BY_PORT, NULL);
}

/* The same for a handle that does not belong to our protocol: the frame gets our layer only if the
 * datagram is WireGuard. */
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

/* A port that another dissector owns: that dissector gets what is not proved to be WireGuard. */
static int
dissect_on_shared_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const uint32_t port = pinfo->match_uint;
    const dissector_handle_t owner = wg_ports_owner(port);
    enum way way = BY_HEURISTIC;

    /* A port that a configuration names needs no proof, but the owner's datagrams may begin like a
     * message. */
    if (wg_ports_named(port) && (owner == NULL || is_possible(tvb)))
        way = BY_PORT;
    /* Called as a dissector: the frame gets our layer only if the datagram is WireGuard. */
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
    if (taken == 0 && wg_first_look(pinfo) && opened->unwrapper != NULL &&
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
wg_dissector_opened(void)
{
    wg_adopt_ports(port_handle);
    wg_datagram_reset();
    begun = false;
}

void
wg_dissector_register(int proto)
{
    opened = wg_opened();
    port_handle = wg_adopt_handle(proto, dissect_on_port, dissect_between_on_port);
    on_port_handle = create_dissector_handle(dissect_on_port, proto);
    register_dissector_with_description("wireguard", "WireGuard (by name)", dissect_by_name, proto);
    flow_handle = register_dissector_with_description(
        "wireguard.flow", "WireGuard (plugin, recognised flow)", dissect_in_flow, proto);
    shared_handle = register_dissector_with_description("wireguard.shared",
                                                        "WireGuard or the port's own dissector",
                                                        dissect_on_shared_port, wg_proto_between());
    way_handle = create_dissector_handle(dissect_by_way, proto);
    wg_watch_register(flow_handle);
}

void
wg_dissector_handoff(int proto)
{
    wg_adopt_heuristic(proto, dissect_heuristic);
    wg_adopt_handoff(port_handle);
    wg_ports_register(port_handle, shared_handle);
}
