/* copies.c
 * One packet in the capture twice: of two interfaces, or before and behind a NAT. It is no replay,
 * and nobody has moved.
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
    if (session->twin[side] || wg_endpoint_equal(&session->here[side], seen))
        return;
    session->before[side] = *seen;
    session->twin[side] = true;
}

void
wg_session_twins(struct wg_session *session, unsigned sender,
                 const struct wg_message_context *context)
{
    twin(session, sender, &context->source);
    twin(session, !sender, &context->destination);
}
