/* hints.h
 * What a report does not see and should mention: datagrams with WireGuard's shape that other
 * dissectors took, a capture that was taken inside a tunnel, and configurations that fit nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_HINTS_H
#define WG_HINTS_H

#include <epan/epan_dissect.h>
#include <epan/packet.h>

struct wg_report;
struct wg_hints;

struct wg_hints *wg_hints_new(void);
void wg_hints_free(struct wg_hints *hints); /* NULL is allowed */

/* A frame with messages of WireGuard, and one without. */
void wg_hints_found(struct wg_hints *hints);
void wg_hints_other(struct wg_hints *hints, packet_info *pinfo, const epan_dissect_t *edt);

enum wg_hint_kind { WG_HINT_INSIDE, WG_HINT_NOT_READ, WG_HINT_NOT_SEEN };

/* One thing to mention. */
struct wg_hint {
    enum wg_hint_kind kind;
    const char *protocol; /* of what was not read: the dissector that took it */
    uint16_t port;        /* of what was not read */
    bool named;           /* with "inside": the interface is called like a tunnel's */
    uint64_t packets;
    uint32_t first_frame; /* 0: unknown */
    size_t configuration; /* the one that fits nothing, or only in part (wg_opened_unseen) */
};

unsigned wg_hints_count(const struct wg_hints *hints);
/* i < wg_hints_count() */
struct wg_hint wg_hints_get(const struct wg_hints *hints, unsigned i);
/* "Not read" ...; static storage. */
const char *wg_hint_label(enum wg_hint_kind kind);
/* In sentences; to be freed by the caller. */
char *wg_hint_text(const struct wg_hint *hint);

/* At the end of a report, on standard output. */
void wg_hints_print(const struct wg_hints *hints);
void wg_hints_print_json(const struct wg_hints *hints, const struct wg_report *report);

#endif
