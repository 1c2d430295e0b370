/* findings_failing.c
 * Why a tunnel fails, and how.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "findings_private.h"

static uint32_t
both(const struct wg_evidence *one, const struct wg_evidence *other)
{
    return one->count + other->count;
}

static bool
answered_ever(const struct wg_tunnel *t)
{
    return t->answers.count > 0 && wg_tunnel_lone_answer(t) == 0;
}

/* How many of the last tries of a side got no answer. */
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

/* The same, and the responses came from another address than the one that was asked. */
static bool
answered_elsewhere(const struct wg_tunnel *t)
{
    return not_accepted(t) &&
           t->elsewhere.responses.count >= MAX(t->side[0].unused.count, t->side[1].unused.count);
}

/* By its last handshakes, it does not work. */
static bool
fails_now(const struct wg_tunnel *t)
{
    return not_accepted(t) || any_unanswered(t);
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
    if (!not_accepted(t) &&
        (t->psk_mismatch.count == 0 || both(&t->side[0].used, &t->side[1].used) > 0))
        return false;
    return t->psks_differ ||
           (t->psk_mismatch.count > t->psk_up.count && wg_found_psk(t) < t->psk_mismatch.last);
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
           WG_FOUND(ANSWERED_ELSEWHERE,
                    answered_elsewhere(t) && !wg_findings_have(found, WG_FINDING_PSK_MISMATCH));
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
    /* Handshakes that are accepted and not used have a finding of their own: DATA_LOST. */
    return WG_FOUND(NOT_CONFIRMED, t->side[0].accepted.count + t->side[1].accepted.count < TRIES);
}

/* It was up, and no longer is. */
static wg_findings
gone(const struct wg_tunnel *t)
{
    enum { TRIES = 2 };
    const bool lost = wg_tunnel_tries_in_vain(t, 0) || wg_tunnel_tries_in_vain(t, 1);
    const uint32_t tries = MAX(t->side[0].unheard_chain, t->side[1].unheard_chain);

    return WG_FOUND(LOST_CONTACT, lost) | WG_FOUND(UNANSWERED, !lost && tries >= TRIES);
}

static wg_findings
symptoms(const struct wg_tunnel *t)
{
    if (not_accepted(t))
        return WG_FOUND(NOT_ACCEPTED, true);
    if (t->up)
        return gone(t);
    return coming_up(t);
}

wg_findings
wg_findings_failing(const struct wg_tunnel *t)
{
    return causes(t) | symptoms(t);
}
