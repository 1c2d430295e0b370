/* cookie.c
 * mac1, mac2 and cookie replies.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/cookie.h"

static const char label_mac1[] = "mac1----";
static const char label_cookie[] = "cookie--";

void
wg_cookie_mac1_key(uint8_t mac1_key[WG_KEY_LEN], const uint8_t public_key[WG_KEY_LEN])
{
    wg_hash(mac1_key, label_mac1, strlen(label_mac1), public_key, WG_KEY_LEN);
}

void
wg_cookie_key(uint8_t cookie_key[WG_KEY_LEN], const uint8_t public_key[WG_KEY_LEN])
{
    wg_hash(cookie_key, label_cookie, strlen(label_cookie), public_key, WG_KEY_LEN);
}

/* A MAC covers everything before itself. */
static bool
make_probe(struct wg_mac_probe *probe, const struct wg_wire_view *view, const uint8_t *mac)
{
    probe->length = 0;
    if (mac == NULL)
        return false;
    probe->length = (size_t)(mac - view->bytes);
    memcpy(probe->covered, view->bytes, probe->length);
    memcpy(probe->covered, view->mac_header, sizeof(view->mac_header));
    memcpy(probe->mac, mac, sizeof(probe->mac));
    return true;
}

bool
wg_cookie_probe_mac1(struct wg_mac_probe *probe, const struct wg_wire_view *view)
{
    return make_probe(probe, view, view->mac1);
}

bool
wg_cookie_probe_mac2(struct wg_mac_probe *probe, const struct wg_wire_view *view)
{
    return make_probe(probe, view, view->mac2);
}

bool
wg_cookie_probe_matches(const struct wg_mac_probe *probe, const uint8_t *key, size_t key_length)
{
    uint8_t mac[WG_MAC_LEN]; /* not secret: it goes over the wire */

    if (probe->length == 0)
        return false;
    wg_mac(mac, key, key_length, probe->covered, probe->length);
    return memcmp(mac, probe->mac, sizeof(mac)) == 0;
}

bool
wg_cookie_mac2_matches(const struct wg_wire_view *view, const uint8_t cookie[WG_MAC_LEN])
{
    struct wg_mac_probe probe;

    return wg_cookie_probe_mac2(&probe, view) &&
           wg_cookie_probe_matches(&probe, cookie, WG_MAC_LEN);
}

bool
wg_cookie_open(uint8_t cookie[WG_MAC_LEN], const struct wg_wire_view *view,
               const uint8_t cookie_key[WG_KEY_LEN], const uint8_t mac1[WG_MAC_LEN])
{
    uint8_t opened[WG_MAC_LEN];

    if (view->nonce == NULL || view->encrypted_cookie == NULL)
        return false;
    if (!wg_xaead_open(opened, cookie_key, view->nonce, mac1, WG_MAC_LEN, view->encrypted_cookie,
                       view->layout->encrypted_cookie.length))
        return false;
    memcpy(cookie, opened, sizeof(opened));
    wg_wipe(opened, sizeof(opened));
    return true;
}
