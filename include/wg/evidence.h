/* evidence.h
 * The evidence of one tunnel, gathered message by message.
 *
 * A tunnel is what two peers have with each other. Each message becomes a fact, and each fact costs
 * O(1): it adds to sums, and is compared with the last ones. What the evidence proves is in
 * findings.h.
 *
 * Sources: WireGuard paper, sections 5.3 (denial of service), 5.4 (messages), 6 (timers and
 * stateless UX). The times are those of timers.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_EVIDENCE_H
#define WG_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/analysis.h"
#include "wg/endpoint.h"

/* Frames that show one thing. */
struct wg_evidence {
    uint32_t count;
    uint32_t first, last; /* frame numbers; 0 without any */
};

/* Count one more frame. */
void wg_evidence_see(struct wg_evidence *evidence, uint32_t frame);

/* A message that an ICMP error quotes, or the headers of a datagram. */
struct wg_quote {
    uint32_t frame;                         /* of the ICMP error */
    int64_t time;                           /* nanoseconds since 1970 */
    struct wg_endpoint source, destination; /* of the quoted datagram */
    struct wg_endpoint reporter;            /* the sender of the error; port 0 */
    bool has_reporter;
    bool unseen;     /* its index was in no captured message: anyone can make it up */
    uint32_t length; /* if its index is not quoted: bytes of the datagram's payload; else 0 */
    bool ipv6;
    uint8_t type, code; /* of ICMP or ICMPv6 */
    uint32_t mtu;       /* where the error names one, else 0 */
};

/* What a message shows about a tunnel. Times are nanoseconds since 1970. */
struct wg_fact {
    unsigned side; /* the side of the tunnel that sent it */
    uint32_t frame;
    int64_t time;
    struct wg_endpoint source, destination;
    uint32_t length;  /* bytes of the message */
    uint8_t type;     /* enum wg_message_type */
    uint8_t hops;     /* hops left; 0: unknown */
    uint64_t counter; /* of data; else 0 */
    bool copy;        /* a further copy of a message: it counts as a copy and nowhere else */
    uint32_t first;   /* of a copy: the frame of the message that it repeats */
    bool mixed;       /* it may be of another session, so that its counter does not show losses */
    bool reassembled; /* it came in IP fragments */
    bool in_stream;   /* it came in a stream of TCP */
    bool opened;      /* it is authentic */
    bool mac2;        /* its mac2 is set */
    bool outside;     /* its inner source is not allowed to its sender */
    struct wg_endpoint inner; /* the source of the inner packet; family 0: none */
    uint32_t verdicts;        /* a bit for each enum wg_verdict */
    uint64_t skipped;         /* counters missing just before it */
    uint64_t lost;            /* counters missing in its direction by now */
    int64_t response_time;    /* type 2: since the initiation; -1: unknown */
};

struct wg_tunnel;

/* A packet that no key opened and whose counter skipped many, while none has a higher one. */
struct wg_leap {
    uint64_t counter, skipped; /* skipped 0: there is none */
};

/* One handshake and the data of its session, as a tunnel sees them. Owned by the diagnosis. */
struct wg_exchange {
    struct wg_tunnel *tunnel;
    const struct wg_session *session;      /* NULL in tests of the evidence alone */
    const struct wg_direction *sent_by[2]; /* the direction that each side sends */
    int64_t initiated, answered;           /* with initiation_frame, response_frame */
    int64_t first_data[2];                 /* with data */
    uint32_t initiation_frame, response_frame, last_response_frame;
    uint32_t data[2], keepalives[2]; /* what each side sent, each packet once */
    uint32_t turns[2];               /* how often each sent data after the other's */
    unsigned last_sender;            /* side, of data without keepalives */
    uint32_t late_keepalives[2];     /* later than a second after the handshake */
    uint64_t lost[2];
    struct wg_leap leap[2];        /* by side */
    struct wg_endpoint from;       /* where its initiator sent data from last */
    struct wg_endpoint strayed_to; /* where data for it went since, if that is elsewhere */
    bool strayed, response_seen;
    bool went_on_elsewhere;            /* its initiator moved to where another tunnel began */
    unsigned initiator;                /* side */
    bool cookie;                       /* a cookie reply answered it */
    bool used;                         /* the initiator sent data under it: it was accepted */
    bool proved;                       /* a handshake announced it, or enough data proved it */
    bool asked_allowed[2];             /* `allowed` was looked up, by sender */
    struct wg_allowed_ips *allowed[2]; /* by sender; NULL: not known */
    struct wg_fact *held;              /* data that waits for more, before it proves anything */
    unsigned held_count;
    bool counted; /* `held` was counted, and is kept in case it turns out to be of another tunnel */
    bool settled; /* nothing is kept any more */
};

