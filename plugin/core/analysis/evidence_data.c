/* evidence_data.c
 * What transport data adds to the evidence of a tunnel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "evidence_private.h"
#include "wg/timers.h"

/* A keepalive so soon after a handshake confirms it. FreeBSD's responder sends one, too. */
#define CONFIRMATION WG_SECOND
/* More packets than any sender sends in a second: a counter that jumps further was made up. */
#define MOST_PER_SECOND 10000000u

/* Whether a side is about to renew its session: it began a later handshake, and that was answered,
 * or it has just begun it, or it tries again. A single initiation without answer may be made up. */
static bool
renews(const struct wg_tunnel_side *s, const struct wg_exchange *x, int64_t now)
{
    const struct wg_exchange *p = s->last_try;

    return p != x && (p == NULL || p->response_frame != 0 || p->cookie || s->chain.count > 1 ||
                      wg_elapsed(p->initiated, now) < 2 * WG_REKEY_TIMEOUT);
}

/* Note that a new handshake is due: the session's initiator sends data, and its key is old
 * enough, even if the response took WG_TIMER_LATE to reach it from here, and the data to come
 * back. */
static void
see_due(struct wg_tunnel *t, const struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    const int64_t after = t->unpadded[side] ? WG_REKEY_AFTER_TIME_UNPADDED : WG_REKEY_AFTER_TIME;

    if (t->due != NULL || side != x->initiator || x->response_frame == 0 || x->went_on_elsewhere ||
        renews(&t->side[side], x, f->time) ||
        wg_elapsed(x->answered, f->time) < after + WG_TIMER_LATE)
        return;
    t->due = x;
    t->due_since = f->time;
    t->due_frame = f->frame;
}

void
wg_tunnel_went_on(struct wg_tunnel *t, struct wg_exchange *x)
{
    x->went_on_elsewhere = true;
    if (t->due == x)
        t->due = NULL;
}

void
wg_tunnel_judge_due(struct wg_tunnel *t, int64_t now)
{
    if (t->due == NULL || wg_elapsed(t->due_since, now) < WG_REKEY_PATIENCE)
        return;
    wg_evidence_see(&t->overdue, t->due_frame);
    t->overdue_since = t->due_since;
    t->due = NULL;
}

/* since: 0 for never; the result is then 0, too */
static int64_t
elapsed_since(int64_t since, int64_t now)
{
    if (since == 0)
        return 0;
    return wg_elapsed(since, now);
}

/* Whether a packet skipped so many that it may be made up. */
static bool
is_leap(const struct wg_exchange *x, unsigned side, uint64_t skipped)
{
    enum { FEW = 8, MANY = 64 };
    const uint64_t before = (uint64_t)x->data[side] + x->keepalives[side];

    return skipped >= MANY || (skipped >= FEW && skipped > before);
}

/* A leap counts when another packet goes on from it. Until then it may be made up: the packets that
 * follow may go on from before it. */
static void
see_leap(struct wg_tunnel_side *s, struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    struct wg_leap *leap = &x->leap[side];

    if (leap->skipped != 0 && f->counter < leap->counter)
        return;
    s->implausible -= leap->skipped;
    *leap = (struct wg_leap){ .skipped = 0 };
    if (f->opened || !is_leap(x, side, f->skipped))
        return;
    *leap = (struct wg_leap){ .counter = f->counter, .skipped = f->skipped };
    s->implausible += leap->skipped;
}

/* Count the packets that are missing since the last one of this direction. */
static void
see_losses(struct wg_tunnel_side *s, struct wg_exchange *x, unsigned side, const struct wg_fact *f,
           int64_t last_time)
{
    const int64_t passed = MAX(0, elapsed_since(last_time, f->time));
    const uint64_t most = ((uint64_t)(passed / WG_SECOND) + 1) * MOST_PER_SECOND;

    s->distinct++;
    if (!f->mixed)
        s->lost += f->lost - x->lost[side];
    x->lost[side] = f->lost;
    if (f->skipped > most)
        s->implausible += f->skipped;
    else if (passed >= WG_KEEPALIVE_TIMEOUT)
        s->lost_in_outage += f->skipped;
    else
        see_leap(s, x, side, f);
}

/* TCP repeats what was lost, and waits twice as long each time, up to two minutes (Linux). */
static void
see_large(struct wg_tunnel_side *s, const struct wg_fact *f)
{
    enum { LARGE = 1280 - 40 - 8, LONGEST_WAIT = 120 };

    if (f->length <= LARGE)
        return;
    const int64_t gap = elapsed_since(s->large_time, f->time);
    const bool doubles = s->large_gap > 100 * WG_MILLISECOND &&
                         s->large_gap <= LONGEST_WAIT * WG_SECOND && gap > s->large_gap * 17 / 10 &&
                         gap < s->large_gap * 24 / 10;
    if (doubles)
        s->doublings++;
    else
        s->doublings = 0;
    s->most_doublings = MAX(s->most_doublings, s->doublings);
    s->large_gap = gap;
    s->large_time = f->time;
}

