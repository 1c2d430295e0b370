/* keylog.h
 * The key log: a text to which WireGuard implementations append the keys of each handshake.
 *
 * Source: the format that Wireshark's preference wg.keylog_file reads; the scripts
 * extract-handshakes and extract-keys of wireguard-tools. Known lines, where spaces are free,
 * '#' begins a comment, and lines end in LF or CR LF:
 *
 *     LOCAL_STATIC_PRIVATE_KEY = key        LOCAL_EPHEMERAL_PRIVATE_KEY = key
 *     REMOTE_STATIC_PUBLIC_KEY = key        PRESHARED_KEY = key (also PRE_SHARED_KEY)
 *     0xINDEX key                           a raw transport key and its receiver index
 *     any words:                            a header: what follows is another handshake
 *
 * What belongs together. Writers agree on the lines but not on their order, so the lines of one
 * handshake are a block. A block ends where a name comes a second time, or, once it has its
 * ephemeral key, at a header, a blank line or a comment. A preshared key belongs to the ephemeral
 * key of its block, and is linked to the ephemeral key before it as well, unless a header is
 * between them: where the order is ambiguous, it is tried with both. Static keys from elsewhere in
 * the log are linked, as a guess, to the ephemeral keys after them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYLOG_H
#define WG_KEYLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "wg/keystore.h"
#include "wg/lines.h"

enum { WG_KEYLOG_LINE_MAX = 1024 }; /* characters; longer lines are skipped and reported */

struct wg_keylog;

/*
 * A parser for one key log, which adds what it reads to `ks` line by line.
 *
 * ks        must outlive the parser
 * report    called once for each bad line (see lines.h); may be NULL
 * returns   owned by the caller; wg_keylog_free
 */
struct wg_keylog *wg_keylog_new(struct wg_keystore *ks, wg_report_fn report, void *user);
void wg_keylog_free(struct wg_keylog *keylog); /* wipes; NULL is allowed */

/* The next bytes of the log, cut anywhere: the next call completes an unfinished line. */
void wg_keylog_feed(struct wg_keylog *keylog, const void *bytes, size_t length);

/*
 * No more bytes for now. A key on a last line without line break counts.
 * final     true: the log ends here, so such a line is also reported if it is bad. false: the
 *           log may grow, and the line may be completed by a later feed.
 */
void wg_keylog_flush(struct wg_keylog *keylog, bool final);

/* The log was replaced or cut: back to line 1. Keys that were read stay in the store. */
void wg_keylog_reset(struct wg_keylog *keylog);

#endif
