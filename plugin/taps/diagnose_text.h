/* diagnose_text.h
 * A diagnosis in sentences. All texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DIAGNOSE_TEXT_H
#define WG_DIAGNOSE_TEXT_H

#include "wg/diagnosis.h"

/* "192.0.2.1:51820 alice -> 198.51.100.1:51820", the client first */
char *wg_diagnose_tunnel(const struct wg_tunnel *tunnel);

/* What was found, with its evidence: the finding's label, and a sentence or two. */
char *wg_diagnose_finding(const struct wg_tunnel *tunnel, enum wg_finding finding);

/* What to check next: what can still be the cause. NULL: nothing. */
char *wg_diagnose_advice(const struct wg_tunnel *tunnel, enum wg_finding finding);

/* A display filter that selects the tunnel's packets. */
char *wg_diagnose_filter(const struct wg_tunnel *tunnel);

/* A fault in the configurations themselves, as a sentence; and what to do about it. */
char *wg_diagnose_supplied(enum wg_finding finding, const struct wg_static_key *owner,
                           const struct wg_static_key *peer, const struct wg_static_key *other);
const char *wg_diagnose_supplied_advice(enum wg_finding finding);

struct wg_report;

/* For programs: a line for the tunnel, and one for each finding; or for a fault in configurations.
 */
void wg_diagnose_json_tunnel(const struct wg_report *report, const struct wg_tunnel *tunnel);
void wg_diagnose_json_supplied(const struct wg_report *report, enum wg_finding finding,
                               const struct wg_static_key *owner, const struct wg_static_key *peer,
                               const struct wg_static_key *other);

/* The sentences, without label, by group; NULL if another file has the sentence of a finding. */
char *wg_tell_failure(const struct wg_tunnel *tunnel, enum wg_finding finding);
char *wg_tell_trouble(const struct wg_tunnel *tunnel, enum wg_finding finding);
char *wg_tell_rest(const struct wg_tunnel *tunnel, enum wg_finding finding);

#endif
