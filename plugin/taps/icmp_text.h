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

/* " from 192.0.2.1"; "" if that is not known. To be freed by the caller. */
char *wg_icmp_reporter(const struct wg_quote *quote);

#endif
