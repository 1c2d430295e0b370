/* diagnose_notes.c
 * A diagnosis in sentences: what works, and what else there is to say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdbool.h>

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "report.h"
#include "words.h"

/* ---- it works ---- */

/* Whether the losses have a finding of their own. */
static bool
tells_losses(const struct wg_tunnel *t)
{
    const wg_findings found = wg_tunnel_findings(t);
    return wg_findings_have(found, WG_FINDING_LOSSY) || wg_findings_have(found, WG_FINDING_SIZE) ||
           wg_findings_have(found, WG_FINDING_SAMPLED);
}

/* Captured next to the responder, an answer may take less than a tenth of a millisecond. */
static char *
response_time(int64_t nanoseconds)
{
    if (nanoseconds < 100 * 1000)
        return g_strdup("less than 0.1 ms");
    return g_strdup_printf("%.1f ms", (double)nanoseconds / 1e6);
}

static char *
tell_figures(const struct wg_tunnel *t)
{
    const unsigned client = wg_tunnel_client(t);
    const uint64_t keepalives = t->side[0].keepalives + t->side[1].keepalives;
    g_autofree char *lost = wg_words_losses(t);
    g_autofree char *lasted = wg_words_duration(wg_elapsed(t->begun, t->ended));
    const uint32_t responses = t->side[0].responses.count + t->side[1].responses.count;
    GString *s = g_string_new(NULL);

    if (t->best_response_time >= 0) {
        g_autofree char *time = response_time(t->best_response_time);
        g_string_append_printf(s, "handshake in %s", time);
        if (responses > 1)
            g_string_append(s, " at best");
        g_string_append(s, ", ");
    }
    g_string_append_printf(s, "%u session%s, %u data packet%s there and %u back", t->sessions,
                           plurality(t->sessions, "", "s"), t->side[client].data.count,
                           plurality(t->side[client].data.count, "", "s"),
                           t->side[!client].data.count);
    if (keepalives > 0)
        g_string_append_printf(s, " (%" PRIu64 " of them %s)", keepalives,
                               plurality(keepalives, "a keepalive", "keepalives"));
    g_string_append_printf(s, ", in %s", lasted);
    if (lost[0] != '\0' && !tells_losses(t))
        g_string_append_printf(s, "; missing: %s", lost);
    if (t->authenticated.count > 0)
        g_string_append_printf(s, "; the keys open %u", t->authenticated.count);
    return g_string_free(s, FALSE);
}

static char *
tell_one_sided(const struct wg_tunnel *t)
{
    const struct wg_evidence *responses = &t->side[WG_WORDS_BUSIER(t, responses)].responses;

    if (t->sessions == 0 && responses->count > 0)
        return wg_words_counted(responses, "handshake response", "handshake responses");
    const unsigned side = WG_WORDS_BUSIER(t, unheard_data);
    const struct wg_evidence *e = &t->side[side].unheard_data;
    g_autofree char *figures = tell_figures(t);
    if (e->count < 2 ||
        wg_elapsed(t->side[side].unheard_since, t->side[side].last_time) < WG_NEW_HANDSHAKE_TIME)
        return g_steal_pointer(&figures);
    g_autofree char *who = wg_words_peer(t, side);
    return g_strdup_printf(
        "%s. A peer that hears nothing starts over 15 s after its data, and %s did not: so it "
        "hears the other side, and the capture does not. Only an ESP32 never starts over: with "
        "one, the other side may be silent",
        figures, who);
}

static char *
tell_too_little(const struct wg_tunnel *t)
{
    if (t->messages + t->held.count == 0) {
        g_autofree char *copies = wg_words_counted(&t->copies, "further copy", "further copies");
        return g_strdup_printf("nothing but %s of packets that were seen before", copies);
    }
    if (t->messages == 0) {
        g_autofree char *held = wg_words_counted(&t->held, "data packet", "data packets");
        return g_strdup_printf("%s of a session that nothing announces", held);
    }
    const unsigned side = WG_WORDS_BUSIER(t, initiations);
    g_autofree char *sent = wg_words_counted(&t->side[side].initiations, "handshake initiation",
                                             "handshake initiations");
    return g_strdup_printf("%s, and nothing after it", sent);
}

/* ---- what else there is to say ---- */

static char *
tell_quiet(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, quiet);
    g_autofree char *who = wg_words_peer(t, side), *other = wg_words_peer(t, !side);
    g_autofree char *times = wg_words_counted(&t->side[side].quiet, "time", "times");

    return g_strdup_printf(
        "%s began a new handshake 15 s after data to which %s was silent, %s. That "
        "is normal where the other side sends no keepalive in answer to data, as "
        "ESP32 devices and often boringtun do. Any other sends one after 10 s, so packets "
        "were lost on the way, or it was asleep",
        who, other, times);
}

static char *
tell_clock_went_back(const struct wg_tunnel *t)
{
    return wg_words_verdict(t, WG_VERDICT_CLOCK_BACKWARDS,
                            "initiation has a timestamp that is not later than an earlier one's",
                            "initiations have timestamps that are not later than earlier ones'");
}

static char *
tell_time_jumps(const struct wg_tunnel *t)
{
    g_autofree char *jump = wg_words_duration(t->jump);
    g_autofree char *frames = wg_words_counted(&t->after_jump, "data packet", "data packets");

    return g_strdup_printf(
        "frame %u comes %s after frame %u, and both sides go on with a session that no peer would "
        "still use then: %s. So the clock of the capturing machine was set forward, or parts of a "
        "capture were put together. Times and ages from there on are not real",
        t->after_jump.first, jump, t->before_jump, frames);
}

