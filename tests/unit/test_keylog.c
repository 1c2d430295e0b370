/* test_keylog.c
 * The key log: lines, blocks, and bytes that are no key log.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/base64.h"
#include "wg/crypto.h"
#include "wg/keylog.h"

/* Keys of both ends of one real handshake: the logs of the client and the server of the capture
 * D1, made with wireguard-go in network namespaces for this project; used nowhere else. */
#define D1_CLIENT_PRIVATE   "WKP4RKxFxnfLpuUj8Wsn02COFBHlQep7OuCYhZJpPGY="
#define D1_CLIENT_PUBLIC    "PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY="
#define D1_CLIENT_EPHEMERAL "KOsr5hA+cftKDRe7E3lFYO4L4l8x7IkPdB+Wt/T9CmY="
#define D1_SERVER_PRIVATE   "iAtaYoVDTAsgDAJxGfptKeKbiEVdWVyWgTYjZnKllXI="
#define D1_SERVER_PUBLIC    "ihfjNH+sdh5u7s97+UxcDduwub5O/S9IM4HCkSfRNFI="
#define D1_SERVER_EPHEMERAL "sPF9DGG5zfhPM7+yiUXaT2AbzPGk6SuvJhPI7v6FP0g="
#define ZERO                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* As wireguard-go was patched to write it: the order that Wireshark documents. */
static const char d1_client[] = "LOCAL_STATIC_PRIVATE_KEY = " D1_CLIENT_PRIVATE "\n"
                                "REMOTE_STATIC_PUBLIC_KEY = " D1_SERVER_PUBLIC "\n"
                                "LOCAL_EPHEMERAL_PRIVATE_KEY = " D1_CLIENT_EPHEMERAL "\n"
                                "PRESHARED_KEY = " ZERO "\n";

/* As the extract-handshakes script of wireguard-tools prints it. */
static const char d1_server[] = "New handshake session:\r\n"
                                "  REMOTE_STATIC_PUBLIC_KEY = " D1_CLIENT_PUBLIC "\r\n"
                                "  PRESHARED_KEY = " ZERO "\r\n"
                                "  LOCAL_EPHEMERAL_PRIVATE_KEY = " D1_SERVER_EPHEMERAL "\r\n"
                                "  LOCAL_STATIC_PRIVATE_KEY = " D1_SERVER_PRIVATE "\r\n";

struct fixture {
    struct wg_keystore *ks;
    struct wg_keylog *log;
    GString *reports; /* "line:expected\n" each */
    unsigned count, last_line;
};

static void
note_report(void *user, unsigned line, const char *expected)
{
    struct fixture *f = user;

    g_string_append_printf(f->reports, "%u:%s\n", line, expected);
    f->count++;
    f->last_line = line;
}

static void
open_log(struct fixture *f)
{
    *f = (struct fixture){ .ks = wg_keystore_new(), .reports = g_string_new(NULL) };
    f->log = wg_keylog_new(f->ks, note_report, f);
}

static void
close_log(struct fixture *f)
{
    wg_keylog_free(f->log);
    wg_keystore_free(f->ks);
    g_string_free(f->reports, TRUE);
}

static void
feed(struct fixture *f, const char *text)
{
    wg_keylog_feed(f->log, text, strlen(text));
}

static void
decode(uint8_t key[WG_KEY_LEN], const char *text)
{
    g_assert_true(wg_base64_decode(key, text, strlen(text)));
}

/* -- Single lines -- */

