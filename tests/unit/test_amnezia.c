/* test_amnezia.c
 * The settings of AmneziaWG: what is taken, what is refused and with which words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/amnezia.h"
#include "wg/config.h"
#include "wg/crypto.h"

/* ---- single settings ---- */

static const struct {
    const char *name, *value;
    bool good;
} values[] = {
    /*  1 */ { "Jc", "0", true },
    /*  2 */ { "jc", "128", true },
    /*  3 */ { "Jc", "129", false },
    /*  4 */ { "Jc", "4294967296", false },
    /*  5 */ { "Jc", "", false },
    /*  6 */ { "Jc", "-1", false },
    /*  7 */ { "Jc", "4 ", false },
    /*  8 */ { "Jmin", "1280", true },
    /*  9 */ { "Jmax", "1281", false },
    /* 10 */ { "S1", "86", true },
    /* 11 */ { "S4", "0x10", true },
    /* 12 */ { "S2", "1281", false },
    /* 13 */ { "S2", "1-2", false },
    /* 14 */ { "H1", "5", true },
    /* 15 */ { "H1", "1", true },
    /* 16 */ { "H1", "2", false },
    /* 17 */ { "H4", "4", true },
    /* 18 */ { "H4", "4-9", false },
    /* 19 */ { "H4", "1-4", false },
    /* 20 */ { "H2", "4294967295", true },
    /* 21 */ { "H2", "4294967296", false },
    /* 22 */ { "H3", "7-7", true },
    /* 23 */ { "H3", "9-7", false },
    /* 24 */ { "H3", "7-", false },
    /* 25 */ { "H3", "0", false },
    /* 26 */ { "I1", "<b 0x00ff><r 4> <t>", true },
    /* 27 */ { "I1", "<b 00ff>", false },
    /* 28 */ { "I1", "<b 0x0g>", false },
    /* 29 */ { "I1", "text", false },
    /* 30 */ { "I1", "<r 5000>", false },
    /* 31 */ { "I1", "<r>", false },
    /* 32 */ { "I1", "<t 4>", false },
    /* 33 */ { "I1", "<b 0x00", false },
    /* 34 */ { "HeaderProtectionKey", "oab6g3IPqe6buXZCiqGQ5guy3AOQ++TXgiyuGeyLmPM=", true },
    /* 35 */ { "HeaderProtectionKey", "oab6g3IPqe6buXZCiqGQ5g==", false },
    /* 36 */ { "RandomTrailers", "on", true },
    /* 37 */ { "RandomTrailers", "maybe", false },
    /* 38 */ { "DisableCookies", "off", true },
    /* 39 */ { "DisableCookies", "", false },
    /* 40 */ { "ContentPaddingAddition", "0-60", true },
    /* 41 */ { "ContentPaddingAddition", "60-0", false },
};

static void
test_values(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        struct wg_amnezia a;
        wg_amnezia_init(&a);
        g_test_message("row %zu", i + 1);
        const char *expected = wg_amnezia_set(&a, values[i].name, values[i].value, 3);
        g_assert_cmpint(expected == NULL, ==, values[i].good);
        g_assert_cmpuint(a.given, ==, values[i].good);
        /* What was expected names the setting, so that the line is understood alone. */
        if (expected != NULL && strcmp(values[i].name, "HeaderProtectionKey") != 0)
            g_assert_true(g_str_has_prefix(expected, values[i].name));
        wg_amnezia_clear(&a);
    }
}

static void
test_others_are_left_alone(void)
{
    struct wg_amnezia a;

    wg_amnezia_init(&a);
    g_assert_null(wg_amnezia_set(&a, "MTU", "anything", 1));
    g_assert_null(wg_amnezia_set(&a, "RekeyAfterTime", "25-30", 1));
    g_assert_cmpuint(a.given, ==, 0);
    for (uint32_t type = 1; type <= 4; type++) {
        g_assert_true(wg_amnezia_in_range(&a.header[type], type));
        g_assert_false(wg_amnezia_in_range(&a.header[type], type + 1));
    }
    wg_amnezia_clear(&a);
}

static void
test_specials(void)
{
    struct wg_amnezia a;
    static const uint8_t good[] = { 0x0d, 0x0a, 'x', 'y', 1, 2, 3, 4, 0xff };
    uint8_t bytes[sizeof good];

    wg_amnezia_init(&a);
    g_assert_false(wg_amnezia_has_companions(&a));
    g_assert_null(wg_amnezia_set(&a, "I2", "<b 0xd0a><rc 2><t><b 0xFF>", 1));
    g_assert_true(wg_amnezia_has_companions(&a));
    g_assert_cmpuint(wg_amnezia_special_number(&a, good, sizeof good), ==, 2);
    for (size_t i = 0; i < sizeof good; i++) {
        memcpy(bytes, good, sizeof good);
        bytes[i] ^= 1;
        const bool fixed = i < 2 || i == 8;
        g_assert_cmpuint(wg_amnezia_special_number(&a, bytes, sizeof bytes), ==, fixed ? 0 : 2);
        g_assert_cmpuint(wg_amnezia_special_number(&a, good, i), ==, 0);
    }
    wg_amnezia_clear(&a);
}

