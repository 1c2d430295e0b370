/* keystore.h
 * All keys that are known for one capture, whichever source they came from.
 *
 * When there are WG_KEYSTORE_MAX keys of a kind, the oldest go, and are wiped. Pointers to static
 * keys and peers stay valid until wg_keystore_free, though a static key that went has lost its
 * private half and is no longer found. Pointers to other keys are valid until the next one is
 * added. Adding a known key again changes nothing. Looking up takes no longer in a large store.
 * Hashes are seeded at random, because keys can come from a capture file of unknown origin.
 *
 * wg_crypto_init must have succeeded. Keys are WG_KEY_LEN bytes and are copied. Not thread-safe.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYSTORE_H
#define WG_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/amnezia.h"
#include "wg/wire.h"

#ifndef WG_KEYSTORE_BITS
#define WG_KEYSTORE_BITS 18 /* fewer for fuzzing, which would take long to fill it */
#endif

enum wg_keystore_limits {
    WG_KEYSTORE_MAX = 1 << WG_KEYSTORE_BITS, /* entries of each kind */
    WG_EPHEMERAL_PSKS_MAX = 8,               /* preshared keys linked to one ephemeral key */
    WG_TRANSPORT_KEYS_MAX = 8, /* raw transport keys under one index; the oldest goes */
    WG_PSK_CANDIDATES_MAX = 64,
    WG_NAME_MAX = 64,             /* characters of a peer's name; the rest is cut off */
    WG_ENDPOINT_MAX = 256,        /* characters */
    WG_ALLOWED_IPS_MAX = 1 << 14, /* characters */
};

/* Where a name came from; a later one in this list beats an earlier one. */
enum wg_name_source {
    WG_NAME_NONE,
    WG_NAME_CONFIG,
    WG_NAME_USER,
};

struct wg_static_key {
    uint8_t public_key[WG_KEY_LEN];
    uint8_t mac1_key[WG_KEY_LEN]; /* HASH("mac1----" || public key); paper, 5.4.4 */
    uint8_t private_key[WG_KEY_LEN];
    uint64_t since; /* the store's generation when it came */
    bool has_private;
    bool logged; /* a key log names it */
    enum wg_name_source name_source;
    const char *name; /* printable UTF-8, or NULL */
};

struct wg_ephemeral {
    uint8_t private_key[WG_KEY_LEN];
    uint8_t public_key[WG_KEY_LEN];
    /* The static keys of its handshake, as far as the log says; NULL where unknown. `sure`: they
     * were in the same block of the log; else they are the nearest that were seen. */
    const struct wg_static_key *local, *remote;
    bool local_sure, remote_sure;
    unsigned psk_count;
    const uint8_t *psks[WG_EPHEMERAL_PSKS_MAX]; /* the likeliest first */
};

/* A peer as one configuration describes it. */
struct wg_peer {
    const struct wg_static_key *key;
    const struct wg_static_key *interface_key; /* whose configuration it is, or NULL */
    const uint8_t *psk;                        /* NULL: none */
    const char *endpoint;                      /* as written, printable UTF-8; NULL: none */
    const char *allowed_ips;                   /* the same; several lines joined by ", " */
    const struct wg_peer *next;                /* the same key in another configuration, or NULL */
};

/* Raw transport keys of packets with this receiver index, oldest first. */
struct wg_transport_keys {
    uint32_t receiver;
    unsigned count; /* 1 .. WG_TRANSPORT_KEYS_MAX: an index may be used again */
    uint8_t keys[WG_TRANSPORT_KEYS_MAX][WG_KEY_LEN];
};

struct wg_keystore;

struct wg_keystore *wg_keystore_new(void);     /* owned by the caller */
void wg_keystore_free(struct wg_keystore *ks); /* NULL is allowed */

/* Rises with every change, and never falls. 0: nothing was ever added. */
uint64_t wg_keystore_generation(const struct wg_keystore *ks);

/* The static and preshared keys in the store now were named by the user: they stay when the oldest
 * go. Peers, and keys with a name, stay in any case. If almost nothing can go, the store is full,
 * and refuses more. */
void wg_keystore_keep(struct wg_keystore *ks);

/* How many keys went since the store was made. */
size_t wg_keystore_dropped(const struct wg_keystore *ks);

