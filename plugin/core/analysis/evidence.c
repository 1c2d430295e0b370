/* evidence.c
 * The evidence of one tunnel, gathered message by message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "evidence_private.h"
#include "wg/timers.h"
#include "wg/wire.h"

/* A copy within this time is the same packet, captured at two places. */
#define AT_ONCE (10 * WG_MILLISECOND)
/* A keepalive so soon after a handshake confirms it: FreeBSD's responder sends one, too. */
#define CONFIRMATION WG_SECOND
/* More packets than any sender sends in a second: a counter that jumps further was not reached. */
#define MOST_PER_SECOND 10000000u
/* A port that changes after less than this was not forgotten by a NAT. */
#define IDLE_TIME (10 * WG_SECOND)

void
wg_evidence_see(struct wg_evidence *e, uint32_t frame)
{
    if (e->count == 0)
        e->first = frame;
    e->last = frame;
    e->count += e->count < UINT32_MAX;
}

static void
see_if(bool holds, struct wg_evidence *e, uint32_t frame)
{
    if (holds)
        wg_evidence_see(e, frame);
}

static void
forget(struct wg_evidence *e)
{
    *e = (struct wg_evidence){ 0 };
}

static bool
has(const struct wg_fact *f, enum wg_verdict verdict)
{
    return (f->verdicts >> verdict & 1) != 0;
}

bool
wg_fact_is_keepalive(const struct wg_fact *f)
{
    return f->type == WG_TYPE_DATA && f->length == WG_DATA_MIN_LEN;
}

void
wg_tunnel_begin(struct wg_tunnel *t, const struct wg_surroundings *surroundings, int64_t time)
{
    t->surroundings = surroundings;
    t->begun = t->ended = time;
    t->best_response_time = -1;
}

/* ---- copies ---- */

static void
see_copy(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    const struct wg_tunnel_side *s = &t->side[side];

    wg_evidence_see(&t->copies, f->frame);
    if (wg_elapsed(s->last_time, f->time) > AT_ONCE)
        return;
    wg_evidence_see(&t->copies_at_once, f->frame);
    if (!wg_endpoint_equal(&f->source, &s->now))
        t->also_seen = f->source;
    else if (!wg_endpoint_equal(&f->destination, &t->side[!side].now))
        t->also_seen = f->destination;
}

/* ---- silence and its end ---- */

/* Whether a side that speaks again was missed: the other one had tried three times or more, or some
 * of its own packets are missing now. */
static bool
was_missed(const struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    enum { TRIES = 3, MISSING = 2 };

    return t->side[!side].unheard_chain >= TRIES || f->skipped >= MISSING;
}

static void
end_outage(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    const struct wg_tunnel_side *s = &t->side[side];
    struct wg_outage *o = &t->outage;
    const int64_t silent = wg_elapsed(s->last_time, f->time);

    if (s->last_time == 0 || silent < WG_NEW_HANDSHAKE_TIME || !t->up || !was_missed(t, side, f))
        return;
    if (o->count > 0 && s->last_time < o->to) {
        o->to = MAX(o->to, f->time); /* the other side's silence at the same time */
        o->to_frame = f->frame;
        return;
    }
    o->count++;
    if (o->count > 1 && silent <= wg_elapsed(o->from, o->to))
        return;
    o->from = s->last_time;
    o->from_frame = s->last_frame;
    o->to = f->time;
    o->to_frame = f->frame;
    o->side = side;
    o->before = s->now;
    o->after = f->source;
}

/* A side answers: the other one is heard. An initiation does not show that. */
static void
hear(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *other = &t->side[!side];

    forget(&other->unheard_initiations);
    forget(&other->unheard_data);
    other->unheard_chain = 0;
    other->waits_since = 0;
    other->heard_time = f->time;
    other->heard_frame = f->frame;
}

/* ---- the sender ---- */

static void
see_move(struct wg_tunnel_side *s, const struct wg_fact *f)
{
    if (wg_endpoint_equal(&s->now, &f->source))
        return;
    if (wg_endpoint_same_host(&s->now, &f->source) &&
        wg_elapsed(s->last_time, f->time) >= IDLE_TIME)
        wg_evidence_see(&s->port_changes, f->frame);
    s->before = s->now;
    s->now = f->source;
}

