/* diagnose_trouble.c
 * A diagnosis in sentences: what is wrong with a tunnel that is up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "icmp_text.h"
#include "report.h"
#include "words.h"

static char *
tell_hears_nothing(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, hears_nothing);
    g_autofree char *who = wg_words_peer(t, side), *other = wg_words_peer(t, !side);
    g_autofree char *times = wg_words_counted(&t->side[side].hears_nothing, "time", "times");

    return g_strdup_printf(
        "%s starts over 15 s after its data, %s, although its handshakes are "
        "answered and used: no data from %s reaches it. What one of them sends is "
        "lost on the way, or %s drops it before it counts as received, as "
        "FreeBSD and OpenBSD (OPNsense, pfSense) do with sources outside "
        "AllowedIPs",
        who, times, other, other);
}

static char *
tell_falls_silent(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, silences.sessions);
    const struct wg_silences *silences = &t->side[side].silences;
    g_autofree char *who = wg_words_peer(t, side), *other = wg_words_peer(t, !side);
    g_autofree char *longest = wg_words_duration(silences->longest);
    g_autofree char *where = wg_words_frames(&silences->sessions);
    GString *s = g_string_new(NULL);

    g_string_append_printf(
        s,
        "in %u of %u sessions, data came back from %s for a short time after the "
        "handshake (%s at most), and then nothing more (the last of it: %s), while %s sent "
        "%" PRIu64 " more packets. After 15 s without an answer came a new "
        "handshake, and with it data came back",
        silences->sessions.count, t->sessions, other, longest, where, who, silences->sent);
    if (silences->over_since > 0)
        g_string_append_printf(s, ". Since frame %u, a session goes on for longer",
                               silences->over_since);
    return g_string_free(s, FALSE);
}

static char *
tell_data_lost(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, accepted);
    g_autofree char *who = wg_words_peer(t, side);
    g_autofree char *place = wg_words_place(t, !side, "the responder");
    g_autofree char *times =
        wg_words_counted(&t->side[side].accepted, "handshake response", "handshake responses");

    return g_strdup_printf("%s, and %s starts over long after 5 s, so it did accept them. None "
                           "of the data that it sent under them was captured: it is lost before "
                           "this point.%s",
                           times, who, place);
}

static char *
tell_deaf(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, deaf);
    g_autofree char *who = wg_words_peer(t, side), *other = wg_words_peer(t, !side);
    g_autofree char *times = wg_words_counted(&t->side[side].deaf, "time", "times");

    return g_strdup_printf("%s sends data, and %s starts over 15 s after its own all the same, %s: "
                           "what comes back is lost after this point of capture, or dropped before "
                           "it counts as received",
                           other, who, times);
}

static char *
tell_outside(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, outside);
    const struct wg_tunnel_side *s = &t->side[side];
    g_autofree char *from = wg_words_peer(t, side), *to = wg_words_peer(t, !side);
    g_autofree char *e = wg_words_counted(&s->outside, "packet", "packets");
    g_autofree char *source = wg_report_address(&s->outside_first);

    return g_strdup_printf(
        "%s of %u that open, from %s, have a source such as %s, which the "
        "configuration of %s does not allow to this peer. They are decrypted and "
        "dropped",
        e, s->opened, from, source, to);
}

static char *
tell_keepalives_only(const struct wg_tunnel *t)
{
    const unsigned side = t->side[1].answers > t->side[0].answers;
    const struct wg_tunnel_side *s = &t->side[side];
    g_autofree char *who = wg_words_peer(t, side), *other = wg_words_peer(t, !side);
    g_autofree char *sent = wg_words_counted(&s->data_since, "data packet", "data packets");
    g_autofree char *lasted =
        wg_words_duration(wg_elapsed(s->data_since_first, s->data_since_last));

    g_autofree char *reply =
        s->lone_reply != 0
            ? g_strdup_printf(" but one packet (frame %u) that nothing proves", s->lone_reply)
            : g_strdup("");

    return g_strdup_printf(
        "%s sent %s in %s, and %s answered with %u keepalive%s, which are due 10 s "
        "after data, and sent no data of its own%s. So the packets arrive and are "
        "decrypted, and nothing answers them",
        who, sent, lasted, other, s->answers, plurality(s->answers, "", "s"), reply);
}

/* The age of a session where the capture ends, in seconds; 0: it never came up. */
static double
age_at_end(const struct wg_tunnel *t, const struct wg_exchange *session)
{
    if (session == NULL || session->response_frame == 0)
        return 0;
    return wg_words_seconds(wg_elapsed(session->answered, t->ended));
}

