/* findings.c
 * What the evidence proves.
 *
 * Each finding is a small function over the evidence. Which of them is told, and in which order,
 * follows from findings.def.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "findings_private.h"
#include "wg/timers.h"

#define FAULT   WG_SEVERITY_FAULT
#define WARNING WG_SEVERITY_WARNING
#define GOOD    WG_SEVERITY_GOOD
#define NOTE    WG_SEVERITY_NOTE
const struct wg_finding_row wg_finding_rows[WG_FINDING_COUNT] = {
#define WG_FINDING(id, name, severity, group, label, rests, excludes)                              \
    { name, label, severity, WG_GROUP_##group },
#include "wg/findings.def"
#undef WG_FINDING
};
#undef FAULT
#undef WARNING
#undef GOOD
#undef NOTE

G_STATIC_ASSERT(WG_FINDING_COUNT <= 64);

const char *
wg_severity_name(enum wg_severity severity)
{
    static const char *const names[] = { [WG_SEVERITY_GOOD] = "OK",
                                         [WG_SEVERITY_NOTE] = "NOTE",
                                         [WG_SEVERITY_WARNING] = "WARNING",
                                         [WG_SEVERITY_FAULT] = "FAULT" };
    return names[severity];
}

/* ---- what the evidence shows, in the words of the findings ---- */

bool
wg_found_verdict(const struct wg_tunnel *t, enum wg_verdict verdict)
{
    return t->verdicts[verdict].count > 0;
}

static uint32_t
both(const struct wg_evidence *one, const struct wg_evidence *other)
{
    return one->count + other->count;
}

bool
wg_found_heard(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];
    return s->initiations.count + s->responses.count + s->cookies.count + s->data.count > 0;
}

static bool
answered_ever(const struct wg_tunnel *t)
{
    return both(&t->side[0].responses, &t->side[1].responses) +
               both(&t->side[0].cookies, &t->side[1].cookies) >
           0;
}

/* The last tries of a side, none of which was answered. */
static uint32_t
unanswered_tries(const struct wg_tunnel *t, unsigned side)
{
    return t->side[side].unheard_initiations.count;
}

static bool
any_unanswered(const struct wg_tunnel *t)
{
    return unanswered_tries(t, 0) + unanswered_tries(t, 1) > 0;
}

/* The initiator did not accept the responses to its last tries. */
static bool
not_accepted(const struct wg_tunnel *t)
{
    enum { RESPONSES = 2 };
    return t->side[0].unused.count >= RESPONSES || t->side[1].unused.count >= RESPONSES;
}

/* Nothing works, by the last handshakes. */
static bool
fails_now(const struct wg_tunnel *t)
{
    return not_accepted(t) || any_unanswered(t);
}

/* ---- losses ---- */

/* From this share of missing packets on, a tunnel is not called healthy; so many at least. */
enum { LOSSY_PER = 100, LOSSY_LEAST = 3 };
/* A link that drops what is large drops much of what carries anything. */
enum { MANY_PER = 4, MANY_LEAST = 5 };
/* Datagrams of this size pass everywhere: IPv6's minimum MTU, less IPv6 and UDP. */
enum { SAFE_SIZE = 1280 - 40 - 8 };

static bool
misses(const struct wg_tunnel *t, unsigned side, uint64_t per, uint64_t least)
{
    const uint64_t missing = wg_tunnel_missing(t, side), there = t->side[side].distinct;
    return missing >= least && missing >= (missing + there) / per;
}

/* Both directions miss about as much, more than any application bears, and go on: no network does
 * that. Or all tunnels have gaps. */
static bool
sampled(const struct wg_tunnel *t)
{
    enum { TEN = 10, SIDES = 4, HALF = 2 };
    const uint64_t a = wg_tunnel_missing(t, 0), b = wg_tunnel_missing(t, 1);
    const uint64_t all_a = a + t->side[0].distinct, all_b = b + t->side[1].distinct;
    const struct wg_surroundings *around = t->surroundings;

    if (!misses(t, 0, TEN, TEN) || !misses(t, 1, TEN, TEN))
        return false;
    if (around != NULL && around->sides >= SIDES &&
        (uint64_t)around->gap_sides * TEN >= (uint64_t)around->sides * (TEN - 1))
        return true;
    return misses(t, 0, HALF, TEN) && misses(t, 1, HALF, TEN) && t->side[0].distinct >= TEN &&
           t->side[1].distinct >= TEN && all_a > 0 && all_b > 0;
}

