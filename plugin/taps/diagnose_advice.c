/* diagnose_advice.c
 * What to check next, finding by finding: only what can still be the cause, and not what the
 * capture or the keys exclude.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <stddef.h>

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "words.h"

/* Advice that depends on the finding alone. */
static const char *const fixed[WG_FINDING_COUNT] = {
    [WG_FINDING_UNREACHABLE] =
        "Does WireGuard run there, and on this port (ListenPort, Endpoint)? Who sent the error: "
        "the host, or a firewall before it?",
    [WG_FINDING_WRONG_PUBLIC_KEY] =
        "Compare PublicKey in the initiator's configuration with what `wg` shows on the responder.",
    [WG_FINDING_OTHER_PUBLIC_KEY] =
        "Compare PublicKey in the initiator's configuration with what `wg` shows on the responder.",
    [WG_FINDING_UNKNOWN_PEER] =
        "Add a [Peer] with that PublicKey on the responder, or give the initiator the PrivateKey "
        "that the responder knows it by.",
    [WG_FINDING_CLOCK] =
        "Set the initiator's clock (NTP before WireGuard, a battery). Or restart WireGuard on the "
        "responder, which then forgets the later timestamp.",
    [WG_FINDING_CLOCK_SUSPECT] = "Set the initiator's clock: NTP before WireGuard, a battery.",
    [WG_FINDING_PSK_MISMATCH] = "Compare PresharedKey on both sides.",
    [WG_FINDING_SHARED_KEY] =
        "Give each device a PrivateKey of its own, and a [Peer] of its own on the responder. Only "
        "if it is one device that switches between two networks all the time, this is normal.",
    [WG_FINDING_ONLY_COOKIES] = "The responder is alive. Do cookie replies reach the initiator, "
                                "and does its address or port "
                                "change between tries (NAT)? Is there a flood?",
    [WG_FINDING_NOT_CONFIRMED] = "Capture for longer, or send something through the tunnel.",
    [WG_FINDING_UNANSWERED] =
        "Capture for longer. The responder's configuration (wg.config) shows whether the "
        "initiations are genuine.",
    [WG_FINDING_HEARS_NOTHING] =
        "First: a firewall that lets handshakes pass and not data, on the way or on either host. "
        "Second, if the peer runs FreeBSD or OpenBSD: its AllowedIPs for this peer.",
    [WG_FINDING_FALLS_SILENT] =
        "A filter on the way that lets only the first packets of each session pass; or a peer that "
        "hangs or restarts. Capture at the other end, too. Only a peer that sends no keepalive in "
        "answer to data (an ESP32, often boringtun) may just have had nothing to send.",
    [WG_FINDING_DATA_LOST] =
        "A firewall between the initiator and here that lets handshakes pass and not data.",
    [WG_FINDING_DEAF] =
        "A firewall between here and the receiver; if the receiver runs FreeBSD or OpenBSD, its "
        "AllowedIPs for this peer.",
    [WG_FINDING_OUTSIDE_ALLOWED_IPS] =
        "AllowedIPs for this peer at the receiver, or the address (or missing NAT) at the sender.",
    [WG_FINDING_KEEPALIVES_ONLY] =
        "On the side that sends keepalives only: AllowedIPs for this peer, IP forwarding, a "
        "firewall or missing NAT after the tunnel; and whether the address that is asked exists. "
        "Nothing is wrong if the data asks for no answer.",
    [WG_FINDING_ONE_WAY_DATA] = "Nothing, if the data asks for no answer. Otherwise, on the side "
                                "that sends keepalives only: "
                                "AllowedIPs, its firewall, and what should answer.",
    [WG_FINDING_REKEY_UNANSWERED] =
        "Why are new handshakes not answered: was the responder restarted without this peer, or a "
        "clock set back? Is there a filter that lets only known sessions pass?",
    [WG_FINDING_OVERDUE] =
        "Is its handshake lost before this point of capture? If not, it is an implementation with "
        "other times (AmneziaWG can set them), or one that hangs.",
    [WG_FINDING_OUTLIVED] = "Does the initiator get answers to its new handshakes?",
    [WG_FINDING_NOT_AUTHENTIC] = "Packets may be forged or damaged on their way.",
    [WG_FINDING_COUNTER_RESET] =
        "Two senders with the same keys (a cloned machine or a restored snapshot)? Nonces must "
        "never repeat.",
    [WG_FINDING_MTU] = "Lower the MTU of the WireGuard interface, at both ends if in doubt.",
    [WG_FINDING_SIZE] =
        "Lower the MTU of the WireGuard interface (1280 always fits) at both ends, and try again.",
    [WG_FINDING_LOSSY] =
        "Losses before this point of capture. Capture at both ends to see where; full queues and "
        "radio links are usual.",
    [WG_FINDING_PORT_CHANGES] =
        "Set PersistentKeepalive on that side below the time that its NAT remembers (25 s is "
        "usual; some forget sooner).",
    [WG_FINDING_KEEPALIVE_STOPS] =
        "Was the device switched off, did it sleep, or lose its network?",
    [WG_FINDING_COOKIE_IGNORED] =
        "The cookie reply may not have reached the initiator, or did not open with its keys.",
    [WG_FINDING_TIME_JUMPS] =
        "Peers with longer times look the same (AmneziaWG can set them): then it is an idle time.",
    [WG_FINDING_ELSEWHERE] =
        "A host with several addresses: firewalls and NAT on the way may not let such a response "
        "pass.",
    [WG_FINDING_SAMPLED] =
        "Capture without sampling, or with a larger buffer (dumpcap -B), to judge losses.",
    [WG_FINDING_FRAGMENTS] =
        "Lower the MTU of the WireGuard interface; many firewalls drop fragments.",
};