static const struct {
    const char *line;
    bool good;
    unsigned statics, ephemerals, psks; /* that it adds */
} lines[] = {
    /* 1 */ { "LOCAL_STATIC_PRIVATE_KEY = " D1_CLIENT_PRIVATE, true, 1, 0, 0 },
    /* 2 */ { "REMOTE_STATIC_PUBLIC_KEY = " D1_SERVER_PUBLIC, true, 1, 0, 0 },
    /* 3 */ { "LOCAL_EPHEMERAL_PRIVATE_KEY = " D1_CLIENT_EPHEMERAL, true, 0, 1, 0 },
    /* 4 */ { "PRESHARED_KEY = " D1_CLIENT_EPHEMERAL, true, 0, 0, 1 },
    /* 5 */ { "PRE_SHARED_KEY=" D1_CLIENT_EPHEMERAL, true, 0, 0, 1 },
    /* 6 */ { "PRESHARED_KEY = " ZERO, true, 0, 0, 0 },
    /* 7 */ { "REMOTE_STATIC_PUBLIC_KEY=" D1_SERVER_PUBLIC, true, 1, 0, 0 },
    /* 8 */ { " \tremote_static_public_key\t=\t" D1_SERVER_PUBLIC " \t\r", true, 1, 0, 0 },
    /* 9 */ { "REMOTE_STATIC_PUBLIC_KEY=" D1_SERVER_PUBLIC " # of the server", true, 1, 0, 0 },
    /* 10 */ { "\xef\xbb\xbfREMOTE_STATIC_PUBLIC_KEY=" D1_SERVER_PUBLIC, true, 1, 0, 0 },
    /* 11 */ { "# a comment", true, 0, 0, 0 },
    /* 12 */ { "", true, 0, 0, 0 },
    /* 13 */ { "  \t\r", true, 0, 0, 0 },
    /* 14 */ { "New handshake session:", true, 0, 0, 0 },
    /* 15 too short */ { "PRESHARED_KEY = AAAA", false, 0, 0, 0 },
    /* 16 one more */ { "PRESHARED_KEY = A" ZERO, false, 0, 0, 0 },
    /* 17 two keys */ { "PRESHARED_KEY = " ZERO " " ZERO, false, 0, 0, 0 },
    /* 18 no key */ { "PRESHARED_KEY =", false, 0, 0, 0 },
    /* 19 */ { "PRESHARED_KEY", false, 0, 0, 0 },
    /* 20 other alphabet */
    { "PRESHARED_KEY = KOsr5hA-cftKDRe7E3lFYO4L4l8x7IkPdB-Wt_T9CmY=", false, 0, 0, 0 },
    /* 21 */ { "REMOTE_STATIC_PRIVATE_KEY = " ZERO, false, 0, 0, 0 },
    /* 22 */ { "REMOTE STATIC PUBLIC KEY = " ZERO, false, 0, 0, 0 },
    /* 23 */ { "= " ZERO, false, 0, 0, 0 },
    /* 24 */ { ZERO, false, 0, 0, 0 },
    /* 25 */ { "0x1A2b3c4D " D1_CLIENT_PRIVATE, true, 0, 0, 0 },
    /* 26 */ { " 0X0 \t" D1_CLIENT_PRIVATE " # raw", true, 0, 0, 0 },
    /* 27 nine digits */ { "0x123456789 " D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 28 */ { "0x " D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 29 */ { "0x12" D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 30 */ { "0x12 AAAA", false, 0, 0, 0 },
    /* 31 */ { "0xzz " D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 32 */ { "\x7f\x45\x4c\x46\xff\xfe", false, 0, 0, 0 },
};

static void
test_lines(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct fixture f;

        g_test_message("row %zu", i + 1);
        open_log(&f);
        feed(&f, lines[i].line);
        feed(&f, "\n");
        g_assert_cmpuint(f.count, ==, !lines[i].good);
        g_assert_cmpuint(wg_keystore_static_count(f.ks), ==, lines[i].statics);
        g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, lines[i].ephemerals);
        g_assert_cmpuint(wg_keystore_psk_count(f.ks), ==, lines[i].psks);
        /* Nothing of a line may be in a report. */
        g_assert_null(strstr(f.reports->str, "AAAA"));
        g_assert_null(strstr(f.reports->str, "KOsr"));
        close_log(&f);
    }
}

static void
test_raw(void)
{
    struct fixture f;
    uint8_t key[WG_KEY_LEN];

    open_log(&f);
    feed(&f, "0x1A2b3c4D " D1_CLIENT_PRIVATE "\n0x5 " D1_SERVER_PRIVATE "\n");
    decode(key, D1_CLIENT_PRIVATE);
    const struct wg_transport_keys *keys = wg_keystore_find_transport(f.ks, 0x1a2b3c4d);
    g_assert_nonnull(keys);
    g_assert_cmpmem(keys->keys[0], WG_KEY_LEN, key, WG_KEY_LEN);
    g_assert_nonnull(wg_keystore_find_transport(f.ks, 5));
    close_log(&f);
}

/* -- What belongs together -- */

/*
 * Logs in short: L, R, E and P are lines with the local static, remote static, ephemeral and
 * preshared key of that number, H is a header, _ a blank line, # a comment. The result lists for
 * each ephemeral key its local and remote key ('?': a guess, '-': none), and its preshared keys.
 */
static const struct {
    const char *log, *result;
} blocks[] = {
    /* 1 the documented order */
    { "L1 R1 E1 P1 L2 R2 E2 P2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 2 extract-handshakes */
    { "H R1 P1 E1 L1 H R2 P2 E2 L2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 3 the same without headers: ambiguous, and the right one is first */
    { "R1 P1 E1 L1 R2 P2 E2 L2", "E1:L1R1:P1P2 E2:L2R2:P2 " },
    /* 4 the same, split by blank lines */
    { "R1 P1 E1 L1 _ R2 P2 E2 L2 _", "E1:L1R1:P1P2 E2:L2R2:P2 " },
    /* 5 static keys once, then many handshakes */
    { "L1 R1 E1 P1 E2 P2 E3 P3", "E1:L1R1:P1 E2:L1?R1?:P2 E3:L1?R1?:P3 " },
    /* 6 the same, preshared key first */
    { "L1 R1 P1 E1 P2 E2", "E1:L1R1:P1P2 E2:L1?R1?:P2 " },
    /* 7 two preshared keys behind one ephemeral key */
    { "L1 R1 E1 P1 P2 L2 R2 E2 P3", "E1:L1R1:P1P2 E2:L2R2:P2P3 " },
    /* 8 cunicu: no preshared key */
    { "H L1 R1 E1 H L2 R2 E2", "E1:L1R1: E2:L2R2: " },
    /* 9 only the second has one */
    { "H L1 R1 E1 H L2 R2 P2 E2", "E1:L1R1: E2:L2R2:P2 " },
    /* 10 blank lines and comments before the ephemeral key do not end a block */
    { "L1 _ R1 # E1 P1", "E1:L1R1:P1 " },
    /* 11 nor do they part it from the preshared key behind it */
    { "L1 R1 E1 _ P1 _ L2 R2 E2 # P2", "E1:L1R1:P1 E2:L2R2:P1P2 " },
    /* 12 but a header does */
    { "L1 R1 E1 H P1", "E1:L1R1: " },
    /* 13 ephemeral key first */
    { "E1 P1 L1 R1 E2 P2 L2 R2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 14 */ { "E1 L1 P1 R1 E2 R2 L2 P2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 15 static keys that come late are a guess */
    { "E1 _ L1 R1 L2", "E1:L1?R1?: " },
    /* 16 and none across a header */
    { "E1 H L1 R1", "E1:--: " },
    /* 17 an ephemeral key alone */ { "E1", "E1:--: " },
    /* 18 a preshared key alone */ { "P1", "" },
    /* 19 everything twice */
    { "L1 R1 E1 P1 L1 R1 E1 P1", "E1:L1R1:P1 " },
    /* 20 a log cut in the midst of a block */
    { "P0 L1 R1 E1 P1 L2 R2 E2 P2", "E1:L1R1:P0P1 E2:L2R2:P1P2 " },
    /* 21 several peers of one interface */
    { "L1 R1 E1 P1 R2 E2 P2", "E1:L1R1:P1 E2:L1?R2:P2 " },
    /* 22 the zero key is linked like any other */
    { "L1 R1 E1 P0 L1 R1 E2 P1", "E1:L1R1:P0 E2:L1R1:P1 " },
};

static void
make_key(uint8_t key[WG_KEY_LEN], char kind, char number)
{
    memset(key, kind == 'P' && number == '0' ? 0 : kind, WG_KEY_LEN);
    key[8] = (uint8_t)(kind == 'P' ? number - '0' : number);
}

/* The text of a log that is given in short. */
static char *
expand(const char *log)
{
    static const char *const names[128] = { ['L'] = "LOCAL_STATIC_PRIVATE_KEY",
                                            ['R'] = "REMOTE_STATIC_PUBLIC_KEY",
                                            ['E'] = "LOCAL_EPHEMERAL_PRIVATE_KEY",
                                            ['P'] = "PRESHARED_KEY" };
    GString *text = g_string_new(NULL);

    for (const char *c = log; *c != '\0'; c++) {
        const char *name = names[*c & 127];
        if (name != NULL) {
            uint8_t key[WG_KEY_LEN];
            char base64[WG_BASE64_LEN + 1];

            make_key(key, c[0], c[1]);
            wg_base64_encode(base64, key);
            g_string_append_printf(text, "%s = %s\n", name, base64);
            c++;
        } else if (*c == 'H') {
            g_string_append(text, "New handshake session:\n");
        } else if (*c != ' ') {
            g_string_append(text, *c == '#' ? "# words\n" : "\n");
        }
    }
    return g_string_free(text, FALSE);
}

static void
describe_static(GString *text, const struct wg_static_key *key, bool sure)
{
    if (key == NULL) {
        g_string_append_c(text, '-');
        return;
    }
    const uint8_t *bytes = key->has_private ? key->private_key : key->public_key;
    g_string_append_printf(text, "%c%c%s", bytes[0], bytes[8], sure ? "" : "?");
}

static char *
describe(struct wg_keystore *ks)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < wg_keystore_ephemeral_count(ks); i++) {
        const struct wg_ephemeral *e = wg_keystore_ephemeral(ks, i);

        g_string_append_printf(text, "E%c:", e->private_key[8]);
        describe_static(text, e->local, e->local_sure);
        describe_static(text, e->remote, e->remote_sure);
        g_string_append_c(text, ':');
        for (unsigned j = 0; j < e->psk_count; j++)
            g_string_append_printf(text, "P%d", e->psks[j][8]);
        g_string_append_c(text, ' ');
    }
    return g_string_free(text, FALSE);
}

static void
test_blocks(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++) {
        struct fixture f;
        char *text = expand(blocks[i].log);

        g_test_message("row %zu", i + 1);
        open_log(&f);
        feed(&f, text);
        char *result = describe(f.ks);
        g_assert_cmpstr(result, ==, blocks[i].result);
        g_assert_cmpuint(f.count, ==, 0);

        /* Read once more from the start, it says nothing new. */
        const uint64_t generation = wg_keystore_generation(f.ks);
        wg_keylog_reset(f.log);
        feed(&f, text);
        g_assert_cmpuint(wg_keystore_generation(f.ks), ==, generation);
        g_free(result);
        g_free(text);
        close_log(&f);
    }
}

/* -- Real logs -- */

/* Both ends of one handshake find each other. */
static bool
note_pair(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    uint8_t client[WG_KEY_LEN], server[WG_KEY_LEN];

    decode(client, D1_CLIENT_EPHEMERAL);
    decode(server, D1_SERVER_EPHEMERAL);
    g_assert_cmpmem(a->private_key, WG_KEY_LEN, client, WG_KEY_LEN);
    g_assert_cmpmem(b->private_key, WG_KEY_LEN, server, WG_KEY_LEN);
    ++*(unsigned *)user;
    return true;
}

static void
test_real(void)
{
    struct fixture f;
    uint8_t key[WG_KEY_LEN], ephemeral[WG_KEY_LEN];
    unsigned pairs = 0;

    open_log(&f);
    feed(&f, d1_client);
    wg_keylog_reset(f.log);
    feed(&f, d1_server);
    g_assert_cmpuint(f.count, ==, 0);

    decode(key, D1_CLIENT_PUBLIC);
    g_assert_true(wg_keystore_find_static(f.ks, key)->has_private);
    decode(key, D1_SERVER_PUBLIC);
    g_assert_true(wg_keystore_find_static(f.ks, key)->has_private);
    g_assert_cmpuint(wg_keystore_static_count(f.ks), ==, 2);

    decode(key, D1_SERVER_EPHEMERAL);
    wg_dh_public(ephemeral, key);
    const struct wg_ephemeral *e = wg_keystore_find_ephemeral(f.ks, ephemeral);
    g_assert_nonnull(e);
    decode(key, D1_SERVER_PUBLIC);
    g_assert_cmpmem(e->local->public_key, WG_KEY_LEN, key, WG_KEY_LEN);
    decode(key, D1_CLIENT_PUBLIC);
    g_assert_cmpmem(e->remote->public_key, WG_KEY_LEN, key, WG_KEY_LEN);
    g_assert_true(e->local_sure && e->remote_sure);
    g_assert_cmpuint(e->psk_count, ==, 1);
    g_assert_cmpuint(wg_keystore_pair_candidates(f.ks, 10, note_pair, &pairs), ==, 1);
    g_assert_cmpuint(pairs, ==, 1);
    close_log(&f);
}

/* -- Bytes in any portions -- */

static void
test_chunks(void)
{
    char *text =
        g_strconcat("bad line\r\n", d1_server, "\n# c\nPRESHARED_KEY = bad\r\n", d1_client, NULL);
    const size_t length = strlen(text);
    struct fixture whole;

    open_log(&whole);
    feed(&whole, text);
    char *expected = describe(whole.ks);
    g_assert_cmpuint(whole.count, ==, 2);

    /* Cut in two everywhere; the last round is byte by byte. */
    for (size_t cut = 0; cut <= length + 1; cut++) {
        struct fixture f;

        open_log(&f);
        if (cut <= length) {
            wg_keylog_feed(f.log, text, cut);
            wg_keylog_flush(f.log, false);
            wg_keylog_feed(f.log, text + cut, length - cut);
        } else {
            for (size_t i = 0; i < length; i++) {
                wg_keylog_feed(f.log, text + i, 1);
                wg_keylog_flush(f.log, false);
            }
        }
        char *result = describe(f.ks);
        g_assert_cmpstr(result, ==, expected);
        g_assert_cmpstr(f.reports->str, ==, whole.reports->str);
        g_assert_cmpuint(wg_keystore_generation(f.ks), ==, wg_keystore_generation(whole.ks));
        g_free(result);
        close_log(&f);
    }
    g_free(expected);
    g_free(text);
    close_log(&whole);
}

/* A last line without line break. */
static void
test_flush(void)
{
    static const struct {
        const char *first;
        unsigned after_flush; /* ephemerals */
        const char *second;
        unsigned at_end, reports;
    } rows[] = {
        /* 1 a whole key counts at once */
        { "LOCAL_EPHEMERAL_PRIVATE_KEY=" ZERO, 1, "\n", 1, 0 },
        /* 2 half a key waits */
        { "LOCAL_EPHEMERAL_PRIVATE_KEY=AAAAAAAA", 0, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 1,
          0 },
        /* 3 the rest of the line does not come */
        { "LOCAL_EPHEMERAL_PRIVATE_KEY=AAAAAAAA", 0, "", 0, 1 },
        /* 4 half a name */
        { "LOCAL_EPH", 0, "EMERAL_PRIVATE_KEY=" ZERO "\n", 1, 0 },
        /* 5 the line break comes later, and is not one more line */
        { "LOCAL_EPHEMERAL_PRIVATE_KEY=" ZERO, 1, "\r\nbad\n", 1, 1 },
        /* 6 nothing may hide behind spaces or the start of a comment */
        { "  ", 0, "LOCAL_EPHEMERAL_PRIVATE_KEY=" ZERO, 1, 0 },
        /* 7 */ { "", 0, "LOCAL_EPHEMERAL_PRIVATE_KEY=" ZERO, 1, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture f;

        g_test_message("row %zu", i + 1);
        open_log(&f);
        feed(&f, rows[i].first);
        g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, 0);
        wg_keylog_flush(f.log, false);
        wg_keylog_flush(f.log, false);
        g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, rows[i].after_flush);
        g_assert_cmpuint(f.count, ==, 0);
        feed(&f, rows[i].second);
        wg_keylog_flush(f.log, true);
        g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, rows[i].at_end);
        g_assert_cmpuint(f.count, ==, rows[i].reports);
        close_log(&f);
    }
}

