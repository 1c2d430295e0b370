/* host.h
 * Wireshark's library with the plugin in it, as the targets of the whole dissector use it: an input
 * is a small capture, read, filtered, reset and looked at as Wireshark and tshark do it.
 *
 * Our code is linked in and has the sanitizers; Wireshark's is the installed library.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include <epan/epan_dissect.h>

#include "input.h"

/* What an input says first: how its capture is read. */
enum capture_options {
    NO_TREE = 1,
    NO_KEYS = 2,
    INVISIBLE = 4,
    REPORTS_LATE = 8, /* the reports hear of the packets when all were read, as with tshark -2 */
    NO_REPORTS = 16,
    SHUFFLED = 32,    /* second looks in any order, some twice, with a tree and without */
    JSON = 128,       /* the reports are for programs, and with INVISIBLE without names */
    READ_FILTER = 64, /* each frame is looked at once more before, as Wireshark does with one */
};

/* What each frame of an input begins with. Then come a byte of time, two of length, the payload. */
enum frame_options {
    BACK = 1,      /* from the other end */
    OTHER = 2,     /* between other ends */
    ODD = 4,       /* not on WireGuard's port */
    CUT = 8,       /* the capture holds half of it */
    RAW = 16,      /* the payload is the IP packet itself */
    REJECTED = 32, /* by a read filter: the next frame gets its number */
    RESET = 64,    /* the capture begins anew with this frame, as with tshark -M */
    MORE = 128,    /* in the same frame as the datagram before it, where frames hold several */
};

struct host {
    const char *program;  /* whose reports are taken: tshark has texts, wireshark has tables */
    bool several;         /* a frame holds several datagrams, by PPP multiplexing */
    void (*listen)(void); /* once, to ask for reports */
    void (*before)(uint32_t number);     /* each first look at a frame; may be NULL */
    void (*looked)(epan_dissect_t *edt); /* each look, before it is forgotten; may be NULL */
    void (*drawn)(void);                 /* the reports were drawn; may be NULL */
};

/* Once in a process. */
void host_start(const struct host *host);

/* A preference, as the command line gives it. returns false where it is refused */
bool host_set(const char *preference, const char *value);

/* Read the rest of the input as a capture. */
void host_run(struct input *in, uint8_t options);

#endif
