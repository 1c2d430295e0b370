/* icmp_text.h
 * ICMP errors in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ICMP_TEXT_H
#define WG_ICMP_TEXT_H

#include "wg/diagnosis.h"

/* Why something is unreachable. Static storage. */
const char *wg_icmp_reason(const struct wg_quote *quote);

/* 3 ICMP errors "no route" from 192.0.2.1
 *
 * various   they are not all like the first one, which the text says
 * returns   to be freed by the caller */
char *wg_icmp_errors(const struct wg_evidence *errors, const struct wg_quote *first, bool various,
                     const char *reason);

#endif
