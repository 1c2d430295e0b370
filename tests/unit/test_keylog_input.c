/* test_keylog_input.c
 * The key log: bytes in any portions, and bytes that are no key log.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "logs.h"

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
    g_test_add_func("/keylog/chunks", test_chunks);
    g_test_add_func("/keylog/flush", test_flush);
    g_test_add_func("/keylog/reset", test_reset);
    g_test_add_func("/keylog/reports", test_reports);
    g_test_add_func("/keylog/overlong", test_overlong);
    g_test_add_func("/keylog/nul", test_nul);
    g_test_add_func("/keylog/garbage", test_garbage);
    return g_test_run();
}