uint32_t
wg_tunnel_unfinished(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_fragments *f = &t->side[side].fragments;
    const uint32_t copies = f->copies_together > f->repeated ? f->copies_together - f->repeated : 0;
    const uint64_t whole = (uint64_t)f->together + copies;

    return f->first.count > whole ? f->first.count - (uint32_t)whole : 0;
}

bool
wg_tunnel_loses_fragments(const struct wg_tunnel *t, unsigned side)
{
    enum { LEAST = 3 };
    const uint32_t unfinished = wg_tunnel_unfinished(t, side);

    return unfinished >= LEAST && unfinished >= t->side[side].fragments.together;
}

bool
wg_tunnel_repeats_large(const struct wg_tunnel *t, unsigned side)
{
    enum { DOUBLINGS = 3 };
    return t->side[side].most_doublings >= DOUBLINGS;
}

bool
wg_tunnel_misses_large(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];

    return misses(t, side, MANY_PER, MANY_LEAST) && s->largest <= SAFE_SIZE &&
           s->largest * 2 < t->side[!side].largest;
}

static bool
large_missing(const struct wg_tunnel *t, unsigned side)
{
    /* TCP cuts it into segments as large as its path takes. */
    return t->in_stream.count == 0 &&
           (wg_tunnel_repeats_large(t, side) || wg_tunnel_loses_fragments(t, side) ||
            wg_tunnel_misses_large(t, side));
}

static wg_findings
losses(const struct wg_tunnel *t)
{
    const bool gaps = sampled(t), large = large_missing(t, 0) || large_missing(t, 1);
    const bool outage = t->outage.count > 0;

    if (!t->up) /* perhaps for want of these */
        return WG_FOUND(SIZE, wg_tunnel_loses_fragments(t, 0) || wg_tunnel_loses_fragments(t, 1));
    if (gaps)
        return WG_FOUND(SAMPLED, true);
    return WG_FOUND(OUTAGE, outage) | WG_FOUND(SIZE, large) |
           WG_FOUND(LOSSY, !large && (misses(t, 0, LOSSY_PER, LOSSY_LEAST) ||
                                      misses(t, 1, LOSSY_PER, LOSSY_LEAST)));
}

/* ---- a tunnel that is up ---- */

/* Data for so long, and so many packets, to which only keepalives came back; more where data came
 * back before. */
static bool
keepalives_only(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];
    const bool before = wg_tunnel_real_data(t, !side) > 0;
    const uint32_t times = before ? 3 : 1;

    return s->data_since.count >= 4 * times && s->answers >= 2 * times &&
           wg_elapsed(s->data_since_first, s->data_since_last) >= 20 * WG_SECOND * times;
}

/* Data that is sent to one who began the tunnel and never sends any may ask for no answer: a log, a
 * sensor. */
static bool
is_pushed(const struct wg_tunnel *t, unsigned side)
{
    return side != wg_tunnel_client(t) && wg_tunnel_real_data(t, !side) == 0;
}

/* Initiations in a row without answer, while the other side's data goes on under the session that
 * they are to renew. */
static bool
rekey_unanswered(const struct wg_tunnel *t, unsigned side)
{
    enum { TRIES = 3 };
    const struct wg_tunnel_side *s = &t->side[side];
    const struct wg_exchange *x = s->sending;
    const int64_t due = WG_REKEY_AFTER_TIME - WG_REKEY_TIMEOUT;

    if (s->chain.count < TRIES || s->last_try->response_frame != 0 || s->last_try->cookie ||
        s->heard_frame <= s->chain.first)
        return false;
    return x == NULL || x->response_frame == 0 || wg_elapsed(x->answered, s->chain_since) >= due;
}

static bool
lost_contact(const struct wg_tunnel *t, unsigned side)
{
    enum { TRIES = 3 };
    return t->side[side].unheard_chain >= TRIES;
}