/* -- Static keys -- */

/*
 * Add a public key, or a private key with the public key that follows from it (RFC 7748,
 * section 6.1). A private key completes an entry that had only the public one.
 * returns   the entry, also if it was known; NULL if the store is full
 */
const struct wg_static_key *wg_keystore_add_public(struct wg_keystore *ks,
                                                   const uint8_t public_key[WG_KEY_LEN]);
const struct wg_static_key *wg_keystore_add_private(struct wg_keystore *ks,
                                                    const uint8_t private_key[WG_KEY_LEN]);

const struct wg_static_key *wg_keystore_find_static(const struct wg_keystore *ks,
                                                    const uint8_t public_key[WG_KEY_LEN]);

/* All of them, in the order of adding; NULL for an index outside. */
size_t wg_keystore_static_count(const struct wg_keystore *ks);
const struct wg_static_key *wg_keystore_static(const struct wg_keystore *ks, size_t index);

/*
 * Name a public key, which is added if unknown. A name from a weaker source does not replace
 * one from a stronger source; from the same source the last one counts. Control characters and
 * bytes that are no UTF-8 are replaced, surrounding spaces dropped; an empty name is ignored.
 * returns   false if the store is full
 */
bool wg_keystore_set_name(struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN],
                          const char *name, enum wg_name_source source);

/* The name of a public key, or NULL. */
const char *wg_keystore_name(const struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN]);

/* -- Ephemeral keys -- */

/* What a key log says about an ephemeral key; a pointer is NULL where it says nothing. */
struct wg_ephemeral_links {
    const uint8_t *local;  /* public static key of the side that logged; added if unknown */
    const uint8_t *remote; /* public static key of the other side; added if unknown */
    bool sure;             /* local and remote are of the same block */
    const uint8_t *psk;    /* put after those that are linked already, up to the limit */
};

/*
 * Add an ephemeral private key, or links to a known one. A sure static key replaces one that was
 * not sure; otherwise the first stays. The public key is not computed here, see below.
 *
 * links     may be NULL
 * returns   the entry; NULL if the store is full
 */
const struct wg_ephemeral *wg_keystore_add_ephemeral(struct wg_keystore *ks,
                                                     const uint8_t private_key[WG_KEY_LEN],
                                                     const struct wg_ephemeral_links *links);

/*
 * Look up by public key. Public keys are computed here (one X25519 each, and once), from the entry
 * added last back until the wanted one is found, so that a capture of few handshakes does not pay
 * for a long key log. Looking for what is not there computes all: ask only for what is needed.
 */
const struct wg_ephemeral *wg_keystore_find_ephemeral(struct wg_keystore *ks,
                                                      const uint8_t public_key[WG_KEY_LEN]);

/* All of them, in the order of adding; NULL for an index outside. Computes the public key. */
size_t wg_keystore_ephemeral_count(const struct wg_keystore *ks);
const struct wg_ephemeral *wg_keystore_ephemeral(struct wg_keystore *ks, size_t index);

/* Called with two ephemeral keys. returns false to stop */
typedef bool (*wg_pair_fn)(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b);

/* How many were ever added, for `since` of wg_keystore_new_pairs. Never falls. */
uint64_t wg_keystore_ephemerals_added(const struct wg_keystore *ks);

/*
 * The pairs of ephemeral keys that may belong to one handshake because each one's local static key
 * is the other's remote one. With the logs of both ends, they are enough to derive a session whose
 * handshake the capture lacks. Each pair is given once; it is not known which key is the
 * initiator's. Logs are written in order of time, so keys of the same rank in the two logs come
 * first. The callback must not change the store.
 *
 * limit     pairs at most
 * returns   the number of pairs given
 */
size_t wg_keystore_pair_candidates(struct wg_keystore *ks, size_t limit, wg_pair_fn tell,
                                   void *user);

/*
 * The likeliest of these pairs for each ephemeral key that was added since
 * wg_keystore_ephemerals_added returned `since`, the latest first: with the key of the same rank
 * and, for the last key of a log, with the last of the other. So a log that keeps growing costs
 * only what is new in it.
 */
size_t wg_keystore_new_pairs(struct wg_keystore *ks, uint64_t since, size_t limit, wg_pair_fn tell,
                             void *user);

