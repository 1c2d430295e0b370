/* tree_message.c
 * Draws one message as it is on the wire.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/expert.h>
#include <epan/packet.h>
#include <wsutil/to_str.h>

#include "fields.h"
#include "tree.h"
#include "unwrap.h"

static proto_item *
add_boolean(const struct wg_drawing *d, proto_tree *tree, enum wg_field id, unsigned offset,
            unsigned length, bool value)
{
    return wg_generated(
        proto_tree_add_boolean(tree, wg_hf[id], d->tvb, (int)offset, (int)length, value));
}

/* Hides what is the same in nearly all transport data, or follows from what is shown. Filters and
 * scripts can use it, but shown with each message it would bury what differs. */
static void
hide(proto_item *item)
{
    proto_item_set_hidden(item);
}

/* Add one field of the layout, or its captured part. NULL unless the field is complete. */
static proto_item *
add_field(const struct wg_drawing *d, enum wg_field id, struct wg_wire_field field)
{
    if (field.length == 0 || field.offset >= d->view->captured)
        return NULL;
    const size_t there = d->view->captured - field.offset;
    if (there < field.length) {
        proto_tree_add_bytes_format(d->tree, wg_hf[HF_INCOMPLETE], d->tvb, field.offset, (int)there,
                                    NULL, "%s, incomplete: %zu of %u bytes",
                                    proto_registrar_get_nth(wg_hf[id])->name, there, field.length);
        return NULL;
    }
    return proto_tree_add_item(d->tree, wg_hf[id], d->tvb, field.offset, field.length,
                               ENC_LITTLE_ENDIAN);
}

/* The same for a number that was decoded already: the host need not read it again. */
static void
add_number(const struct wg_drawing *d, enum wg_field id, struct wg_wire_field field, bool whole,
           uint32_t number)
{
    if (whole)
        proto_tree_add_uint(d->tree, wg_hf[id], d->tvb, field.offset, field.length, number);
    else
        add_field(d, id, field);
}

static void
add_counter(const struct wg_drawing *d)
{
    const struct wg_wire_field field = d->view->layout->counter;

    if (d->view->has_counter)
        proto_tree_add_uint64(d->tree, wg_hf[HF_COUNTER], d->tvb, field.offset, field.length,
                              d->view->counter);
    else
        add_field(d, HF_COUNTER, field);
}

static void
add_sender(const struct wg_drawing *d)
{
    add_number(d, HF_SENDER, d->view->layout->sender, d->view->has_sender, d->view->sender);
}

static void
add_receiver(const struct wg_drawing *d)
{
    add_number(d, HF_RECEIVER, d->view->layout->receiver, d->view->has_receiver, d->view->receiver);
}

static void
add_type(const struct wg_drawing *d)
{
    proto_tree_add_uint(d->tree, wg_hf[HF_TYPE], d->tvb, offsetof(struct wg_wire_header, type), 1,
                        d->view->type);
}

static void
add_ephemeral(const struct wg_drawing *d)
{
    const struct wg_wire_field field = d->view->layout->ephemeral;

    if (d->tree == NULL)
        return;
    if (d->view->ephemeral == NULL) {
        add_field(d, HF_EPHEMERAL, field);
        return;
    }
    char *key = g_base64_encode(d->view->ephemeral, WG_KEY_LEN);
    proto_item *item = proto_tree_add_string(d->tree, wg_hf[HF_EPHEMERAL], d->tvb, field.offset,
                                             field.length, key);
    g_free(key);
    wg_draw_ephemeral_key(d, item);
}

static void
add_header(const struct wg_drawing *d)
{
    const struct wg_wire_field reserved = { offsetof(struct wg_wire_header, reserved),
                                            WG_RESERVED_LEN };

    add_type(d);
    proto_item *item = add_field(d, HF_RESERVED, reserved);
    if (d->view->reserved_zero && d->view->type == WG_TYPE_DATA) {
        hide(add_boolean(d, d->tree, HF_RESERVED_ZERO, reserved.offset, reserved.length, true));
        return;
    }
    add_boolean(d, proto_item_add_subtree(item, wg_ett[ETT_RESERVED]), HF_RESERVED_ZERO,
                reserved.offset, reserved.length, d->view->reserved_zero);
    if (!d->view->reserved_zero)
        expert_add_info(d->pinfo, item, &wg_ei[EI_RESERVED_NONZERO]);
}