static void
also(GString *s, bool holds, const char *cause)
{
    if (!holds)
        return;
    wg_separate(s, ", ");
    g_string_append(s, cause);
}

/* The reasons for silence that are left. */
static char *
no_answer(const struct wg_tunnel *t)
{
    const unsigned initiator = WG_WORDS_BUSIER(t, unheard_initiations);
    const bool beside = wg_tunnel_hops(t, initiator) == 0;
    const bool whole = t->meant != NULL && t->meant->has_private &&
                       t->opened_initiations.count > 0 && t->stranger.count == 0;
    GString *s = g_string_new(NULL);

    also(s, true, "a wrong address or port");
    also(s, beside, "a firewall on the way");
    also(s, !beside, "a firewall between here and the responder");
    also(s, true, "WireGuard not running there");
    also(s, t->meant == NULL, "a wrong public key at either end");
    also(s, t->meant != NULL && !whole, "an initiator whom the responder does not know");
    also(s, !whole, "a clock set back");
    s->str[0] = g_ascii_toupper(s->str[0]);
    g_string_append_c(s, '.');
    if (!whole)
        g_string_append(s, " WireGuard is silent to all of them. Supply the responder's "
                           "configuration (wg.config) to tell them apart.");
    return g_string_free(s, FALSE);
}

/* A NAT is a likely cause only if nothing was sent for a while before. */
static char *
lost_contact(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[WG_WORDS_BUSIER(t, unheard_initiations)];
    int64_t since = s->chain_since;
    GString *advice =
        g_string_new("Did the responder restart, move, get a new address, or lose this peer?");

    if (t->opened_initiations.count == 0)
        g_string_append(advice, " Did the initiator restart with its clock set back?");
    if (s->heard_time == 0)
        return g_string_free(advice, FALSE);

    if (s->unheard_data.count > 0)
        since = MIN(since, s->unheard_since);
    const int64_t idle = wg_elapsed(s->heard_time, since);
    if (idle >= 30 * WG_SECOND) {
        g_autofree char *time = wg_words_duration(idle);
        g_string_append_printf(advice,
                               " Nothing was sent for %s before: did a NAT forget the port "
                               "(PersistentKeepalive = 25)?",
                               time);
    } else if (idle < WG_KEEPALIVE_TIMEOUT) {
        g_string_append(advice,
                        " It fell silent while packets were flowing, and handshakes are "
                        "stopped too: a link that broke, or a filter that acts on traffic.");
    }
    return g_string_free(advice, FALSE);
}

