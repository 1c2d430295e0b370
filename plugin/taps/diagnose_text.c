/* diagnose_text.c
 * A diagnosis in sentences: what the evidence shows and no more. What is wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "icmp_text.h"
#include "report.h"

char *
wg_diagnose_tunnel(const struct wg_tunnel *t)
{
    g_autofree char *left = wg_words_peer(t, 0), *right = wg_words_peer(t, 1);
    return g_strdup_printf("%s %s %s", left, t->knows_initiator ? "->" : "<->", right);
}

/* ---- it does not come up ---- */

static char *
tell_unreachable(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[WG_WORDS_BUSIER(t, initiations)];
    g_autofree char *sent = wg_words_counted(&s->initiations, "handshake initiation",
                                             "handshake initiations");
    g_autofree char *refused = wg_words_refusals(t);

    return g_strdup_printf("Refused: %s, answered by %s.", sent, refused);
}

static char *
tell_wrong_public_key(const struct wg_tunnel *t)
{
    const struct wg_evidence *e = t->mac1_bad.count > 0 ? &t->mac1_bad : &t->mac1_unknown;
    g_autofree char *where = wg_words_frames(e);

    if (t->mac1_bad.count > 0)
        return g_strdup_printf("Wrong public key: mac1 of %u initiation%s (%s) was not made for "
                               "the key that the responder has.",
                               e->count, e->count == 1 ? "" : "s", where);
    return g_strdup_printf("Wrong public key, if the responder's was supplied: mac1 of %u "
                           "initiation%s (%s) was made for none of the %zu supplied keys.",
                           e->count, e->count == 1 ? "" : "s", where,
                           wg_keystore_static_count(wg_capture_keys()));
}

static char *
tell_unknown_peer(const struct wg_tunnel *t)
{
    g_autofree char *key = wg_words_key(t->strangers_keys->opened.initiator_static);
    g_autofree char *where = wg_words_frames(&t->stranger);

    return g_strdup_printf("Unknown peer: the initiator's public key is %s (%s), and the "
                           "responder's configuration has no such peer.",
                           key, where);
}

static char *
tell_no_answer(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[WG_WORDS_BUSIER(t, initiations)];
    g_autofree char *sent = wg_words_counted(&s->initiations, "handshake initiation",
                                             "handshake initiations");
    g_autofree char *key = t->meant != NULL ? wg_words_key(t->meant->public_key) : NULL;
    const double lasted = wg_words_seconds(wg_elapsed(t->begun, t->ended));

    if (key == NULL)
        return g_strdup_printf("No answer: %s in %.1f s, and nothing came back.", sent, lasted);
    return g_strdup_printf(
        t->meant->has_private
            ? "No answer: %s in %.1f s, and nothing came back. mac1 was made for %s, whose private "
              "key was supplied: if that is the responder's, the initiator has the right public "
              "key."
            : "No answer: %s in %.1f s, and nothing came back. mac1 was made for %s: if that is "
              "the responder's public key, the initiator has the right one.",
        sent, lasted, key);
}

static char *
tell_only_cookies(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[WG_WORDS_BUSIER(t, cookies)];
    g_autofree char *sent = wg_words_counted(&s->cookies, "cookie reply", "cookie replies");

    g_autofree char *with = wg_words_with_cookie(t);
    return g_strdup_printf("Under load: the responder sent %s and no handshake response; %s.",
                           sent, with);
}

static char *
tell_psk_mismatch(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->psk_mismatch);
    return g_strdup_printf("Preshared keys differ: all supplied keys fit the response (%s) but "
                           "the preshared key.",
                           where);
}

static char *
tell_not_accepted(const struct wg_tunnel *t)
{
    const unsigned responder = WG_WORDS_BUSIER(t, responses);
    g_autofree char *sent = wg_words_counted(&t->side[responder].responses, "handshake response",
                                             "handshake responses");
    const char *meaning;

    if (wg_tunnel_near(t, !responder) && !wg_tunnel_near(t, responder))
        meaning = "Captured beside the initiator, so they did reach its host, and were rejected "
                  "there.";
    else if (wg_tunnel_near(t, responder) && !wg_tunnel_near(t, !responder))
        meaning = "Captured beside the responder, so they may have been lost on their way back, "
                  "or rejected.";
    else
        meaning = "Whether they were lost on their way back or rejected, this capture cannot tell.";
    return g_strdup_printf("Response never used: %s, and the initiator starts over each time. %s",
                           sent, meaning);
}

static char *
tell_not_confirmed(const struct wg_tunnel *t)
{
    const struct wg_evidence *responses = &t->side[WG_WORDS_BUSIER(t, responses)].responses;
    g_autofree char *sent =
        wg_words_counted(responses, "handshake response", "handshake responses");

    return g_strdup_printf("Not confirmed: %s, and the capture ends before the initiator used %s.",
                           sent, responses->count == 1 ? "it" : "one");
}

/* ---- it does not stay up ---- */

