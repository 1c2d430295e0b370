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

/* So many keys are tried on every message. Beyond it, a pair of endpoints for which all keys
 * failed is not tried again until there are new keys. */
enum { FEW_KEYS = 64 };

#define SECOND INT64_C(1000000000)
/* A cookie is good for this long (paper, 5.4.7; COOKIE_SECRET_MAX_AGE). */
#define COOKIE_AGE (120 * SECOND)
/* The retry that follows a cookie reply at once (REKEY_TIMEOUT and its jitter) has no other. */
#define NEXT_TRY (6 * SECOND)

struct path {
    struct wg_endpoint from, to;
};

struct held_cookie {
    uint8_t cookie[WG_MAC_LEN];
    int64_t time;
};

struct proved_key {
    uint8_t public_key[WG_KEY_LEN];
};

struct wg_macs_memory {
    GHashTable *used;    /* endpoint -> the static key that messages to it were made with */
    GHashTable *failed;  /* path -> generation of the keys of which none fitted */
    GHashTable *proved;  /* endpoint -> struct proved_key */
    GHashTable *cookies; /* path (holder, issuer) -> struct held_cookie */
};

static unsigned
endpoint_hash(const void *p)
{
    return wg_endpoint_hash(p);
}

static gboolean
endpoint_equal(const void *a, const void *b)
{
    return wg_endpoint_equal(a, b);
}

static unsigned
path_hash(const void *p)
{
    const struct path *path = p;
    return wg_endpoint_hash(&path->from) * 31 + wg_endpoint_hash(&path->to);
}

static gboolean
path_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct path)) == 0;
}

static void
cookie_free(void *p)
{
    wg_wipe(p, sizeof(struct held_cookie));
    g_free(p);
}

struct wg_macs_memory *
wg_macs_new(void)
{
    struct wg_macs_memory *m = g_new0(struct wg_macs_memory, 1);

    m->used = g_hash_table_new_full(endpoint_hash, endpoint_equal, g_free, NULL);
    m->failed = g_hash_table_new_full(path_hash, path_equal, g_free, g_free);
    m->proved = g_hash_table_new_full(endpoint_hash, endpoint_equal, g_free, g_free);
    m->cookies = g_hash_table_new_full(path_hash, path_equal, g_free, cookie_free);
    return m;
}

void
wg_macs_free(struct wg_macs_memory *m)
{
    if (m == NULL)
        return;
    g_hash_table_destroy(m->used);
    g_hash_table_destroy(m->failed);
    g_hash_table_destroy(m->proved);
    g_hash_table_destroy(m->cookies);
    g_free(m);
}

void
wg_macs_prove(struct wg_macs_memory *m, const struct wg_endpoint *endpoint,
              const uint8_t public_key[WG_KEY_LEN])
{
    g_hash_table_replace(m->proved, g_memdup2(endpoint, sizeof *endpoint),
                         g_memdup2(public_key, sizeof(struct proved_key)));
}

void
wg_macs_remember_cookie(struct wg_macs_memory *m, const struct wg_endpoint *holder,
                        const struct wg_endpoint *issuer, const uint8_t cookie[WG_MAC_LEN],
                        int64_t time)
{
    const struct path path = { *holder, *issuer };
    struct held_cookie held = { .time = time };

    memcpy(held.cookie, cookie, WG_MAC_LEN);
    g_hash_table_replace(m->cookies, g_memdup2(&path, sizeof path), g_memdup2(&held, sizeof held));
    wg_wipe(&held, sizeof held);
}

/* The known key that mac1 was made with, or NULL. */
static const struct wg_static_key *
find_receiver(struct wg_macs_memory *m, const struct wg_keystore *keys,
              const struct wg_macs_message *message, const struct wg_mac_probe *probe)
{
    const struct path path = { *message->source, *message->destination };
    const uint64_t generation = wg_keystore_generation(keys);
    const size_t count = wg_keystore_static_count(keys);
    const struct wg_static_key *used = g_hash_table_lookup(m->used, message->destination);

    if (used != NULL && wg_cookie_probe_matches(probe, used->mac1_key, WG_KEY_LEN))
        return used;
    if (count > FEW_KEYS) {
        const uint64_t *failed = g_hash_table_lookup(m->failed, &path);
        if (failed != NULL && *failed == generation)
            return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct wg_static_key *key = wg_keystore_static(keys, i);
        if (!wg_cookie_probe_matches(probe, key->mac1_key, WG_KEY_LEN))
            continue;
        g_hash_table_replace(m->used,
                             g_memdup2(message->destination, sizeof *message->destination),
                             (void *)(uintptr_t)key);
        return key;
    }
    if (count > FEW_KEYS)
        g_hash_table_replace(m->failed, g_memdup2(&path, sizeof path),
                             g_memdup2(&generation, sizeof generation));
    return NULL;
}

/* No known key fitted: is it certain which one should have? */
static enum wg_mac_status
judge_unknown(const struct wg_macs_memory *m, const struct wg_macs_message *message,
              const struct wg_mac_probe *probe)
{
    const uint8_t *certain = message->certain;
    const struct proved_key *proved = g_hash_table_lookup(m->proved, message->destination);
    uint8_t mac1_key[WG_KEY_LEN];

    if (certain == NULL && proved != NULL)
        certain = proved->public_key;
    if (certain == NULL)
        return WG_MAC_UNVERIFIED;
    wg_cookie_mac1_key(mac1_key, certain);
    return wg_cookie_probe_matches(probe, mac1_key, WG_KEY_LEN) ? WG_MAC_GOOD : WG_MAC_BAD;
}

static enum wg_mac_status
judge_mac2(const struct wg_macs_memory *m, const struct wg_macs_message *message)
{
    const struct path path = { *message->source, *message->destination };
    const struct wg_wire_view *view = message->view;

    if (view->mac2 == NULL)
        return WG_MAC_UNVERIFIED;
    if (wg_wire_all_zero(view->mac2, WG_MAC_LEN))
        return WG_MAC_NOT_PRESENT;
    const struct held_cookie *held = g_hash_table_lookup(m->cookies, &path);
    if (held == NULL || message->time - held->time > COOKIE_AGE || message->time < held->time)
        return WG_MAC_UNVERIFIED;
    if (wg_cookie_mac2_matches(view, held->cookie))
        return WG_MAC_GOOD;
    /* Later it may have got another cookie that the capture lacks. */
    return message->time - held->time <= NEXT_TRY ? WG_MAC_BAD : WG_MAC_UNVERIFIED;
}

void
wg_macs_judge(struct wg_macs_memory *m, const struct wg_keystore *keys,
              const struct wg_macs_message *message, struct wg_macs *judged)
{
    struct wg_mac_probe probe;

    *judged = (struct wg_macs){ .mac1 = WG_MAC_UNVERIFIED, .mac2 = judge_mac2(m, message) };
    if (!wg_cookie_probe_mac1(&probe, message->view))
        return;
    judged->receiver = find_receiver(m, keys, message, &probe);
    judged->mac1 =
        judged->receiver != NULL ? WG_MAC_GOOD : judge_unknown(m, message, &probe);
}
