/* analysis.c
 * The verdict on a message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stddef.h>

#include "wg/analysis.h"
#include "wg/opening.h"
#include "wg/timers.h"

#define WG_VERDICT(id, filter, severity, info, label, summary)                                     \
    [WG_VERDICT_##id] = { label, WG_INFO_##info },
const struct wg_verdict_words wg_verdict_words[WG_VERDICT_COUNT] = {
#include "wg/verdicts.def"
};
#undef WG_VERDICT

_Static_assert(WG_VERDICT_COUNT <= 32, "wg_analysis.verdicts has a bit for each");

static void
add(struct wg_analysis *a, enum wg_verdict verdict, bool holds)
{
    a->verdicts |= (uint32_t)holds << verdict;
}

/* The verdicts that a flag alone decides. */
static void
from_flags(struct wg_analysis *a, uint32_t flags)
{
    static const struct {
        uint32_t flag;
        enum wg_verdict verdict;
    } told[] = {
        { WG_NOTE_OUT_OF_ORDER, WG_VERDICT_OUT_OF_ORDER },
        { WG_NOTE_OUTSIDE_WINDOW, WG_VERDICT_OUTSIDE_WINDOW },
        { WG_NOTE_COUNTER_RESET, WG_VERDICT_COUNTER_RESET },
        { WG_NOTE_ROAMED, WG_VERDICT_ROAMED },
        { WG_NOTE_RESPONDER_FIRST, WG_VERDICT_RESPONDER_FIRST },
        { WG_NOTE_REKEY_OVERDUE, WG_VERDICT_REKEY_OVERDUE },
        { WG_NOTE_NOT_ACCEPTED, WG_VERDICT_NOT_ACCEPTED },
        { WG_NOTE_COOKIE_IGNORED, WG_VERDICT_COOKIE_IGNORED },
        { WG_NOTE_CAPTURED_TWICE, WG_VERDICT_CAPTURED_TWICE },
        { WG_NOTE_STARTS_OVER, WG_VERDICT_STARTS_OVER },
    };

    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        add(a, told[i].verdict, (flags & told[i].flag) != 0);
}

static void
analyse_initiation(struct wg_analysis *a, const struct wg_note *note, bool final)
{
    const struct wg_session *session = note->of.session;

    a->knows_role = a->from_initiator = true;
    a->attempt = session->attempt;
    a->retry_of = session->retry_of;
    a->renews = session->renews;
    add(a, WG_VERDICT_CLOCK_BACKWARDS,
        session->keys != NULL && session->keys->clock_backwards &&
            (note->flags & WG_NOTE_DUPLICATE) == 0);
    add(a, WG_VERDICT_UNANSWERED, final && wg_session_answer(session) == 0);
}

static void
analyse_response(struct wg_analysis *a, const struct wg_note *note)
{
    const struct wg_session *session = note->of.session;
    const struct wg_response *r = session->responses;
    uint32_t first = note->frame;

    if ((note->flags & WG_NOTE_DUPLICATE) != 0)
        first = note->reference;
    a->knows_role = true;
    a->initiation_frame = session->initiation_frame;
    a->response_frame = first;
    while (r != NULL && r->frame != first)
        r = r->next;
    if (r != NULL && session->initiation_frame != 0) {
        /* Not all captures are in order of time. */
        a->response_time = wg_elapsed(session->initiation_time, r->time);
        a->has_response_time = a->response_time >= 0;
    }
}

static void
analyse_cookie_reply(struct wg_analysis *a, const struct wg_note *note)
{
    const struct wg_session *session = note->of.session;
    const uint32_t answered = wg_session_cookie_for(session, note);

    a->knows_role = true;
    a->from_initiator = answered != session->initiation_frame;
    a->initiation_frame = session->initiation_frame;
    if (a->from_initiator)
        a->response_frame = answered;
    add(a, WG_VERDICT_UNDER_LOAD, true);
}

static enum wg_keepalive
keepalive_kind(uint32_t flags)
{
    if (flags & WG_NOTE_KEY_CONFIRMATION)
        return WG_KEEPALIVE_KEY_CONFIRMATION;
    if (flags & WG_NOTE_KEEPALIVE_PASSIVE)
        return WG_KEEPALIVE_PASSIVE;
    if (flags & WG_NOTE_KEEPALIVE_PERSISTENT)
        return WG_KEEPALIVE_PERSISTENT;
    return WG_KEEPALIVE_NONE;
}