static void
test_ports(void)
{
    struct wg_amnezia a;
    static const char *const texts[] = { "47001", "192.0.2.1:47111", "[2001:db8::1]:53", "host",
                                         "host:", "host:0",          "host:65536",       "47001" };

    wg_amnezia_init(&a);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        wg_amnezia_add_port(&a, texts[i]);
    g_assert_cmpuint(a.port_count, ==, 3);
    g_assert_true(wg_amnezia_has_port(&a, 47001) && wg_amnezia_has_port(&a, 47111) &&
                  wg_amnezia_has_port(&a, 53));
    for (unsigned port = 1000; port < 1100; port++) {
        char *text = g_strdup_printf("host:%u", port);
        wg_amnezia_add_port(&a, text);
        g_free(text);
    }
    g_assert_cmpuint(a.port_count, ==, WG_AMNEZIA_PORTS_MAX);
}

/* ---- in a file ---- */

static void
tell(void *user, unsigned line, const char *expected)
{
    g_string_append_printf(user, "%u %s\n", line, expected);
}

#define INTERFACE "[Interface]\nPrivateKey = +NdSUBBraO7aDsA+v2EKPtT3rXvJcpznsiyUC2e7r2s=\n"

static void
check_file(const char *file, const char *reports, unsigned kept)
{
    GString *text = g_string_new(NULL);
    struct wg_keystore *ks = wg_keystore_new();
    struct wg_config *config = wg_config_new(ks, tell, text);

    wg_config_feed(config, file, strlen(file));
    wg_config_finish(config);
    g_assert_cmpstr(text->str, ==, reports);
    g_assert_true((wg_keystore_amnezia(ks, 0) != NULL) == (kept > 0));
    g_assert_null(wg_keystore_amnezia(ks, kept));
    g_assert_cmpuint(wg_keystore_static_count(ks), >=, 1); /* the rest of the file counts */
    wg_config_free(config);
    wg_keystore_free(ks);
    g_string_free(text, TRUE);
}

static void
test_files(void)
{
    static const struct {
        const char *file, *reports;
        unsigned kept;
    } rows[] = {
        /*  1 */ { INTERFACE "MTU = 1420\n", "", 0 },
        /*  2 */ { INTERFACE "S1 = 86\nS2 = 43\nH1 = 99\n", "", 1 },
        /*  3 */
        { INTERFACE "S1 = 10\nS2 = 66\n",
          "4 S1 + 148, S2 + 92 and S3 + 64 that differ, so that sizes tell messages apart\n", 1 },
        /*  4 */ { INTERFACE "H1 = 10-20\nH2 = 20-30\n", "4 H1 to H4 that do not overlap\n", 1 },
        /*  5 */
        { INTERFACE "H1 = 3\nH2 = 9\n",
          "3 H1 from 5 to 4294967295, a range of these like 5-99, or 1, which is WireGuard's own\n",
          1 },
        /*  6 */ { INTERFACE "Jc = 100000\n", "3 Jc from 0 to 128\n", 0 },
        /*  7 */
        { INTERFACE "Jc = 3\nJmin = 90\nJmax = 80\n", "5 Jmin that is not above Jmax\n", 1 },
        /*  8 */
        { INTERFACE "HeaderProtectionKey = AAAA\nS1 = 20\n", "3 a key of 44 base64 characters\n",
          1 },
        /*  9 */
        { INTERFACE "HeaderProtectionKey = oab6g3IPqe6buXZCiqGQ5guy3AOQ++TXgiyuGeyLmPM=\nS1 = 20\n",
          "4 S1 to S4 of at least 12 with a HeaderProtectionKey\n", 1 },
        /* 10 */
        { "[Peer]\nPublicKey = tvfrnK8XcVKmxqnvNkhXYJko+s7CAvbIpG7PgrTuCho=\nS1 = 20\n", "", 0 },
        /* 11 */ { INTERFACE "S1 = 1\n" INTERFACE "S1 = 2\n", "4 one [Interface] in a file\n", 2 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        check_file(rows[i].file, rows[i].reports, rows[i].kept);
    }
}

/* Where it listens and where its peers are, whatever the order of the sections. */
static void
test_file_ports(void)
{
    static const char file[] = INTERFACE "ListenPort = 47001\nS1 = 86\n[Peer]\nPublicKey = "
                                         "tvfrnK8XcVKmxqnvNkhXYJko+s7CAvbIpG7PgrTuCho=\n"
                                         "Endpoint = 192.0.2.61:47111\n";
    struct wg_keystore *ks = wg_keystore_new();
    struct wg_config *config = wg_config_new(ks, NULL, NULL);

    wg_config_feed(config, file, strlen(file));
    wg_config_finish(config);
    const struct wg_amnezia *a = wg_keystore_amnezia(ks, 0);
    g_assert_nonnull(a);
    g_assert_cmpuint(a->prefix[WG_TYPE_INITIATION], ==, 86);
    g_assert_true(wg_amnezia_has_port(a, 47001) && wg_amnezia_has_port(a, 47111));
    wg_config_free(config);
    wg_keystore_free(ks);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/amnezia/values", test_values);
    g_test_add_func("/amnezia/others-are-left-alone", test_others_are_left_alone);
    g_test_add_func("/amnezia/specials", test_specials);
    g_test_add_func("/amnezia/ports", test_ports);
    g_test_add_func("/amnezia/files", test_files);
    g_test_add_func("/amnezia/file-ports", test_file_ports);
    return g_test_run();
}