/* Data to which nothing came back, long enough for the sender to start over, and it did not. */
static bool
hears_unseen(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];

    return s->unheard_data.count > 1 && s->waits_since != 0 && s->unheard_initiations.count == 0 &&
           wg_elapsed(s->waits_since, s->last_time) >= WG_NEW_HANDSHAKE_TIME + WG_TIMER_LATE;
}

static bool
keepalive_stops(const struct wg_tunnel *t, unsigned side)
{
    enum { REGULAR = 2 };
    const struct wg_tunnel_side *s = &t->side[side];

    return t->surroundings != NULL && s->keepalive_regular >= REGULAR &&
           s->keepalive_time == s->last_time && s->keepalive_interval >= WG_REKEY_TIMEOUT &&
           wg_elapsed(s->last_time, t->surroundings->now) > s->keepalive_interval * 5 / 2;
}

/* Both sides go on with a session that is too old: for them it is not. */
static bool
time_jumps(const struct wg_tunnel *t)
{
    return t->goes_on[0] && t->goes_on[1];
}

static wg_findings
trouble_of(const struct wg_tunnel *t, unsigned side)
{
    enum { AGAIN = 2, MOVES = 3 };
    const struct wg_tunnel_side *s = &t->side[side];

    return WG_FOUND(HEARS_NOTHING, s->hears_nothing.count >= AGAIN) |
           WG_FOUND(DATA_LOST, s->accepted.count >= AGAIN) |
           WG_FOUND(DEAF, s->deaf.count >= AGAIN) | WG_FOUND(QUIET, s->quiet.count >= AGAIN) |
           WG_FOUND(KEEPALIVES_ONLY, keepalives_only(t, side) && !is_pushed(t, side)) |
           WG_FOUND(REKEY_UNANSWERED, rekey_unanswered(t, side)) |
           WG_FOUND(OUTSIDE_ALLOWED_IPS,
                    s->outside.count > 0 && s->outside.count * 2 >= s->opened) |
           WG_FOUND(SOME_OUTSIDE, s->outside.count > 0 && s->outside.count * 2 < s->opened) |
           WG_FOUND(NOT_AUTHENTIC, s->failed > 0 && s->failed >= s->opened) |
           WG_FOUND(PORT_CHANGES, s->port_changes.count >= MOVES) |
           WG_FOUND(KEEPALIVE_STOPS, keepalive_stops(t, side));
}

static wg_findings
trouble(const struct wg_tunnel *t)
{
    enum { RESETS = 3 };

    return trouble_of(t, 0) | trouble_of(t, 1) | losses(t) |
           WG_FOUND(OVERDUE, wg_found_overdue(t) && !time_jumps(t)) |
           WG_FOUND(TIME_JUMPS, time_jumps(t)) |
           WG_FOUND(OUTLIVED, wg_found_verdict(t, WG_VERDICT_EXPIRED) && !time_jumps(t)) |
           WG_FOUND(COUNTER_RESET, t->verdicts[WG_VERDICT_COUNTER_RESET].count >= RESETS) |
           WG_FOUND(MTU, t->too_big.count > 0) |
           WG_FOUND(COOKIE_IGNORED, wg_found_verdict(t, WG_VERDICT_COOKIE_IGNORED));
}

bool
wg_found_overdue(const struct wg_tunnel *t)
{
    const int64_t now = t->surroundings != NULL ? t->surroundings->now : t->ended;

    return t->overdue.count > 0 ||
           (t->due != NULL && wg_elapsed(t->due_since, now) >= WG_REKEY_PATIENCE);
}

/* ---- why it fails ---- */

static bool
clock_is_set_back(const struct wg_tunnel *t)
{
    const struct wg_evidence *back = &t->verdicts[WG_VERDICT_CLOCK_BACKWARDS];

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_evidence *unheard = &t->side[side].unheard_initiations;
        if (unheard->count > 0 && back->count > 0 && back->last >= unheard->first)
            return true;
    }
    return false;
}

static bool
wrong_public_key(const struct wg_tunnel *t)
{
    enum { TRIES = 2 };
    return (t->mac1_bad.count >= TRIES || t->names_other_key || t->uses_own_key) &&
           any_unanswered(t);
}

