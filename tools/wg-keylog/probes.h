/* probes.h
 * The probes: which functions of the kernel's WireGuard to watch, and where in their arguments the
 * keys are. This makes only their text; tracefs.h installs them.
 *
 * wg_index_hashtable_insert(table, entry)    once for each handshake message of this end's own,
 *                                            before it is sent; entry is part of noise_handshake
 * wg_index_hashtable_replace(table, old, new)   a session begins; new is part of noise_keypair
 * wg_noise_keypair_get(keypair)              every packet, sent or received
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_PROBES_H
#define WGK_PROBES_H

#include "btf.h"
#include "events.h"

#define WGK_GROUP "wg_keylog"

enum { WGK_PROBE_MAX = 1024 }; /* characters of a definition; the kernel allows 4096 */

struct wgk_probes {
    char line[3][WGK_PROBE_MAX]; /* definitions for kprobe_events, by wgk_event_type */
    uint32_t responder_state;    /* noise_handshake_state in which a response is made */
};

/*
 * in_module   the functions are those of the module wireguard, not of vmlinux
 * returns     NULL, or the structure or member that this kernel lacks: "struct noise_handshake:
 *             psk"; the text is fixed
 */
const char *wgk_probes_make(struct wgk_probes *probes, const struct wgk_btf *btf, bool in_module);

/* The name of an event, and the function that it watches. */
const char *wgk_probe_name(enum wgk_event_type type);
const char *wgk_probe_function(enum wgk_event_type type);

#endif
