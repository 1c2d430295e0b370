/* diagnose_failing.c
 * A diagnosis in sentences: why a tunnel fails.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "names.h"
#include "opened.h"
#include "words.h"
#include "wg/supplied.h"

/* The side whose handshakes fail. */
static unsigned
trying(const struct wg_tunnel *t)
{
    if (t->side[0].unheard_initiations.count + t->side[1].unheard_initiations.count > 0)
        return WG_WORDS_BUSIER(t, unheard_initiations);
    return WG_WORDS_BUSIER(t, unused);
}

static char *
initiations(const struct wg_evidence *e)
{
    return wg_words_counted(e, "handshake initiation", "handshake initiations");
}

/* "9 handshake initiations (frames 5 to 35)": those without answer, if there are any */
static char *
tries(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[trying(t)];

    if (s->unheard_initiations.count > 0)
        return initiations(&s->unheard_initiations);
    return initiations(&s->initiations);
}

static char *
tell_unreachable(const struct wg_tunnel *t)
{
    g_autofree char *sent = tries(t), *refused = wg_words_refusals(t);
    return g_strdup_printf("%s, answered by %s", sent, refused);
}

static char *
tell_wrong_public_key(const struct wg_tunnel *t)
{
    g_autofree char *sent = tries(t);
    const struct wg_static_key *right = wg_supplied_right_key(wg_opened()->keys, t->meant);

    if (t->uses_own_key)
        return g_strdup_printf(
            "%s got no answer. They are made for the initiator's own public key: "
            "its configuration has that as its peer's",
            sent);
    if (t->mac1_bad.count > 0 || right == NULL)
        return g_strdup_printf("%s got no answer, and mac1 in them was not made for the public key "
                               "that the responder has",
                               sent);
    g_autofree char *meant = wg_words_key(t->meant->public_key);
    g_autofree char *has = wg_words_key(right->public_key);
    return g_strdup_printf("%s got no answer. They are made for the public key %s, as the "
                           "initiator's configuration says. The configuration that names the "
                           "initiator as a peer belongs to %s, which is another one",
                           sent, meant, has);
}

static char *
tell_unknown_peer(const struct wg_tunnel *t)
{
    g_autofree char *key = wg_words_key(t->strangers_keys->opened.initiator_static);
    g_autofree char *sent = tries(t);

    return g_strdup_printf(
        "%s got no answer. The initiator's public key is %s, and the responder's "
        "configuration has no such peer",
        sent, key);
}

static char *
tell_clock(const struct wg_tunnel *t)
{
    g_autofree char *sent = tries(t), *clock = wg_words_clock(t);
    g_autofree char *back = wg_words_frames(&t->verdicts[WG_VERDICT_CLOCK_BACKWARDS]);
    GString *s = g_string_new(NULL);

    g_string_append_printf(s,
                           "%s got no answer. The timestamps of %s are not later than an earlier "
                           "initiation's, and a responder ignores such initiations",
                           sent, back);
    if (clock[0] != '\0')
        g_string_append_printf(s, ". The initiator: %s", clock);
    return g_string_free(s, FALSE);
}

static char *
tell_psk_mismatch(const struct wg_tunnel *t)
{
    if (t->psks_differ) {
        const struct wg_evidence *unused = &t->side[WG_WORDS_BUSIER(t, unused)].unused;
        g_autofree char *where = wg_words_frames(unused);
        return g_strdup_printf("the two sides have different preshared keys, as their own "
                               "configurations or key logs say, and no response (%s) is used",
                               where);
    }
    g_autofree char *where = wg_words_frames(&t->psk_mismatch);
    return g_strdup_printf("all supplied keys fit the response (%s), except the preshared key",
                           where);
}

static char *
tell_elsewhere(const struct wg_elsewhere *e)
{
    g_autofree char *where = wg_words_frames(&e->responses);
    g_autofree char *asked = wg_report_endpoint(&e->asked);
    g_autofree char *answered = wg_report_endpoint(&e->answered_from);

    return g_strdup_printf("%s was asked, %s responded (%s)", asked, answered, where);
}