static char *
tell_lost_contact(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[WG_WORDS_BUSIER(t, unheard_initiations)];
    g_autofree char *sent = wg_words_counted(&s->unheard_initiations, "handshake initiation",
                                             "handshake initiations");
    return g_strdup_printf("Contact lost: it was up, but the last %s got no answer.", sent);
}

static char *
tell_silence(const struct wg_tunnel *t, const char *what)
{
    const unsigned side = WG_WORDS_BUSIER(t, unheard_data);
    const struct wg_tunnel_side *s = &t->side[side];
    g_autofree char *from = wg_words_peer(t, side), *to = wg_words_peer(t, !side);
    g_autofree char *sent = wg_words_counted(&s->unheard_data, "data packet", "data packets");

    return g_strdup_printf("%s: %s sent %s in %.1f s, and %s sent nothing back, not even a "
                           "keepalive.",
                     what, from, sent, wg_words_seconds(wg_elapsed(s->unheard_since, s->last_time)),
                           to);
}

static char *
tell_not_authentic(const struct wg_tunnel *t)
{
    g_autofree char *e = wg_words_counted(&t->not_authentic, "data packet", "data packets");
    return g_strdup_printf("Not authentic: %s did not open with the keys of their session.", e);
}

static char *
tell_mtu(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->too_big);
    g_autofree char *by = wg_icmp_reporter(&t->first_too_big);
    g_autofree char *mtu = t->first_too_big.mtu > 0
                               ? g_strdup_printf(", the link there takes %u bytes",
                                                 t->first_too_big.mtu)
                               : g_strdup("");
    return g_strdup_printf("Too big: %u ICMP error%s \"%s\"%s (%s)%s.", t->too_big.count,
                           t->too_big.count == 1 ? "" : "s",
                           t->first_too_big.ipv6 ? "packet too big" : "fragmentation needed", by,
                           where, mtu);
}

static char *
tell_lossy(const struct wg_tunnel *t)
{
    g_autofree char *lost = wg_words_losses(t);
    return g_strdup_printf("Up, but packets are missing where this was captured: %s.", lost);
}

static char *
tell_outlived(const struct wg_tunnel *t)
{
    const struct wg_evidence *expired = &t->verdicts[WG_VERDICT_EXPIRED];
    const struct wg_evidence *overdue = &t->verdicts[WG_VERDICT_REKEY_OVERDUE];
    g_autofree char *e = wg_words_counted(expired->count > 0 ? expired : overdue, "data packet",
                                          "data packets");
    return g_strdup_printf(expired->count > 0
                               ? "Outlived: %s on a session older than 180 s, which no peer accepts."
                               : "Rekey overdue: %s on a session that should have been renewed.",
                           e);
}

char *
wg_diagnose_finding(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_UNREACHABLE:
        return tell_unreachable(t);
    case WG_FINDING_WRONG_PUBLIC_KEY:
        return tell_wrong_public_key(t);
    case WG_FINDING_UNKNOWN_PEER:
        return tell_unknown_peer(t);
    case WG_FINDING_NO_ANSWER:
        return tell_no_answer(t);
    case WG_FINDING_ONLY_COOKIES:
        return tell_only_cookies(t);
    case WG_FINDING_PSK_MISMATCH:
        return tell_psk_mismatch(t);
    case WG_FINDING_NOT_ACCEPTED:
        return tell_not_accepted(t);
    case WG_FINDING_NOT_CONFIRMED:
        return tell_not_confirmed(t);
    case WG_FINDING_LOST_CONTACT:
        return tell_lost_contact(t);
    case WG_FINDING_ONE_WAY:
        return tell_silence(t, "One way only");
    case WG_FINDING_FELL_SILENT:
        return tell_silence(t, "Fell silent");
    case WG_FINDING_NOT_AUTHENTIC:
        return tell_not_authentic(t);
    case WG_FINDING_COUNTER_RESET:
        return wg_words_verdict(t, WG_VERDICT_COUNTER_RESET, "counter was used for two packets",
                                "counters were used for two packets each");
    case WG_FINDING_CLOCK_BACKWARDS:
        return wg_words_verdict(t, WG_VERDICT_CLOCK_BACKWARDS,
                               "initiation has a timestamp that is not later than an earlier one's",
                            "initiations have timestamps that are not later than earlier ones'");
    case WG_FINDING_MTU:
        return tell_mtu(t);
    case WG_FINDING_LOSSY:
        return tell_lossy(t);
    case WG_FINDING_OUTLIVED:
        return tell_outlived(t);
    case WG_FINDING_COOKIE_IGNORED:
        return wg_words_verdict(t, WG_VERDICT_COOKIE_IGNORED,
                                "initiation came without the cookie that was sent",
                            "initiations came without the cookie that was sent");
    case WG_FINDING_HEALTHY:
        return wg_tell_working(t, "Healthy:");
    case WG_FINDING_MID_SESSION:
        return wg_tell_working(t, "Up, its handshake was not captured:");
    case WG_FINDING_IDLE:
        return wg_tell_working(t, "Up, too little to tell more:");
    case WG_FINDING_ONE_SIDED:
        return wg_tell_one_sided(t);
    default:
        return wg_tell_besides(t, finding);
    }
}
