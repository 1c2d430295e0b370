/* diagnose_text.c
 * A diagnosis in sentences: what the evidence shows and no more, and what to check next.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stddef.h>

#include "diagnose_text.h"
#include "icmp_text.h"
#include "report.h"
#include "wg/base64.h"

static const uint8_t *
peer_key(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_session *s = t->last_session;

    if (s == NULL || !t->knows_initiator)
        return NULL;
    const bool initiator = wg_endpoint_same_host(&s->initiator, &t->side[side].now) ||
                           wg_endpoint_same_host(&s->initiator, &t->side[side].first);
    return initiator ? wg_session_initiator_key(s) : wg_session_responder_key(s);
}

static char *
who(const struct wg_tunnel *t, unsigned side)
{
    return wg_report_peer(&t->side[side].first, peer_key(t, side));
}

char *
wg_diagnose_tunnel(const struct wg_tunnel *t)
{
    g_autofree char *left = who(t, 0), *right = who(t, 1);
    return g_strdup_printf("%s %s %s", left, t->knows_initiator ? "->" : "<->", right);
}

static char *
key_text(const uint8_t *public_key)
{
    char text[WG_BASE64_LEN + 1];
    const char *name = wg_keystore_name(wg_capture_keys(), public_key);

    wg_base64_encode(text, public_key);
    return name != NULL ? g_strdup_printf("%s (%s)", text, name) : g_strdup(text);
}

/* "frame 3" or "frames 3 to 9" */
static char *
frames(const struct wg_evidence *e)
{
    return e->first == e->last ? g_strdup_printf("frame %u", e->first)
                               : g_strdup_printf("frames %u to %u", e->first, e->last);
}

/* "7 handshake initiations (frames 1 to 9)" */
static char *
counted(const struct wg_evidence *e, const char *one, const char *many)
{
    g_autofree char *where = frames(e);
    return g_strdup_printf("%u %s (%s)", e->count, e->count == 1 ? one : many, where);
}

static double
seconds(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e9;
}

/* One kind of evidence of a side, by its place in struct wg_tunnel_side. */
static const struct wg_evidence *
evidence(const struct wg_tunnel_side *side, size_t place)
{
    return (const struct wg_evidence *)((const char *)side + place);
}

/* The side with more of it. */
static unsigned
busier(const struct wg_tunnel *t, size_t place)
{
    return evidence(&t->side[1], place)->count > evidence(&t->side[0], place)->count;
}

/* The same for a named member. */
#define BUSIER(t, member) busier(t, offsetof(struct wg_tunnel_side, member))

/* ---- it does not come up ---- */

static char *
refusals(const struct wg_tunnel *t)
{
    g_autofree char *where = frames(&t->unreachable), *by = wg_icmp_reporter(&t->first_unreachable);
    return g_strdup_printf("%u ICMP error%s \"%s\"%s (%s)", t->unreachable.count,
                           t->unreachable.count == 1 ? "" : "s",
                           wg_icmp_reason(&t->first_unreachable), by, where);
}

static char *
tell_unreachable(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[BUSIER(t, initiations)];
    g_autofree char *sent = counted(&s->initiations, "handshake initiation",
                                    "handshake initiations");
    g_autofree char *refused = refusals(t);

    return g_strdup_printf("Refused: %s, answered by %s.", sent, refused);
}

static char *
tell_wrong_public_key(const struct wg_tunnel *t)
{
    const struct wg_evidence *e = t->mac1_bad.count > 0 ? &t->mac1_bad : &t->mac1_unknown;
    g_autofree char *where = frames(e);

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
    g_autofree char *key = key_text(t->strangers_keys->opened.initiator_static);
    g_autofree char *where = frames(&t->stranger);

    return g_strdup_printf("Unknown peer: the initiator's public key is %s (%s), and the "
                           "responder's configuration has no such peer.",
                           key, where);
}

static char *
tell_no_answer(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[BUSIER(t, initiations)];
    g_autofree char *sent = counted(&s->initiations, "handshake initiation",
                                    "handshake initiations");
    g_autofree char *key = t->meant != NULL ? key_text(t->meant->public_key) : NULL;
    const double lasted = seconds(wg_elapsed(t->begun, t->ended));

    if (key == NULL)
        return g_strdup_printf("No answer: %s in %.1f s, and nothing came back.", sent, lasted);
    return g_strdup_printf(t->meant->has_private
                               ? "No answer: %s in %.1f s, and nothing came back. mac1 was made for "
                                 "%s, whose private key was supplied: if that is the responder's, "
                                 "the initiator has the right public key."
                               : "No answer: %s in %.1f s, and nothing came back. mac1 was made for "
                                 "%s: if that is the responder's public key, the initiator has the "
                                 "right one.",
                           sent, lasted, key);
}