static void
see_sender(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];

    see_move(s, f);
    s->bytes += f->length;
    if (s->hops_low == 0 || f->hops < s->hops_low)
        s->hops_low = f->hops;
    s->hops_high = MAX(s->hops_high, f->hops);
    s->last_time = f->time;
    s->last_frame = f->frame;
}

/* ---- handshakes ---- */

/* 15 s after its own first data; boringtun counts from the handshake. */
static bool
starts_over_in_time(const struct wg_exchange *x, unsigned side, int64_t time)
{
    return wg_timer_fits(wg_elapsed(x->first_data[side], time), WG_NEW_HANDSHAKE_TIME) ||
           wg_timer_fits(wg_elapsed(x->answered, time), WG_NEW_HANDSHAKE_TIME);
}

/* Why a side begins a handshake, as far as its data before tells. */
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
    /* A device that never answers what is sent to it, and began the tunnel itself, may just be one
     * without an answer and without a keepalive for it. */
    const bool quiet = x->data[!side] + x->late_keepalives[!side] > 0 ||
                       (side != wg_tunnel_client(t) && wg_tunnel_real_data(t, !side) == 0);
    if (silent && quiet)
        wg_evidence_see(&s->quiet, f->frame);
    else if (silent)
        wg_evidence_see(&s->hears_nothing, f->frame);
    else
        deaf = x->data[!side] > 0 && starts_over_in_time(x, side, f->time);
    if (deaf)
        wg_evidence_see(&s->deaf, f->frame);
    else
        forget(&s->deaf);
}

