/* sessions.c
 * See sessions.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions.h"

#include <stdio.h>
#include <string.h>

enum { TERM = 24 /* characters of " && lindex != 0x12345678" */ };

static size_t
kept(const struct wgk_sessions *sessions)
{
    if (sessions->n > WGK_SESSIONS)
        return WGK_SESSIONS;
    return sessions->n;
}

bool
wgk_sessions_add(struct wgk_sessions *sessions, const struct wgk_event *event)
{
    for (size_t i = 0; i < kept(sessions); i++) {
        const struct wgk_seen *seen = &sessions->seen[i];
        if (seen->local_index == event->local_index && seen->remote_index == event->remote_index &&
            wgk_same(seen->peer_key, event->peer_key))
            return false;
    }
    struct wgk_seen *seen = &sessions->seen[sessions->n++ % WGK_SESSIONS];
    seen->local_index = event->local_index;
    seen->remote_index = event->remote_index;
    memcpy(seen->peer_key, event->peer_key, WGK_KEY);
    return true;
}

static bool
has_peer(const struct wgk_sessions *sessions, const uint8_t key[WGK_KEY])
{
    for (size_t i = 0; i < kept(sessions); i++)
        if (wgk_same(sessions->seen[i].peer_key, key))
            return true;
    return false;
}

bool
wgk_sessions_complete(const struct wgk_sessions *sessions, const struct wgk_device *device,
                      time_t now)
{
    for (size_t i = 0; i < device->n_peers; i++) {
        const struct wgk_peer *peer = &device->peers[i];
        if (peer->last_handshake + WGK_SESSION_SECONDS >= now &&
            !has_peer(sessions, peer->public_key))
            return false;
    }
    return true;
}

void
wgk_sessions_filter(const struct wgk_sessions *sessions, char *filter, size_t size)
{
    size_t length = 0;

    *filter = '\0';
    for (size_t back = 1; back <= kept(sessions) && size - length > TERM; back++)
        length += (size_t)snprintf(filter + length, size - length, "%slindex != 0x%x",
                                   back == 1 ? "" : " && ",
                                   sessions->seen[(sessions->n - back) % WGK_SESSIONS].local_index);
}