/* How many data packets of a session that nothing announces are held back until more prove it. */
enum { WG_HELD_MAX = 2 }; /* of each side */
/* How many of them are kept until data of the other side is seen, which shows whose they are. */
enum { WG_KEPT_MAX = 8 };

/* Outer IP fragments of one side. */
struct wg_fragments {
    struct wg_evidence first;           /* datagrams whose first fragment was captured */
    uint32_t ids[16];                   /* of the last of them, in turn */
    uint32_t repeated;                  /* first fragments that were captured again */
    uint32_t together, copies_together; /* messages that became whole, and copies of them */
};

/* The latest messages of a side that were found to have a copy at once: a message can have several
 * copies, and a frame several messages. */
struct wg_copied {
    uint32_t frames[64]; /* of the messages, by counter modulo this size */
};

/* Sessions in which data came back to a side for a short time after the handshake, and then
 * nothing, though the side went on sending. The next handshake brought it back. */
struct wg_silences {
    struct wg_evidence sessions;    /* frames: the last that came back in each */
    uint32_t in_turn, most_in_turn; /* how many of them came one after the other */
    uint64_t sent;                  /* data packets that nothing answered */
    int64_t longest;                /* nanoseconds from a handshake to the last that came back */
    uint32_t over_since;            /* frame: it works for longer; 0: it does not */
    /* The last one, as long as nothing has come back; NULL: none. */
    const struct wg_exchange *last;
    uint32_t last_frame, last_sent;
    int64_t last_time;
};

/* What one side of a tunnel sent. */
struct wg_tunnel_side {
    struct wg_endpoint first, now;                            /* where it was first, and is now */
    struct wg_evidence initiations, responses, cookies, data; /* data: keepalives too */
    int64_t data_time;                                        /* of the last of its data */
    uint64_t keepalives;
    uint32_t largest;            /* bytes of its largest transport data message */
    uint8_t hops_low, hops_high; /* least and most hops left; 0: unknown */
    uint8_t sent;                /* its last messages, modulo 256 */
    uint16_t lengths[16];        /* of those, in turn */
    int64_t last_time;           /* of anything it sent */
    uint32_t last_frame;
    int64_t certain_time; /* the same, without answers that nothing proves and that were not used */
    uint32_t certain_frame;
    struct wg_endpoint sent_to; /* where that went */

    /* Since the other side was heard last: */
    struct wg_evidence unheard_initiations, unheard_data; /* unheard_data: without keepalives */
    int64_t unheard_since;                                /* time of the first of unheard_data */
    int64_t waits_since;    /* the same since its last initiation; 0: it does not wait */
    uint32_t unheard_chain; /* the longest chain of initiations 5 s apart */
    uint32_t unused_answer; /* frame: of an answer to such a chain that nothing proves and that was
                               not used; anyone who saw the chain can send it. 0: none */
    int64_t heard_time;     /* when the other side was heard last; 0: never */
    uint32_t heard_frame;

    /* Its handshakes. */
    struct wg_exchange *last_try, *sending; /* sending: of its last data */
    struct wg_evidence chain;               /* the last initiations, 5 s apart, none of them used */
    int64_t chain_since;
    uint32_t chain_before;       /* frame of the last but one */
    struct wg_evidence unused;   /* responses to the last ones, which it did not accept */
    struct wg_evidence accepted; /* responses to the last ones, which it accepted without data */
    struct wg_evidence used;     /* handshakes of its own that it used */
    /* How often it started over 15 s after data. hears_nothing: nothing came back in the session;
     * quiet: data or keepalives had come before; deaf: data does come back. */
    struct wg_evidence hears_nothing, quiet, deaf;
    bool not_deaf;      /* its last handshake did not begin like that */
    int64_t deaf_since; /* the handshake of the first session in which it was */
    uint32_t deaf_frame;
    struct wg_silences silences; /* of the other side */

