/* check_sessions.c
 * What must hold of a session table and of its notes, whatever was captured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "check_sessions.h"
#include "input.h"

#include "wg/analysis.h"

#define EVERY_VERDICT ((UINT32_C(1) << WG_VERDICT_COUNT) - 1)
#define EVERY_FLAG    ((uint32_t)(WG_NOTE_STARTS_OVER << 1) - 1)
#define EVERY_KEEPALIVE                                                                            \
    (WG_NOTE_KEY_CONFIRMATION | WG_NOTE_KEEPALIVE_PASSIVE | WG_NOTE_KEEPALIVE_PERSISTENT)

static uint64_t
mix(uint64_t digest, uint64_t value)
{
    return (digest ^ value) * UINT64_C(0x100000001b3) + (digest >> 47);
}

/* ---- notes ---- */

static void
check_analysis(const struct wg_note *note, const struct wg_analysis *a, uint32_t frames)
{
    CHECK((a->verdicts & ~EVERY_VERDICT) == 0 && a->keepalive <= WG_KEEPALIVE_PERSISTENT);
    CHECK(a->initiation_frame <= frames && a->response_frame <= frames && a->retry_of <= frames);
    CHECK(!a->from_initiator || a->knows_role);
    CHECK((a->session == NULL) == (note->of.session == NULL));
    CHECK(note->type == WG_TYPE_INITIATION || a->attempt == 0);
    CHECK(note->type == WG_TYPE_RESPONSE || !a->has_response_time);
    CHECK(note->type == WG_TYPE_DATA || (!a->has_age && a->keepalive == WG_KEEPALIVE_NONE));
}

/* A later look tells more, and never something else. */
static uint64_t
check_verdict(const struct wg_sessions *sessions, const struct wg_note *note, uint32_t frames,
              int64_t time, uint64_t digest)
{
    const struct wg_analysis now = wg_analyse(sessions, note, time, false);
    const struct wg_analysis in_the_end = wg_analyse(sessions, note, time, true);

    check_analysis(note, &now, frames);
    check_analysis(note, &in_the_end, frames);
    CHECK((in_the_end.verdicts & now.verdicts) == now.verdicts);
    CHECK((in_the_end.verdicts & ~now.verdicts & ~(1u << WG_VERDICT_UNANSWERED)) == 0);
    CHECK(in_the_end.session == now.session && in_the_end.renews == now.renews);
    digest = mix(digest, in_the_end.verdicts);
    digest = mix(digest, in_the_end.initiation_frame);
    digest = mix(digest, in_the_end.response_frame);
    digest = mix(digest, in_the_end.attempt);
    digest = mix(digest, (uint64_t)in_the_end.age);
    return mix(digest, in_the_end.keepalive);
}

static uint64_t
check_note(const struct wg_sessions *sessions, const struct wg_note *note, uint32_t frames,
           uint64_t digest)
{
    CHECK((note->flags & ~EVERY_FLAG) == 0 && note->reference <= frames);
    const uint32_t kinds = note->flags & EVERY_KEEPALIVE;
    CHECK((kinds & (kinds - 1)) == 0);
    if (note->of.session != NULL) {
        CHECK(note->type >= WG_TYPE_INITIATION && note->type <= WG_TYPE_DATA);
        const struct wg_session *session =
            note->type == WG_TYPE_DATA ? note->of.direction->session : note->of.session;
        CHECK(session->stream < wg_sessions_count(sessions));
        CHECK(wg_sessions_get(sessions, session->stream) == session);
        digest = mix(digest, session->stream);
        wg_sessions_previous_endpoint(sessions, note);
    }
    if (note->flags & WG_NOTE_DUPLICATE)
        CHECK(note->reference != 0);
    digest = mix(digest, note->flags);
    digest = mix(digest, wg_sessions_lost(sessions, note));
    return mix(digest, note->reference);
}

uint64_t
check_frame(struct wg_capture *capture, uint32_t frame, uint32_t frames, int64_t time,
            uint64_t digest)
{
    const struct wg_sessions *sessions = wg_capture_sessions(capture);
    uint32_t number = wg_capture_first(capture, frame);

    digest = mix(digest, number != 0);
    while (number != 0) {
        const struct wg_note *first = wg_capture_note(capture, number, 0);
        CHECK(first->count >= 1);
        for (unsigned i = 0; i < first->count; i++) {
            const struct wg_note *note = wg_capture_note(capture, number, i);
            CHECK(note->frame == frame && note->identity == first->identity);
            CHECK(i == 0 || (note->count == 0 && note->next == WG_NEXT_NONE));
            digest = check_note(sessions, note, frames, digest);
            digest = check_verdict(sessions, note, frames, time, digest);
        }
        number = wg_capture_next(capture, number);
    }
    return digest;
}

/* ---- losses ---- */

static void
add_loss(GHashTable *sums, const struct wg_sessions *sessions, const struct wg_note *note)
{
    if (note->type != WG_TYPE_DATA || note->of.direction == NULL)
        return;
    uint64_t *sum = g_hash_table_lookup(sums, note->of.direction);
    if (sum == NULL) {
        sum = g_new0(uint64_t, 1);
        g_hash_table_insert(sums, note->of.direction, sum);
    }
    *sum += wg_sessions_lost(sessions, note);
}