/* What became of the initiator's last try, told by when it tries again. */
static void
judge_last_try(struct wg_tunnel_side *s, const struct wg_fact *f)
{
    const struct wg_exchange *p = s->last_try;
    const bool retry =
        p != NULL && !p->used && wg_timer_fits(wg_elapsed(p->initiated, f->time), WG_REKEY_TIMEOUT);

    if (!retry) {
        forget(&s->chain);
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

static void
see_initiation(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];

    t->knows_initiator = true;
    wg_evidence_see(&s->initiations, f->frame);
    wg_evidence_see(&s->unheard_initiations, f->frame);
    see_if(f->mac2, &t->mac2_set, f->frame);
    judge_restart(t, side, f);
    judge_last_try(s, f);
    s->last_try = x;
    s->waits_since = 0;
    t->due = NULL; /* whoever it was that had to, the session is renewed */
    x->initiation_frame = f->frame;
    x->initiated = f->time;
}

static void
see_response(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    t->knows_initiator = true;
    wg_evidence_see(&t->side[side].responses, f->frame);
    hear(t, side, f);
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

static void
see_cookie(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    t->knows_initiator = true;
    x->cookie = true;
    wg_evidence_see(&t->side[side].cookies, f->frame);
    hear(t, side, f);
}

/* The initiator sends data under a response: it accepted it. */
static void
use(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[x->initiator];

    wg_evidence_see(&t->confirmed, f->frame);
    t->up = true;
    if (!t->has_client)
        t->client = x->initiator;
    t->has_client = true;
    if (x->used)
        return;
    x->used = true;
    wg_evidence_see(&s->used, x->response_frame);
    if (x == s->last_try && s->chain.count > 1) {
        t->retries.count += s->chain.count - 1;
        t->retries.first = t->retries.first == 0 ? s->chain.first : t->retries.first;
        t->retries.last = s->chain_before;
    }
    forget(&s->chain);
    forget(&t->side[!x->initiator].chain); /* its own tries are no longer needed */
    forget(&s->unused);
    forget(&s->accepted);
}

/* ---- data ---- */

/* The session's initiator sends data, and its key is so old that this calls for a new handshake. */
static void
see_due(struct wg_tunnel *t, const struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    const int64_t after =
        t->unpadded[side] ? wg_families[WG_FAMILY_NEPTUN].rekey_after : WG_REKEY_AFTER_TIME;

    if (t->due != NULL || side != x->initiator || x->response_frame == 0 || x->cookie ||
        t->side[side].last_try != x || wg_elapsed(x->answered, f->time) < after)
        return;
    t->due = x;
    t->due_since = f->time;
    t->due_frame = f->frame;
}

/* Had the initiation that was due, it would have come by now. */
static void
judge_due(struct wg_tunnel *t, int64_t now)
{
    if (t->due == NULL || wg_elapsed(t->due_since, now) < WG_REKEY_PATIENCE)
        return;
    wg_evidence_see(&t->overdue, t->due_frame);
    t->due = NULL;
}

/* Packets that are missing since the last one of this direction. */
static void
see_losses(struct wg_tunnel_side *s, struct wg_exchange *x, unsigned side, const struct wg_fact *f,
           int64_t last_time)
{
    const int64_t passed = last_time != 0 ? MAX(0, wg_elapsed(last_time, f->time)) : 0;
    const uint64_t most = ((uint64_t)(passed / WG_SECOND) + 1) * MOST_PER_SECOND;

    s->distinct++;
    s->lost += f->lost - x->lost[side];
    x->lost[side] = f->lost;
    if (f->skipped > most)
        s->implausible += f->skipped;
    else if (passed >= WG_KEEPALIVE_TIMEOUT)
        s->lost_in_outage += f->skipped;
}

/* TCP sends what was lost again, and waits twice as long each time. */
static void
see_large(struct wg_tunnel_side *s, const struct wg_fact *f)
{
    enum { LARGE = 1280 - 40 - 8 };

    if (f->length <= LARGE)
        return;
    const int64_t gap = wg_elapsed(s->large_time, f->time);
    const bool doubles = s->large_time != 0 && s->large_gap > 100 * WG_MILLISECOND &&
                         gap > s->large_gap * 17 / 10 && gap < s->large_gap * 24 / 10;
    s->doublings = doubles ? s->doublings + 1 : 0;
    s->most_doublings = MAX(s->most_doublings, s->doublings);
    s->large_gap = s->large_time != 0 ? gap : 0;
    s->large_time = f->time;
}

static void
see_keepalive(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f,
              int64_t last_time)
{
    struct wg_tunnel_side *s = &t->side[side], *other = &t->side[!side];
    const bool late = x->response_frame == 0 || wg_elapsed(x->answered, f->time) > CONFIRMATION;
    /* Linux starts the timer anew with each keepalive that it sends, if more data came. */
    const bool answers =
        other->unheard_data.count > 0 &&
        (wg_timer_fits(wg_elapsed(other->unheard_since, f->time), WG_KEEPALIVE_TIMEOUT) ||
         wg_timer_fits(wg_elapsed(last_time, f->time), WG_KEEPALIVE_TIMEOUT));

    s->keepalives++;
    x->keepalives[side]++;
    x->late_keepalives[side] += late;
    other->answers += answers;
    if (answers || !late)
        return;
    const int64_t interval = s->keepalive_time != 0 ? wg_elapsed(s->keepalive_time, f->time) : 0;
    const int64_t differs = interval - s->keepalive_interval;
    s->keepalive_regular =
        interval > 0 && differs > -WG_SECOND && differs < WG_SECOND ? s->keepalive_regular + 1 : 0;
    s->keepalive_interval = interval;
    s->keepalive_time = f->time;
}

static void
see_real_data(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side], *other = &t->side[!side];

    if (x->data[side]++ == 0)
        x->first_data[side] = f->time;
    if (s->unheard_data.count == 0)
        s->unheard_since = f->time;
    wg_evidence_see(&s->unheard_data, f->frame);
    if (s->waits_since == 0)
        s->waits_since = f->time;
    if (s->data_since.count == 0)
        s->data_since_first = f->time;
    s->data_since_last = f->time;
    wg_evidence_see(&s->data_since, f->frame);
    s->sending = x;
    s->keepalive_time = 0; /* a persistent keepalive counts from the last packet of any kind */
    forget(&other->data_since);
    other->answers = 0;
    forget(&other->hears_nothing);
    t->unpadded[side] = t->unpadded[side] || wg_timers_unpadded(f->length);
    see_large(s, f);
    see_due(t, x, side, f);
}

static void
see_data(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f,
         int64_t last_time)
{
    struct wg_tunnel_side *s = &t->side[side];

    if (x->data[0] + x->data[1] + x->keepalives[0] + x->keepalives[1] == 0)
        t->sessions++;
    wg_evidence_see(&s->data, f->frame);
    s->largest = MAX(s->largest, f->length);
    see_losses(s, x, side, f, last_time);
    see_if(f->opened, &t->authenticated, f->frame);
    s->opened += f->opened;
    if (side == x->initiator && x->response_frame != 0)
        use(t, x, f);
    else if (x->initiation_frame == 0 && x->response_frame == 0)
        t->up = true; /* what is held back proves nothing, and is not told here */
    /* Before the keepalive resets what it answers. */
    if (wg_fact_is_keepalive(f))
        see_keepalive(t, x, side, f, last_time);
    else
        see_real_data(t, x, side, f);
    hear(t, side, f);
    if (f->outside) {
        if (s->outside.count == 0)
            s->outside_first = f->inner;
        wg_evidence_see(&s->outside, f->frame);
    }
}

void
wg_tunnel_account(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned side = f->side;
    const int64_t last_time = t->side[side].last_time;

    judge_due(t, f->time);
    t->ended = MAX(t->ended, f->time);
    for (unsigned v = 0; v < WG_VERDICT_COUNT; v++)
        see_if(has(f, v), &t->verdicts[v], f->frame);
    if (f->copy) { /* it may come from anyone, at any time */
        see_copy(t, side, f);
        return;
    }
    t->messages++;
    end_outage(t, side, f);
    see_sender(t, side, f);
    see_if(f->reassembled, &t->reassembled, f->frame);
    see_if(f->in_stream, &t->in_stream, f->frame);
    switch (f->type) {
    case WG_TYPE_INITIATION:
        see_initiation(t, x, side, f);
        break;
    case WG_TYPE_RESPONSE:
        see_response(t, x, side, f);
        break;
    case WG_TYPE_COOKIE_REPLY:
        see_cookie(t, x, side, f);
        break;
    default:
        see_data(t, x, side, f, last_time);
        break;
    }
}

void
wg_tunnel_forget_unproved(struct wg_tunnel *t)
{
    for (unsigned side = 0; side < 2; side++) {
        struct wg_tunnel_side *s = &t->side[side];
        t->forged.count += s->initiations.count;
        t->forged.first = t->forged.first == 0 ? s->initiations.first : t->forged.first;
        t->forged.last = MAX(t->forged.last, s->initiations.last);
        forget(&s->initiations);
        forget(&s->unheard_initiations);
        forget(&s->chain);
        s->unheard_chain = 0;
        s->last_try = NULL;
    }
}

/* ---- figures ---- */

unsigned
wg_tunnel_client(const struct wg_tunnel *t)
{
    if (t->has_client)
        return t->client;
    return t->side[0].initiations.count == 0 && t->side[1].initiations.count > 0;
}

int
wg_tunnel_hops(const struct wg_tunnel *t, unsigned side)
{
    static const uint8_t given[] = { 64, 128, 255 };
    const struct wg_tunnel_side *s = &t->side[side];

    if (s->hops_high == 0 || s->hops_low != s->hops_high)
        return -1;
    for (unsigned i = 0; i < G_N_ELEMENTS(given); i++)
        if (s->hops_high <= given[i])
            return given[i] - s->hops_high;
    return -1;
}

uint64_t
wg_tunnel_missing(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];
    const uint64_t explained = s->lost_in_outage + s->implausible;

    return s->lost > explained ? s->lost - explained : 0;
}

uint64_t
wg_tunnel_real_data(const struct wg_tunnel *t, unsigned side)
{
    return t->side[side].data.count - MIN(t->side[side].data.count, t->side[side].keepalives);
}
