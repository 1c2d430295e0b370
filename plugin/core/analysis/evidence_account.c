/* evidence_account.c
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
/* A port that changes sooner after the last packet was not forgotten by a NAT. */
#define IDLE_TIME (10 * WG_SECOND)
/* The least gap in the capture that counts as a jump of its time. */
#define JUMP (60 * WG_SECOND)

static bool
has(const struct wg_fact *f, enum wg_verdict verdict)
{
    return (f->verdicts >> verdict & 1) != 0;
}

void
wg_tunnel_begin(struct wg_tunnel *t, const struct wg_surroundings *surroundings, int64_t time)
{
    t->surroundings = surroundings;
    t->begun = t->ended = time;
    t->best_response_time = -1;
}

/* ---- copies ---- */

/* Whether this is the first copy of its message that comes at once. If many messages lie between
 * two copies, the second may look like a first one. */
static bool
is_first_copy(struct wg_tunnel *t, const struct wg_fact *f)
{
    struct wg_copied *copied = &t->side[f->side].copied;
    uint32_t *frame = &copied->frames[f->counter % G_N_ELEMENTS(copied->frames)];
    const bool again = *frame == f->first;

    *frame = f->first;
    return !again && t->copies_at_once.count < t->messages;
}

static void
see_copy(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    const struct wg_tunnel_side *s = &t->side[side];

    wg_evidence_see(&t->copies, f->frame);
    if (!has(f, WG_VERDICT_CAPTURED_TWICE) && wg_elapsed(s->last_time, f->time) > AT_ONCE)
        return;
    wg_evidence_see_if(is_first_copy(t, f), &t->copies_at_once, f->frame);
    if (!wg_endpoint_equal(&f->source, &s->now))
        t->also_seen = f->source;
    else if (!wg_endpoint_equal(&f->destination, &t->side[!side].now) &&
             !wg_endpoint_equal(&f->destination, &s->sent_to))
        t->also_seen = f->destination;
}

/* ---- silence and its end ---- */

static bool
is_answer(const struct wg_fact *f)
{
    return f->type == WG_TYPE_RESPONSE || f->type == WG_TYPE_COOKIE_REPLY;
}

/* Whether only the data of a side was missing: the other side started over and over, and was
 * answered, and data comes back with a counter that shows that more was sent. */
static bool
only_data_was_missing(const struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    enum { MISSING = 2 };

    return f->type == WG_TYPE_DATA && f->skipped >= MISSING &&
           t->side[!side].hears_nothing.count > 0;
}

/* Whether the silence of a side that sends again was an outage: the other side tried three times or
 * more, or some packets of this side are missing. */
static bool
was_missed(const struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    enum { MISSING = 2 };

    return wg_tunnel_tries_in_vain(t, !side) || f->skipped >= MISSING;
}

static void
end_outage(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    const struct wg_tunnel_side *s = &t->side[side];
    const bool data = only_data_was_missing(t, side, f);
    const int64_t since = data ? s->data_time : s->certain_time;

    if (is_answer(f) && t->outage_answered.from != 0) {
        t->outage_answered.to = f->time;
        t->outage_answered.to_frame = f->frame;
    }
    if (since == 0 || wg_elapsed(since, f->time) < WG_NEW_HANDSHAKE_TIME || !t->up ||
        !was_missed(t, side, f))
        return;
    const uint32_t frame = data ? s->data.last : s->certain_frame;
    const struct wg_outage outage = { .from = since,
                                      .from_frame = frame,
                                      .to = f->time,
                                      .to_frame = f->frame,
                                      .side = side,
                                      .handshakes = data && s->responses.last > frame,
                                      .before = s->now,
                                      .after = f->source };
    if (is_answer(f))
        t->outage_answered = outage;
    else
        wg_tunnel_add_outage(t, &outage);
}

/* Whether an answer to several tries in a row may come from anyone who saw them. If it is used, it
 * does not. */
static bool
is_doubtful_answer(const struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    return is_answer(f) && !f->opened && wg_tunnel_tries_in_vain(t, !side);
}

/* What a side sends shows the other one that it is there. An initiation does not show that its
 * sender hears anything. */
static void
hear(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    if (f->type == WG_TYPE_INITIATION)
        return;
    if (is_doubtful_answer(t, side, f)) {
        t->side[!side].unused_answer = f->frame;
        return;
    }
    wg_tunnel_hear(&t->side[!side], f->time, f->frame);
}

