/* unwrapper.h
 * Finds and undoes the envelopes of one capture, with what the key store knows.
 *
 * It comes between the host and accounting, which sees plain WireGuard. On the first pass it learns
 * flows and their parameters, one set for each direction, and remembers for each wrapped datagram
 * how to undo it. Later looks read that.
 *
 * What proves a flow: mac1 under a known public key, or a receiver index that was announced in it.
 * A configuration's lengths and headers alone only make a message possible, and only on a port that
 * the configuration names; accounting weighs it then, as it weighs plain messages.
 *
 * Cost: nothing without public keys and configurations. Otherwise one look-up a datagram, and for
 * flows that are not known to be wrapped at most two keyed hashes for each known key, until 8
 * datagrams of like length were tried in vain.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_UNWRAPPER_H
#define WG_UNWRAPPER_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/endpoint.h"
#include "wg/envelope.h"

/* What belongs to a tunnel without being WireGuard. */
enum wg_companion {
    WG_COMPANION_NONE,
    WG_COMPANION_JUNK,
    WG_COMPANION_SPECIAL,
    WG_COMPANION_DISCO,
    WG_COMPANION_STUN,
    WG_COMPANION_ROSENPASS,
    WG_COMPANION_WARP,
    WG_COMPANION_COUNT
};

/* "junk", "special packet" ...; static storage. */
const char *wg_companion_name(enum wg_companion companion);

/* A datagram, and where it is in the capture. */
struct wg_place {
    uint32_t frame;
    uint32_t packet; /* higher with each packet of the first pass: frame numbers can come twice */
    uint32_t offset; /* in what the host took it from */
    int64_t time;    /* nanoseconds since 1970 */
    struct wg_endpoint source, destination;
};

enum wg_unwrapped {
    WG_UNWRAPPED_NOT,      /* not wrapped in anything known */
    WG_UNWRAPPED_POSSIBLE, /* it has the shape: accounting weighs it */
    WG_UNWRAPPED_PROVED,
};

struct wg_unwrapper;

/* Whether plain WireGuard was proved in the flow of a datagram. */
typedef bool (*wg_plain_flow_fn)(void *user, const struct wg_place *place);

/*
 * keys  used, not owned; must outlive it. NULL: nothing is ever unwrapped.
 * plain asked with `user`; NULL: no flow is plain
 */
struct wg_unwrapper *wg_unwrapper_new(const struct wg_keystore *keys, wg_plain_flow_fn plain,
                                      void *user);
void wg_unwrapper_free(struct wg_unwrapper *u);

/* Whether any envelope can be opened with what is known now. Cheap enough for every datagram. */
bool wg_unwrapper_active(struct wg_unwrapper *u);

/* Whether the first pass opened an envelope or knows a companion. If not, later looks need not ask
 * about each datagram. */
bool wg_unwrapper_has_found(const struct wg_unwrapper *u);

/*
 * First pass, for each datagram once and in the order of the capture.
 * marks     filled in unless the answer is NOT
 */
enum wg_unwrapped wg_unwrapper_account(struct wg_unwrapper *u, const struct wg_place *place,
                                       const struct wg_span *span, struct wg_envelope_marks *marks);

/*
 * Any look: how to undo a datagram that the first pass opened.
 * returns   false: it did not, or it is a companion. *companion then says which, or NONE; only a
 *           later packet may show it.
 */
bool wg_unwrapper_find(const struct wg_unwrapper *u, uint32_t frame, uint32_t offset,
                       struct wg_envelope_marks *marks, enum wg_companion *companion);

/* How to undo a packet that an ICMP error quotes, if its flow is known by now. Nothing is learned
 * from it. marks: filled in unless the answer is false */
bool wg_unwrapper_quoted(const struct wg_unwrapper *u, const struct wg_place *place,
                         const struct wg_span *span, struct wg_envelope_marks *marks);

/* The companion that a frame holds, or NONE. */
enum wg_companion wg_unwrapper_companion(const struct wg_unwrapper *u, uint32_t frame);

/* Messages of a type that were opened with the settings of a configuration (of the key store, by
 * its index there): zero where its parameters were never seen. */
uint32_t wg_unwrapper_seen(const struct wg_unwrapper *u, size_t configuration,
                           enum wg_message_type type);

/*
 * A sentence that says which of a configuration's messages were never seen. It names the settings
 * and not their values. NULL if all were seen, or if there is no such configuration; g_free.
 */
char *wg_unwrapper_unseen(const struct wg_unwrapper *u, size_t configuration);

#endif
