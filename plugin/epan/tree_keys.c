/* tree_keys.c
 * Draws what the keys show of a message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/packet.h>

#include "fields.h"
#include "tree.h"
#include "wg/base64.h"
#include "wg/opening.h"
#include "wg/tai64n.h"

static proto_item *
add_key(const struct wg_drawing *d, enum wg_field id, const uint8_t key[WG_KEY_LEN])
{
    char text[WG_BASE64_LEN + 1];

    wg_base64_encode(text, key);
    return wg_draw_text(d, id, text);
}

/* The session of a handshake message that was accounted for, or NULL. */
static const struct wg_session *
handshake_session(const struct wg_drawing *d)
{
    if (d->note != NULL && d->view->type != WG_TYPE_DATA)
        return d->note->of.session;
    return NULL;
}

static const struct wg_initiation_keys *
initiation_keys(const struct wg_drawing *d)
{
    const struct wg_session *session = handshake_session(d);
    if (session != NULL)
        return session->keys;
    return NULL;
}

static const struct wg_response_keys *
response_keys(const struct wg_drawing *d)
{
    if (handshake_session(d) == NULL || d->view->type != WG_TYPE_RESPONSE)
        return NULL;
    const struct wg_response *response = wg_own_response(d->note);
    if (response != NULL)
        return response->keys;
    return NULL;
}

static const struct wg_macs *
macs(const struct wg_drawing *d)
{
    const struct wg_initiation_keys *i = initiation_keys(d);
    const struct wg_response_keys *r = response_keys(d);

    if (d->view->type == WG_TYPE_INITIATION && i != NULL)
        return &i->macs;
    if (d->view->type == WG_TYPE_RESPONSE && r != NULL)
        return &r->macs;
    return NULL;
}

static const struct wg_cookie *
own_cookie(const struct wg_drawing *d)
{
    const struct wg_session *session = handshake_session(d);

    if (session == NULL)
        return NULL;
    return wg_session_cookie(session, d->note);
}

void
wg_draw_ephemeral_key(const struct wg_drawing *d, proto_item *item)
{
    /* Look it up only if it is wanted: in a long log, that costs more than all the rest. */
    if (!wg_wanted(d, HF_EPHEMERAL_KNOWN_PRIVKEY, HF_EPHEMERAL_KNOWN_PRIVKEY))
        return;
    const bool known =
        d->keys != NULL && wg_keystore_find_ephemeral(d->keys, d->view->ephemeral) != NULL;
    wg_draw_boolean(d, proto_item_add_subtree(item, wg_ett[ETT_EPHEMERAL]),
                    HF_EPHEMERAL_KNOWN_PRIVKEY, known);
}

void
wg_draw_static(const struct wg_drawing *d)
{
    const struct wg_initiation_keys *keys = initiation_keys(d);

    if (d->tree == NULL || keys == NULL || !keys->opened.has_static)
        return;
    const struct wg_static_key *known =
        wg_keystore_find_static(d->keys, keys->opened.initiator_static);
    proto_tree *tree = proto_item_add_subtree(add_key(d, HF_STATIC, keys->opened.initiator_static),
                                              wg_ett[ETT_STATIC]);
    wg_draw_boolean(d, tree, HF_STATIC_KNOWN_PUBKEY, known != NULL);
    wg_draw_boolean(d, tree, HF_STATIC_KNOWN_PRIVKEY, known != NULL && known->has_private);
}

static nstime_t
time_of(int64_t seconds, uint32_t nanoseconds)
{
    nstime_t t;

    t.secs = (time_t)seconds;
    t.nsecs = (int)nanoseconds;
    return t;
}

static void
add_clock(const struct wg_drawing *d, proto_tree *tree, struct wg_tai64n t)
{
    const enum wg_tai64n_base base = wg_tai64n_guess_base(t, d->pinfo->abs_ts.secs);
    int64_t seconds;

    if (!wg_tai64n_to_unix(t, base, &seconds))
        return;
    const nstime_t clock = time_of(seconds, t.nanoseconds);
    nstime_t skew;
    proto_item *item =
        wg_generated(proto_tree_add_time(tree, wg_hf[HF_TIMESTAMP_CLOCK], d->tvb, 0, 0, &clock));
    proto_item_append_text(item, " (TAI64N less %d s)", (int)base);
    nstime_delta(&skew, &clock, &d->pinfo->abs_ts);
    wg_generated(proto_tree_add_time(tree, wg_hf[HF_CLOCK_SKEW], d->tvb, 0, 0, &skew));
}

