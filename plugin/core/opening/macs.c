/* macs.c
 * Whose key mac1 was made with, and whether mac2 fits the cookie, without trying every key on
 * every message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "macs.h"
#include "wg/cookie.h"

enum {
    /* Up to this number, all keys are tried on every message. With more, a pair of endpoints for
     * which all keys failed is not tried again until there are new keys. */
    FEW_KEYS = 64,
    /* Keys that may be tried in any capture, and how many more each message allows. In a capture
     * made to waste time, with many keys and as many senders, the last receivers are not found. */
    FREE_TRIES = 1 << 24,
    TRIES_PER_MESSAGE = 256,
    /* An endpoint has one key. If all keys failed on this many messages to it, its key is not known
     * or they are forged; then all keys are tried only on every sixteenth message. */
    MISSES_FREE = 8,
    MISSES_STEP = 16,
    COOKIES_KEPT = 4, /* for one pair of endpoints */
};

#define SECOND UINT64_C(1000000000)
/* A cookie is good for this long (paper, 5.4.7; COOKIE_SECRET_MAX_AGE). */
#define COOKIE_AGE (120 * SECOND)
/* The first retry after a cookie reply (REKEY_TIMEOUT and its jitter) can have no other cookie. */
#define NEXT_TRY (6 * SECOND)
/* A handshake shows for this long whose endpoint it is: peers in use repeat it by then
 * (REKEY_AFTER_TIME), and no NAT gives the port to another host sooner (RFC 4787, section 4.3). */
#define PROOF_AGE (120 * SECOND)

struct path {
    struct wg_endpoint from, to;
};

/* Messages to one endpoint for which no key was found, and the generation of the keys then. */
struct misses {
    uint64_t generation, count;
};

struct held_cookie {
    uint8_t cookie[WG_MAC_LEN];
    int64_t time;
    bool first; /* its holder had none before */
};

/* The latest first. Implementations disagree about which of several answers to one message counts.
 * */
struct held_cookies {
    unsigned count;
    struct held_cookie kept[COOKIES_KEPT];
};

struct proved_key {
    uint8_t public_key[WG_KEY_LEN];
    int64_t time;
};

/* Trees and not hash tables: the author of a capture can choose the endpoints in it, and with them
 * their hashes. */
struct wg_macs_memory {
    GTree *used;    /* endpoint -> the static key that messages to it were made with */
    GTree *failed;  /* path -> generation of the keys of which none fitted */
    GTree *missed;  /* endpoint -> struct misses */
    GTree *proved;  /* endpoint -> struct proved_key */
    GTree *cookies; /* path (holder, issuer) -> struct held_cookies */
    uint64_t tries; /* keys that may still be tried */
};

/* Whether `then` is at or before `now` and not longer ago than `age`. The times are a file's. */
static bool
within(int64_t now, int64_t then, uint64_t age)
{
    return now >= then && (uint64_t)now - (uint64_t)then <= age;
}

static int
compare_endpoints(const void *a, const void *b, void *user)
{
    return wg_endpoint_compare(a, b);
}

static int
compare_paths(const void *a, const void *b, void *user)
{
    return memcmp(a, b, sizeof(struct path));
}

static void
cookies_free(void *p)
{
    wg_wipe(p, sizeof(struct held_cookies));
    g_free(p);
}

struct wg_macs_memory *
wg_macs_new(void)
{
    struct wg_macs_memory *m = g_new0(struct wg_macs_memory, 1);

    m->used = g_tree_new_full(compare_endpoints, NULL, g_free, NULL);
    m->failed = g_tree_new_full(compare_paths, NULL, g_free, g_free);
    m->missed = g_tree_new_full(compare_endpoints, NULL, g_free, g_free);
    m->proved = g_tree_new_full(compare_endpoints, NULL, g_free, g_free);
    m->cookies = g_tree_new_full(compare_paths, NULL, g_free, cookies_free);
    m->tries = FREE_TRIES;
    return m;
}

void
wg_macs_free(struct wg_macs_memory *m)
{
    if (m == NULL)
        return;
    g_tree_destroy(m->used);
    g_tree_destroy(m->failed);
    g_tree_destroy(m->missed);
    g_tree_destroy(m->proved);
    g_tree_destroy(m->cookies);
    g_free(m);
}

