/* draw.c
 * Shared by the files that draw.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "draw.h"

bool
wg_wanted(const struct wg_drawing *d, enum wg_field from, enum wg_field to)
{
    return d->tree != NULL && (PTREE_DATA(d->tree)->visible || wg_named(from, to));
}

proto_item *
wg_generated(proto_item *item)
{
    proto_item_set_generated(item);
    return item;
}

proto_item *
wg_draw_number(const struct wg_drawing *d, enum wg_field id, uint32_t number)
{
    return wg_generated(proto_tree_add_uint(d->tree, wg_hf[id], d->tvb, 0, 0, number));
}

proto_item *
wg_draw_text(const struct wg_drawing *d, enum wg_field id, const char *text)
{
    return wg_generated(proto_tree_add_string(d->tree, wg_hf[id], d->tvb, 0, 0, text));
}

proto_item *
wg_draw_boolean(const struct wg_drawing *d, proto_tree *tree, enum wg_field id, bool value)
{
    return wg_generated(proto_tree_add_boolean(tree, wg_hf[id], d->tvb, 0, 0, value));
}

const char *
wg_message_name(const struct wg_wire_view *view)
{
    switch (view->type) {
    case WG_TYPE_INITIATION:
        return "Handshake Initiation";
    case WG_TYPE_RESPONSE:
        return "Handshake Response";
    case WG_TYPE_COOKIE_REPLY:
        return "Cookie Reply";
    case WG_TYPE_DATA:
        if (view->length == WG_DATA_MIN_LEN)
            return "Keepalive";
        return "Transport Data";
    }
    return "Unknown";
}
