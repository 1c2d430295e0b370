/* capture.h
 * The capture program, dumpcap or tcpdump, whichever is installed. It runs as a child that writes
 * pcap to a pipe.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_CAPTURE_H
#define WGK_CAPTURE_H

#include <stdbool.h>
#include <sys/types.h>

#include "buffer.h"
#include "say.h"

struct wgk_capture {
    pid_t pid;
    int packets;    /* its pcap, or -1; does not block */
    int told;       /* its standard error, or -1; does not block */
    char last[256]; /* the end of its messages */
};

/* filter may be NULL. False with `message` filled. */
bool wgk_capture_start(struct wgk_capture *capture, const char *interface, const char *filter,
                       char message[WGK_MESSAGE]);

/* Take what has come; closes `packets` at its end. False if there is no room. */
bool wgk_capture_read(struct wgk_capture *capture, struct wgk_buffer *pending);

/* Ask it to end; wgk_capture_read() still gets its last packets. */
void wgk_capture_stop(struct wgk_capture *capture);

/* Wait for it, after its end was read. False with `message` filled if it failed by itself. */
bool wgk_capture_end(struct wgk_capture *capture, bool asked, char message[WGK_MESSAGE]);

#endif
