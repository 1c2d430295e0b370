/* diagnosis.h
 * Why a tunnel does not come up or does not stay up: the evidence, tunnel by tunnel, and what it
 * proves.
 *
 * A tunnel is what two peers have with each other: all sessions between two endpoints, and those
 * that follow them when a peer roams. Sources: WireGuard paper, sections 5.3 (denial of service),
 * 5.4 (messages), 6 (timers and stateless UX); RFC 792, RFC 4443 (ICMP errors).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DIAGNOSIS_H
#define WG_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/analysis.h"
#include "wg/endpoint.h"
#include "wg/keystore.h"

/* Frames that show one thing. */
struct wg_evidence {
    uint32_t count;
    uint32_t first, last; /* frame numbers; 0 without any */
};

/* A message that an ICMP error quotes. */
struct wg_quote {
    uint32_t frame; /* of the ICMP error */
    int64_t time;   /* nanoseconds since 1970 */
    struct wg_endpoint source, destination; /* of the quoted datagram */
    struct wg_endpoint reporter;            /* who sent the error; the port is 0 */
    bool has_reporter;
    uint8_t message; /* enum wg_message_type of the quoted message */
    bool ipv6;
    uint8_t type, code; /* of ICMP or ICMPv6 */
    uint32_t mtu;       /* where the error tells one, else 0 */
};

/* What one side of a tunnel sent. */
struct wg_tunnel_side {
    struct wg_endpoint first, now; /* where it was first, and is now */
    struct wg_evidence initiations, responses, cookies, data; /* data: keepalives too */
    uint64_t keepalives, bytes;
    uint32_t largest;  /* bytes of its largest transport data message */
    uint8_t hops_low, hops_high; /* least and most hops left; 0: unknown */
    /* Since the other side was heard last: */
    struct wg_evidence unheard_initiations, unheard_data; /* unheard_data: without keepalives */
    int64_t unheard_since; /* time of the first of unheard_data */
    int64_t last_time;
};

/* Owned by the diagnosis. */
struct wg_tunnel {
    struct wg_tunnel_side side[2]; /* 0: the first initiator, or who sent first */
    bool knows_initiator;          /* a handshake message was captured */
    uint32_t sessions; /* that data was captured of */
    int64_t begun, ended; /* nanoseconds since 1970 */
    struct wg_evidence verdicts[WG_VERDICT_COUNT];
    struct wg_evidence confirmed; /* the initiator used what the response gave it */
    struct wg_evidence mac2_set;  /* initiations with a cookie */
    struct wg_evidence retries;   /* initiations that are not the first try */
    struct wg_evidence mac1_good, mac1_bad, mac1_unknown; /* of initiations, with keys at hand */
    const struct wg_static_key *meant; /* whose key mac1_good was made with */
    struct wg_evidence stranger; /* initiations by no peer of the responder's configuration */
    const struct wg_initiation_keys *strangers_keys; /* of the first of those */
    struct wg_evidence psk_mismatch, authenticated, not_authentic;
    struct wg_evidence elsewhere; /* responses from another address than asked */
    struct wg_endpoint asked, answered_from; /* the first of those */
    struct wg_evidence reassembled;
    struct wg_evidence unreachable, too_big; /* ICMP errors */
    struct wg_quote first_unreachable, first_too_big;
    int64_t best_response_time; /* nanoseconds; -1: none */
    const struct wg_session *last_session;
    struct wg_tunnel_direction *directions;
    uint32_t number; /* from 0 in order of appearance */
};

struct wg_diagnosis;

/* keys: used, not owned, must outlive it; may be NULL. */
struct wg_diagnosis *wg_diagnosis_new(const struct wg_keystore *keys);
void wg_diagnosis_free(struct wg_diagnosis *diagnosis);

/* Account for a message, in the order of the capture. The session that it belongs to must live as
 * long as the diagnosis is asked. returns its tunnel, or NULL where it belongs to none. */
const struct wg_tunnel *wg_diagnosis_add(struct wg_diagnosis *diagnosis,
                                         const struct wg_sighting *sighting);
