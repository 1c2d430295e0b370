/* fuzz_config.c
 * A configuration file: in one piece and in pieces. The first byte says how it is cut; the rest is
 * the text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz_text.h"

#include "wg/config.h"

/* Twice through one parser, which is as new after the end of a file. */
static struct wg_keystore *
read_twice(struct input in, size_t piece)
{
    unsigned reports = 0;
    struct wg_keystore *ks = wg_keystore_new();
    struct wg_config *config = wg_config_new(ks, check_report, &reports);

    for (unsigned time = 0; time < 2; time++) {
        for (size_t at = 0; at < in.left; at += piece) {
            const size_t n = MIN(piece, in.left - at);
            uint8_t *copy = exact_copy(in.bytes + at, n);
            wg_config_feed(config, copy, n);
            free(copy);
        }
        wg_config_finish(config);
        check_store(ks);
        reports = 0;
    }
    wg_config_free(config);
    return ks;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    const size_t piece = (size_t)take_byte(&in) + 1;

    CHECK(wg_crypto_init());
    struct wg_keystore *whole = read_twice(in, MAX(in.left, 1));
    struct wg_keystore *pieces = read_twice(in, piece);
    check_same(whole, pieces);
    wg_keystore_free(whole);
    wg_keystore_free(pieces);
    return 0;
}
