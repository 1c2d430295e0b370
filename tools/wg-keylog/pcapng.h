/* pcapng.h
 * Turns the pcap stream of a capture program into pcapng, with secrets between the packets.
 *
 * Source: the IETF drafts on pcap and pcapng (draft-ietf-opsawg-pcap, -pcapng).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_PCAPNG_H
#define WGK_PCAPNG_H

#include "buffer.h"

enum wgk_pcap_status {
    WGK_PCAP_GOOD,
    WGK_PCAP_FOREIGN, /* the stream is not pcap */
};

/* The state of one stream; all zeros at the beginning. */
struct wgk_pcap {
    struct wgk_buffer pending; /* bytes that have come and are not written yet */
    bool has_header;
    bool nanoseconds;
};

/*
 * Write everything that is complete in `in->pending` to `out`: first, once, the section and the
 * interface (named `interface`), then the packets. Numbers are in this machine's byte order in
 * both.
 */
enum wgk_pcap_status wgk_pcapng_packets(struct wgk_buffer *out, struct wgk_pcap *in,
                                        const char *interface);

/* Write only the section and the interface, which must come before secrets. False if the stream has
 * not begun yet. */
bool wgk_pcapng_begin(struct wgk_buffer *out, struct wgk_pcap *in, const char *interface,
                      enum wgk_pcap_status *status);

/* A Decryption Secrets Block with lines of a WireGuard key log. */
void wgk_pcapng_secrets(struct wgk_buffer *out, const struct wgk_buffer *lines);

#endif