void
wg_macs_prove(struct wg_macs_memory *m, const struct wg_endpoint *endpoint,
              const uint8_t public_key[WG_KEY_LEN], int64_t time)
{
    struct proved_key proved = { .time = time };

    memcpy(proved.public_key, public_key, WG_KEY_LEN);
    g_tree_replace(m->proved, g_memdup2(endpoint, sizeof *endpoint),
                   g_memdup2(&proved, sizeof proved));
}

static struct held_cookies *
cookies_of(struct wg_macs_memory *m, const struct path *path)
{
    struct held_cookies *held = g_tree_lookup(m->cookies, path);

    if (held == NULL) {
        held = g_new0(struct held_cookies, 1);
        g_tree_insert(m->cookies, g_memdup2(path, sizeof *path), held);
    }
    return held;
}

void
wg_macs_remember_cookie(struct wg_macs_memory *m, const struct wg_macs_message *provoking,
                        const uint8_t cookie[WG_MAC_LEN])
{
    const struct path path = { *provoking->source, *provoking->destination };
    const struct wg_wire_view *view = provoking->view;
    struct held_cookies *held = cookies_of(m, &path);
    unsigned at = 0;

    while (at < held->count && !wg_equal(held->kept[at].cookie, cookie, WG_MAC_LEN))
        at++;
    if (at == held->count && held->count < COOKIES_KEPT)
        held->count++;
    memmove(held->kept + 1, held->kept, MIN(at, COOKIES_KEPT - 1u) * sizeof *held->kept);
    memcpy(held->kept[0].cookie, cookie, WG_MAC_LEN);
    held->kept[0].time = provoking->time;
    held->kept[0].first = view->mac2 != NULL && wg_wire_all_zero(view->mac2, WG_MAC_LEN);
}

/* ---- mac1 ---- */

static const struct wg_static_key *
remember_used(struct wg_macs_memory *m, const struct wg_macs_message *message,
              const struct wg_static_key *key)
{
    g_tree_replace(m->used, g_memdup2(message->destination, sizeof *message->destination),
                   (void *)(uintptr_t)key);
    return key;
}

/* Whether to try all of many keys after the one used before failed: not where that failed, too. */
static bool
worth_searching(struct wg_macs_memory *m, const struct path *path, uint64_t generation)
{
    const uint64_t *failed = g_tree_lookup(m->failed, path);
    struct misses *missed = g_tree_lookup(m->missed, &path->to);

    if (failed != NULL && *failed == generation)
        return false;
    if (missed == NULL || missed->generation != generation || missed->count < MISSES_FREE)
        return true;
    return missed->count++ % MISSES_STEP == 0;
}

static void
remember_failed(struct wg_macs_memory *m, const struct path *path, uint64_t generation)
{
    struct misses *missed = g_tree_lookup(m->missed, &path->to);

    g_tree_replace(m->failed, g_memdup2(path, sizeof *path),
                   g_memdup2(&generation, sizeof generation));
    if (missed == NULL) {
        missed = g_new0(struct misses, 1);
        g_tree_insert(m->missed, g_memdup2(&path->to, sizeof path->to), missed);
    }
    if (missed->generation != generation)
        *missed = (struct misses){ .generation = generation };
    if (missed->count < MISSES_FREE)
        missed->count++;
}

/* The known key that mac1 was made with, or NULL. */
static const struct wg_static_key *
find_receiver(struct wg_macs_memory *m, const struct wg_keystore *keys,
              const struct wg_macs_message *message, const struct wg_mac_probe *probe)
{
    const struct path path = { *message->source, *message->destination };
    const uint64_t generation = wg_keystore_generation(keys);
    const size_t count = wg_keystore_static_count(keys);
    const struct wg_static_key *used = g_tree_lookup(m->used, message->destination);

    if (used != NULL && wg_cookie_probe_matches(probe, used->mac1_key, WG_KEY_LEN))
        return used;
    if (count > FEW_KEYS && (count > m->tries || !worth_searching(m, &path, generation)))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct wg_static_key *key = wg_keystore_static(keys, i);
        m->tries -= m->tries > 0;
        if (wg_cookie_probe_matches(probe, key->mac1_key, WG_KEY_LEN))
            return remember_used(m, message, key);
    }
    if (count > FEW_KEYS)
        remember_failed(m, &path, generation);
    return NULL;
}

