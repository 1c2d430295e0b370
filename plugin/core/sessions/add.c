/* add.c
 * Adds a message to the session table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

static void
add(struct wg_sessions *s, const struct wg_arrival *arrival)
{
    const struct wg_wire_view *view = arrival->view;

    switch (view->type) {
    case WG_TYPE_INITIATION:
        if (view->has_sender)
            wg_sessions_add_initiation(s, arrival);
        break;
    case WG_TYPE_RESPONSE:
        if (view->has_sender && view->has_receiver)
            wg_sessions_add_response(s, arrival);
        break;
    case WG_TYPE_COOKIE_REPLY:
        if (view->has_receiver)
            wg_sessions_add_cookie_reply(s, arrival);
        break;
    case WG_TYPE_DATA:
        if (view->has_receiver && view->has_counter)
            wg_sessions_add_data(s, arrival);
        break;
    }
}

static enum wg_decryption_status
untried(const struct wg_sessions *s)
{
    if (s->judge == NULL)
        return WG_STATUS_UNSUPPORTED;
    if (s->judge->has_keys(s->self))
        return WG_STATUS_NOT_TRIED;
    return WG_STATUS_NO_KEYS;
}

void
wg_sessions_add(struct wg_sessions *s, const struct wg_message_context *context,
                const struct wg_wire_view *view, uint32_t number, uint8_t *plain)
{
    const struct wg_way *way = wg_flows_way(s, &context->source, &context->destination);
    const struct wg_arrival arrival = { .context = context,
                                        .way = way,
                                        .view = view,
                                        .note = wg_notes_get(s->notes, number),
                                        .number = number,
                                        .plain = plain };

    arrival.note->type = (uint8_t)view->type & 7;
    if (view->type != WG_TYPE_DATA || !view->has_counter)
        arrival.note->status = untried(s) & 31;
    add(s, &arrival);
    wg_sessions_remember(s, &arrival);
}
