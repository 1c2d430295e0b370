/* names.c
 * Addresses, names and keys as the reports show them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include "names.h"
#include "options.h"
#include "opened.h"
#include "wg/base64.h"

/* ---- words instead ---- */

static unsigned
host_hash(const void *p)
{
    return wg_endpoint_hash(p);
}

static gboolean
host_equal(const void *a, const void *b)
{
    return wg_endpoint_equal(a, b);
}

/* The number of `what`, in order of appearance. It stays until the program ends, so that all
 * reports of a run agree. */
static unsigned
number_of(GHashTable *table, const void *what, size_t length)
{
    void *number = g_hash_table_lookup(table, what);

    if (number == NULL) {
        number = GUINT_TO_POINTER(g_hash_table_size(table) + 1);
        g_hash_table_insert(table, g_memdup2(what, length), number);
    }
    return GPOINTER_TO_UINT(number);
}

static unsigned
host_number(const struct wg_endpoint *endpoint)
{
    static GHashTable *hosts;
    struct wg_endpoint host = *endpoint;

    if (hosts == NULL)
        hosts = g_hash_table_new_full(host_hash, host_equal, g_free, NULL);
    host.port = 0;
    return number_of(hosts, &host, sizeof host);
}

static unsigned
key_number(const uint8_t *public_key)
{
    static GHashTable *keys;
    char text[WG_BASE64_LEN + 1];

    if (keys == NULL)
        keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    wg_base64_encode(text, public_key);
    return number_of(keys, text, sizeof text);
}

static unsigned
client_number(uint32_t id)
{
    static GHashTable *clients;

    if (clients == NULL)
        clients = g_hash_table_new_full(g_int_hash, g_int_equal, g_free, NULL);
    return number_of(clients, &id, sizeof id);
}

/* ---- texts ---- */

char *
wg_report_address(const struct wg_endpoint *host)
{
    char text[WG_ENDPOINT_TEXT_LEN];

    if (wg_report_is_anonymous())
        return g_strdup_printf("host-%u", host_number(host));
    wg_endpoint_text(host, text);
    char *colon = strrchr(text, ':');
    if (colon != NULL)
        *colon = '\0';
    const bool brackets = text[0] == '[';
    if (brackets)
        text[strlen(text) - 1] = '\0';
    return g_strdup(text + brackets);
}

char *
wg_report_endpoint(const struct wg_endpoint *endpoint)
{
    char text[WG_ENDPOINT_TEXT_LEN];

    if (wg_report_is_anonymous())
        return g_strdup_printf("host-%u:%u", host_number(endpoint), endpoint->port);
    return g_strdup(wg_endpoint_text(endpoint, text));
}

char *
wg_report_name(const uint8_t *public_key)
{
    const struct wg_keystore *keys = wg_opened()->keys;

    if (keys == NULL || public_key == NULL)
        return NULL;
    const char *name = wg_keystore_name(keys, public_key);
    if (name == NULL)
        return NULL;
    if (wg_report_is_anonymous())
        return g_strdup_printf("peer-%u", key_number(public_key));
    return g_strdup(name);
}

char *
wg_report_key(const uint8_t *public_key)
{
    char key[WG_BASE64_LEN + 1];

    if (public_key == NULL)
        return NULL;
    if (wg_report_is_anonymous())
        return g_strdup_printf("key-%u", key_number(public_key));
    wg_base64_encode(key, public_key);
    return g_strdup(key);
}

char *
wg_report_client_id(uint32_t id)
{
    if (wg_report_is_anonymous())
        return g_strdup_printf("client-%u", client_number(id));
    return g_strdup_printf("%02x:%02x:%02x", id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff);
}

char *
wg_report_peer(const struct wg_endpoint *endpoint, const uint8_t *public_key)
{
    g_autofree char *where = wg_report_endpoint(endpoint), *name = wg_report_name(public_key);
    g_autofree char *key = wg_report_key(public_key);

    if (name != NULL)
        return g_strdup_printf("%s %s", where, name);
    if (key == NULL)
        return g_strdup(where);
    if (wg_report_is_anonymous())
        return g_strdup_printf("%s %s", where, key);
    return g_strdup_printf("%s %.8s...", where, key);
}