static void
add_mac2(const struct wg_drawing *d)
{
    const struct wg_wire_field field = d->view->layout->mac2;
    proto_item *item = add_field(d, HF_MAC2, field);

    if (d->view->mac2 == NULL)
        return;
    const bool zero = wg_wire_all_zero(d->view->mac2, WG_MAC_LEN);
    if (zero)
        proto_item_append_text(item, " (all zeros: the sender holds no cookie)");
    else
        proto_item_append_text(item, " (set: the sender holds a cookie)");
    proto_tree *tree = proto_item_add_subtree(item, wg_ett[ETT_MAC2]);
    add_boolean(d, tree, HF_MAC2_ZERO, field.offset, field.length, zero);
    wg_draw_mac2(d, tree);
    expert_add_info(d->pinfo, item, &wg_ei[zero ? EI_MAC2_IS_ZERO : EI_MAC2_IS_SET]);
}

/* The encrypted packet of transport data. */
static void
add_packet(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;
    const int at = (int)MIN(sizeof(struct wg_wire_data), view->captured);
    proto_item *item = NULL;

    if (view->packet != NULL)
        item = proto_tree_add_item(d->tree, wg_hf[HF_ENCRYPTED_PACKET], d->tvb, at,
                                   (int)view->packet_captured, ENC_NA);
    if (view->length < WG_DATA_MIN_LEN) {
        proto_tree_add_expert_format(
            d->tree, d->pinfo, &wg_ei[EI_BAD_PACKET_LENGTH], d->tvb, at, (int)view->packet_captured,
            "Packet length is too small: %zu of at least %zu bytes", view->length, WG_DATA_MIN_LEN);
        return;
    }
    if (view->length == WG_DATA_MIN_LEN)
        expert_add_info(d->pinfo, item, &wg_ei[EI_KEEPALIVE]);
    wg_generated(proto_tree_add_uint(d->tree, wg_hf[HF_DATA_LENGTH], d->tvb, at,
                                     (int)view->packet_captured,
                                     (uint32_t)view->packet_length - WG_TAG_LEN));
}

static void
add_trailer(const struct wg_drawing *d)
{
    const unsigned fixed = d->view->layout->fixed_length;

    if (fixed != 0 && d->view->captured > fixed)
        proto_tree_add_item(d->tree, wg_hf[HF_TRAILER], d->tvb, (int)fixed, -1, ENC_NA);
}

/* All handshake messages of a type have one length. */
static void
add_fixed_length(const struct wg_drawing *d, proto_item *item)
{
    const struct wg_wire_view *view = d->view;
    const unsigned fixed = view->layout->fixed_length;
    const char *name = wg_message_name(view);
    proto_tree *tree = proto_item_add_subtree(item, wg_ett[ETT_LENGTH]);

    wg_generated(proto_tree_add_uint(tree, wg_hf[HF_LENGTH_EXPECTED], d->tvb, 0, 0, fixed));
    wg_draw_boolean(d, tree, HF_LENGTH_FIXED, view->fixed_length);
    if (view->fixed_length) {
        proto_item_append_text(item, ", as every %s", name);
        return;
    }
    proto_item_append_text(item, ", unlike every %s", name);
    if (view->length > fixed)
        expert_add_info_format(d->pinfo, item, &wg_ei[EI_LENGTH_MISMATCH],
                               "%s of %zu bytes: %zu more than the fixed length of %u", name,
                               view->length, view->length - fixed, fixed);
    else
        expert_add_info_format(d->pinfo, item, &wg_ei[EI_LENGTH_MISMATCH],
                               "%s of %zu bytes: %zu less than the fixed length of %u", name,
                               view->length, fixed - view->length, fixed);
}

