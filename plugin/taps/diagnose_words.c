/* diagnose_words.c
 * What the sentences of a diagnosis are made of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stddef.h>

#include "diagnose_words.h"
#include "names.h"
#include "icmp_text.h"
#include "wg/tai64n.h"
#include "words.h"

const uint8_t *
wg_words_side_key(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_session *s = t->last_session;

    if (t->side[side].key != NULL)
        return t->side[side].key->public_key;
    if (s == NULL || s->way == NULL || !t->knows_initiator)
        return NULL;
    const bool initiator = wg_endpoint_same_host(&s->way->source, &t->side[side].now) ||
                           wg_endpoint_same_host(&s->way->source, &t->side[side].first);
    if (initiator)
        return wg_session_initiator_key(s);
    return wg_session_responder_key(s);
}

char *
wg_words_peer(const struct wg_tunnel *t, unsigned side)
{
    return wg_report_peer(&t->side[side].first, wg_words_side_key(t, side));
}

char *
wg_words_key(const uint8_t *public_key)
{
    g_autofree char *key = wg_report_key(public_key), *name = wg_report_name(public_key);

    if (name != NULL)
        return g_strdup_printf("%s (%s)", key, name);
    return g_steal_pointer(&key);
}

/* "frame 3" or "frames 3 to 9" */
char *
wg_words_frames(const struct wg_evidence *e)
{
    if (e->first == e->last)
        return g_strdup_printf("frame %u", e->first);
    return g_strdup_printf("frames %u to %u", e->first, e->last);
}

/* "7 handshake initiations (frames 1 to 9)" */
char *
wg_words_counted(const struct wg_evidence *e, const char *one, const char *many)
{
    g_autofree char *where = wg_words_frames(e);
    return g_strdup_printf("%u %s (%s)", e->count, plurality(e->count, one, many), where);
}

char *
wg_words_refusals(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->unreachable);
    g_autofree char *errors =
        wg_icmp_errors(&t->unreachable, &t->first_unreachable, t->various_unreachable,
                       wg_icmp_reason(&t->first_unreachable));
    return g_strdup_printf("%s (%s)", errors, where);
}

char *
wg_words_with_cookie(const struct wg_tunnel *t)
{
    const struct wg_evidence *e = &t->mac2_set;
    g_autofree char *where = wg_words_frames(e);

    if (e->count == 0)
        return g_strdup("no initiation came with a cookie (mac2)");
    return g_strdup_printf("%u initiation%s came with a cookie (mac2; %s)", e->count,
                           plurality(e->count, "", "s"), where);
}

char *
wg_words_verdict(const struct wg_tunnel *t, enum wg_verdict verdict, const char *format_one,
                 const char *many)
{
    return wg_words_counted(&t->verdicts[verdict], format_one, many);
}

/* A part is never shown as 100 %. */
static double
percent(uint64_t part, uint64_t all)
{
    const double exact = 100.0 * (double)part / (double)MAX(all, 1);
    if (part < all)
        return MIN(exact, 99.9);
    return exact;
}

/* "19 of 339 (5.6 %) from 192.0.2.1:51820", for each side that lost any */
char *
wg_words_losses(const struct wg_tunnel *t)
{
    GString *s = g_string_new(NULL);

    for (unsigned side = 0; side < 2; side++) {
        const uint64_t lost = wg_tunnel_missing(t, side);
        const uint64_t all = lost + t->side[side].distinct;
        g_autofree char *from = wg_words_peer(t, side);
        if (lost == 0)
            continue;
        wg_separate(s, ", ");
        g_string_append_printf(s, "%" PRIu64 " of %" PRIu64 " (%.1f %%) from %s", lost, all,
                               percent(lost, all), from);
    }
    return g_string_free(s, FALSE);
}

/* One kind of evidence of a side, by its place in struct wg_tunnel_side. */
static const struct wg_evidence *
evidence(const struct wg_tunnel_side *side, size_t place)
{
    return (const struct wg_evidence *)((const char *)side + place);
}

unsigned
wg_words_busier(const struct wg_tunnel *t, size_t place)
{
    return evidence(&t->side[1], place)->count > evidence(&t->side[0], place)->count;
}

/* ---- times ---- */

static char *
date_text(int64_t unix_seconds)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(unix_seconds);

    if (when == NULL)
        return g_strdup("?");
    return g_date_time_format(when, "%Y-%m-%d %H:%M:%S UTC");
}

char *
wg_words_when(int64_t time)
{
    return date_text(time / WG_SECOND);
}

char *
wg_words_duration(int64_t nanoseconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {
        { 365.25 * 86400, "years" },
        { 86400, "days" },
        { 3600, "h" },
        { 60, "min" },
    };
    /* Times of captures can go backwards; a duration is never negative. */
    const double seconds = wg_words_seconds(MAX(0, nanoseconds));

    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        if (seconds >= 2 * units[i].seconds)
            return g_strdup_printf("%.1f %s", seconds / units[i].seconds, units[i].name);
    return g_strdup_printf("%.1f s", seconds);
}

/* ---- places ---- */

char *
wg_words_place(const struct wg_tunnel *t, unsigned side, const char *who)
{
    const int hops = wg_tunnel_hops(t, side);

    if (hops < 0)
        return g_strdup("");
    if (hops == 0)
        return g_strdup_printf(" Captured beside %s, before any router.", who);
    return g_strdup_printf(" Captured %d router%s away from %s.", hops, plurality(hops, "", "s"),
                           who);
}

/* ---- clocks ---- */

char *
wg_words_clock(const struct wg_tunnel *t)
{
    int64_t seconds;

    if (t->last_opened == NULL || t->last_opened->status != WG_STATUS_DECRYPTED)
        return g_strdup("");
    const struct wg_tai64n stamp = wg_tai64n_decode(t->last_opened->opened.timestamp);
    const enum wg_tai64n_base base = wg_tai64n_guess_base(stamp, t->last_opened_time / WG_SECOND);
    if (!wg_tai64n_to_unix(stamp, base, &seconds))
        return g_strdup("");
    const int64_t now = t->last_opened_time / WG_SECOND;
    const int64_t most = INT64_MAX / WG_SECOND;
    int64_t difference = now - seconds;
    const char *order = "before";
    if (seconds > now) {
        difference = seconds - now;
        order = "after";
    }
    g_autofree char *clock = date_text(seconds);
    g_autofree char *skew = wg_words_duration(MIN(difference, most) * WG_SECOND);

    return g_strdup_printf("its clock says %s, %s %s the capture's", clock, skew, order);
}