void
wg_draw_timestamp(const struct wg_drawing *d)
{
    const struct wg_initiation_keys *keys = initiation_keys(d);
    int64_t seconds;

    if (d->tree == NULL || keys == NULL || keys->opened.verdict != WG_NOISE_OK)
        return;
    tvbuff_t *tvb = tvb_new_child_real_data(
        d->tvb, wmem_memdup(d->pinfo->pool, keys->opened.timestamp, WG_TAI64N_LEN), WG_TAI64N_LEN,
        WG_TAI64N_LEN);
    const struct wg_tai64n t = wg_tai64n_decode(keys->opened.timestamp);
    proto_tree *tree = d->tree;

    add_new_data_source(d->pinfo, tvb, "Decrypted Timestamp");
    if (wg_tai64n_to_unix(t, 0, &seconds)) {
        const nstime_t value = time_of(seconds, t.nanoseconds);
        tree = proto_item_add_subtree(
            proto_tree_add_time(tree, wg_hf[HF_TIMESTAMP_VALUE], tvb, 0, WG_TAI64N_LEN, &value),
            wg_ett[ETT_TIMESTAMP]);
    }
    proto_tree_add_item(tree, wg_hf[HF_TIMESTAMP_LABEL], tvb, 0, sizeof t.label, ENC_BIG_ENDIAN);
    proto_tree_add_item(tree, wg_hf[HF_TIMESTAMP_NANOSECONDS], tvb, sizeof t.label,
                        sizeof t.nanoseconds, ENC_BIG_ENDIAN);
    add_clock(d, tree, t);
}

/* Shown if there were keys to try, as in the host's own dissector. */
void
wg_draw_handshake_ok(const struct wg_drawing *d)
{
    const struct wg_initiation_keys *initiation = initiation_keys(d);
    const struct wg_response_keys *response = response_keys(d);

    if (d->tree == NULL || response == NULL)
        return;
    const bool ok = response->status == WG_STATUS_DECRYPTED;
    if (ok || (initiation != NULL && initiation->attempted))
        wg_draw_boolean(d, d->tree, HF_HANDSHAKE_OK, ok);
}

static void
add_mac_status(const struct wg_drawing *d, proto_tree *tree, enum wg_field id,
               enum wg_mac_status status)
{
    wg_generated(proto_tree_add_uint(tree, wg_hf[id], d->tvb, 0, 0, status));
}

void
wg_draw_mac1(const struct wg_drawing *d, proto_item *item)
{
    const struct wg_macs *m = macs(d);

    if (d->tree == NULL || item == NULL)
        return;
    add_mac_status(d, proto_item_add_subtree(item, wg_ett[ETT_MAC1]), HF_MAC1_STATUS,
                   m != NULL ? m->mac1 : WG_MAC_UNVERIFIED);
    if (m == NULL || m->receiver == NULL)
        return;
    proto_item *receiver = add_key(d, HF_RECEIVER_PUBKEY, m->receiver->public_key);
    wg_draw_boolean(d, proto_item_add_subtree(receiver, wg_ett[ETT_RECEIVER]),
                    HF_RECEIVER_PUBKEY_KNOWN_PRIVKEY, m->receiver->has_private);
}

void
wg_draw_mac2(const struct wg_drawing *d, proto_tree *tree)
{
    const struct wg_macs *m = macs(d);

    if (d->tree == NULL)
        return;
    enum wg_mac_status status = WG_MAC_UNVERIFIED;
    if (wg_wire_all_zero(d->view->mac2, WG_MAC_LEN))
        status = WG_MAC_NOT_PRESENT;
    else if (m != NULL)
        status = m->mac2;
    add_mac_status(d, tree, HF_MAC2_STATUS, status);
}

