/* events.h
 * Reads what the probes report, the lines of trace_pipe, into one structure.
 *
 * The kernel writes them with the option context-info off, so a line begins with the name of the
 * event. It holds nothing that a process could choose except the interface's name, which comes last
 * and has no white space:
 *
 *     handshake: (wg_index_hashtable_insert+0x0/0x1b0 [wireguard]) state=0 netns=4026532138 ...
 *         priv={0x28,0x11,...} ... ifname="wg0"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_EVENTS_H
#define WGK_EVENTS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "secrets.h"

enum wgk_event_type {
    WGK_HANDSHAKE, /* a handshake message of this end's own is about to be sent */
    WGK_SESSION,   /* a session begins */
    WGK_PACKET,    /* a session that may have begun earlier carries a packet */
};

struct wgk_event {
    enum wgk_event_type type;
    char interface[IF_NAMESIZE];
    uint32_t netns;            /* inode of the interface's network namespace */
    uint8_t peer_key[WGK_KEY]; /* public key of the peer */
    /* of a handshake */
    uint32_t state; /* enum noise_handshake_state, before the message */
    uint8_t private_key[WGK_KEY];
    uint8_t ephemeral_key[WGK_KEY]; /* private */
    uint8_t preshared_key[WGK_KEY]; /* all zeros: none */
    /* of a session */
    uint32_t local_index, remote_index; /* receiver index of packets to us, to the peer */
    uint8_t receiving_key[WGK_KEY], sending_key[WGK_KEY];
};

enum wgk_line {
    WGK_LINE_EVENT, /* `event` is filled */
    WGK_LINE_LOST,  /* the kernel says that it had to drop events */
    WGK_LINE_OTHER, /* not one of ours */
    WGK_LINE_BAD,   /* one of ours, but not as expected */
};

/* Read one line, without its line break. Wipe the event after use. */
enum wgk_line wgk_event_read(struct wgk_event *event, const char *line);

#endif
