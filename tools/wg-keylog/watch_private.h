/* watch_private.h
 * What the files of the watch share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_WATCH_PRIVATE_H
#define WGK_WATCH_PRIVATE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "buffer.h"
#include "capture.h"
#include "gosource.h"
#include "options.h"
#include "pcapng.h"
#include "probes.h"
#include "sessions.h"

struct watch {
    const struct wgk_options *options;
    const struct wgk_probes *probes;
    struct wgk_go *go; /* NULL: the kernel's WireGuard is the source */
    int tracefs, output;
    uint32_t netns;
    int pipes[2];              /* by wgk_instance: trace_pipe, or -1 */
    struct wgk_buffer text[2]; /* what was read there and is not yet a whole line */
    struct wgk_buffer secrets; /* lines that are not written yet */
    struct wgk_buffer out;
    struct wgk_capture capture;
    struct wgk_pcap pcap;
    struct wgk_sessions sessions;
    char checked[IF_NAMESIZE];  /* the interface that passed the self-check */
    time_t began;               /* monotonic */
    bool ready, failed, closed; /* closed: the output has no reader any more */
    bool complete;              /* all running sessions have been found by their packets */
    unsigned long handshakes, lost, bad;
};

/* Print the message, and end. */
void __attribute__((format(printf, 2, 3))) wgk_fail(struct watch *watch, const char *format, ...);

/* ---- start.c ---- */

/* Install the probes, start recording, and open their output. False after a message. */
bool wgk_start_kernel(struct watch *watch);
bool wgk_start_go(struct watch *watch);

#endif