static void
add_length(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;
    proto_item *item = wg_generated(proto_tree_add_uint(
        d->tree, wg_hf[HF_LENGTH], d->tvb, 0, (int)view->captured, (uint32_t)view->length));

    if (view->layout->fixed_length != 0)
        add_fixed_length(d, item);
    else if (view->verdict == WG_WIRE_OK && d->messages == 1)
        hide(item); /* it follows from the length of the data */
    if (view->truncated)
        expert_add_info_format(d->pinfo, item, &wg_ei[EI_TRUNCATED],
                               "The capture holds %zu of the %zu bytes of this message",
                               view->captured, view->length);
}

static void
add_tell_tale(const struct wg_drawing *d, proto_tree *tree, enum wg_field id,
              struct wg_wire_field where, bool holds)
{
    proto_item *item = add_boolean(d, tree, id, where.offset, where.length, holds);

    if (!holds && d->view->type == WG_TYPE_DATA)
        hide(item);
}

/* How many tell-tales there are. Transport data has one, which is named in the same line. Nearly
 * all messages are transport data, so the text is made once. */
static proto_item *
add_count(const struct wg_drawing *d, unsigned count, bool only_type)
{
    static const char *text;

    if (!only_type)
        return wg_draw_number(d, HF_VISIBLE_COUNT, count);
    if (text == NULL)
        text = wmem_strdup_printf(wmem_epan_scope(),
                                  "%s: 1 of 4 (fixed type byte and zero reserved bytes)",
                                  proto_registrar_get_name(wg_hf[HF_VISIBLE_COUNT]));
    return wg_generated(proto_tree_add_uint_format(d->tree, wg_hf[HF_VISIBLE_COUNT], d->tvb, 0, 0,
                                                   count, "%s", text));
}

/* What an onlooker without keys can see: the four properties by which, as its author says,
 * WireGuard can be recognised. */
static void
add_visible(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;

    if (!wg_wanted(d, HF_VISIBLE_COUNT, HF_VISIBLE_EPHEMERAL))
        return;
    /* An onlooker sees what is on the wire, not what was in the envelope. */
    const struct wg_envelope_marks *around = d->envelope != NULL ? &d->envelope->marks : NULL;
    const bool masked = around != NULL && around->key != NULL;
    const bool type = around == NULL && view->reserved_zero;
    const bool length =
        view->fixed_length && (around == NULL || around->prefix + around->trailer == 0);
    const bool mac2_zero =
        !masked && view->mac2 != NULL && wg_wire_all_zero(view->mac2, WG_MAC_LEN);
    const bool ephemeral = !masked && view->ephemeral != NULL;
    const unsigned count = (unsigned)type + mac2_zero + length + ephemeral;
    const bool only_type = view->type == WG_TYPE_DATA && type && count == 1;

    proto_tree *tree = proto_item_add_subtree(add_count(d, count, only_type), wg_ett[ETT_VISIBLE]);
    proto_item *item =
        add_boolean(d, tree, HF_VISIBLE_TYPE, 0, sizeof(struct wg_wire_header), type);
    if (only_type)
        hide(item);
    /* Not drawn if the capture is too short to know. */
    if (view->layout->mac2.length == 0 || view->mac2 != NULL)
        add_tell_tale(d, tree, HF_VISIBLE_MAC2_ZERO, view->layout->mac2, mac2_zero);
    add_tell_tale(d, tree, HF_VISIBLE_FIXED_LENGTH, (struct wg_wire_field){ 0, 0 }, length);
    if (view->layout->ephemeral.length == 0 || view->ephemeral != NULL)
        add_tell_tale(d, tree, HF_VISIBLE_EPHEMERAL, view->layout->ephemeral, ephemeral);
}

/* How the head of transport data begins. Nearly all messages are transport data, so the text is
 * made once. */