/* A genuine response proves both public keys, and that the clock was accepted. */
static char *
not_accepted(const struct wg_tunnel *t)
{
    const unsigned initiator = WG_WORDS_BUSIER(t, unused);
    const bool beside = wg_tunnel_hops(t, initiator) == 0 && wg_tunnel_hops(t, !initiator) != 0;
    GString *s = g_string_new(NULL);

    if (!t->psks_agree)
        g_string_append(s, "Compare PresharedKey on both sides. ");
    if (beside)
        g_string_append(s, "Does a firewall on the initiator's host drop what comes in?");
    else
        g_string_append(s, "Look for a firewall or NAT on the way back, and capture at the "
                           "initiator.");
    return g_string_free(s, FALSE);
}

static char *
answered_elsewhere(const struct wg_tunnel *t)
{
    const bool host = wg_endpoint_same_host(&t->elsewhere.asked, &t->elsewhere.answered_from);
    GString *s = g_string_new(NULL);

    if (host)
        g_string_append(s, "A NAT on the responder's side changes the port: let it keep that of "
                           "ListenPort.");
    else
        g_string_append(s, "On the responder, make answers leave from the address that was asked "
                           "(policy routing, or one address).");
    if (!t->psks_agree)
        g_string_append(s, " Second, since nothing excludes it: PresharedKey on both sides.");
    return g_string_free(s, FALSE);
}

static const char *
outage(const struct wg_outage *o)
{
    if (o->not_taken > 0)
        return "What happened at that time, between here and the receiver: a filter, a firewall? "
               "If the receiver runs FreeBSD or OpenBSD: its AllowedIPs for this peer.";
    if (wg_endpoint_equal(&o->before, &o->after))
        return "What happened at that time: a link that failed, a restart, a filter?";
    if (wg_endpoint_same_host(&o->before, &o->after))
        return "A NAT forgot the port while nothing was sent: PersistentKeepalive = 25 on the side "
               "that came back.";
    return "It changed its address: until it sent from there, nothing could reach it. "
           "PersistentKeepalive = 25 shortens that.";
}

static const char *
refused(const struct wg_tunnel *t)
{
    if (t->verdicts[WG_VERDICT_ROAMED].count > 0)
        return "Packets to an endpoint that a peer has just left are refused, and that is normal.";
    return "Did WireGuard stop there, or start later, and does a firewall let all of it pass?";
}

/* Only keys show what becomes of packets after they are decrypted. */
static char *
up(const struct wg_tunnel *t)
{
    if (t->authenticated.count > 0)
        return NULL;
    return g_strdup("Not seen without keys: what a side drops after decrypting it (AllowedIPs, "
                    "firewall).");
}

static const char *
lossy(const struct wg_tunnel *t)
{
    if (t->in_stream.count == 0)
        return fixed[WG_FINDING_LOSSY];
    return "Look for segments of TCP that were not captured. If there are none, the sender's queue "
           "before the TCP connection was full: the path is slower than what is sent.";
}

char *
wg_diagnose_advice(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_NO_ANSWER:
        return no_answer(t);
    case WG_FINDING_LOST_CONTACT:
        return lost_contact(t);
    case WG_FINDING_NOT_ACCEPTED:
        return not_accepted(t);
    case WG_FINDING_ANSWERED_ELSEWHERE:
        return answered_elsewhere(t);
    case WG_FINDING_HEALTHY:
    case WG_FINDING_MID_SESSION:
        return up(t);
    case WG_FINDING_OUTAGE:
        return g_strdup(outage(&t->outage));
    case WG_FINDING_REFUSED:
        return g_strdup(refused(t));
    case WG_FINDING_LOSSY:
        return g_strdup(lossy(t));
    default:
        if (finding >= WG_FINDING_COUNT)
            return NULL;
        return g_strdup(fixed[finding]);
    }
}