static char *
with_cookie(const struct wg_tunnel *t)
{
    const struct wg_evidence *e = &t->mac2_set;
    g_autofree char *where = frames(e);

    return e->count == 0 ? g_strdup("no initiation came with a cookie (mac2)")
                         : g_strdup_printf("%u initiation%s came with a cookie (mac2; %s)",
                                           e->count, e->count == 1 ? "" : "s", where);
}

static char *
tell_only_cookies(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[BUSIER(t, cookies)];
    g_autofree char *sent = counted(&s->cookies, "cookie reply", "cookie replies");

    g_autofree char *with = with_cookie(t);
    return g_strdup_printf("Under load: the responder sent %s and no handshake response; %s.",
                           sent, with);
}

static char *
tell_psk_mismatch(const struct wg_tunnel *t)
{
    g_autofree char *where = frames(&t->psk_mismatch);
    return g_strdup_printf("Preshared keys differ: all supplied keys fit the response (%s) but "
                           "the preshared key.",
                           where);
}

static char *
tell_not_accepted(const struct wg_tunnel *t)
{
    const unsigned responder = BUSIER(t, responses);
    g_autofree char *sent = counted(&t->side[responder].responses, "handshake response",
                                    "handshake responses");
    const char *meaning;

    if (wg_tunnel_near(t, !responder) && !wg_tunnel_near(t, responder))
        meaning = "Captured beside the initiator, so they did reach its host, and were rejected there.";
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
    g_autofree char *sent = counted(&t->side[BUSIER(t, responses)].responses,
                                    "handshake response", "handshake responses");
    return g_strdup_printf("Not confirmed: %s, and the capture ends before the initiator used %s.",
                           sent, t->side[BUSIER(t, responses)].responses.count == 1 ? "it" : "one");
}

/* ---- it does not stay up ---- */

static char *
tell_lost_contact(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[BUSIER(t, unheard_initiations)];
    g_autofree char *sent = counted(&s->unheard_initiations, "handshake initiation",
                                    "handshake initiations");
    return g_strdup_printf("Contact lost: it was up, but the last %s got no answer.", sent);
}

static char *
tell_silence(const struct wg_tunnel *t, const char *what)
{
    const unsigned side = BUSIER(t, unheard_data);
    const struct wg_tunnel_side *s = &t->side[side];
    g_autofree char *from = who(t, side), *to = who(t, !side);
    g_autofree char *sent = counted(&s->unheard_data, "data packet", "data packets");

    return g_strdup_printf("%s: %s sent %s in %.1f s, and %s sent nothing back, not even a "
                           "keepalive.",
                           what, from, sent, seconds(wg_elapsed(s->unheard_since, s->last_time)),
                           to);
}

static char *
tell_not_authentic(const struct wg_tunnel *t)
{
    g_autofree char *e = counted(&t->not_authentic, "data packet", "data packets");
    return g_strdup_printf("Not authentic: %s did not open with the keys of their session.", e);
}

static char *
tell_verdict(const struct wg_tunnel *t, enum wg_verdict verdict, const char *format_one,
             const char *many)
{
    g_autofree char *e = counted(&t->verdicts[verdict], format_one, many);
    return g_strdup_printf("%s.", e);
}

static char *
tell_mtu(const struct wg_tunnel *t)
{
    g_autofree char *where = frames(&t->too_big), *by = wg_icmp_reporter(&t->first_too_big);
    g_autofree char *mtu = t->first_too_big.mtu > 0
                               ? g_strdup_printf(", the link there takes %u bytes",
                                                 t->first_too_big.mtu)
                               : g_strdup("");
    return g_strdup_printf("Too big: %u ICMP error%s \"%s\"%s (%s)%s.", t->too_big.count,
                           t->too_big.count == 1 ? "" : "s",
                           t->first_too_big.ipv6 ? "packet too big" : "fragmentation needed", by,
                           where, mtu);
}

/* Not all, if anything is left. */
static double
percent(uint64_t part, uint64_t all)
{
    const double exact = 100.0 * (double)part / (double)all;
    return part < all ? MIN(exact, 99.9) : exact;
}

/* "19 of 339 packets (5.6 %)" for each side that lost any */
static char *
losses(const struct wg_tunnel *t)
{
    GString *s = g_string_new(NULL);

    for (unsigned side = 0; side < 2; side++) {
        const uint64_t lost = wg_tunnel_lost(t, side);
        const uint64_t all = lost + wg_tunnel_distinct(t, side);
        g_autofree char *from = who(t, side);
        if (lost > 0)
            g_string_append_printf(s, "%s%" PRIu64 " of %" PRIu64 " (%.1f %%) from %s",
                                   s->len > 0 ? ", " : "", lost, all,
                                   percent(lost, all), from);
    }
    return g_string_free(s, FALSE);
}