static const char *
data_head_start(const struct wg_drawing *d, size_t *length)
{
    static struct {
        const char *text;
        size_t length;
    } starts[2]; /* of packets, of keepalives */
    const unsigned keepalive = d->view->length == WG_DATA_MIN_LEN;

    if (starts[keepalive].text == NULL) {
        starts[keepalive].text =
            wmem_strdup_printf(wmem_epan_scope(), "%s, %s, to 0x", d->item->finfo->hfinfo->name,
                               wg_message_name(d->view));
        starts[keepalive].length = strlen(starts[keepalive].text);
    }
    *length = starts[keepalive].length;
    return starts[keepalive].text;
}

/* Put together by hand, since formatting would cost as much as four fields. */
static void
data_head_text(const struct wg_drawing *d)
{
    enum { REST = 80, DIGITS = 20 }; /* room for what follows the name; of a counter */
    static const char between[] = ", counter ";
    char text[ITEM_LABEL_LENGTH], counter[DIGITS + 1];
    size_t length;
    const char *start = data_head_start(d, &length);

    length = MIN(length, sizeof text - REST);
    memcpy(text, start, length);
    char *end = dword_to_hex(text + length, d->view->receiver);
    memcpy(end, between, sizeof between - 1);
    counter[DIGITS] = '\0';
    g_stpcpy(end + sizeof between - 1, uint64_to_str_back(counter + DIGITS, d->view->counter));
    proto_item_set_text(d->item, "%s", text);
}

static void
head_text(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;

    if (view->has_counter) {
        data_head_text(d);
        return;
    }
    proto_item_append_text(d->item, ", %s", wg_message_name(view));
    if (view->has_sender)
        proto_item_append_text(d->item, ", from 0x%08x", view->sender);
    if (view->has_receiver)
        proto_item_append_text(d->item, ", to 0x%08x", view->receiver);
}

static void
add_messages(const struct wg_drawing *d)
{
    proto_item *item = wg_draw_number(d, HF_GSO_MESSAGES, d->messages);

    if (d->messages > WG_MAX_SEGMENTS)
        proto_item_append_text(item, ", more than Linux sends: after %u, what is on the wire alone",
                               WG_MAX_SEGMENTS);
}

void
wg_draw_wire(const struct wg_drawing *d)
{
    add_type(d);
    add_receiver(d);
    add_counter(d);
    if (d->view->packet != NULL)
        proto_tree_add_item(d->tree, wg_hf[HF_ENCRYPTED_PACKET], d->tvb,
                            sizeof(struct wg_wire_data), (int)d->view->packet_captured, ENC_NA);
}

static void
draw_handshake(const struct wg_drawing *d)
{
    const struct wg_wire_layout *layout = d->view->layout;

    add_sender(d);
    add_receiver(d);
    add_ephemeral(d);
    if (add_field(d, HF_ENCRYPTED_STATIC, layout->encrypted_static) != NULL)
        wg_draw_static(d);
    if (add_field(d, HF_ENCRYPTED_TIMESTAMP, layout->encrypted_timestamp) != NULL)
        wg_draw_timestamp(d);
    if (add_field(d, HF_ENCRYPTED_EMPTY, layout->encrypted_empty) != NULL)
        wg_draw_handshake_ok(d);
    wg_draw_mac1(d, add_field(d, HF_MAC1, layout->mac1));
    add_mac2(d);
    add_field(d, HF_NONCE, layout->nonce);
    if (add_field(d, HF_ENCRYPTED_COOKIE, layout->encrypted_cookie) != NULL)
        wg_draw_cookie(d);
    add_trailer(d);
}

static void
draw_data(const struct wg_drawing *d)
{
    add_receiver(d);
    add_counter(d);
    add_packet(d);
}

void
wg_draw_message(const struct wg_drawing *d)
{
    const bool data = d->view->type == WG_TYPE_DATA;

    if (d->tree != NULL && PTREE_DATA(d->tree)->visible)
        head_text(d);
    wg_draw_envelope(d);
    add_header(d);
    if (data)
        draw_data(d);
    else
        draw_handshake(d);
    add_length(d);
    if (d->messages > 1)
        add_messages(d);
    add_visible(d);
    if (data)
        return; /* wg_decrypt_data draws its peers and status */
    wg_draw_peers(d);
    wg_draw_status(d);
}
