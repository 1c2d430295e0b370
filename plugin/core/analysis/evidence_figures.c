/* evidence_figures.c
 * How evidence is counted, and what is worked out from the counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "evidence_private.h"
#include "wg/timers.h"
#include "wg/wire.h"

void
wg_evidence_see(struct wg_evidence *e, uint32_t frame)
{
    if (e->count == 0)
        e->first = frame;
    e->last = frame;
    e->count += e->count < UINT32_MAX;
}

void
wg_evidence_see_if(bool holds, struct wg_evidence *e, uint32_t frame)
{
    if (holds)
        wg_evidence_see(e, frame);
}

void
wg_tunnel_hear(struct wg_tunnel_side *s, int64_t time, uint32_t frame)
{
    wg_evidence_forget(&s->unheard_initiations);
    wg_evidence_forget(&s->unheard_data);
    s->unheard_chain = 0;
    s->unused_answer = 0;
    s->waits_since = 0;
    s->heard_time = time;
    s->heard_frame = frame;
}

void
wg_tunnel_add_outage(struct wg_tunnel *t, const struct wg_outage *added)
{
    struct wg_outage *o = &t->outage;
    const uint32_t count = o->count + 1;

    if (o->count > 0 && added->from < o->to) {
        o->to = MAX(o->to, added->to); /* the other side was silent at the same time */
        o->to_frame = added->to_frame;
        return;
    }
    if (o->count == 0 || wg_elapsed(added->from, added->to) > wg_elapsed(o->from, o->to))
        *o = *added;
    o->count = count;
}

bool
wg_fact_is_keepalive(const struct wg_fact *f)
{
    return f->type == WG_TYPE_DATA && f->length == WG_DATA_MIN_LEN;
}

bool
wg_tunnel_is_empty(const struct wg_tunnel *t)
{
    return t->messages + t->held.count + t->forged.count + t->copies.count == 0;
}

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

    return s->lost - MIN(s->lost, explained);
}

uint64_t
wg_tunnel_real_data(const struct wg_tunnel *t, unsigned side)
{
    return t->side[side].data.count - MIN(t->side[side].data.count, t->side[side].keepalives);
}

bool
wg_tunnel_sends_data(const struct wg_tunnel *t, unsigned side)
{
    enum { MANY = 10 };
    const uint64_t sent = wg_tunnel_real_data(t, side);

    return sent > 1 ||
           (sent == 1 && (t->side[side].opened > 0 || wg_tunnel_real_data(t, !side) < MANY));
}

bool
wg_tunnel_tries_in_vain(const struct wg_tunnel *t, unsigned side)
{
    enum { TRIES = 3 };
    return t->side[side].unheard_chain >= TRIES;
}

bool
wg_tunnel_hears_keepalives_only(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];
    const bool before = wg_tunnel_real_data(t, !side) > (s->lone_reply != 0);
    const uint32_t times = before ? 3 : 1;

    return s->data_since.count >= 4 * times && s->answers >= 2 * times &&
           wg_elapsed(s->data_since_first, s->data_since_last) >= 20 * WG_SECOND * times;
}

uint32_t
wg_tunnel_lone_answer(const struct wg_tunnel *t)
{
    enum { TRIES = 3 };

    if (t->answers.count != 1 || t->up || t->proved_answer ||
        MAX(t->side[0].unheard_initiations.count, t->side[1].unheard_initiations.count) < TRIES)
        return 0;
    return t->answers.last;
}