/* Whether a side that sends data takes what comes back: it would have started over by now, even if
 * two tries were lost before they were captured. */
static bool
takes_data(const struct wg_tunnel_side *s, const struct wg_exchange *x, unsigned side, int64_t now)
{
    enum { LOST_TRIES = 2 };
    const int64_t in_time =
        WG_NEW_HANDSHAKE_TIME + WG_TIMER_LATE + LOST_TRIES * (WG_REKEY_TIMEOUT + WG_REKEY_JITTER);
    const int64_t since = MAX(x->first_data[side], x->answered);

    return x->response_frame != 0 && x->data[side] > 0 && x->data[!side] > 0 &&
           (s->last_try == NULL || s->last_try->initiated <= x->answered || !renews(s, x, now)) &&
           wg_elapsed(since, now) > in_time;
}

/* A packet proves that its sender takes what comes back; so if it did not before, that is over. */
static void
end_deafness(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    enum { AGAIN = 2 };
    struct wg_tunnel_side *s = &t->side[side];
    const struct wg_outage outage = { .from = s->deaf_since,
                                      .from_frame = s->deaf_frame,
                                      .to = f->time,
                                      .to_frame = f->frame,
                                      .side = !side,
                                      .not_taken = s->deaf.count,
                                      .before = t->side[!side].now,
                                      .after = t->side[!side].now };

    if (s->deaf.count >= AGAIN)
        wg_tunnel_add_outage(t, &outage);
    wg_evidence_forget(&s->deaf);
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
    if (answers && s->deaf.count > 0)
        end_deafness(t, side, f);
    if (answers || !late)
        return;
    const int64_t interval = elapsed_since(s->keepalive_time, f->time);
    const int64_t differs = interval - s->keepalive_interval;
    if (interval > 0 && differs > -WG_SECOND && differs < WG_SECOND)
        s->keepalive_regular++;
    else
        s->keepalive_regular = 0;
    s->keepalive_interval = interval;
    s->keepalive_time = f->time;
}

/* Data comes back to the other side. If it is the only one after a long time, and nothing proves
 * it, it ends nothing. */
static void
end_data_since(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    enum { AGAIN = 2 };
    struct wg_tunnel_side *other = &t->side[!side];
    const bool is_first = other->lone_reply == 0;

    other->lone_reply = f->frame;
    if (is_first && !f->opened &&
        (wg_tunnel_hears_keepalives_only(t, !side) || other->hears_nothing.count >= AGAIN))
        return;
    wg_evidence_forget(&other->hears_nothing);
    wg_evidence_forget(&other->data_since);
    other->answers = 0;
    other->lone_reply = 0;
}

static void
see_real_data(struct wg_tunnel *t, struct wg_exchange *x, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];

    if (x->data[side]++ == 0)
        x->first_data[side] = f->time;
    x->turns[side] += x->data[!side] > 0 && x->last_sender != side;
    x->last_sender = side;
    if (s->deaf.count > 0 && takes_data(s, x, side, f->time))
        end_deafness(t, side, f);
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
    end_data_since(t, side, f);
    wg_tunnel_end_silence(t, x, f);
    t->unpadded[side] = t->unpadded[side] || wg_timers_unpadded(f->length);
    see_large(s, f);
    see_due(t, x, side, f);
}

/* Data that proves nothing is held back, and does not come here. */
static void
see_unannounced(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    t->up = true;
    wg_tunnel_use_last_try(t, side, f);
}

void
wg_tunnel_see_data(struct wg_tunnel *t, struct wg_exchange *x, const struct wg_fact *f,
                   int64_t last_time)
{
    const unsigned side = f->side;
    struct wg_tunnel_side *s = &t->side[side];

    if (x->data[0] + x->data[1] + x->keepalives[0] + x->keepalives[1] == 0)
        t->sessions++;
    wg_evidence_see(&s->data, f->frame);
    s->data_time = f->time;
    s->largest = MAX(s->largest, f->length);
    see_losses(s, x, side, f, last_time);
    wg_evidence_see_if(f->opened, &t->authenticated, f->frame);
    s->opened += f->opened;
    if (side == x->initiator && x->response_frame != 0)
        wg_tunnel_use(t, x, f);
    else if (side != x->initiator && x->initiation_frame != 0)
        wg_tunnel_use_unseen(t, x, f);
    else if (x->initiation_frame == 0 && x->response_frame == 0)
        see_unannounced(t, side, f);
    if (wg_fact_is_keepalive(f))
        see_keepalive(t, x, side, f, last_time);
    else
        see_real_data(t, x, side, f);
    if (f->outside) {
        if (s->outside.count == 0)
            s->outside_first = f->inner;
        wg_evidence_see(&s->outside, f->frame);
    }
}
