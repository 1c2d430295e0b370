/* evidence_handshakes.c
 * What handshake messages add to the evidence of a tunnel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "evidence_private.h"
#include "wg/timers.h"

/* Whether a side starts over 15 s after its own first data. boringtun counts from the handshake. */
static bool
starts_over_in_time(const struct wg_exchange *x, unsigned side, int64_t time)
{
    return wg_timer_fits(wg_elapsed(x->first_data[side], time), WG_NEW_HANDSHAKE_TIME) ||
           wg_timer_fits(wg_elapsed(x->answered, time), WG_NEW_HANDSHAKE_TIME);
}

/* A side begins a handshake. One that does not fit may be made up, or lost its way; two in a row
 * show that the side takes what comes back. */
static void
see_deaf(struct wg_tunnel_side *s, const struct wg_exchange *x, bool deaf, uint32_t frame)
{
    if (!deaf) {
        if (s->not_deaf)
            wg_evidence_forget(&s->deaf);
        s->not_deaf = true;
        return;
    }
    s->not_deaf = false;
    if (s->deaf.count == 0) {
        s->deaf_since = x->answered;
        s->deaf_frame = x->response_frame;
    }
    wg_evidence_see(&s->deaf, frame);
}

/* Why a side begins a handshake, as far as its earlier data shows. */
static void
judge_restart(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];
    const struct wg_exchange *x = s->sending;
    const bool silent = s->waits_since != 0 &&
                        wg_timer_fits(wg_elapsed(s->waits_since, f->time), WG_NEW_HANDSHAKE_TIME);
    bool deaf = false;

    if (x == NULL || x->response_frame == 0)
        return;
    /* A device that began the tunnel and never sends data may simply have no answer, and send no
     * keepalive in its place. */
    const bool quiet = x->data[!side] + x->late_keepalives[!side] > 0 ||
                       (side != wg_tunnel_client(t) && !wg_tunnel_sends_data(t, !side));
    if (silent && quiet)
        wg_evidence_see(&s->quiet, f->frame);
    else if (silent)
        wg_evidence_see(&s->hears_nothing, f->frame);
    else
        deaf = x->data[!side] > 0 && starts_over_in_time(x, side, f->time);
    see_deaf(s, x, deaf, f->frame);
}

/* What became of the initiator's last try: the time of the next try shows it. */
static void
judge_last_try(struct wg_tunnel_side *s, const struct wg_fact *f)
{
    const struct wg_exchange *p = s->last_try;
    const bool retry =
        p != NULL && !p->used && wg_timer_fits(wg_elapsed(p->initiated, f->time), WG_REKEY_TIMEOUT);

    if (!retry) {
        wg_evidence_forget(&s->chain);
        s->chain_since = f->time;
    }
    s->chain_before = s->chain.last;
    wg_evidence_see(&s->chain, f->frame);
    s->unheard_chain = MAX(s->unheard_chain, MIN(s->chain.count, s->unheard_initiations.count));
    /* A cookie reply to the response is a refusal of another kind. */
    if (p == NULL || p->used || p->response_frame == 0 || p->cookie)
        return;
    if (retry)
        wg_evidence_see(&s->unused, p->response_frame);
    else if (wg_elapsed(p->initiated, f->time) < WG_REKEY_AFTER_TIME)
        wg_evidence_see(&s->accepted, p->response_frame);
}

void
wg_tunnel_see_initiation(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned side = f->side;
    struct wg_tunnel_side *s = &t->side[side];

    t->knows_initiator = true;
    wg_evidence_see(&s->initiations, f->frame);
    wg_evidence_see(&s->unheard_initiations, f->frame);
    wg_evidence_see_if(f->mac2, &t->mac2_set, f->frame);
    judge_restart(t, side, f);
    judge_last_try(s, f);
    wg_tunnel_see_silence(t, 0, f);
    wg_tunnel_see_silence(t, 1, f);
    s->last_try = x;
    s->waits_since = 0;
    t->due = NULL; /* whichever side it was due from */
    x->initiation_frame = f->frame;
    x->initiated = f->time;
}