/* A log that was cut to nothing and written anew: nothing of before is completed or linked. */
static void
test_reset(void)
{
    struct fixture f;
    char *first = expand("L1 R1 P1"), *second = expand("E1");

    open_log(&f);
    feed(&f, first);
    feed(&f, "bad\nLOCAL_EPHEM");
    wg_keylog_reset(f.log);
    feed(&f, second);
    feed(&f, "bad\n");
    char *result = describe(f.ks);
    g_assert_cmpstr(result, ==, "E1:--: ");
    g_assert_cmpstr(f.reports->str, ==,
                    "4:a known key name, '=' and a key\n2:a known key name, '=' and a key\n");
    g_free(result);
    g_free(first);
    g_free(second);
    close_log(&f);
}

/* -- Bad input -- */

static void
test_reports(void)
{
    struct fixture f;

    open_log(&f);
    for (int i = 0; i < 5000; i++)
        feed(&f, "bad\n\n");
    feed(&f, d1_client);
    g_assert_cmpuint(f.count, ==, WG_REPORTS_MAX + 1);
    g_assert_cmpuint(f.last_line, ==, 2 * WG_REPORTS_MAX + 1);
    g_assert_true(g_str_has_suffix(f.reports->str, "21:further bad lines not shown\n"));
    g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, 1);

    /* A new source is counted afresh. */
    wg_keylog_reset(f.log);
    feed(&f, "bad\n");
    g_assert_cmpuint(f.count, ==, WG_REPORTS_MAX + 2);
    g_assert_cmpuint(f.last_line, ==, 1);
    close_log(&f);

    /* Nobody listens. */
    struct wg_keystore *ks = wg_keystore_new();
    struct wg_keylog *log = wg_keylog_new(ks, NULL, NULL);
    wg_keylog_feed(log, "bad\n", 4);
    wg_keylog_free(log);
    wg_keylog_free(NULL);
    g_assert_cmpuint(wg_keystore_generation(ks), ==, 0);
    wg_keystore_free(ks);
}