void
wg_draw_cookie(const struct wg_drawing *d)
{
    const struct wg_cookie *cookie = own_cookie(d);

    if (d->tree == NULL || cookie == NULL || cookie->status != WG_STATUS_DECRYPTED)
        return;
    tvbuff_t *tvb = tvb_new_child_real_data(
        d->tvb, wmem_memdup(d->pinfo->pool, cookie->cookie, WG_MAC_LEN), WG_MAC_LEN, WG_MAC_LEN);
    add_new_data_source(d->pinfo, tvb, "Decrypted Cookie");
    proto_tree_add_item(d->tree, wg_hf[HF_COOKIE], tvb, 0, WG_MAC_LEN, ENC_NA);
}

enum wg_decryption_status
wg_handshake_status(const struct wg_drawing *d)
{
    const struct wg_initiation_keys *i = initiation_keys(d);
    const struct wg_response_keys *r = response_keys(d);

    /* Another copy may have been captured whole, which says nothing of this one. */
    if (d->status == WG_STATUS_TRUNCATED)
        return d->status;
    /* Other messages of the session may have shown more since. */
    if (d->view->type == WG_TYPE_INITIATION && i != NULL)
        return i->status;
    if (d->view->type == WG_TYPE_RESPONSE && r != NULL)
        return r->status;
    return d->status;
}

/* The text of a status: the field as the host would show it, and a hint. Each is made once, since
 * every message has one. */
static const char *
status_text(enum wg_decryption_status status)
{
    static char *texts[WG_STATUS_COUNT];
    const char *hint = wg_status_hint(status);

    if (texts[status] == NULL)
        texts[status] =
            wmem_strdup_printf(wmem_epan_scope(), hint != NULL ? "%s: %s (%u) (%s)" : "%s: %s (%u)",
                               proto_registrar_get_nth((unsigned)wg_hf[HF_DECRYPTION_STATUS])->name,
                               wg_status_name(status), status, hint);
    return texts[status];
}

void
wg_draw_status(const struct wg_drawing *d)
{
    if (d->tree != NULL)
        wg_generated(proto_tree_add_uint_format(d->tree, wg_hf[HF_DECRYPTION_STATUS], d->tvb, 0, 0,
                                                d->status, "%s", status_text(d->status)));
}

/* ---- peers ---- */

static void
add_peer(const struct wg_drawing *d, enum wg_field id, const uint8_t *key)
{
    char text[WG_BASE64_LEN + 1];

    if (key == NULL)
        return;
    const char *name = wg_keystore_name(d->keys, key);
    wg_base64_encode(text, key);
    if (name == NULL)
        name = text;
    wg_draw_text(d, id, name);
    /* Both peers under one name, for filters on either of them. */
    proto_item *either = wg_draw_text(d, HF_PEER, name);
    proto_item_set_hidden(either);
}

/* Whether the sender is the session's initiator; *known is false if the sender is not known. */
static bool
from_initiator(const struct wg_drawing *d, bool *known)
{
    const struct wg_note *note = d->note;

    *known = true;
    switch (d->view->type) {
    case WG_TYPE_INITIATION:
        return true;
    case WG_TYPE_RESPONSE:
        return false;
    case WG_TYPE_COOKIE_REPLY:
        return wg_session_cookie_for(note->of.session, note) != note->of.session->initiation_frame;
    default:
        *known = note->of.direction->receiver != WG_ROLE_UNKNOWN;
        return note->of.direction->receiver == WG_ROLE_RESPONDER;
    }
}

static const struct wg_session *
session_of(const struct wg_note *note)
{
    if (note->type == WG_TYPE_DATA)
        return note->of.direction->session;
    return note->of.session;
}

void
wg_draw_peers(const struct wg_drawing *d)
{
    bool known;

    if (d->tree == NULL || d->keys == NULL || d->note == NULL || d->note->of.session == NULL)
        return;
    const bool initiator = from_initiator(d, &known);
    if (!known)
        return;
    const struct wg_session *session = session_of(d->note);
    const uint8_t *keys[2] = { wg_session_initiator_key(session),
                               wg_session_responder_key(session) };
    if (d->foreseen != NULL && keys[0] == NULL)
        keys[0] = wg_session_initiator_key(session_of(d->foreseen));
    if (d->foreseen != NULL && keys[1] == NULL)
        keys[1] = wg_session_responder_key(session_of(d->foreseen));
    add_peer(d, HF_SENDER_PEER, keys[!initiator]);
    add_peer(d, HF_RECEIVER_PEER, keys[initiator]);
}