static char *
tell_answered_elsewhere(const struct wg_tunnel *t)
{
    g_autofree char *where = tell_elsewhere(&t->elsewhere);
    const bool host = wg_endpoint_same_host(&t->elsewhere.asked, &t->elsewhere.answered_from);
    return g_strdup_printf("%s, and the initiator starts over each time. A NAT or firewall before "
                           "the initiator drops what comes from %s that it did not send to",
                           where, host ? "a port" : "an address");
}

static char *
tell_shared_key(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->shared);
    g_autofree char *one = wg_report_endpoint(&t->sharing[0]);
    g_autofree char *other = wg_report_endpoint(&t->sharing[1]);

    return g_strdup_printf(
        "%s and %s take turns (%u times; %s). A responder knows one endpoint for "
        "each key, and sends everything to the one it heard from last",
        one, other, t->shared.count, where);
}

/* ---- how it fails ---- */

static const char *
about_psks(const struct wg_tunnel *t)
{
    if (t->psks_agree)
        return " The preshared keys of both sides are the same.";
    if (t->psk_right.count > 0)
        return " They open with the responder's preshared key; the initiator's is not known.";
    return "";
}

static char *
tell_not_accepted(const struct wg_tunnel *t)
{
    const unsigned initiator = WG_WORDS_BUSIER(t, unused);
    const struct wg_evidence *e = &t->side[initiator].unused;
    g_autofree char *sent = wg_words_counted(e, "handshake response", "handshake responses");
    const int from = wg_tunnel_hops(t, initiator), to = wg_tunnel_hops(t, !initiator);
    const char *meaning =
        "Whether they were lost on their way back or rejected, this capture cannot "
        "tell.";

    if (from == 0 && to != 0)
        meaning = "Captured beside the initiator, so they did reach its host; its own firewall, or "
                  "WireGuard there, rejects them.";
    else if (to == 0 && from != 0)
        meaning = "Captured beside the responder, so they may have been lost on their way back, or "
                  "rejected.";
    return g_strdup_printf("%s, and the initiator starts over 5 s after each. %s%s", sent, meaning,
                           about_psks(t));
}

static char *
tell_only_cookies(const struct wg_tunnel *t)
{
    const struct wg_tunnel_side *s = &t->side[WG_WORDS_BUSIER(t, cookies)];
    g_autofree char *sent = wg_words_counted(&s->cookies, "cookie reply", "cookie replies");
    g_autofree char *with = wg_words_with_cookie(t);

    return g_strdup_printf("the responder sent %s and no handshake response; %s", sent, with);
}

/* What a responder's own configuration rules out. */
static const char *
ruled_out(const struct wg_tunnel *t)
{
    if (t->meant == NULL || !t->meant->has_private || t->opened_initiations.count == 0 ||
        t->stranger.count > 0 || t->uses_own_key)
        return "";
    if (wg_keystore_has_peers(wg_opened()->keys, t->meant))
        return " The supplied configuration of that key opens them, and names the initiator as a "
               "peer: public keys and peers are right.";
    return " The supplied private key of it opens them: the public key is right.";
}

/* Whose public key it may be, unless what was supplied shows that. */
static const char *
about_key(const struct wg_tunnel *t)
{
    if (t->meant->has_private || t->names_a_client)
        return "";
    return ": if that is the responder's, the initiator has the right one";
}

/* frame: of the answer; 0: there is none */
static char *
but_an_answer(uint32_t frame)
{
    if (frame == 0)
        return g_strdup("");
    return g_strdup_printf(" but an answer (frame %u) that nothing proves and that was not used",
                           frame);
}

static char *
tell_no_answer(const struct wg_tunnel *t)
{
    const unsigned side = trying(t);
    int64_t until = t->side[side].last_time;

    if (t->side[!side].last_time == 0)
        until = t->ended;
    g_autofree char *sent = tries(t), *place = wg_words_place(t, side, "the initiator");
    g_autofree char *lasted = wg_words_duration(wg_elapsed(t->begun, until));
    g_autofree char *answer = but_an_answer(wg_tunnel_lone_answer(t));
    if (t->meant == NULL)
        return g_strdup_printf("%s in %s, and nothing came back%s.%s", sent, lasted, answer, place);
    g_autofree char *key = wg_words_key(t->meant->public_key);
    return g_strdup_printf("%s in %s, and nothing came back%s.%s mac1 was made for %s%s.%s", sent,
                           lasted, answer, place, key, about_key(t), ruled_out(t));
}

