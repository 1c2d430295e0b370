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