/* The same for a message quoted in an ICMP error; it makes no tunnel of its own. */
const struct wg_tunnel *wg_diagnosis_add_quote(struct wg_diagnosis *diagnosis,
                                               const struct wg_quote *quote);

uint32_t wg_diagnosis_count(const struct wg_diagnosis *diagnosis);
/* number < wg_diagnosis_count() */
const struct wg_tunnel *wg_diagnosis_get(const struct wg_diagnosis *diagnosis, uint32_t number);

/* Data messages that one side sent and that were captured, counting each once, and those of which
 * no copy was. Of whole sessions: a loss cannot be filtered. */
uint64_t wg_tunnel_distinct(const struct wg_tunnel *tunnel, unsigned side);
uint64_t wg_tunnel_lost(const struct wg_tunnel *tunnel, unsigned side);

/* Whether all that a side sent had as many hops left as a sender gives it: it was captured before
 * any router. */
bool wg_tunnel_near(const struct wg_tunnel *tunnel, unsigned side);

/* What can be found. The gravest first. */
enum wg_finding {
    /* It does not come up. */
    WG_FINDING_UNREACHABLE,      /* the initiations are refused by ICMP */
    WG_FINDING_WRONG_PUBLIC_KEY, /* mac1 is made for another key than the responder's */
    WG_FINDING_UNKNOWN_PEER,     /* the responder's configuration does not have the initiator */
    WG_FINDING_NO_ANSWER,
    WG_FINDING_ONLY_COOKIES,     /* cookie replies, but no response */
    WG_FINDING_PSK_MISMATCH,
    WG_FINDING_NOT_ACCEPTED,     /* responses that the initiator never used */
    WG_FINDING_NOT_CONFIRMED,    /* one response, and nothing after it */
    /* It does not stay up. */
    WG_FINDING_LOST_CONTACT,     /* was up; now initiations are not answered */
    WG_FINDING_ONE_WAY,          /* one side sends data, the other never does */
    WG_FINDING_FELL_SILENT,      /* one side sends on, the other stopped */
    WG_FINDING_NOT_AUTHENTIC,    /* the keys fit the session, but not the messages */
    WG_FINDING_COUNTER_RESET,
    WG_FINDING_CLOCK_BACKWARDS,
    WG_FINDING_MTU,              /* ICMP says that datagrams are too big */
    WG_FINDING_LOSSY,
    WG_FINDING_OUTLIVED,         /* data on a session that has expired, or no rekey in time */
    WG_FINDING_COOKIE_IGNORED,
    /* It works. */
    WG_FINDING_HEALTHY,          /* data both ways after a handshake */
    WG_FINDING_MID_SESSION,      /* data both ways; no handshake was captured */
    WG_FINDING_IDLE,             /* a handshake was confirmed, and no data was sent */
    WG_FINDING_ONE_SIDED,        /* only one direction was captured at all */
    /* What else is to be said. */
    WG_FINDING_TRAFFIC,          /* the figures of a tunnel that is up and has a fault */
    WG_FINDING_ELSEWHERE,
    WG_FINDING_UNDER_LOAD,
    WG_FINDING_RETRIED,          /* it came up after several attempts */
    WG_FINDING_ROAMED,
    WG_FINDING_REFUSED,          /* ICMP errors for a tunnel that is up */
    WG_FINDING_FRAGMENTS,
    WG_FINDING_BOTH_INITIATE,
    WG_FINDING_REPLAYED,
    WG_FINDING_RESPONDER_FIRST,
    WG_FINDING_DUPLICATES,
    WG_FINDING_SIZE,             /* what is lost may be what is large */
    WG_FINDING_OTHER_PSK,        /* it is up: the preshared key at hand is not the one in use */
    WG_FINDING_COUNT
};

enum wg_severity { WG_SEVERITY_GOOD, WG_SEVERITY_NOTE, WG_SEVERITY_WARNING, WG_SEVERITY_FAULT };
enum wg_severity wg_finding_severity(enum wg_finding finding);

/* A bit for each enum wg_finding. The lowest one that is set is the verdict. */
uint64_t wg_tunnel_findings(const struct wg_tunnel *tunnel);

#endif