    /* Since the other side sent data: */
    struct wg_evidence data_since; /* data of this side */
    int64_t data_since_first, data_since_last;
    uint32_t answers;    /* keepalives that answered it */
    uint32_t lone_reply; /* frame: the only data that came after many of these, and that nothing
                            proves; 0: none */

    /* Losses. */
    uint64_t distinct, lost, lost_in_outage, implausible;
    bool sampled_counted, sampled_gaps; /* how the surroundings counted it */

    struct wg_fragments fragments;
    struct wg_copied copied;

    /* Large packets that are sent again and again. */
    int64_t large_time, large_gap;
    uint32_t doublings, most_doublings;

    /* Keepalives at a fixed interval. */
    int64_t keepalive_time, keepalive_interval;
    uint32_t keepalive_regular;

    struct wg_evidence outside; /* sources that are not allowed */
    struct wg_endpoint outside_first;
    uint32_t opened, failed; /* data packets that opened, and that did not though keys fit */
    struct wg_evidence port_changes;  /* after an idle time */
    const struct wg_static_key *key;  /* of this peer, where keys prove it */
    struct wg_endpoint tried_from[4]; /* where its opened initiations came from, the last first */
    int64_t tried_time;               /* of the last of them */
};

/* What all tunnels of a capture have in common. */
struct wg_surroundings {
    int64_t now;               /* time of the latest frame */
    uint32_t sides, gap_sides; /* sides with enough data to tell, and those with gaps */
};

/* Silence, from the last packet before to the first after it. Or data that was not taken, from the
 * handshake before to the first packet that proves that it is taken again. */
struct wg_outage {
    uint32_t count; /* how many outages; the rest describes the longest */
    uint32_t from_frame, to_frame;
    int64_t from, to;
    unsigned side;   /* which was silent */
    bool handshakes; /* it did answer handshakes, and only its data was missing */
    /* How often the other side started over, which did not take data that is there; 0: silence. */
    uint32_t not_taken;
    struct wg_endpoint before, after; /* where it was, and came back from */
};

/* Responses from another address than the one that was asked. */
struct wg_elsewhere {
    struct wg_evidence responses;
    struct wg_endpoint asked, answered_from; /* of the first one */
};

/* Owned by the diagnosis. */
struct wg_tunnel {
    struct wg_tunnel_side side[2]; /* 0: the side that sent first */
    const struct wg_surroundings *surroundings;
    bool knows_initiator; /* a handshake message was captured */
    bool has_client;
    unsigned client;      /* the side that initiated a session which carried data */
    bool up;              /* a handshake was used, or data of a session that is proved */
    uint32_t sessions;    /* sessions with captured data */
    int64_t begun, ended; /* of messages that count */
    uint32_t messages;    /* messages that count */
    struct wg_evidence verdicts[WG_VERDICT_COUNT];
    struct wg_evidence confirmed;  /* the initiator used what the response gave it */
    struct wg_evidence mac2_set;   /* initiations with a cookie */
    struct wg_evidence answers;    /* responses and cookie replies, of both sides */
    bool proved_answer;            /* one of them opens */
    struct wg_evidence retries;    /* before a handshake that was used */
    struct wg_evidence overdue;    /* data that called for a rekey which never came */
    int64_t overdue_since;         /* when it called, the last time */
    const struct wg_exchange *due; /* a session whose rekey is due, since: */
    int64_t due_since;
    uint32_t due_frame;
    bool unpadded[2]; /* by side: its data is not padded */
    struct wg_evidence copies;
    struct wg_evidence copies_at_once; /* one for each message that has any */
    struct wg_endpoint also_seen; /* an endpoint that only copies have: the other side of a NAT */
    struct wg_evidence forged;    /* messages that do not open with keys that fit */
    struct wg_evidence held;      /* data that proves nothing yet */
    struct wg_evidence shared;    /* two endpoints take turns */
    struct wg_endpoint sharing[2];
    struct wg_outage outage;
    struct wg_outage outage_answered; /* ended by an answer that is not used yet; from 0: none */
    /* Data of sessions that are too old, if the first of it comes right after a gap in the capture.
     */
    struct wg_evidence after_jump;
    uint32_t before_jump;       /* frame */
    int64_t jump;               /* how long the gap is, in nanoseconds */
    bool goes_on[2];            /* by side: it sent such data */
    int64_t best_response_time; /* nanoseconds; -1: none */