static void
analyse_data(struct wg_analysis *a, const struct wg_sessions *sessions, const struct wg_note *note,
             int64_t time)
{
    const struct wg_direction *d = note->of.direction;
    const struct wg_response *response = wg_direction_response(d);

    a->session = d->session;
    a->knows_role = d->receiver != WG_ROLE_UNKNOWN;
    a->from_initiator = d->receiver == WG_ROLE_RESPONDER;
    a->initiation_frame = d->session->initiation_frame;
    a->keepalive = keepalive_kind(note->flags);
    if (response != NULL) {
        a->response_frame = response->frame;
        a->age = wg_elapsed(response->time, time);
        a->has_age = a->age >= 0;
    }
    a->lost = wg_sessions_lost(sessions, note);
    add(a, WG_VERDICT_LOST, a->lost > 0);
    add(a, WG_VERDICT_DUPLICATE, (note->flags & WG_NOTE_DUPLICATE) != 0);
    add(a, WG_VERDICT_EXPIRED, a->has_age && a->age > WG_REJECT_AFTER_TIME + WG_TIMER_LATE);
    add(a, WG_VERDICT_UNKNOWN_SESSION, d->session->initiation_frame == 0 && response == NULL);
}

/* A handshake message that came before: the capture doubled it, or it was sent again. */
static void
analyse_handshake_copy(struct wg_analysis *a, uint32_t flags)
{
    const bool captured_twice = (flags & WG_NOTE_CAPTURED_TWICE) != 0;

    add(a, WG_VERDICT_DUPLICATE, captured_twice);
    add(a, WG_VERDICT_REPLAYED_HANDSHAKE, !captured_twice);
}

struct wg_analysis
wg_analyse(const struct wg_sessions *sessions, const struct wg_note *note, int64_t time, bool final)
{
    struct wg_analysis a = { .verdicts = 0 };

    if (note->of.session == NULL)
        return a;
    if (note->type != WG_TYPE_DATA)
        a.session = note->of.session;
    if (note->flags != 0)
        from_flags(&a, note->flags);
    switch (note->type) {
    case WG_TYPE_INITIATION:
        analyse_initiation(&a, note, final);
        break;
    case WG_TYPE_RESPONSE:
        analyse_response(&a, note);
        break;
    case WG_TYPE_COOKIE_REPLY:
        analyse_cookie_reply(&a, note);
        break;
    case WG_TYPE_DATA:
        analyse_data(&a, sessions, note, time);
        break;
    default:
        break;
    }
    if (note->type != WG_TYPE_DATA && (note->flags & WG_NOTE_DUPLICATE) != 0)
        analyse_handshake_copy(&a, note->flags);
    return a;
}

/* The handshake of a message, which a capture out of order has after it. */
static void
take_handshake(struct wg_analysis *a, const struct wg_analysis *later)
{
    const uint32_t taken = 1u << WG_VERDICT_UNKNOWN_SESSION | 1u << WG_VERDICT_EXPIRED;

    a->verdicts = (a->verdicts & ~taken) | (later->verdicts & taken);
    a->knows_role = later->knows_role;
    a->from_initiator = later->from_initiator;
    a->initiation_frame = later->initiation_frame;
    a->response_frame = later->response_frame;
    a->has_response_time = later->has_response_time;
    a->response_time = later->response_time;
    a->has_age = later->has_age;
    a->age = later->age;
}

void
wg_analysis_look_ahead(struct wg_analysis *a, const struct wg_analysis *later)
{
    const uint32_t taken = 1u << WG_VERDICT_UNANSWERED | 1u << WG_VERDICT_LOST;

    if (a->initiation_frame != 0 && a->initiation_frame != later->initiation_frame)
        return;
    a->verdicts = (a->verdicts & ~taken) | (later->verdicts & taken);
    a->lost = later->lost;
    if ((a->initiation_frame == 0 && later->initiation_frame != 0) ||
        (a->response_frame == 0 && later->response_frame != 0))
        take_handshake(a, later);
}
