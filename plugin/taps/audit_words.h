/* audit_words.h
 * What the sentences of an audit are made of. Texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_WORDS_H
#define WG_AUDIT_WORDS_H

#include <glib.h>

#include "wg/audit.h"

/* What the sentences on one pair ask for again and again. */
struct wg_audit_told {
    struct wg_audit *audit;
    const struct wg_audit_pair *pair;
    const GArray *between, *past; /* struct wg_audit_leak */
    struct wg_audit_sum sums[2];  /* between, past */
};

struct wg_audit_told wg_audit_look_at(struct wg_audit *audit, const struct wg_audit_pair *pair);

/* How many packets of a kind there are, between the two hosts and past the tunnel. */
uint64_t wg_audit_packets(const struct wg_audit_told *told, enum wg_audit_kind kind);

static inline const struct wg_audit_leak *
wg_audit_leak_at(const GArray *leaks, unsigned i)
{
    return &g_array_index(leaks, struct wg_audit_leak, i);
}

/* "192.0.2.1 (alice)" */
char *wg_audit_host_text(const struct wg_audit_pair *pair, unsigned side);

/* "HTTP"; where a port is all that is known of it, "UDP port 9000"; "DNS in GRE". */
char *wg_audit_leak_name(const struct wg_audit_leak *leak);

/* "HTTP to 192.0.2.9 (first: frame 3), ...": what there is of a kind, the first few by name. */
void wg_audit_append_kind(GString *s, const struct wg_audit_told *told, enum wg_audit_kind kind);

#endif
