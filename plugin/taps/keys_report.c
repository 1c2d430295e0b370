/* keys_report.c
 * -z wg,keys: the transport keys of the sessions in a capture, as a key log that can be handed on.
 * It opens the data of these sessions and nothing else: no other session, and no handshake.
 *
 * For tshark only: a window is no place for keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <stdio.h>

#include <glib.h>

#include "report.h"
#include "wg/base64.h"
#include "wg/crypto.h"

struct keys_report {
    struct wg_report base;
    GPtrArray *directions; /* struct wg_direction, in order of appearance */
    GHashTable *known;     /* the same, to find them */
};

static struct wg_report *
make(void)
{
    struct keys_report *r = g_new0(struct keys_report, 1);

    r->directions = g_ptr_array_new();
    r->known = g_hash_table_new(NULL, NULL);
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct keys_report *r = (struct keys_report *)base;

    g_hash_table_destroy(r->known);
    g_ptr_array_free(r->directions, TRUE);
    g_free(r);
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt, const struct wg_tapped *tapped)
{
    struct keys_report *r = (struct keys_report *)base;

    if (tapped == NULL || tapped->quote != NULL || tapped->view.type != WG_TYPE_DATA)
        return;
    struct wg_direction *direction = tapped->seen.note->of.direction;
    if (direction != NULL && g_hash_table_add(r->known, direction))
        g_ptr_array_add(r->directions, direction);
}

static void
print_key(void *user, uint32_t receiver_index, const uint8_t key[WG_KEY_LEN])
{
    char text[WG_BASE64_LEN + 1];

    wg_base64_encode(text, key);
    printf("0x%08x %s\n", receiver_index, text);
    wg_wipe(text, sizeof text);
}

/* Keys that came late are known by now. */
static void
print(struct wg_report *base)
{
    const struct keys_report *r = (const struct keys_report *)base;

    for (unsigned i = 0; i < r->directions->len; i++)
        wg_opening_tell_keys(r->directions->pdata[i], print_key, NULL);
}

const struct wg_report_class wg_keys_report = {
    .name = "wg,keys",
    .title = "WireGuard Session Keys",
    .make = make,
    .free = discard,
    .add = add,
    .print = print,
};