static void
test_overlong(void)
{
    struct fixture f;
    char *block = g_strnfill(1 << 16, 'A');
    char *longest = g_strnfill(WG_KEYLOG_LINE_MAX, ' ');

    open_log(&f);
    /* 64 MB in one line */
    for (int i = 0; i < 1024; i++)
        wg_keylog_feed(f.log, block, 1 << 16);
    wg_keylog_flush(f.log, false);
    feed(&f, "\n");
    feed(&f, d1_client);
    g_assert_cmpuint(f.count, ==, 1);
    g_assert_cmpuint(f.last_line, ==, 1);
    g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, 1);

    /* A comment may be long; so may spaces, up to the limit. */
    feed(&f, "# ");
    feed(&f, block);
    feed(&f, "\n");
    feed(&f, longest);
    feed(&f, "\n");
    g_assert_cmpuint(f.count, ==, 1);
    feed(&f, longest);
    feed(&f, " \n");
    g_assert_cmpstr(f.reports->str, ==,
                    "1:a line of at most 1024 characters\n8:a line of at most 1024 characters\n");
    g_free(longest);
    g_free(block);
    close_log(&f);
}

static void
test_nul(void)
{
    struct fixture f;
    char *utf16 = NULL;
    gsize length = 0;

    open_log(&f);
    wg_keylog_feed(f.log, "PRESHARED_KEY\0= " ZERO "\n\0\n", 63);
    g_assert_cmpuint(f.count, ==, 2);
    g_assert_cmpuint(wg_keystore_generation(f.ks), ==, 0);

    wg_keylog_reset(f.log);
    utf16 = g_convert(d1_client, -1, "UTF-16LE", "UTF-8", NULL, &length, NULL);
    g_assert_nonnull(utf16);
    wg_keylog_feed(f.log, utf16, length);
    g_assert_cmpuint(f.count, >, 2);
    g_assert_nonnull(strstr(f.reports->str, "UTF-16"));
    g_assert_cmpuint(wg_keystore_generation(f.ks), ==, 0);
    g_free(utf16);
    close_log(&f);
}

