/* audit_text.h
 * The audit in sentences. All texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_TEXT_H
#define WG_AUDIT_TEXT_H

#include "audit_model.h"

/* To standard output: a pair, and what belongs to no pair. */
void wg_audit_print_pair(const struct audit *a, const struct audit_pair *pair);
void wg_audit_print_rest(const struct audit *a);

char *wg_audit_host_text(const struct audit_pair *pair, unsigned side);
char *wg_audit_verdict(const struct audit *a, const struct audit_pair *pair);
uint64_t wg_audit_beside_count(const struct audit *a, const struct audit_pair *pair);

#endif
