/* diagnose_advice.c
 * What to check next, finding by finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stddef.h>

#include "diagnose_text.h"

static const char *const advice[WG_FINDING_COUNT] = {
    [WG_FINDING_UNREACHABLE] =
        "Does WireGuard run there, and on this port (ListenPort, Endpoint)? Who sent the error: "
        "the host, or a firewall before it?",
    [WG_FINDING_WRONG_PUBLIC_KEY] =
        "Compare PublicKey in the initiator's configuration with what `wg` shows on the responder.",
    [WG_FINDING_UNKNOWN_PEER] =
        "Add a [Peer] with that PublicKey on the responder, or give the initiator the PrivateKey "
        "that the responder knows it by.",
    [WG_FINDING_ONLY_COOKIES] =
        "The responder lives. Do cookie replies reach the initiator, and does its address or port "
        "change between tries (NAT)? Is there a flood?",
    [WG_FINDING_PSK_MISMATCH] = "Compare PresharedKey on both sides.",
    [WG_FINDING_NOT_ACCEPTED] =
        "Compare PresharedKey on both sides and PublicKey of the responder at the initiator; if it "
        "may be lost, look for a firewall or NAT on the way back, and capture at the initiator.",
    [WG_FINDING_NOT_CONFIRMED] = "Capture for longer, or send something through the tunnel.",
    [WG_FINDING_LOST_CONTACT] =
        "Did the responder restart, move, or get a new address? Did a NAT forget the port "
        "(PersistentKeepalive = 25)?",
    [WG_FINDING_ONE_WAY] =
        "AllowedIPs and routes on the silent side; a firewall between there and here.",
    [WG_FINDING_FELL_SILENT] =
        "A NAT that forgot the port (PersistentKeepalive = 25), a firewall that stops long "
        "flows, or the silent side itself.",
    [WG_FINDING_NOT_AUTHENTIC] = "Packets may be forged or damaged on their way.",
    [WG_FINDING_COUNTER_RESET] =
        "Two senders with the same keys (a cloned machine or a restored snapshot)? Nonces must "
        "never repeat.",
    [WG_FINDING_CLOCK_BACKWARDS] =
        "The initiator's clock: responders ignore an initiation that is not later than the last "
        "one. Is there no battery-backed clock, and no NTP yet?",
    [WG_FINDING_MTU] = "Lower MTU of the WireGuard interface, at both ends if in doubt.",
    [WG_FINDING_LOSSY] =
        "Losses before this point of capture. Capture at both ends to see where; full queues and "
        "radio links are usual.",
    [WG_FINDING_OUTLIVED] = "Does the initiator get answers to its new handshakes?",
    [WG_FINDING_COOKIE_IGNORED] =
        "The cookie reply may not have reached the initiator, or did not open with its keys.",
    [WG_FINDING_ELSEWHERE] =
        "A host with several addresses: firewalls and NAT on the way may not let such a response "
        "pass.",
    [WG_FINDING_REFUSED] =
        "Did WireGuard stop there, or start later, and does a firewall let all of it pass?",
    [WG_FINDING_FRAGMENTS] = "Lower MTU of the WireGuard interface; many firewalls drop fragments.",
    [WG_FINDING_BOTH_INITIATE] =
        "Normal now and then; again and again it means that each side discards the other's "
        "handshake.",
    [WG_FINDING_SIZE] = "Lower MTU of the WireGuard interface and try again.",
};

static const char *
no_answer(const struct wg_tunnel *t)
{
    /* What is graver has said it. */
    if ((wg_tunnel_findings(t) & ((UINT64_C(1) << WG_FINDING_NO_ANSWER) - 1)) != 0)
        return NULL;
    if (t->meant == NULL)
        return "A firewall, a wrong address or port, a wrong public key at either end, or a clock "
               "set back: WireGuard is silent to all of them. Supply the responder's "
               "configuration or public key (wg.config) to tell them apart.";
    return t->meant->has_private
               ? "Does the responder run, and know the initiator's public key? Do firewalls on the "
                 "way, and on the responder, let UDP pass?"
               : "A firewall, a wrong address or port, an initiator whom the responder does not "
                 "know, or a clock set back: WireGuard is silent to all of them. The responder's "
                 "whole configuration (wg.config) tells more.";
}

const char *
wg_diagnose_advice(const struct wg_tunnel *t, enum wg_finding finding)
{
    if (finding == WG_FINDING_REFUSED && t->verdicts[WG_VERDICT_ROAMED].count > 0)
        return "Packets to an endpoint that a peer has just left are refused, and that is normal.";
    if (finding == WG_FINDING_NO_ANSWER)
        return no_answer(t);
    return finding < WG_FINDING_COUNT ? advice[finding] : NULL;
}