static bool
psk_mismatch(const struct wg_tunnel *t)
{
    if (!not_accepted(t) && t->psk_mismatch.count == 0)
        return false;
    return t->confirmed.count == 0 || not_accepted(t)
               ? t->psks_differ || (t->psk_mismatch.count > t->psk_up.count &&
                                    t->psk_right.last < t->psk_mismatch.last)
               : false;
}

/* Whether it is proved that two endpoints share a key: they take turns twice or more. */
static bool
shared_key(const struct wg_tunnel *t)
{
    enum { TURNS = 2 };
    return t->shared.count >= TURNS;
}

static wg_findings
causes(const struct wg_tunnel *t)
{
    wg_findings found =
        WG_FOUND(SHARED_KEY, shared_key(t)) | WG_FOUND(PSK_MISMATCH, psk_mismatch(t));

    if (!fails_now(t))
        return found;
    return found | WG_FOUND(UNREACHABLE, t->unreachable.count > 0 && !t->up && !answered_ever(t)) |
           WG_FOUND(WRONG_PUBLIC_KEY, wrong_public_key(t)) |
           WG_FOUND(UNKNOWN_PEER, t->stranger.count > 0 && !answered_ever(t)) |
           WG_FOUND(CLOCK, clock_is_set_back(t)) |
           WG_FOUND(ANSWERED_ELSEWHERE, not_accepted(t) && t->elsewhere.count > 0 &&
                                            !wg_findings_have(found, WG_FINDING_PSK_MISMATCH));
}

/* ---- how it fails ---- */

/* It never was up. */
static wg_findings
coming_up(const struct wg_tunnel *t)
{
    enum { TRIES = 2 };
    const uint32_t responses = both(&t->side[0].responses, &t->side[1].responses);
    const uint32_t tries = MAX(unanswered_tries(t, 0), unanswered_tries(t, 1));

    if (!answered_ever(t))
        return WG_FOUND(NO_ANSWER, tries >= TRIES) | WG_FOUND(TOO_LITTLE, tries < TRIES);
    if (!wg_found_heard(t, 0) || !wg_found_heard(t, 1))
        return WG_FOUND(ONE_SIDED, true);
    if (responses == 0)
        return WG_FOUND(ONLY_COOKIES, true);
    /* Accepted handshakes of which nothing else is seen have a finding of their own. */
    return WG_FOUND(NOT_CONFIRMED, t->side[0].accepted.count + t->side[1].accepted.count < TRIES);
}

/* It was up, and is no more. */
static wg_findings
gone(const struct wg_tunnel *t)
{
    enum { TRIES = 2 };
    const bool lost = lost_contact(t, 0) || lost_contact(t, 1);
    const uint32_t tries = MAX(t->side[0].unheard_chain, t->side[1].unheard_chain);

    return WG_FOUND(LOST_CONTACT, lost) | WG_FOUND(UNANSWERED, !lost && tries >= TRIES);
}

static wg_findings
symptoms(const struct wg_tunnel *t)
{
    if (not_accepted(t))
        return WG_FOUND(NOT_ACCEPTED, true);
    return t->up ? gone(t) : coming_up(t);
}

/* ---- it works ---- */

static wg_findings
working(const struct wg_tunnel *t)
{
    const bool there = wg_tunnel_real_data(t, 0) > 0, back = wg_tunnel_real_data(t, 1) > 0;

    if (!wg_found_heard(t, 0) || !wg_found_heard(t, 1) || hears_unseen(t, 0) || hears_unseen(t, 1))
        return WG_FOUND(ONE_SIDED, true);
    if (there && back)
        return WG_FOUND(HEALTHY, t->confirmed.count > 0) |
               WG_FOUND(MID_SESSION, t->confirmed.count == 0);
    const bool pushed =
        (keepalives_only(t, 0) && is_pushed(t, 0)) || (keepalives_only(t, 1) && is_pushed(t, 1));
    return WG_FOUND(ONE_WAY_DATA, pushed) | WG_FOUND(IDLE, !pushed);
}

/* ---- the whole ---- */

static wg_findings
group_mask(enum wg_finding_group group)
{
    static wg_findings masks[WG_GROUP_BESIDE + 1];

    if (masks[WG_GROUP_BESIDE] == 0)
        for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
            masks[wg_finding_rows[i].group] |= UINT64_C(1) << i;
    return masks[group];
}