static void
test_garbage(void)
{
    enum { SIZE = 1 << 20 };
    GRand *random = g_rand_new_with_seed(1);
    uint8_t *bytes = g_malloc(SIZE);
    struct fixture f;

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)g_rand_int(random);
    open_log(&f);
    wg_keylog_feed(f.log, bytes, SIZE);
    wg_keylog_flush(f.log, true);
    g_assert_cmpuint(f.count, ==, WG_REPORTS_MAX + 1);
    g_assert_cmpuint(wg_keystore_generation(f.ks), ==, 0);
    feed(&f, "\n");
    feed(&f, d1_client);
    g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, 1);
    close_log(&f);

    /* Real lines with bytes changed here and there. */
    open_log(&f);
    for (int round = 0; round < 2000; round++) {
        char *text = g_strconcat(d1_client, d1_server, NULL);
        const size_t length = strlen(text);
        for (int i = 0; i < 4; i++)
            text[g_rand_int_range(random, 0, (gint32)length)] = (char)g_rand_int(random);
        wg_keylog_feed(f.log, text, length);
        g_free(text);
    }
    g_assert_cmpuint(f.count, ==, WG_REPORTS_MAX + 1);
    g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), >=, 2);
    close_log(&f);
    g_free(bytes);
    g_rand_free(random);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/keylog/lines", test_lines);
    g_test_add_func("/keylog/raw", test_raw);
    g_test_add_func("/keylog/blocks", test_blocks);
    g_test_add_func("/keylog/real", test_real);
    g_test_add_func("/keylog/chunks", test_chunks);
    g_test_add_func("/keylog/flush", test_flush);
    g_test_add_func("/keylog/reset", test_reset);
    g_test_add_func("/keylog/reports", test_reports);
    g_test_add_func("/keylog/overlong", test_overlong);
    g_test_add_func("/keylog/nul", test_nul);
    g_test_add_func("/keylog/garbage", test_garbage);
    return g_test_run();
}