void
wg_tunnel_see_response(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned side = f->side;
    t->knows_initiator = true;
    wg_evidence_see(&t->side[side].responses, f->frame);
    if (x->response_frame == 0) {
        x->response_frame = f->frame;
        x->answered = f->time;
    }
    x->last_response_frame = f->frame;
    if (f->response_time < 0)
        return;
    if (t->best_response_time < 0 || f->response_time < t->best_response_time)
        t->best_response_time = f->response_time;
}

void
wg_tunnel_see_cookie(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned side = f->side;
    t->knows_initiator = true;
    x->cookie = true;
    wg_evidence_see(&t->side[side].cookies, f->frame);
}

/* A rekey that seemed to be overdue came after all, so soon that its first tries may just have been
 * lost before they were captured. */
static void
forgive_overdue(struct wg_tunnel *t, const struct wg_exchange *x)
{
    enum { LOST_TRIES = 3 };
    const int64_t in_time = LOST_TRIES * (WG_REKEY_TIMEOUT + WG_REKEY_JITTER) + WG_TIMER_LATE;

    if (x->initiated > t->overdue_since && wg_elapsed(t->overdue_since, x->initiated) <= in_time)
        wg_evidence_forget(&t->overdue);
}

/* A handshake was used, so it was the last of its tries. frame: shows that it was answered */
static void
succeed(struct wg_tunnel *t, struct wg_exchange *x, uint32_t frame)
{
    struct wg_tunnel_side *s = &t->side[x->initiator], *responder = &t->side[!x->initiator];

    t->up = true;
    if (!t->has_client)
        t->client = x->initiator;
    t->has_client = true;
    if (x->used)
        return;
    x->used = true;
    if (x->response_frame > responder->certain_frame) {
        responder->certain_frame = x->response_frame;
        responder->certain_time = x->answered;
    }
    if (s->unused_answer != 0)
        wg_tunnel_hear(s, x->answered, frame);
    if (t->outage_answered.from != 0)
        wg_tunnel_add_outage(t, &t->outage_answered);
    t->outage_answered.from = 0;
    forgive_overdue(t, x);
    wg_evidence_see(&s->used, frame);
    if (x == s->last_try && s->chain.count > 1) {
        t->retries.count += s->chain.count - 1;
        if (t->retries.first == 0)
            t->retries.first = s->chain.first;
        t->retries.last = s->chain_before;
    }
    wg_evidence_forget(&s->chain);
    wg_evidence_forget(&t->side[!x->initiator].chain); /* its own tries are no longer needed */
    wg_evidence_forget(&s->unused);
    wg_evidence_forget(&s->accepted);
}

void
wg_tunnel_use(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    wg_evidence_see(&t->confirmed, f->frame);
    succeed(t, x, x->response_frame);
}

void
wg_tunnel_use_unseen(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned before = x->data[f->side] + x->keepalives[f->side];

    if (f->opened || before >= WG_HELD_MAX)
        succeed(t, x, f->frame);
}

void
wg_tunnel_use_last_try(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];

    if (f->counter != 0 || s->last_try == NULL || s->last_try->response_frame != 0)
        return;
    succeed(t, s->last_try, f->frame);
    wg_evidence_forget(&s->unheard_initiations);
    s->unheard_chain = 0;
}

void
wg_tunnel_forget_unproved(struct wg_tunnel *t)
{
    for (unsigned side = 0; side < 2; side++) {
        struct wg_tunnel_side *s = &t->side[side];
        t->forged.count += s->initiations.count;
        if (t->forged.first == 0)
            t->forged.first = s->initiations.first;
        t->forged.last = MAX(t->forged.last, s->initiations.last);
        wg_evidence_forget(&s->initiations);
        wg_evidence_forget(&s->unheard_initiations);
        wg_evidence_forget(&s->chain);
        s->unheard_chain = 0;
        s->last_try = NULL;
    }
}
