/* analysis.h
 * The verdict on a message: everything out of the ordinary, and what follows from its place in the
 * session.
 *
 * Accounting notes what only that moment shows. Here it is combined with what is known by now, so a
 * later look may say more than the first one, and never contradicts it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ANALYSIS_H
#define WG_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/notes.h"
#include "wg/opening.h"
#include "wg/sessions.h"
#include "wg/wire.h"

/* What can be said of a message. Several may hold. */
#define WG_VERDICT(id, filter, severity, info, label, summary) WG_VERDICT_##id,
enum wg_verdict {
#include "wg/verdicts.def"
    WG_VERDICT_COUNT
};
#undef WG_VERDICT

/* How column Info shows a verdict: not at all, by its label, or in words of its own. */
enum wg_in_info { WG_INFO_NOT, WG_INFO_LABEL, WG_INFO_OWN };

struct wg_verdict_words {
    const char *label; /* what it is called wherever it is shown */
    enum wg_in_info info;
};

/* By enum wg_verdict. */
extern const struct wg_verdict_words wg_verdict_words[WG_VERDICT_COUNT];

/* Kinds of keepalives, paper, 6.5 and 5.4.6; the last is an extension of the implementations. */
enum wg_keepalive {
    WG_KEEPALIVE_NONE,
    WG_KEEPALIVE_KEY_CONFIRMATION,
    WG_KEEPALIVE_PASSIVE,
    WG_KEEPALIVE_PERSISTENT,
};

struct wg_analysis {
    uint32_t verdicts;                /* a bit for each enum wg_verdict */
    const struct wg_session *session; /* NULL: none known */
    bool knows_role;
    bool from_initiator;       /* if knows_role */
    uint32_t initiation_frame; /* of the handshake that the message belongs to; 0: not captured */
    uint32_t response_frame;   /* the same; not for type 1 */
    bool has_response_time;    /* type 2 */
    int64_t response_time;     /* nanoseconds since the initiation */
    bool has_age;              /* type 4 */
    int64_t age;               /* nanoseconds since the response */
    uint32_t attempt;          /* type 1: 1 for a first try; 0 elsewhere */
    uint32_t retry_of;         /* type 1: frame of the first try; 0: it is the first */
    const struct wg_session *renews; /* type 1 */
    enum wg_keepalive keepalive;     /* type 4 */
    uint64_t lost;                   /* type 4: see wg_sessions_lost */
};

/*
 * Analyse one message.
 *
 * time   when it was captured, nanoseconds since 1970
 * final  the whole capture was accounted for; nothing more will come
 */
struct wg_analysis wg_analyse(const struct wg_sessions *sessions, const struct wg_note *note,
                              int64_t time, bool final);

/*
 * The packets are accounted for a second time, and it was this message's turn. Take what only later
 * packets show from the first time: whether it was answered, whether a late packet filled a gap,
 * and, in a capture out of order, its handshake. Where the first time knew another handshake or
 * none, it knew less, and nothing is taken.
 *
 * later  the final analysis of the first time
 */
void wg_analysis_look_ahead(struct wg_analysis *analysis, const struct wg_analysis *later);

/* A message with all that is known of it, for the reports. Valid only during the call. */
struct wg_sighting {
    const struct wg_note *note;
    const struct wg_wire_view *view;
    struct wg_analysis analysis;
    uint32_t frame;
    int64_t time; /* nanoseconds since 1970 */
    struct wg_endpoint source, destination;
    enum wg_decryption_status status;
    uint8_t hops;     /* hops left: IPv4 time to live, IPv6 hop limit; 0: unknown */
    bool reassembled; /* the datagram came in IP fragments */
    bool fragment;  /* it is in a first fragment, and the host did not put the datagram together */
    bool in_stream; /* it came in a stream of TCP, which loses nothing */
    struct wg_endpoint
        inner; /* source of the inner packet, with status DECRYPTED; family 0: none */
};

static inline bool
wg_analysis_has(const struct wg_analysis *analysis, enum wg_verdict verdict)
{
    return (analysis->verdicts >> verdict & 1) != 0;
}

/* Take one verdict out of a set of bits; WG_VERDICT_COUNT: it is empty. Nearly all messages have
 * none. */
static inline enum wg_verdict
wg_verdicts_next(uint32_t *verdicts)
{
    if (*verdicts == 0)
        return WG_VERDICT_COUNT;
    const enum wg_verdict lowest = (enum wg_verdict)__builtin_ctz(*verdicts);
    *verdicts &= *verdicts - 1;
    return lowest;
}

#endif
