/* gosource.h
 * Reads keys from wireguard-go, a program that is used in place of the kernel's WireGuard. One
 * function of the running program is watched, and the peer of each call is found by its public key.
 *
 * Every handshake message goes through (*CookieGenerator).AddMacs(self, message). `self` is part of
 * the peer, and the handshake comes before it: ..., presharedKey, localEphemeral, localIndex,
 * remoteIndex, remoteStatic, ... (device/noise-protocol.go). Other members depend on the version.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_GOSOURCE_H
#define WGK_GOSOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "events.h"
#include "netlink.h"
#include "say.h"

enum {
    WGK_GO_PARTS = 3,    /* probes; one event's text would be too long for the kernel */
    WGK_GO_PART = 1024,  /* bytes before `self` that each shows */
    WGK_GO_WORDS = 32,   /* of 8 bytes, in one array; the kernel takes 64 */
    WGK_GO_MESSAGE = 12, /* words of the message */
    WGK_GO_CALLS = 8,    /* at the same time */
    WGK_GO_PROBE_MAX = 4096 + 512,
};

/* One call of the function, with the parts that have come so far. */
struct wgk_go_call {
    uint64_t self;
    unsigned parts; /* bits */
    uint8_t before[WGK_GO_PARTS * WGK_GO_PART];
    uint8_t message[WGK_GO_MESSAGE * 8];
};

struct wgk_go {
    char interface[16];
    char line[WGK_GO_PARTS][WGK_GO_PROBE_MAX]; /* definitions for uprobe_events */
    struct wgk_go_call calls[WGK_GO_CALLS];
    unsigned next;
};

/* Find the program that has this interface, and make the probes. False with `message` filled. */
bool wgk_go_begin(struct wgk_go *go, const char *interface, char message[WGK_MESSAGE]);

/* What the program says of its interface, like wgk_device_read(). */
int wgk_go_device(struct wgk_device *device, const char *interface);

/* Whether a line of trace_pipe comes from these probes. */
bool wgk_go_is_line(const char *line);

/* Take a line. True if it completed a call; `complete` then holds keys, and must be wiped. */
bool wgk_go_take(struct wgk_go *go, const char *line, struct wgk_go_call *complete);

/* Find the peer that a call was made for: true with `event` filled, false if it is not one of the
 * device's. */
bool wgk_go_find(const struct wgk_go *go, const struct wgk_go_call *call,
                 const struct wgk_device *device, struct wgk_event *event);

/* The name of the n-th probe. */
const char *wgk_go_probe(unsigned n);

#endif