static char *
tell_lossy(const struct wg_tunnel *t)
{
    g_autofree char *lost = losses(t);
    return g_strdup_printf("Up, but packets are missing where this was captured: %s.", lost);
}

static char *
tell_outlived(const struct wg_tunnel *t)
{
    const struct wg_evidence *expired = &t->verdicts[WG_VERDICT_EXPIRED];
    const struct wg_evidence *overdue = &t->verdicts[WG_VERDICT_REKEY_OVERDUE];
    g_autofree char *e = counted(expired->count > 0 ? expired : overdue, "data packet",
                                 "data packets");
    return g_strdup_printf(expired->count > 0
                               ? "Outlived: %s on a session older than 180 s, which no peer accepts."
                               : "Rekey overdue: %s on a session that should have been renewed.",
                           e);
}

/* ---- it works ---- */

static char *
tell_working(const struct wg_tunnel *t, const char *what)
{
    const uint64_t keepalives = t->side[0].keepalives + t->side[1].keepalives;
    const bool told = (wg_tunnel_findings(t) >> WG_FINDING_LOSSY & 1) != 0;
    g_autofree char *lost = told ? g_strdup("") : losses(t);
    const uint32_t responses = t->side[0].responses.count + t->side[1].responses.count;
    GString *s = g_string_new(what);

    if (t->best_response_time >= 0)
        g_string_append_printf(s, " handshake in %.1f ms%s,", (double)t->best_response_time / 1e6,
                               responses > 1 ? " at best" : "");
    g_string_append_printf(s, " %u session%s, %u data packet%s there and %u back",
                           t->sessions, t->sessions == 1 ? "" : "s", t->side[0].data.count,
                           t->side[0].data.count == 1 ? "" : "s", t->side[1].data.count);
    if (keepalives > 0)
        g_string_append_printf(s, " (%" PRIu64 " of them %s)", keepalives,
                               keepalives == 1 ? "a keepalive" : "keepalives");
    g_string_append_printf(s, ", in %.1f s", seconds(wg_elapsed(t->begun, t->ended)));
    if (lost[0] != '\0')
        g_string_append_printf(s, "; missing: %s", lost);
    if (t->authenticated.count > 0)
        g_string_append_printf(s, "; the keys open %u", t->authenticated.count);
    g_string_append_c(s, '.');
    return g_string_free(s, FALSE);
}

static char *
tell_one_sided(const struct wg_tunnel *t)
{
    static const char what[] = "Only one direction was captured:";
    const struct wg_evidence *responses = &t->side[BUSIER(t, responses)].responses;

    if (t->sessions > 0 || responses->count == 0)
        return tell_working(t, what);
    g_autofree char *sent = counted(responses, "handshake response", "handshake responses");
    return g_strdup_printf("%s %s.", what, sent);
}

/* ---- what else is to be said ---- */

static char *
tell_elsewhere(const struct wg_tunnel *t)
{
    char asked[WG_ENDPOINT_TEXT_LEN], answered[WG_ENDPOINT_TEXT_LEN];
    g_autofree char *where = frames(&t->elsewhere);

    wg_endpoint_text(&t->asked, asked);
    wg_endpoint_text(&t->answered_from, answered);
    return g_strdup_printf("Answered from elsewhere: %s was asked, %s responded (%s).", asked,
                           answered, where);
}

static char *
tell_under_load(const struct wg_tunnel *t)
{
    GString *s = g_string_new("Under load:");
    g_autofree char *with = with_cookie(t);
    bool any = false;

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_evidence *e = &t->side[side].cookies;
        if (e->count == 0)
            continue;
        g_autofree char *sent = counted(e, "cookie reply", "cookie replies");
        g_autofree char *from = who(t, side);
        g_string_append_printf(s, "%s %s from %s", any ? "," : "", sent, from);
        any = true;
    }
    g_string_append_printf(s, "; %s.", with);
    return g_string_free(s, FALSE);
}

/* returns whether there is anything to say */
static bool
append_move(GString *s, const char *before, const struct wg_tunnel_side *side)
{
    char first[WG_ENDPOINT_TEXT_LEN], now[WG_ENDPOINT_TEXT_LEN];

    if (wg_endpoint_equal(&side->first, &side->now))
        return false;
    wg_endpoint_text(&side->first, first);
    wg_endpoint_text(&side->now, now);
    g_string_append_printf(s, "%s from %s to %s", before, first, now);
    return true;
}