/* -- Preshared keys -- */

/* Add a preshared key of which nothing else is known. The zero key is no preshared key and is
 * ignored. returns false if the store is full. */
bool wg_keystore_add_psk(struct wg_keystore *ks, const uint8_t psk[WG_KEY_LEN]);

/* All of them, in the order of adding, without the zero key; NULL for an index outside. */
size_t wg_keystore_psk_count(const struct wg_keystore *ks);
const uint8_t *wg_keystore_psk(const struct wg_keystore *ks, size_t index);

/*
 * The preshared keys to try for a handshake, without duplicates, in this order: those linked to
 * its ephemeral keys, those configured for the two static keys (for the pair, then for either in
 * any configuration), the zero key (no preshared key: paper, 5.4.3), all others.
 *
 * a, b      ephemeral keys of the two sides; NULL where unknown
 * x, y      public static keys of the two sides; NULL where unknown
 * out       filled with pointers into the store
 * returns   their number, 1 .. WG_PSK_CANDIDATES_MAX; the zero key is always among them
 */
size_t wg_keystore_psk_candidates(const struct wg_keystore *ks, const struct wg_ephemeral *a,
                                  const struct wg_ephemeral *b, const uint8_t *x, const uint8_t *y,
                                  const uint8_t *out[WG_PSK_CANDIDATES_MAX]);

/* -- Peers of configurations -- */

/* A peer to be added; what is NULL or empty is not known. */
struct wg_peer_config {
    const uint8_t *public_key;       /* never NULL */
    const uint8_t *interface_public; /* public key of the interface */
    const uint8_t *psk;              /* the zero key counts as none */
    const char *endpoint;            /* text is made printable and cut, as a name is */
    const char *allowed_ips;
};

/*
 * Add a peer, or replace what is known of it under the same interface; public keys are added too.
 * returns   the entry; NULL if the store is full
 */
const struct wg_peer *wg_keystore_add_peer(struct wg_keystore *ks,
                                           const struct wg_peer_config *config);

/* The peer under this interface (NULL: under an unknown one), or NULL. */
const struct wg_peer *wg_keystore_peer(const struct wg_keystore *ks,
                                       const uint8_t *interface_public,
                                       const uint8_t public_key[WG_KEY_LEN]);

/* The peer under any interface: the first of a list along `next`, or NULL. */
const struct wg_peer *wg_keystore_peers(const struct wg_keystore *ks,
                                        const uint8_t public_key[WG_KEY_LEN]);

/* Whether a configuration with any peer was read for this interface. Looks through all peers. */
bool wg_keystore_has_peers(const struct wg_keystore *ks, const struct wg_static_key *interface_key);

/* -- Ports -- */

/* Ports that are kept, at most: the first ones. */
#define WG_PORTS_MAX 4096

/* Remember the UDP port at the end of a text: "51820", "192.0.2.1:51820". A text without one is
 * ignored, and so is NULL. */
void wg_keystore_add_port(struct wg_keystore *ks, const char *text);

/* The ports that configurations name, by ListenPort or in an Endpoint, each once. */
const uint16_t *wg_keystore_ports(const struct wg_keystore *ks, size_t *count);

/* -- AmneziaWG -- */

/*
 * Add the settings of one configuration. Their content moves into the store, and *amnezia is empty
 * again.
 * returns   false, and nothing happens, if there are WG_AMNEZIA_MAX already
 */
bool wg_keystore_add_amnezia(struct wg_keystore *ks, struct wg_amnezia *amnezia);

/* All of them, in the order of adding; NULL for an index outside. */
const struct wg_amnezia *wg_keystore_amnezia(const struct wg_keystore *ks, size_t index);

/* -- Raw transport keys -- */

/* Of more than WG_TRANSPORT_KEYS_MAX keys under one index the oldest goes. returns false if the
 * store is full */
bool wg_keystore_add_transport(struct wg_keystore *ks, uint32_t receiver,
                               const uint8_t key[WG_KEY_LEN]);

/* The keys for packets with this receiver index, or NULL. */
const struct wg_transport_keys *wg_keystore_find_transport(const struct wg_keystore *ks,
                                                           uint32_t receiver);

#endif
