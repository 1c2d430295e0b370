/* keylines.c
 * See keylines.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keylines.h"

#include <stdio.h>

static void
line(struct wgk_buffer *lines, const char *name, const char *between, const uint8_t key[WGK_KEY])
{
    char text[WGK_BASE64 + 1];

    wgk_base64(text, key);
    wgk_buffer_print(lines, "%s%s%s\n", name, between, text);
    wgk_wipe(text, sizeof text);
}

void
wgk_lines_handshake(struct wgk_buffer *lines, const struct wgk_event *event, bool response)
{
    wgk_buffer_print(lines, "# %s: %s\n", event->interface, response ? "response" : "initiation");
    line(lines, "LOCAL_STATIC_PRIVATE_KEY", " = ", event->private_key);
    line(lines, "REMOTE_STATIC_PUBLIC_KEY", " = ", event->peer_key);
    line(lines, "LOCAL_EPHEMERAL_PRIVATE_KEY", " = ", event->ephemeral_key);
    /* Wireshark's own dissector applies it to the ephemeral key before it. */
    if (!wgk_zero(event->preshared_key))
        line(lines, "PRESHARED_KEY", " = ", event->preshared_key);
}

void
wgk_lines_session(struct wgk_buffer *lines, const struct wgk_event *event)
{
    char index[16];

    wgk_buffer_print(lines, "# %s: session\n", event->interface);
    snprintf(index, sizeof index, "0x%08x", event->remote_index);
    line(lines, index, " ", event->sending_key);
    snprintf(index, sizeof index, "0x%08x", event->local_index);
    line(lines, index, " ", event->receiving_key);
}

void
wgk_lines_device(struct wgk_buffer *lines, const struct wgk_device *device)
{
    if (!device->has_key)
        return;
    line(lines, "LOCAL_STATIC_PRIVATE_KEY", " = ", device->private_key);
    for (size_t i = 0; i < device->n_peers; i++)
        line(lines, "REMOTE_STATIC_PUBLIC_KEY", " = ", device->peers[i].public_key);
}