static char *
tell_lost_contact(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, unheard_initiations);
    const struct wg_tunnel_side *s = &t->side[side];
    g_autofree char *sent = tries(t);

    if (s->heard_time == 0)
        return g_strdup_printf("it was up before the capture began, since data is sent; but %s got "
                               "no answer.%s",
                               sent, ruled_out(t));
    g_autofree char *silent = wg_words_duration(wg_elapsed(s->heard_time, s->last_time));
    g_autofree char *when = wg_words_when(s->heard_time);
    g_autofree char *answer = but_an_answer(s->unused_answer);
    return g_strdup_printf(
        "it was up until %s (frame %u); since then nothing came back for %s%s, and "
        "%s got no%s answer.%s",
        when, s->heard_frame, silent, answer, sent, s->unused_answer != 0 ? " other" : "",
        ruled_out(t));
}

static char *
tell_unanswered(const struct wg_tunnel *t)
{
    g_autofree char *sent = tries(t);
    return g_strdup_printf("it was up, but the last %s got no answer, and nothing else followed. "
                           "Unproved: anyone who knows the addresses can send initiations",
                           sent);
}

static char *
tell_other_public_key(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_report_endpoint(&t->side[!trying(t)].first);
    g_autofree char *sent = initiations(&t->mac1_unknown);
    const size_t count = wg_keystore_static_count(wg_opened()->keys);

    if (t->names_a_client) {
        g_autofree char *meant = wg_words_key(t->meant->public_key);
        g_autofree char *tried = tries(t);
        return g_strdup_printf(
            "%s are made for %s, which the supplied configuration names as a peer "
            "without an endpoint, as servers name their clients. If that "
            "configuration belongs to %s, the initiator has the wrong public key",
            tried, meant, where);
    }
    return g_strdup_printf("%s are made for none of the %zu supplied public keys. If one of these "
                           "belongs to %s, the initiator has the wrong public key; if they are of "
                           "another tunnel, this means nothing",
                           sent, count, where);
}

static char *
tell_clock_suspect(const struct wg_tunnel *t)
{
    g_autofree char *clock = wg_words_clock(t);
    return g_strdup_printf("the initiator: %s. A responder that got a later timestamp before "
                           "ignores such initiations",
                           clock);
}

static char *
tell_not_confirmed(const struct wg_tunnel *t)
{
    const struct wg_evidence *responses = &t->side[WG_WORDS_BUSIER(t, responses)].responses;
    g_autofree char *sent =
        wg_words_counted(responses, "handshake response", "handshake responses");

    return g_strdup_printf("%s, and the capture ends before the initiator used %s", sent,
                           plurality(responses->count, "it", "one"));
}

char *
wg_tell_failure(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_UNREACHABLE:
        return tell_unreachable(t);
    case WG_FINDING_WRONG_PUBLIC_KEY:
        return tell_wrong_public_key(t);
    case WG_FINDING_UNKNOWN_PEER:
        return tell_unknown_peer(t);
    case WG_FINDING_CLOCK:
        return tell_clock(t);
    case WG_FINDING_PSK_MISMATCH:
        return tell_psk_mismatch(t);
    case WG_FINDING_ANSWERED_ELSEWHERE:
        return tell_answered_elsewhere(t);
    case WG_FINDING_SHARED_KEY:
        return tell_shared_key(t);
    case WG_FINDING_NOT_ACCEPTED:
        return tell_not_accepted(t);
    case WG_FINDING_ONLY_COOKIES:
        return tell_only_cookies(t);
    case WG_FINDING_NO_ANSWER:
        return tell_no_answer(t);
    case WG_FINDING_LOST_CONTACT:
        return tell_lost_contact(t);
    case WG_FINDING_OTHER_PUBLIC_KEY:
        return tell_other_public_key(t);
    case WG_FINDING_CLOCK_SUSPECT:
        return tell_clock_suspect(t);
    case WG_FINDING_NOT_CONFIRMED:
        return tell_not_confirmed(t);
    case WG_FINDING_UNANSWERED:
        return tell_unanswered(t);
    case WG_FINDING_ELSEWHERE:
        return tell_elsewhere(&t->used_elsewhere);
    default:
        return NULL;
    }
}