/* Note whether the capture's time jumps: a session is too old, and both sides go on where they
 * were before a gap. That time did not pass for them.
 *
 * before   when the tunnel was seen last */
static void
see_jump(struct wg_tunnel *t, const struct wg_fact *f, int64_t before)
{
    const bool first = t->verdicts[WG_VERDICT_EXPIRED].count == 1;

    if (!has(f, WG_VERDICT_EXPIRED))
        return;
    if (first && f->skipped == 0 && wg_elapsed(before, f->time) >= JUMP) {
        t->jump = wg_elapsed(before, f->time);
        t->before_jump = MAX(t->side[0].last_frame, t->side[1].last_frame);
    }
    if (t->jump == 0)
        return;
    wg_evidence_see(&t->after_jump, f->frame);
    t->goes_on[f->side] = true;
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
    s->now = f->source;
}

static void
see_sender(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];

    see_move(s, f);
    if (s->hops_low == 0 || f->hops < s->hops_low)
        s->hops_low = f->hops;
    s->hops_high = MAX(s->hops_high, f->hops);
    s->lengths[s->sent++ % G_N_ELEMENTS(s->lengths)] = (uint16_t)MIN(f->length, UINT16_MAX);
    s->last_time = f->time;
    s->last_frame = f->frame;
    if (!is_answer(f) || f->opened) {
        s->certain_time = f->time;
        s->certain_frame = f->frame;
    }
    s->sent_to = f->destination;
}

bool
wg_tunnel_sent(const struct wg_tunnel *t, const struct wg_endpoint *source, uint32_t length)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct wg_tunnel_side *s = &t->side[side];
        if (!wg_endpoint_equal(&s->now, source))
            continue;
        for (unsigned i = 0; i < G_N_ELEMENTS(s->lengths); i++)
            if (s->lengths[i] == length)
                return true;
    }
    return false;
}

/* Whether a verdict on a message counts for its tunnel. */
static bool
counts(const struct wg_fact *f, enum wg_verdict verdict)
{
    switch (verdict) {
    case WG_VERDICT_EXPIRED: /* a late copy does not show that its session was still used */
        return !f->copy;
    case WG_VERDICT_DUPLICATE: /* the finding is about data */
        return f->type == WG_TYPE_DATA;
    default:
        return true;
    }
}

static void
see_verdicts(struct wg_tunnel *t, const struct wg_fact *f)
{
    uint32_t left = f->verdicts;
    enum wg_verdict v;

    while ((v = wg_verdicts_next(&left)) != WG_VERDICT_COUNT)
        wg_evidence_see_if(counts(f, v), &t->verdicts[v], f->frame);
}

void
wg_tunnel_account(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned side = f->side;
    const int64_t last_time = t->side[side].certain_time, before = t->ended;

    wg_tunnel_judge_due(t, f->time);
    see_verdicts(t, f);
    if (f->copy) { /* it may come from anyone, at any time */
        t->side[side].fragments.copies_together += f->reassembled;
        see_copy(t, side, f);
        return;
    }
    t->messages++;
    t->begun = MIN(t->begun, f->time); /* times of captures can go backwards */
    t->ended = MAX(t->ended, f->time);
    see_jump(t, f, before);
    end_outage(t, side, f);
    see_sender(t, side, f);
    wg_evidence_see_if(f->reassembled, &t->reassembled, f->frame);
    t->side[side].fragments.together += f->reassembled;
    wg_evidence_see_if(f->in_stream, &t->in_stream, f->frame);
    wg_evidence_see_if(is_answer(f), &t->answers, f->frame);
    t->proved_answer = t->proved_answer || (is_answer(f) && f->opened);
    switch (f->type) {
    case WG_TYPE_INITIATION:
        wg_tunnel_see_initiation(t, x, f);
        break;
    case WG_TYPE_RESPONSE:
        wg_tunnel_see_response(t, x, f);
        break;
    case WG_TYPE_COOKIE_REPLY:
        wg_tunnel_see_cookie(t, x, f);
        break;
    default:
        wg_tunnel_see_data(t, x, f, last_time);
        break;
    }
    hear(t, side, f); /* comes last, since it forgets the data that a keepalive answers */
}