/* The receiver is certain, so there is only one right key. */
static void
judge_certain(struct wg_macs_memory *m, const struct wg_keystore *keys,
              const struct wg_macs_message *message, const struct wg_mac_probe *probe,
              struct wg_macs *judged)
{
    uint8_t mac1_key[WG_KEY_LEN];
    const struct wg_static_key *known = wg_keystore_find_static(keys, message->certain);

    wg_cookie_mac1_key(mac1_key, message->certain);
    judged->mac1 = WG_MAC_BAD;
    if (!wg_cookie_probe_matches(probe, mac1_key, WG_KEY_LEN))
        return;
    judged->mac1 = WG_MAC_GOOD;
    if (known != NULL)
        judged->receiver = remember_used(m, message, known);
}

/* No known key fitted: is it certain which one should have? */
static enum wg_mac_status
judge_unknown(const struct wg_macs_memory *m, const struct wg_macs_message *message,
              const struct wg_mac_probe *probe)
{
    const struct proved_key *proved = g_tree_lookup(m->proved, message->destination);
    uint8_t mac1_key[WG_KEY_LEN];

    if (proved == NULL || !within(message->time, proved->time, PROOF_AGE))
        return WG_MAC_UNVERIFIED;
    wg_cookie_mac1_key(mac1_key, proved->public_key);
    if (wg_cookie_probe_matches(probe, mac1_key, WG_KEY_LEN))
        return WG_MAC_GOOD;
    return WG_MAC_BAD;
}

/* ---- mac2 ---- */

static enum wg_mac_status
judge_mac2(const struct wg_macs_memory *m, const struct wg_macs_message *message)
{
    const struct path path = { *message->source, *message->destination };
    const struct wg_wire_view *view = message->view;
    const struct held_cookie *valid = NULL;
    unsigned count = 0;

    if (view->mac2 == NULL)
        return WG_MAC_UNVERIFIED;
    if (wg_wire_all_zero(view->mac2, WG_MAC_LEN))
        return WG_MAC_NOT_PRESENT;
    const struct held_cookies *held = g_tree_lookup(m->cookies, &path);
    for (unsigned i = 0; held != NULL && i < held->count; i++) {
        const struct held_cookie *c = &held->kept[i];
        if (!within(message->time, c->time, COOKIE_AGE))
            continue;
        if (wg_cookie_mac2_matches(view, c->cookie))
            return WG_MAC_GOOD;
        valid = c;
        count++;
    }
    /* Earlier or later it may have got another cookie, which the capture lacks. */
    if (count == 1 && valid->first && within(message->time, valid->time, NEXT_TRY))
        return WG_MAC_BAD;
    return WG_MAC_UNVERIFIED;
}

void
wg_macs_judge(struct wg_macs_memory *m, const struct wg_keystore *keys,
              const struct wg_macs_message *message, struct wg_macs *judged)
{
    struct wg_mac_probe probe;

    m->tries = MIN(m->tries + TRIES_PER_MESSAGE, FREE_TRIES);
    *judged = (struct wg_macs){ .mac1 = WG_MAC_UNVERIFIED, .mac2 = judge_mac2(m, message) };
    if (!wg_cookie_probe_mac1(&probe, message->view))
        return;
    if (message->certain != NULL) {
        judge_certain(m, keys, message, &probe, judged);
        return;
    }
    judged->receiver = find_receiver(m, keys, message, &probe);
    if (judged->receiver != NULL)
        judged->mac1 = WG_MAC_GOOD;
    else
        judged->mac1 = judge_unknown(m, message, &probe);
}

void
wg_macs_judge_again(struct wg_macs_memory *m, const struct wg_keystore *keys,
                    const struct wg_macs_message *message, const struct wg_macs *before,
                    struct wg_macs *judged)
{
    if (before != NULL && before->receiver != NULL &&
        (message->certain == NULL ||
         wg_equal(message->certain, before->receiver->public_key, WG_KEY_LEN))) {
        *judged = *before;
        return;
    }
    wg_macs_judge(m, keys, message, judged);
    if (before != NULL && before->mac2 != WG_MAC_UNVERIFIED)
        judged->mac2 = before->mac2;
}