static char *
tell_roamed(const struct wg_tunnel *t)
{
    g_autofree char *e = counted(&t->verdicts[WG_VERDICT_ROAMED], "change of endpoint",
                                 "changes of endpoint");
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "Roamed: %s", e);
    const bool any = append_move(s, ",", &t->side[0]);
    if (!append_move(s, any ? " and" : ",", &t->side[1]) && !any)
        g_string_append(s, ", and back");
    g_string_append(s, " in the end.");
    return g_string_free(s, FALSE);
}

static char *
tell_refused(const struct wg_tunnel *t)
{
    g_autofree char *e = refusals(t);
    return g_strdup_printf("Some packets were refused: %s.", e);
}

static char *
tell_size(const struct wg_tunnel *t)
{
    const unsigned side = wg_tunnel_lost(t, 1) > wg_tunnel_lost(t, 0);
    g_autofree char *from = who(t, side);

    return g_strdup_printf("Size: what arrived from %s has at most %u bytes, what goes the other "
                           "way up to %u; the missing packets may be the large ones.",
                           from, t->side[side].largest, t->side[!side].largest);
}

static char *
tell_retried(const struct wg_tunnel *t)
{
    g_autofree char *e = counted(&t->retries, "initiation was a retry",
                                 "initiations were retries");
    return g_strdup_printf("Not at the first try: %s.", e);
}

static char *
tell_other_psk(const struct wg_tunnel *t)
{
    g_autofree char *where = frames(&t->psk_mismatch);
    return g_strdup_printf("Keys: all that were supplied fit the response (%s) but the preshared "
                           "key. It is up, so the peers agree on another one.",
                           where);
}

static char *
tell_besides(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_TRAFFIC:
        return tell_working(t, "Traffic:");
    case WG_FINDING_ELSEWHERE:
        return tell_elsewhere(t);
    case WG_FINDING_UNDER_LOAD:
        return tell_under_load(t);
    case WG_FINDING_RETRIED:
        return tell_retried(t);
    case WG_FINDING_ROAMED:
        return tell_roamed(t);
    case WG_FINDING_REFUSED:
        return tell_refused(t);
    case WG_FINDING_FRAGMENTS: {
        g_autofree char *e = counted(&t->reassembled, "message", "messages");
        return g_strdup_printf("Fragments: %s came in IP fragments.", e);
    }
    case WG_FINDING_BOTH_INITIATE:
        return g_strdup_printf("Both sides initiate: %u and %u initiations.",
                               t->side[0].initiations.count, t->side[1].initiations.count);
    case WG_FINDING_REPLAYED:
        return tell_verdict(t, WG_VERDICT_REPLAYED_HANDSHAKE, "handshake message was seen again",
                            "handshake messages were seen again");
    case WG_FINDING_RESPONDER_FIRST:
        return tell_verdict(t, WG_VERDICT_RESPONDER_FIRST,
                            "session in which the responder sends before the initiator is seen to",
                            "sessions in which the responder sends before the initiator is seen to");
    case WG_FINDING_DUPLICATES:
        return tell_verdict(t, WG_VERDICT_DUPLICATE, "data packet was seen again",
                            "data packets were seen again");
    case WG_FINDING_SIZE:
        return tell_size(t);
    case WG_FINDING_OTHER_PSK:
        return tell_other_psk(t);
    default:
        return g_strdup("");
    }
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
        return tell_verdict(t, WG_VERDICT_COUNTER_RESET, "counter was used for two packets",
                            "counters were used for two packets each");
    case WG_FINDING_CLOCK_BACKWARDS:
        return tell_verdict(t, WG_VERDICT_CLOCK_BACKWARDS,
                            "initiation has a timestamp that is not later than an earlier one's",
                            "initiations have timestamps that are not later than earlier ones'");
    case WG_FINDING_MTU:
        return tell_mtu(t);
    case WG_FINDING_LOSSY:
        return tell_lossy(t);
    case WG_FINDING_OUTLIVED:
        return tell_outlived(t);
    case WG_FINDING_COOKIE_IGNORED:
        return tell_verdict(t, WG_VERDICT_COOKIE_IGNORED,
                            "initiation came without the cookie that was sent",
                            "initiations came without the cookie that was sent");
    case WG_FINDING_HEALTHY:
        return tell_working(t, "Healthy:");
    case WG_FINDING_MID_SESSION:
        return tell_working(t, "Up, its handshake was not captured:");
    case WG_FINDING_IDLE:
        return tell_working(t, "Up, too little to tell more:");
    case WG_FINDING_ONE_SIDED:
        return tell_one_sided(t);
    default:
        return tell_besides(t, finding);
    }
}
