/* copies.c
 * One packet that the capture holds twice: from two interfaces, or from both sides of a NAT. It is
 * not a replay, and no peer has moved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

/* A second copy on the same interface, with the same addresses, is a replay if it comes later. */
#define MIRRORED WG_MILLISECOND
/* With other addresses, it may have come through a NAT, which does not keep a packet longer than
 * this. Whoever replays what he saw is rarely as quick. */
#define FORWARDED (10 * WG_MILLISECOND)

void
wg_sessions_remember(struct wg_sessions *s, const struct wg_arrival *a)
{
    const struct wg_message_context *context = a->context;

    s->recent[context->frame % WG_RECENT] = (struct wg_recent){ .frame = context->frame,
                                                                .interface = context->interface,
                                                                .time = context->time,
                                                                .way = a->way };
}

/* Whether an endpoint may be another name of a side's place: there is none yet, or it is this. */
static bool
may_be_name(const struct wg_session *session, unsigned side, const struct wg_endpoint *seen)
{
    const struct wg_extras *extras = wg_session_extras(session);

    return !extras->twin[side] || wg_endpoint_equal(wg_session_here(session, side), seen) ||
           wg_endpoint_equal(extras->before[side], seen);
}

/* Whether the message that a copy repeats was captured a second time, and not sent again. */
static bool
captured_twice(const struct wg_sessions *s, const struct wg_session *session, unsigned sender,
               const struct wg_arrival *a)
{
    const uint32_t first = a->note->reference;
    const struct wg_recent *r = &s->recent[first % WG_RECENT];

    if (r->frame != first || first == a->context->frame)
        return false;
    if (r->interface != a->context->interface)
        return true;
    const int64_t later = wg_elapsed(r->time, a->context->time);
    const int64_t apart = later < 0 ? -later : later;
    if (r->way == a->way)
        return apart < MIRRORED;
    return apart < MIRRORED ||
           (apart < FORWARDED && may_be_name(session, sender, &a->way->source) &&
            may_be_name(session, !sender, &a->way->destination));
}

/* A copy was seen with this endpoint. Nobody sends a packet twice, so no peer has moved there. If
 * it was captured twice, it is another name of the place. */
static void
note_name(struct wg_session *session, unsigned side, const struct wg_endpoint *seen, bool twice)
{
    if (wg_endpoint_equal(wg_session_here(session, side), seen))
        return;
    struct wg_extras *extras = wg_session_make_extras(session);
    if (extras->twin[side] || (!twice && extras->before[side] != NULL))
        return;
    extras->before[side] = seen;
    extras->twin[side] = twice;
}

void
wg_session_note_copy(struct wg_sessions *s, struct wg_session *session, unsigned sender,
                     const struct wg_arrival *a)
{
    const bool twice = captured_twice(s, session, sender, a);

    a->note->flags |= WG_NOTE_DUPLICATE;
    note_name(session, sender, &a->way->source, twice);
    note_name(session, !sender, &a->way->destination, twice);
    if (!twice)
        return;
    a->note->flags |= WG_NOTE_CAPTURED_TWICE;
    wg_flows_get(s, &a->way->source, &a->way->destination)->moved_in = session;
}
