/* extcap.h
 * Lets Wireshark use this program as an external capture interface, "WireGuard with keys: eth0".
 *
 * Source: Wireshark's developer's guide, chapter "Adding an external capture source", and
 * extcap(4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_EXTCAP_H
#define WGK_EXTCAP_H

#include "options.h"

enum wgk_extcap_option {
    WGK_EXTCAP_INTERFACES,
    WGK_EXTCAP_DLTS,
    WGK_EXTCAP_CONFIG,
    WGK_EXTCAP_CAPTURE,
    WGK_EXTCAP_INTERFACE,
    WGK_EXTCAP_VERSION,
    WGK_EXTCAP_FILTER,
};

struct wgk_extcap {
    bool asked; /* Wireshark made this call */
    enum wgk_extcap_option what;
    const char *interface, *filter;
};

void wgk_extcap_option(struct wgk_extcap *extcap, enum wgk_extcap_option option, const char *value);

/*
 * Answer Wireshark, and end. For a capture without root's rights, this starts the program again
 * with pkexec or sudo; it returns only for a capture that has them.
 */
void wgk_extcap_answer(const struct wgk_extcap *extcap, const struct wgk_options *options);

#endif