static char *
tell_rekey_unanswered(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, chain);
    g_autofree char *sent =
        wg_words_counted(&t->side[side].chain, "handshake initiation", "handshake initiations");
    const double age = age_at_end(t, t->side[side].sending);

    if (age <= 0)
        return g_strdup_printf("%s got no answer, while the session before still carries data. It "
                               "ends 180 s after its handshake",
                               sent);
    return g_strdup_printf("%s got no answer, while the session before still carries data. It ends "
                           "180 s after its handshake; it is %.0f s old where the capture ends",
                           sent, age);
}

static char *
tell_overdue(const struct wg_tunnel *t)
{
    uint32_t frame = t->due_frame;

    if (t->overdue.count > 0)
        frame = t->overdue.first;
    return g_strdup_printf("the session's initiator sends data past 120 s (frame %u), and no new "
                           "handshake of it is seen within 6 s. No peer accepts data after 180 s",
                           frame);
}

static char *
tell_outlived(const struct wg_tunnel *t)
{
    g_autofree char *e = wg_words_verdict(t, WG_VERDICT_EXPIRED, "data packet", "data packets");
    return g_strdup_printf("%s on a session older than 180 s, which no peer accepts", e);
}

static char *
tell_not_authentic(const struct wg_tunnel *t)
{
    g_autofree char *e = wg_words_counted(&t->forged, "message", "messages");
    return g_strdup_printf("%s did not open with keys that fit the tunnel, and count%s nowhere", e,
                           plurality(t->forged.count, "s", ""));
}

static char *
tell_counters(const struct wg_tunnel *t)
{
    g_autofree char *e = wg_words_verdict(t, WG_VERDICT_COUNTER_RESET, "packet", "packets");
    return g_strdup_printf("%s with a counter that another packet used before", e);
}

static char *
tell_mtu(const struct wg_tunnel *t)
{
    g_autofree char *where = wg_words_frames(&t->too_big);
    const char *what = "fragmentation needed";
    GString *s = g_string_new(NULL);

    if (t->first_too_big.ipv6)
        what = "packet too big";
    g_autofree char *errors =
        wg_icmp_errors(&t->too_big, &t->first_too_big, t->various_too_big, what);
    g_string_append_printf(s, "%s (%s)", errors, where);
    if (t->first_too_big.mtu > 0)
        g_string_append_printf(s, ", the link there takes %u bytes", t->first_too_big.mtu);
    return g_string_free(s, FALSE);
}

static char *
tell_size(const struct wg_tunnel *t)
{
    const unsigned again = t->side[1].most_doublings > t->side[0].most_doublings;
    const unsigned small = !wg_tunnel_misses_large(t, 0);
    const unsigned broken = !wg_tunnel_loses_fragments(t, 0);

    if (wg_tunnel_loses_fragments(t, broken)) {
        g_autofree char *who = wg_words_peer(t, broken);
        return g_strdup_printf("%u of %u datagrams that %s sent in fragments never became whole "
                               "(first: frame %u): fragments are lost on the way",
                               wg_tunnel_unfinished(t, broken),
                               t->side[broken].fragments.first.count, who,
                               t->side[broken].fragments.first.first);
    }
    if (wg_tunnel_repeats_large(t, again)) {
        g_autofree char *who = wg_words_peer(t, again);
        return g_strdup_printf("%s sends a large packet again and again, each time after twice the "
                               "wait, while small ones are answered: large packets do not arrive",
                               who);
    }
    g_autofree char *from = wg_words_peer(t, small), *lost = wg_words_losses(t);
    return g_strdup_printf("of the packets that arrived from %s, none has more than %u bytes. "
                           "Missing: %s. These may be the large ones",
                           from, t->side[small].largest, lost);
}

static char *
tell_outage(const struct wg_tunnel *t)
{
    const struct wg_outage *o = &t->outage;
    g_autofree char *who = wg_words_peer(t, o->side), *other = wg_words_peer(t, !o->side);
    g_autofree char *from = wg_words_when(o->from), *to = wg_words_when(o->to);
    g_autofree char *lasted = wg_words_duration(wg_elapsed(o->from, o->to));
    const struct wg_evidence frames = { 2, o->from_frame, o->to_frame };
    g_autofree char *where = wg_words_frames(&frames);
    g_autofree char *after = wg_report_endpoint(&o->after);
    GString *s = g_string_new(NULL);

    if (o->not_taken > 0)
        g_string_append_printf(s,
                               "%s took nothing of what %s sent, from %s to %s at the latest (%s; "
                               "%s), and started over %u times, 15 s after data of its own",
                               other, who, from, to, lasted, where, o->not_taken);
    else if (o->handshakes)
        g_string_append_printf(s,
                               "no data of %s was captured from %s to %s (%s; %s), though its "
                               "handshake responses were, and %s was expecting some",
                               who, from, to, lasted, where, other);
    else
        g_string_append_printf(s,
                               "%s was not heard from %s to %s (%s; %s), while %s was expecting it",
                               who, from, to, lasted, where, other);
    if (o->count > 1)
        g_string_append(s, "; the longest of several");
    g_string_append(s, ". After that, it worked again");
    if (!wg_endpoint_equal(&o->before, &o->after))
        g_string_append_printf(s, ", from %s", after);
    return g_string_free(s, FALSE);
}

