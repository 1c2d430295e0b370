/* sessions.h
 * Which sessions were seen, and whether any session that may still carry packets was not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_SESSIONS_H
#define WGK_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "events.h"
#include "netlink.h"

enum {
    WGK_SESSIONS = 4096,       /* remembered; the oldest are forgotten first */
    WGK_SESSION_SECONDS = 180, /* the paper's Reject-After-Time: older sessions carry nothing */
};

struct wgk_sessions {
    struct wgk_seen {
        uint32_t local_index, remote_index;
        uint8_t peer_key[WGK_KEY]; /* public */
    } seen[WGK_SESSIONS];
    size_t n;
};

/* Remember a session; false if it was known. */
bool wgk_sessions_add(struct wgk_sessions *sessions, const struct wgk_event *event);

/* Whether every peer with a handshake less than WGK_SESSION_SECONDS before `now` was seen. */
bool wgk_sessions_complete(const struct wgk_sessions *sessions, const struct wgk_device *device,
                           time_t now);

/* A filter for the kernel that leaves out the latest known sessions: "lindex != 0x1 && ...", or
 * nothing if there are none. It has as many as there is room for. */
void wgk_sessions_filter(const struct wgk_sessions *sessions, char *filter, size_t size);

#endif
