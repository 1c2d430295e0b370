/* copies.c
 * One packet that the capture holds twice: from two interfaces, or from both sides of a NAT. It is
 * not a replay, and no peer has moved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

void
wg_sessions_remember(struct wg_sessions *s, const struct wg_message_context *context)
{
    s->recent[context->frame % WG_RECENT] = (struct wg_recent){ .frame = context->frame,
                                                                .interface = context->interface,
                                                                .time = context->time };
}

bool
wg_sessions_captured_twice(const struct wg_sessions *s, uint32_t first,
                           const struct wg_message_context *context)
{
    const struct wg_recent *r = &s->recent[first % WG_RECENT];

    if (r->frame != first || first == context->frame)
        return false;
    const int64_t later = wg_elapsed(r->time, context->time);
    return r->interface != context->interface ||
           (later < WG_MILLISECOND && later > -WG_MILLISECOND);
}

static void
twin(struct wg_session *session, unsigned side, const struct wg_endpoint *seen)
{
    if (wg_endpoint_equal(session->here[side], seen))
        return;
    struct wg_extras *extras = wg_session_make_extras(session);
    if (extras->twin[side])
        return;
    extras->before[side] = seen;
    extras->twin[side] = true;
}

void
wg_session_twins(struct wg_sessions *s, struct wg_session *session, unsigned sender,
                 const struct wg_way *way)
{
    twin(session, sender, &way->source);
    twin(session, !sender, &way->destination);
    wg_flows_get(s, &way->source, &way->destination)->moved_in = session;
}
