/* keylines.h
 * Events as lines of a key log. include/wg/keylog.h describes the format.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_KEYLINES_H
#define WGK_KEYLINES_H

#include "buffer.h"
#include "events.h"
#include "netlink.h"

/* All keys of a handshake: they open it, and the session that it starts. They also open recorded
 * earlier initiations to this end, because the static private key is among them. */
void wgk_lines_handshake(struct wgk_buffer *lines, const struct wgk_event *event, bool response);

/* The two transport keys of a session: they open its data and nothing else. */
void wgk_lines_session(struct wgk_buffer *lines, const struct wgk_event *event);

/* The static keys of an interface, which open initiations to it before its own keys exist. */
void wgk_lines_device(struct wgk_buffer *lines, const struct wgk_device *device);

#endif