static wg_findings
severity_mask(enum wg_severity severity)
{
    static wg_findings masks[WG_SEVERITY_FAULT + 1];

    if (masks[WG_SEVERITY_FAULT] == 0)
        for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
            masks[wg_finding_rows[i].severity] |= UINT64_C(1) << i;
    return masks[severity];
}

#define FOUND(id) WG_FOUND(id, true)

/* One thing that happened is told once: what explains another finding takes its place. In this
 * order, since what was hidden explains nothing any more. */
static wg_findings
without_consequences(wg_findings found)
{
    const wg_findings causes = group_mask(WG_GROUP_CAUSE) & ~FOUND(SHARED_KEY);
    const struct {
        wg_findings of, hides; /* where one of these was found, these are not told */
    } rules[] = {
        { causes, group_mask(WG_GROUP_SYMPTOM) | FOUND(OTHER_PUBLIC_KEY) | FOUND(CLOCK_SUSPECT) |
                      FOUND(TOO_LITTLE) },
        { causes | FOUND(LOST_CONTACT) | FOUND(NOT_ACCEPTED),
          FOUND(HEARS_NOTHING) | FOUND(DATA_LOST) | FOUND(DEAF) | FOUND(KEEPALIVES_ONLY) |
              FOUND(REKEY_UNANSWERED) | FOUND(OVERDUE) | FOUND(QUIET) | FOUND(KEEPALIVE_STOPS) },
        { FOUND(HEARS_NOTHING) | FOUND(DEAF), FOUND(KEEPALIVES_ONLY) | FOUND(QUIET) },
        { FOUND(NOT_AUTHENTIC), FOUND(HEARS_NOTHING) | FOUND(DEAF) | FOUND(FORGED) | FOUND(QUIET) },
        { FOUND(OUTSIDE_ALLOWED_IPS), FOUND(HEARS_NOTHING) | FOUND(KEEPALIVES_ONLY) | FOUND(DEAF) },
        { FOUND(OUTLIVED) | FOUND(REKEY_UNANSWERED), FOUND(OVERDUE) },
        { FOUND(REKEY_UNANSWERED) | FOUND(LOST_CONTACT), FOUND(UNPROVED) },
        { FOUND(OUTAGE), FOUND(RETRIED) },
        { FOUND(SIZE), FOUND(NOT_CONFIRMED) }, /* what it sent under it never became whole */
        { FOUND(SHARED_KEY), FOUND(ROAMED) | FOUND(PORT_CHANGES) | FOUND(OUTAGE) | FOUND(QUIET) |
                                 FOUND(CLOCK_WENT_BACK) },
        { FOUND(PORT_CHANGES), FOUND(ROAMED) | FOUND(KEEPALIVE_STOPS) },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if ((found & rules[i].of) != 0)
            found &= ~rules[i].hides;
    return found;
}

wg_findings
wg_tunnel_findings(const struct wg_tunnel *t)
{
    wg_findings found;

    if (t->messages == 0)
        return WG_FOUND(TOO_LITTLE, true) | WG_FOUND(FORGED, t->forged.count > 0);
    found = causes(t) | symptoms(t) | trouble(t) | wg_findings_besides(t);
    found = without_consequences(found);
    const wg_findings bad = severity_mask(WG_SEVERITY_FAULT) | severity_mask(WG_SEVERITY_WARNING);
    if (!t->up)
        return found;
    return found | ((found & bad) == 0 ? working(t) : WG_FOUND(TRAFFIC, true));
}

enum wg_finding
wg_findings_next(wg_findings *found)
{
    for (int severity = WG_SEVERITY_FAULT; severity >= WG_SEVERITY_NOTE; severity--) {
        const wg_findings of_it = *found & severity_mask((enum wg_severity)severity);
        if (of_it == 0)
            continue;
        const wg_findings lowest = of_it & (~of_it + 1);
        *found &= ~lowest;
        return (enum wg_finding)__builtin_ctzll(lowest);
    }
    return WG_FINDING_COUNT;
}

enum wg_finding
wg_findings_verdict(wg_findings found)
{
    return wg_findings_next(&found);
}
