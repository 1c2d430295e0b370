/* unwrapper_private.h
 * The inside of the unwrapper, for the files that make it up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_UNWRAPPER_PRIVATE_H
#define WG_UNWRAPPER_PRIVATE_H

#include <glib.h>

#include "wg/unwrapper.h"

enum {
    INDICES_KEPT = 8,    /* the latest indices of each end */
    LENGTH_CLASSES = 64, /* of datagrams that are tried with keys */
    TRIES_PER_CLASS = 8,
    ONE_FRAME = 1500 - 20 - 8, /* bytes of UDP payload in an Ethernet frame */
    VAIN_SEARCHES = 32,        /* costly searches of a flow that may fail in a row */
    JUNK_KEPT = 160, /* datagrams of one end that may turn out to be junk: 128, and some more */
};

/* A datagram that was not opened, remembered until an initiation says what it was. */
struct unopened {
    uint32_t frame, packet, offset;
    uint32_t length;
    int64_t time;
    uint8_t special; /* which special packet it may be, from 1, or 0 */
};

/* What one end of a flow sends. */
struct side {
    uint32_t indices[INDICES_KEPT]; /* that it announced: messages to it carry one of them */
    unsigned index_count;           /* ever announced */
    const uint8_t *lwo_key;         /* of the other end: it masks what this end sends; or NULL */
    uint8_t lwo_by;
    GArray *unopened; /* of struct unopened, or NULL */
    uint8_t tried[LENGTH_CLASSES];
};

/* Two endpoints. AmneziaWG's settings are the same in both directions. */
struct flow {
    struct wg_endpoint low, high;
    const struct wg_amnezia *settings; /* of the configuration that opens it, or NULL */
    bool learned;                      /* found without a configuration, by mac1 */
    uint8_t by;
    bool prefix_known; /* if learned: `prefix` is that of data messages */
    uint32_t prefix;
    uint32_t stride;      /* of the last data messages that offload had merged, or 0 */
    uint8_t vain;         /* costly searches since then that found none */
    uint64_t generation;  /* of the keys, when the counts in `tried` began */
    struct side sides[2]; /* what `low` sends, what `high` sends */
};

/* A datagram that was opened, or is known to be a companion. */
struct entry {
    uint32_t frame, offset; /* by which it is found */
    uint8_t companion;      /* enum wg_companion; 0: opened */
    struct wg_envelope_marks marks;
};

/* An index that was announced. */
struct announced {
    uint32_t index;
    const struct wg_amnezia *settings; /* of the flow where it was announced */
};

struct wg_unwrapper {
    const struct wg_keystore *keys;
    wg_plain_flow_fn plain; /* called with user; NULL: no flow is plain */
    void *user;
    uint64_t generation; /* of the keys when `active` and the rest here were renewed */
    bool active, companions_expected;
    GTree *flows, *entries;
    GTree *announced; /* index -> struct announced */
    uint64_t tries;   /* keyed hashes that may still be made */
    uint32_t seen[WG_AMNEZIA_MAX][WG_AMNEZIA_TYPES];
};

/* Which side of its flow sends it: 0 low, 1 high. */
static inline unsigned
wg_unwrapper_side(const struct wg_place *place)
{
    return wg_endpoint_compare(&place->source, &place->destination) > 0;
}

/* ---- unwrapper_tables.c ---- */

void wg_unwrapper_make_tables(struct wg_unwrapper *u);
void wg_unwrapper_free_tables(struct wg_unwrapper *u);

/* The flow of a datagram, or NULL. */
struct flow *wg_unwrapper_find_flow(const struct wg_unwrapper *u, const struct wg_place *place);

/* Make the flow of a datagram that has none. returns NULL if there is no room */
struct flow *wg_unwrapper_add_flow(struct wg_unwrapper *u, const struct wg_place *place);

/* This side of the flow announced an index: messages to it carry it from now on. */
void wg_unwrapper_announce(struct wg_unwrapper *u, struct flow *flow, struct side *side,
                           uint32_t index);

/* Remember how a datagram is undone, or what companion it is. */
void wg_unwrapper_note(struct wg_unwrapper *u, const struct entry *entry);

/* ---- junk.c ---- */

/* The configuration that names one of the two ports and sends companions, or NULL. */
const struct wg_amnezia *wg_junk_settings(const struct wg_unwrapper *u,
                                          const struct wg_place *place);

/* Remember a datagram of this side that was not opened. */
void wg_junk_remember(struct side *side, const struct wg_amnezia *settings,
                      const struct wg_place *place, const struct wg_span *span);

/* The side sent an initiation: note the companions that came before it. */
void wg_junk_settle(struct wg_unwrapper *u, struct side *side, const struct wg_amnezia *settings,
                    int64_t time);

/* ---- trial.c ---- */

/* One datagram that is being tried. */
struct trial {
    struct wg_unwrapper *u;
    const struct wg_place *place;
    const struct wg_span *span;
    struct wg_envelope_marks *marks;
    struct flow *flow; /* NULL: none yet */
};

/* The flow of the datagram, made where there is none; NULL where there is no room. */
struct flow *wg_trial_flow(struct trial *t);

/* Sender and receiver index of the message that the marks describe, as far as they were captured.
 */
struct indices {
    bool has_sender, has_receiver;
    uint32_t sender, receiver;
};

struct indices wg_trial_indices(const struct trial *t);

/* The known key that mac1 of the message was made with, or NULL. Only handshake messages have one.
 */
const struct wg_static_key *wg_trial_receiver(struct trial *t);

/* Whether the configuration names one of the two ports. */
bool wg_trial_names_port(const struct wg_amnezia *a, const struct wg_place *place);

/* How a key is known, enum wg_envelope_by. */
uint8_t wg_trial_known_by(const struct wg_static_key *key);

bool wg_trial_has_announced(const struct side *side, uint32_t index);

/* ---- trial_amneziawg.c ---- */

/* Try the settings of this configuration of the key store, or those of each. */
enum wg_unwrapped wg_try_settings(struct trial *t, size_t configuration);
enum wg_unwrapped wg_try_all_settings(struct trial *t);

/* Without settings: whether it is a message to an index that the other end announced. t->flow must
 * not be NULL. */
bool wg_try_addressed(struct trial *t);

/* Without settings: whether it is an initiation or a response to one of the known keys. t->flow
 * must not be NULL. */
bool wg_try_mac1(struct trial *t);

/* ---- trial_lwo.c ---- */

/* Try each known key, or only the one that is known to mask this side's messages. t->flow must not
 * be NULL. */
enum wg_unwrapped wg_try_lwo(struct trial *t);
enum wg_unwrapped wg_try_lwo_again(struct trial *t);

#endif