    /* With keys: */
    struct wg_evidence mac1_good, mac1_bad, mac1_unknown; /* of initiations */
    const struct wg_static_key *meant;                    /* whose key mac1_good was made with */
    uint64_t first_judged;       /* the key store's generation when the first initiation came */
    struct wg_evidence stranger; /* initiations by no peer of the responder's configuration */
    struct wg_evidence opened_initiations;
    const struct wg_initiation_keys *last_opened; /* of the last of these */
    int64_t last_opened_time;                     /* when that was captured */
    const struct wg_initiation_keys *strangers_keys;
    struct wg_evidence psk_mismatch; /* responses that no supplied preshared key opens */
    struct wg_evidence psk_up;       /* the same, of sessions that carry data */
    struct wg_evidence psk_right;    /* responses that open */
    uint32_t psk_found;              /* frame of the last response whose session's data opens */
    bool psks_checked;               /* the preshared keys of the two sides were looked up */
    bool psks_differ, psks_agree;    /* only where both were found */
    bool names_other_key; /* the responder's configuration names the initiator as a peer, and
                             the initiator's names another responder */
    bool uses_own_key;    /* its initiations are made for its own public key */
    bool names_a_client;  /* the key that they are made for is named by a configuration as a peer
                             without an endpoint, so it is hardly a responder's */
    struct wg_evidence authenticated;

    struct wg_elsewhere elsewhere, used_elsewhere; /* all of them; those that were used */
    struct wg_evidence reassembled;
    struct wg_evidence in_stream; /* messages in a stream of TCP: it repeats what is lost */
    struct wg_evidence unreachable, too_big; /* ICMP errors, each once */
    struct wg_quote first_unreachable, first_too_big;
    bool various_unreachable, various_too_big; /* not all by one reporter for one reason */
    const struct wg_session *last_session;
    uint32_t number; /* from 0 in order of appearance */
};

/* Before the first fact. surroundings: used, not owned */
void wg_tunnel_begin(struct wg_tunnel *tunnel, const struct wg_surroundings *surroundings,
                     int64_t time);

/*
 * Account for a fact, in the order of the capture.
 *
 * exchange   the session that it belongs to; its initiator is set, and it is of this tunnel
 */
void wg_tunnel_account(struct wg_tunnel *tunnel, struct wg_exchange *exchange,
                       const struct wg_fact *fact);

/* Whether one of the last messages of a side at this endpoint had this length. */
bool wg_tunnel_sent(const struct wg_tunnel *tunnel, const struct wg_endpoint *source,
                    uint32_t length);

/* Whether a fact is a keepalive: data without content, which is no traffic. */
bool wg_fact_is_keepalive(const struct wg_fact *fact);

/* The side that a reader thinks of as the client: the one that initiated a session which carried
 * data, else the first that was seen to initiate. */
unsigned wg_tunnel_client(const struct wg_tunnel *tunnel);

/* Whether a side tried three times in a row, and heard nothing since. */
bool wg_tunnel_tries_in_vain(const struct wg_tunnel *tunnel, unsigned side);

/* Whether only keepalives have come back to data of this side, for long enough and to enough
 * packets. If data came back before, it takes three times as much. */
bool wg_tunnel_hears_keepalives_only(const struct wg_tunnel *tunnel, unsigned side);

/* Whether a side sends data. Anyone can send one packet that nothing proves, so among many of the
 * other side's it does not count. */
bool wg_tunnel_sends_data(const struct wg_tunnel *tunnel, unsigned side);

/* The frame of the only answer that came to three initiations or more, if nothing proves it and it
 * was not used: anyone who saw an initiation can send one. 0: there is no such answer, or there are
 * others */
uint32_t wg_tunnel_lone_answer(const struct wg_tunnel *tunnel);

/* How many routers a side's packets passed before they were captured: 0 on its own host or link, -1
 * if that is not known. Systems give a packet 64, 128 or 255 hops. */
int wg_tunnel_hops(const struct wg_tunnel *tunnel, unsigned side);

/* How many packets of a side are missing: counters of which no copy was captured, without those of
 * outages and those that no sender can have reached. */
uint64_t wg_tunnel_missing(const struct wg_tunnel *tunnel, unsigned side);

/* How many data packets a side sent, without keepalives. */
uint64_t wg_tunnel_real_data(const struct wg_tunnel *tunnel, unsigned side);

#endif
