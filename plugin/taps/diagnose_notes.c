/* diagnose_notes.c
 * A diagnosis in sentences: what works, and what else is to be said.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdbool.h>

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "report.h"

/* ---- it works ---- */

char *
wg_tell_working(const struct wg_tunnel *t, const char *what)
{
    const uint64_t keepalives = t->side[0].keepalives + t->side[1].keepalives;
    const bool told = (wg_tunnel_findings(t) >> WG_FINDING_LOSSY & 1) != 0;
    g_autofree char *lost = told ? g_strdup("") : wg_words_losses(t);
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
    g_string_append_printf(s, ", in %.1f s", wg_words_seconds(wg_elapsed(t->begun, t->ended)));
    if (lost[0] != '\0')
        g_string_append_printf(s, "; missing: %s", lost);
    if (t->authenticated.count > 0)
        g_string_append_printf(s, "; the keys open %u", t->authenticated.count);
    g_string_append_c(s, '.');
    return g_string_free(s, FALSE);
}

char *
wg_tell_one_sided(const struct wg_tunnel *t)
{
    static const char what[] = "Only one direction was captured:";
    const struct wg_evidence *responses = &t->side[WG_WORDS_BUSIER(t, responses)].responses;

    if (t->sessions > 0 || responses->count == 0)
        return wg_tell_working(t, what);
    g_autofree char *sent =
        wg_words_counted(responses, "handshake response", "handshake responses");
    return g_strdup_printf("%s %s.", what, sent);
}

/* ---- what else is to be said ---- */

static char *
tell_elsewhere(const struct wg_tunnel *t)
{
    char asked[WG_ENDPOINT_TEXT_LEN], answered[WG_ENDPOINT_TEXT_LEN];
    g_autofree char *where = wg_words_frames(&t->elsewhere);

    wg_endpoint_text(&t->asked, asked);
    wg_endpoint_text(&t->answered_from, answered);
    return g_strdup_printf("Answered from elsewhere: %s was asked, %s responded (%s).", asked,
                           answered, where);
}

static char *
tell_under_load(const struct wg_tunnel *t)
{
    GString *s = g_string_new("Under load:");
    g_autofree char *with = wg_words_with_cookie(t);
    bool any = false;

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_evidence *e = &t->side[side].cookies;
        if (e->count == 0)
            continue;
        g_autofree char *sent = wg_words_counted(e, "cookie reply", "cookie replies");
        g_autofree char *from = wg_words_peer(t, side);
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
    g_autofree char *e = wg_words_counted(&t->verdicts[WG_VERDICT_ROAMED], "change of endpoint",
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
    g_autofree char *e = wg_words_refusals(t);
    return g_strdup_printf("Some packets were refused: %s.", e);
}

static char *
tell_size(const struct wg_tunnel *t)
{
    const unsigned side = wg_tunnel_lost(t, 1) > wg_tunnel_lost(t, 0);
    g_autofree char *from = wg_words_peer(t, side);

    return g_strdup_printf("Size: what arrived from %s has at most %u bytes, what goes the other "
                           "way up to %u; the missing packets may be the large ones.",
                           from, t->side[side].largest, t->side[!side].largest);
}

static char *
tell_retried(const struct wg_tunnel *t)
{
    g_autofree char *e = wg_words_counted(&t->retries, "initiation was a retry",
                                          "initiations were retries");
    return g_strdup_printf("Not at the first try: %s.", e);
}

static char *
tell_other_psk(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->psk_mismatch);
    return g_strdup_printf("Keys: all that were supplied fit the response (%s) but the preshared "
                           "key. It is up, so the peers agree on another one.",
                           where);
}

char *
wg_tell_besides(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_TRAFFIC:
        return wg_tell_working(t, "Traffic:");
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
        g_autofree char *e = wg_words_counted(&t->reassembled, "message", "messages");
        return g_strdup_printf("Fragments: %s came in IP fragments.", e);
    }
    case WG_FINDING_BOTH_INITIATE:
        return g_strdup_printf("Both sides initiate: %u and %u initiations.",
                               t->side[0].initiations.count, t->side[1].initiations.count);
    case WG_FINDING_REPLAYED:
        return wg_words_verdict(t, WG_VERDICT_REPLAYED_HANDSHAKE,
                                "handshake message was seen again",
                                "handshake messages were seen again");
    case WG_FINDING_RESPONDER_FIRST:
        return wg_words_verdict(t, WG_VERDICT_RESPONDER_FIRST,
                             "session in which the responder sends before the initiator is seen to",
                           "sessions in which the responder sends before the initiator is seen to");
    case WG_FINDING_DUPLICATES:
        return wg_words_verdict(t, WG_VERDICT_DUPLICATE, "data packet was seen again",
                                "data packets were seen again");
    case WG_FINDING_SIZE:
        return tell_size(t);
    case WG_FINDING_OTHER_PSK:
        return tell_other_psk(t);
    default:
        return g_strdup("");
    }
}
