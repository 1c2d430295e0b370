/* fuzz_text.h
 * What the targets of both text parsers share: the same text fed in one piece and in many must
 * leave the same keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include <glib.h>

#include "input.h"
#include "wg/crypto.h"
#include "wg/keystore.h"
#include "wg/lines.h"

static inline void
check_report(void *user, unsigned line, const char *expected)
{
    unsigned *reports = user;

    CHECK(line > 0 && expected != NULL && *expected != '\0');
    CHECK(++*reports <= WG_REPORTS_MAX + 1);
}

static inline void
check_text(const char *text, size_t limit)
{
    if (text == NULL)
        return;
    CHECK(*text != '\0' && g_utf8_validate(text, -1, NULL));
    CHECK((size_t)g_utf8_strlen(text, -1) <= limit);
    while (*text != '\0') {
        CHECK(!g_unichar_iscntrl(g_utf8_get_char(text)));
        text += g_utf8_skip[(uint8_t)*text];
    }
}

/* Whatever was read, the store holds only what it may. */
static inline void
check_store(struct wg_keystore *ks)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];

    for (size_t i = 0; i < wg_keystore_static_count(ks); i++) {
        const struct wg_static_key *key = wg_keystore_static(ks, i);
        CHECK(wg_keystore_find_static(ks, key->public_key) == key);
        check_text(key->name, WG_NAME_MAX);
        for (const struct wg_peer *p = wg_keystore_peers(ks, key->public_key); p; p = p->next) {
            CHECK(p->key == key);
            check_text(p->endpoint, WG_ENDPOINT_MAX);
            check_text(p->allowed_ips, WG_ALLOWED_IPS_MAX);
        }
        const size_t count =
            wg_keystore_psk_candidates(ks, NULL, NULL, key->public_key, key->public_key, psks);
        CHECK(count >= 1 && count <= WG_PSK_CANDIDATES_MAX);
    }
    for (size_t i = 0; i < wg_keystore_ephemeral_count(ks); i++) {
        const struct wg_ephemeral *e = wg_keystore_ephemeral(ks, i);
        CHECK(e->psk_count <= WG_EPHEMERAL_PSKS_MAX);
        CHECK(wg_keystore_find_ephemeral(ks, e->public_key) != NULL);
    }
}

static inline bool
same_text(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

static inline void
check_same(struct wg_keystore *a, struct wg_keystore *b)
{
    CHECK(wg_keystore_static_count(a) == wg_keystore_static_count(b));
    CHECK(wg_keystore_ephemeral_count(a) == wg_keystore_ephemeral_count(b));
    CHECK(wg_keystore_psk_count(a) == wg_keystore_psk_count(b));
    for (size_t i = 0; i < wg_keystore_static_count(a); i++) {
        const struct wg_static_key *x = wg_keystore_static(a, i), *y = wg_keystore_static(b, i);
        CHECK(memcmp(x->public_key, y->public_key, WG_KEY_LEN) == 0);
        CHECK(x->has_private == y->has_private && same_text(x->name, y->name));
    }
    for (size_t i = 0; i < wg_keystore_ephemeral_count(a); i++) {
        const struct wg_ephemeral *x = wg_keystore_ephemeral(a, i);
        const struct wg_ephemeral *y = wg_keystore_ephemeral(b, i);
        CHECK(memcmp(x->private_key, y->private_key, WG_KEY_LEN) == 0);
        CHECK(x->psk_count == y->psk_count && x->local_sure == y->local_sure &&
              x->remote_sure == y->remote_sure);
        CHECK((x->local == NULL) == (y->local == NULL));
        CHECK((x->remote == NULL) == (y->remote == NULL));
    }
}

#endif