static char *
tell_under_load(const struct wg_tunnel *t)
{
    GString *s = g_string_new(NULL);
    g_autofree char *with = wg_words_with_cookie(t);

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_evidence *e = &t->side[side].cookies;
        if (e->count == 0)
            continue;
        g_autofree char *sent = wg_words_counted(e, "cookie reply", "cookie replies");
        g_autofree char *from = wg_words_peer(t, side);
        wg_separate(s, ", ");
        g_string_append_printf(s, "%s from %s", sent, from);
    }
    g_string_append_printf(s, "; %s", with);
    return g_string_free(s, FALSE);
}

/* returns whether there is anything to say */
static bool
append_move(GString *s, const char *before, const struct wg_tunnel_side *side)
{
    g_autofree char *first = NULL, *now = NULL;

    if (wg_endpoint_equal(&side->first, &side->now))
        return false;
    first = wg_report_endpoint(&side->first);
    now = wg_report_endpoint(&side->now);
    g_string_append_printf(s, "%s from %s to %s", before, first, now);
    return true;
}

static char *
tell_roamed(const struct wg_tunnel *t)
{
    g_autofree char *e = wg_words_counted(&t->verdicts[WG_VERDICT_ROAMED], "change of endpoint",
                                          "changes of endpoint");
    GString *s = g_string_new(e);

    if (append_move(s, ",", &t->side[0]))
        append_move(s, " and", &t->side[1]);
    else if (!append_move(s, ",", &t->side[1]))
        g_string_append(s, ", and back");
    g_string_append(s, " in the end");
    return g_string_free(s, FALSE);
}

static char *
tell_twice(const struct wg_tunnel *t)
{
    if (t->also_seen.family == 0)
        return g_strdup_printf("%u of %u have a copy, as from two interfaces or a mirror port. "
                               "Each is counted once",
                               t->copies_at_once.count, t->messages);
    g_autofree char *where = wg_report_endpoint(&t->also_seen);
    return g_strdup_printf("%u of %u have a copy with another address, %s: before and after a "
                           "NAT. Each is counted once, and nobody moved",
                           t->copies_at_once.count, t->messages, where);
}

static char *
tell_unproved(const struct wg_tunnel *t)
{
    if (t->held.count > 0) {
        g_autofree char *held = wg_words_counted(&t->held, "data packet", "data packets");
        return g_strdup_printf("%s of a session that nothing announces. It changes no verdict",
                               held);
    }
    const struct wg_evidence *e = &t->side[WG_WORDS_BUSIER(t, chain)].chain;
    g_autofree char *sent = wg_words_counted(e, "handshake initiation", "handshake initiations");
    return g_strdup_printf("%s got no answer, while the session goes on. Anyone who knows the "
                           "addresses can send these, and they change no verdict",
                           sent);
}

static char *
tell_other_psk(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->psk_up);
    return g_strdup_printf(
        "all that were supplied fit the response (%s), except the preshared key. Its "
        "session carries data, so the peers agree on another one",
        where);
}

static char *
tell_handful(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_RETRIED:
        return wg_words_counted(&t->retries, "initiation before a handshake that was used",
                                "initiations before a handshake that was used");
    case WG_FINDING_REFUSED:
        return wg_words_refusals(t);
    case WG_FINDING_FRAGMENTS: {
        g_autofree char *e = wg_words_counted(&t->reassembled, "message", "messages");
        return g_strdup_printf("%s came in IP fragments", e);
    }
    case WG_FINDING_BOTH_INITIATE:
        return g_strdup_printf("%u and %u handshakes that were used; normal where both sides have "
                               "something to send",
                               t->side[0].used.count, t->side[1].used.count);
    case WG_FINDING_REPLAYED:
        return wg_words_verdict(t, WG_VERDICT_REPLAYED_HANDSHAKE, "further copy", "further copies");
    case WG_FINDING_RESPONDER_FIRST:
        return wg_words_verdict(t, WG_VERDICT_RESPONDER_FIRST, "session", "sessions");
    case WG_FINDING_DUPLICATES:
        return wg_words_verdict(t, WG_VERDICT_DUPLICATE, "further copy", "further copies");
    default:
        return g_strdup("");
    }
}

char *
wg_tell_rest(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_HEALTHY:
    case WG_FINDING_MID_SESSION:
    case WG_FINDING_IDLE:
    case WG_FINDING_TRAFFIC:
        return tell_figures(t);
    case WG_FINDING_ONE_SIDED:
        return tell_one_sided(t);
    case WG_FINDING_TOO_LITTLE:
        return tell_too_little(t);
    case WG_FINDING_QUIET:
        return tell_quiet(t);
    case WG_FINDING_CLOCK_WENT_BACK:
        return tell_clock_went_back(t);
    case WG_FINDING_TIME_JUMPS:
        return tell_time_jumps(t);
    case WG_FINDING_UNDER_LOAD:
        return tell_under_load(t);
    case WG_FINDING_ROAMED:
        return tell_roamed(t);
    case WG_FINDING_TWICE:
        return tell_twice(t);
    case WG_FINDING_UNPROVED:
        return tell_unproved(t);
    case WG_FINDING_OTHER_PSK:
        return tell_other_psk(t);
    default:
        return tell_handful(t, finding);
    }
}
