/* diagnosis_private.h
 * What the files of the diagnosis share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DIAGNOSIS_PRIVATE_H
#define WG_DIAGNOSIS_PRIVATE_H

#include <glib.h>

#include "wg/diagnosis.h"

enum { WG_BROKEN_MAX = 64 };

/* A datagram whose fragments the host did not put together. */
struct wg_broken {
    struct wg_endpoint from, to;            /* port 0 */
    uint32_t id;                            /* of the IP header */
    bool first, last;                       /* fragments that were captured */
    struct wg_endpoint source, destination; /* with ports, as the first fragment has them */
};

struct wg_diagnosis {
    struct wg_keystore *keys; /* NULL: none */
    GPtrArray *tunnels;       /* owns them */
    GHashTable *exchanges;    /* struct wg_session -> struct wg_exchange */
    struct wg_exchange *last; /* of the last message: often the next one has the same; or NULL */
    GHashTable *pairs;        /* a set of struct pair */
    GTree *peers;             /* struct peers: tunnels whose peers are proved by keys */
    GHashTable *waiting; /* struct wg_direction -> struct wg_exchange that holds back its data */
    struct wg_broken *broken; /* WG_BROKEN_MAX, the latest in turn; NULL: none yet */
    unsigned broken_next;
    struct wg_surroundings surroundings;
    const struct wg_static_key *asked; /* the key whose configuration was looked up last */
    bool configured;                   /* it was supplied, with peers */
};

/* ---- diagnosis_tunnels.c ---- */

/* The tunnel of a session that is seen for the first time; sender: the side that sent this message,
 * if the tunnel is new. */
struct wg_tunnel *wg_diagnosis_find_tunnel(struct wg_diagnosis *d, const struct wg_sighting *s,
                                           unsigned sender);

/* The tunnel between two endpoints, or NULL. */
struct wg_tunnel *wg_diagnosis_find_pair(const struct wg_diagnosis *d, const struct wg_endpoint *a,
                                         const struct wg_endpoint *b);

/* Let two endpoints lead to a tunnel. replace: take them from another tunnel, as a new one does; a
 * tunnel that only moves there does not. */
void wg_diagnosis_keep_pair(struct wg_diagnosis *d, const struct wg_endpoint *a,
                            const struct wg_endpoint *b, struct wg_tunnel *tunnel, bool replace);

/* ---- diagnosis_keys.c ---- */

/* What keys show of a message before it counts. returns false where it must not count: keys fit its
 * session or peer, and it does not open. */
bool wg_diagnosis_see_keys(struct wg_diagnosis *d, struct wg_exchange *x,
                           const struct wg_sighting *s, struct wg_fact *f);

/* What keys and configurations show of a message after it was counted. */
void wg_diagnosis_conclude(struct wg_diagnosis *d, struct wg_exchange *x,
                           const struct wg_sighting *s, const struct wg_fact *f);

/* Look at data for signs that two devices have one key. */
void wg_diagnosis_see_sharing(struct wg_diagnosis *d, struct wg_exchange *x,
                              const struct wg_fact *f);

#endif