/* What the notes of each direction say is lost: direction -> uint64_t. */
static GHashTable *
losses(struct wg_capture *capture, uint32_t frames)
{
    GHashTable *sums = g_hash_table_new_full(NULL, NULL, NULL, g_free);

    for (uint32_t frame = 1; frame <= frames; frame++)
        for (uint32_t number = wg_capture_first(capture, frame); number != 0;
             number = wg_capture_next(capture, number))
            for (unsigned i = 0; i < wg_capture_note(capture, number, 0)->count; i++)
                add_loss(sums, wg_capture_sessions(capture), wg_capture_note(capture, number, i));
    return sums;
}

/* Where the window still holds all counters, the notes add up to what is lost in all. */
void
check_losses(struct wg_capture *capture, uint32_t frames)
{
    GHashTable *sums = losses(capture, frames);
    GHashTableIter i;
    void *key, *value;

    g_hash_table_iter_init(&i, sums);
    while (g_hash_table_iter_next(&i, &key, &value)) {
        const struct wg_direction *d = key;
        const struct wg_counters *c = &d->counters;
        CHECK(wg_counters_packets(&d->counters) + d->failed > 0);
        if (wg_counters_others(c)->forgotten == 0 && c->highest - c->lowest < c->capacity)
            CHECK(*(const uint64_t *)value == wg_counters_lost(c));
    }
    g_hash_table_destroy(sums);
}

/* ---- sessions ---- */

static uint64_t
check_direction(const struct wg_sessions *sessions, const struct wg_session *session,
                const struct wg_direction *d, uint32_t frames, uint64_t digest)
{
    uint32_t steps = 0;

    if (d == NULL)
        return mix(digest, 0);
    CHECK(d->session == session && d->receiver <= WG_ROLE_RESPONDER);
    if (d->counters.any)
        CHECK(d->counters.lowest <= d->counters.highest && d->counters.distinct > 0);
    else
        CHECK(wg_counters_packets(&d->counters) == wg_counters_others(&d->counters)->strays);
    for (const struct wg_direction *older = d->older; older != NULL; older = older->older) {
        CHECK(older->index == d->index && older != d && steps++ <= 2 * frames);
        CHECK(older->session->stream < wg_sessions_count(sessions));
    }
    digest = mix(digest, d->index);
    digest = mix(digest, wg_counters_packets(&d->counters));
    digest = mix(digest, wg_counters_lost(&d->counters));
    return mix(digest, wg_counters_others(&d->counters)->duplicates);
}

static uint64_t
check_responses(const struct wg_sessions *sessions, const struct wg_session *session,
                uint32_t frames, uint64_t digest)
{
    uint32_t steps = 0;
    struct wg_unpacked m;

    for (const struct wg_response *r = session->responses; r != NULL; r = r->next) {
        CHECK(steps++ <= frames && r->frame >= 1 && r->frame <= frames);
        wg_unpack_response(r, &m);
        CHECK(m.view.captured == 0 || m.view.type == WG_TYPE_RESPONSE);
        CHECK(r->to_responder != NULL);
        CHECK(r->cookie_frame <= frames);
        digest = mix(digest, r->frame);
        digest = check_direction(sessions, session, r->to_responder, frames, digest);
    }
    for (const struct wg_cookie *c = wg_session_extras(session)->cookies; c != NULL; c = c->next) {
        CHECK(steps++ <= 2 * frames && c->frame >= 1 && c->frame <= frames);
        CHECK(c->for_frame <= frames && c->status < WG_STATUS_COUNT);
        digest = mix(digest, c->status);
    }
    return digest;
}

static uint64_t
check_session(const struct wg_sessions *sessions, const struct wg_session *session, uint32_t frames,
              uint64_t digest)
{
    uint32_t steps = 0;
    struct wg_unpacked initiation;

    CHECK(session->initiation_frame <= frames && wg_session_answer(session) <= frames);
    CHECK((session->initiation != NULL) == (session->initiation_frame != 0));
    wg_unpack_initiation(session, &initiation);
    CHECK(initiation.view.captured == 0 || initiation.view.type == WG_TYPE_INITIATION);
    /* What is left of data that a handshake claimed later; and nothing follows from an initiation
     * that the keys know to be forged. */
    if (session->to_initiator == NULL && session->to_responder == NULL)
        CHECK(session->responses == NULL &&
              (session->initiation_frame == 0 || session->proof == WG_DISPROVED));
    CHECK((session->attempt != 0) == (session->initiation_frame != 0));
    CHECK((session->retry_of != 0) == (session->attempt > 1));
    CHECK(session->retry_of == 0 || session->retry_of < session->initiation_frame);
    CHECK(session->renews != session);
    for (const struct wg_session *p = session->previous; p != NULL; p = p->previous)
        CHECK(p != session && steps++ <= frames);
    digest = mix(digest, session->initiation_frame);
    digest = mix(digest, session->attempt);
    digest = mix(digest, session->renews != NULL ? session->renews->stream + 1 : 0);
    digest = mix(digest, session->keys != NULL ? session->keys->status : 99);
    digest = mix(digest, wg_session_initiator_key(session) != NULL);
    digest = mix(digest, wg_session_responder_key(session) != NULL);
    digest = check_direction(sessions, session, session->to_initiator, frames, digest);
    digest = check_direction(sessions, session, session->to_responder, frames, digest);
    return check_responses(sessions, session, frames, digest);
}

uint64_t
check_table(const struct wg_sessions *sessions, uint32_t frames, uint64_t digest)
{
    for (uint32_t i = 0; i < wg_sessions_count(sessions); i++) {
        const struct wg_session *session = wg_sessions_get(sessions, i);
        CHECK(session != NULL && session->stream == i);
        digest = check_session(sessions, session, frames, digest);
    }
    return digest;
}
