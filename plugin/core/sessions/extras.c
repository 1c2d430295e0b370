/* extras.c
 * What few sessions have.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "sessions_private.h"

const struct wg_extras *
wg_session_extras(const struct wg_session *session)
{
    static const struct wg_extras none;

    if (session->extras == NULL)
        return &none;
    return session->extras;
}

const struct wg_cookie *
wg_session_cookie(const struct wg_session *session, const struct wg_note *note)
{
    const bool copy = (note->flags & WG_NOTE_DUPLICATE) != 0;
    const uint32_t first = copy ? note->reference : note->frame;
    const struct wg_cookie *c = wg_session_extras(session)->cookies;

    while (c != NULL && c->frame != first)
        c = c->next;
    return c;
}

uint32_t
wg_session_cookie_for(const struct wg_session *session, const struct wg_note *note)
{
    if ((note->flags & WG_NOTE_DUPLICATE) == 0)
        return note->reference;
    const struct wg_cookie *cookie = wg_session_cookie(session, note);
    if (cookie == NULL)
        return 0;
    return cookie->for_frame;
}

const struct wg_endpoint *
wg_session_before(const struct wg_session *session, unsigned side)
{
    return wg_session_extras(session)->before[side];
}

struct wg_extras *
wg_session_make_extras(struct wg_session *session)
{
    if (session->extras == NULL)
        session->extras = g_new0(struct wg_extras, 1);
    return session->extras;
}

void
wg_session_free_extras(struct wg_session *session)
{
    struct wg_cookie *next;

    if (session->extras == NULL)
        return;
    for (struct wg_cookie *c = session->extras->cookies; c != NULL; c = next) {
        next = c->next;
        g_free(c);
    }
    g_free(session->extras);
    session->extras = NULL;
}