static char *
tell_lossy(const struct wg_tunnel *t)
{
    g_autofree char *lost = wg_words_losses(t);
    if (t->in_stream.count > 0)
        return g_strdup_printf("%s, although TCP carries this tunnel and repeats what is lost. So "
                               "the sender dropped them before TCP, or the capture lacks them",
                               lost);
    return g_strdup_printf("where this was captured, %s", lost);
}

static char *
tell_sampled(const struct wg_tunnel *t)
{
    g_autofree char *lost = wg_words_losses(t);
    return g_strdup_printf("it lacks %s, in all tunnels and directions alike, while they work. So "
                           "it was sampled, or the capture itself dropped packets",
                           lost);
}

static char *
tell_port_changes(const struct wg_tunnel *t)
{
    const unsigned side = WG_WORDS_BUSIER(t, port_changes);
    g_autofree char *who = wg_words_peer(t, side);
    g_autofree char *times = wg_words_counted(&t->side[side].port_changes, "time", "times");

    return g_strdup_printf(
        "%s comes from another port, %s, each time after it was silent for 10 s "
        "or more: a NAT on its side forgets the port sooner than it sends. Until "
        "it sends again, nothing can reach it",
        who, times);
}

static char *
tell_keepalive_stops(const struct wg_tunnel *t)
{
    const unsigned side = t->side[1].keepalive_regular > t->side[0].keepalive_regular;
    const struct wg_tunnel_side *s = &t->side[side];
    g_autofree char *who = wg_words_peer(t, side);
    g_autofree char *silent = wg_words_duration(wg_elapsed(s->last_time, t->surroundings->now));

    return g_strdup_printf(
        "%s sent one every %.0f s, the last in frame %u; then none for %s, to the "
        "end of the capture",
        who, wg_words_seconds(s->keepalive_interval), s->last_frame, silent);
}

char *
wg_tell_trouble(const struct wg_tunnel *t, enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_HEARS_NOTHING:
        return tell_hears_nothing(t);
    case WG_FINDING_FALLS_SILENT:
        return tell_falls_silent(t);
    case WG_FINDING_DATA_LOST:
        return tell_data_lost(t);
    case WG_FINDING_DEAF:
        return tell_deaf(t);
    case WG_FINDING_OUTSIDE_ALLOWED_IPS:
    case WG_FINDING_SOME_OUTSIDE:
        return tell_outside(t);
    case WG_FINDING_KEEPALIVES_ONLY:
    case WG_FINDING_ONE_WAY_DATA:
        return tell_keepalives_only(t);
    case WG_FINDING_REKEY_UNANSWERED:
        return tell_rekey_unanswered(t);
    case WG_FINDING_OVERDUE:
        return tell_overdue(t);
    case WG_FINDING_OUTLIVED:
        return tell_outlived(t);
    case WG_FINDING_NOT_AUTHENTIC:
    case WG_FINDING_FORGED:
        return tell_not_authentic(t);
    case WG_FINDING_COUNTER_RESET:
        return tell_counters(t);
    case WG_FINDING_MTU:
        return tell_mtu(t);
    case WG_FINDING_SIZE:
        return tell_size(t);
    case WG_FINDING_OUTAGE:
        return tell_outage(t);
    case WG_FINDING_LOSSY:
        return tell_lossy(t);
    case WG_FINDING_SAMPLED:
        return tell_sampled(t);
    case WG_FINDING_PORT_CHANGES:
        return tell_port_changes(t);
    case WG_FINDING_KEEPALIVE_STOPS:
        return tell_keepalive_stops(t);
    case WG_FINDING_COOKIE_IGNORED:
        return wg_words_verdict(t, WG_VERDICT_COOKIE_IGNORED,
                                "handshake message came without the cookie that was sent",
                                "handshake messages came without the cookie that was sent");
    default:
        return NULL;
    }
}
