/* fuzz_keylog.c
 * A key log: in one piece, in pieces, and while it grows. The first byte says how it is cut; the
 * rest is the text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz_text.h"

#include "wg/base64.h"
#include "wg/keylog.h"

struct reading {
    struct wg_keystore *ks;
    struct wg_keylog *log;
    unsigned reports;
};

static void
begin(struct reading *r)
{
    r->reports = 0;
    r->ks = wg_keystore_new();
    r->log = wg_keylog_new(r->ks, check_report, &r->reports);
}

static void
end(struct reading *r)
{
    wg_keylog_free(r->log);
    wg_keystore_free(r->ks);
}

/* `growing`: as when the file is looked at while somebody writes. */
static void
feed(struct reading *r, struct input in, size_t piece, bool growing)
{
    while (in.left > 0) {
        const size_t n = MIN(piece, in.left);
        uint8_t *copy = exact_copy(in.bytes, n);
        wg_keylog_feed(r->log, copy, n);
        free(copy);
        in.bytes += n;
        in.left -= n;
        if (growing)
            wg_keylog_flush(r->log, false);
    }
    wg_keylog_flush(r->log, true);
}

static bool
tell(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    CHECK(a != b && a != NULL && b != NULL);
    return --*(size_t *)user > 0;
}

static void
check_base64(const struct input *in)
{
    uint8_t key[WG_KEY_LEN];
    char text[WG_BASE64_LEN + 1];

    if (!wg_base64_decode(key, (const char *)in->bytes, in->left))
        return;
    wg_base64_encode(text, key);
    CHECK(in->left == WG_BASE64_LEN && memcmp(text, in->bytes, WG_BASE64_LEN) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    const size_t piece = (size_t)take_byte(&in) + 1;
    struct reading whole, pieces, growing;
    size_t pairs = 100;

    CHECK(wg_crypto_init());
    check_base64(&in);
    begin(&whole);
    feed(&whole, in, MAX(in.left, 1), false);
    check_store(whole.ks);
    CHECK(wg_keystore_pair_candidates(whole.ks, 100, tell, &pairs) <= 100);

    begin(&pieces);
    feed(&pieces, in, piece, false);
    check_same(whole.ks, pieces.ks);
    CHECK(whole.reports == pieces.reports);
    /* A second reading adds nothing. */
    wg_keylog_reset(pieces.log);
    pieces.reports = 0;
    const size_t statics = wg_keystore_static_count(pieces.ks);
    feed(&pieces, in, piece, false);
    CHECK(wg_keystore_static_count(pieces.ks) == statics);

    begin(&growing);
    feed(&growing, in, piece, true);
    check_store(growing.ks);
    end(&whole);
    end(&pieces);
    end(&growing);
    return 0;
}
