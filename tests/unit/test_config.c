/* test_config.c
 * WireGuard configuration files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/base64.h"
#include "wg/config.h"
#include "wg/crypto.h"

/* Keys of the two ends of the capture D1, made for this project; used nowhere else. */
#define A_PRIVATE "WKP4RKxFxnfLpuUj8Wsn02COFBHlQep7OuCYhZJpPGY="
#define A_PUBLIC  "PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY="
#define B_PRIVATE "iAtaYoVDTAsgDAJxGfptKeKbiEVdWVyWgTYjZnKllXI="
#define B_PUBLIC  "ihfjNH+sdh5u7s97+UxcDduwub5O/S9IM4HCkSfRNFI="
/* And two ephemeral ones of it, which serve as other public and preshared keys here. */
#define C_PUBLIC "KOsr5hA+cftKDRe7E3lFYO4L4l8x7IkPdB+Wt/T9CmY="
#define PSK      "sPF9DGG5zfhPM7+yiUXaT2AbzPGk6SuvJhPI7v6FP0g="
#define ZERO     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
note_report(void *user, unsigned line, const char *expected)
{
    g_string_append_printf(user, "%u:%s\n", line, expected);
}

static struct wg_keystore *
parse(const char *text, GString *reports)
{
    struct wg_keystore *ks = wg_keystore_new();
    struct wg_config *config = wg_config_new(ks, note_report, reports);

    wg_config_feed(config, text, strlen(text));
    wg_config_finish(config);
    wg_config_free(config);
    return ks;
}

/* The name of a key given as text. */
static const char *
name_of(const struct wg_keystore *ks, const char *text)
{
    uint8_t key[WG_KEY_LEN];
    g_assert_true(wg_base64_decode(key, text, strlen(text)));
    return wg_keystore_name(ks, key);
}

static const struct wg_peer *
peer_of(const struct wg_keystore *ks, const char *interface_text, const char *text)
{
    uint8_t key[WG_KEY_LEN], interface_key[WG_KEY_LEN];

    g_assert_true(wg_base64_decode(key, text, strlen(text)));
    if (interface_text == NULL)
        return wg_keystore_peer(ks, NULL, key);
    g_assert_true(wg_base64_decode(interface_key, interface_text, strlen(interface_text)));
    return wg_keystore_peer(ks, interface_key, key);
}

static const char typical[] = "[Interface]\n"
                              "# Name = alice\n"
                              "# PublicKey = " A_PUBLIC "\n"
                              "PrivateKey = " A_PRIVATE "\n"
                              "Address = 10.20.0.2/24\n"
                              "DNS = 10.20.0.1 # resolver\n"
                              "PostUp = iptables -A FORWARD -i %i -j ACCEPT\n"
                              "Jc = 4\n"
                              "\n"
                              "[Peer]\n"
                              "# Name = gateway\n"
                              "PublicKey = " B_PUBLIC "\n"
                              "PresharedKey = " PSK "\n"
                              "AllowedIPs = 10.20.0.0/24, fd00::/8\n"
                              "allowedips=192.0.2.0/24\n"
                              "Endpoint = [2001:db8::10]:51820 # home\n"
                              "PersistentKeepalive = 25\n"
                              "\n"
                              "[Peer]\n"
                              "PublicKey = " C_PUBLIC; /* no final line break */

static void
test_typical(void)
{
    GString *reports = g_string_new(NULL);
    struct wg_keystore *ks = parse(typical, reports);
    uint8_t psk[WG_KEY_LEN];

    g_assert_cmpstr(reports->str, ==, "");
    g_assert_cmpuint(wg_keystore_static_count(ks), ==, 3);
    const struct wg_peer *peer = peer_of(ks, A_PUBLIC, B_PUBLIC);
    g_assert_nonnull(peer);
    g_assert_true(peer->interface_key->has_private);
    g_assert_cmpstr(peer->interface_key->name, ==, "alice");
    g_assert_cmpstr(peer->key->name, ==, "gateway");
    g_assert_cmpstr(peer->endpoint, ==, "[2001:db8::10]:51820");
    g_assert_cmpstr(peer->allowed_ips, ==, "10.20.0.0/24, fd00::/8, 192.0.2.0/24");
    g_assert_true(wg_base64_decode(psk, PSK, strlen(PSK)));
    g_assert_cmpmem(peer->psk, WG_KEY_LEN, psk, WG_KEY_LEN);

    peer = peer_of(ks, A_PUBLIC, C_PUBLIC);
    g_assert_nonnull(peer);
    g_assert_true(peer->psk == NULL && peer->endpoint == NULL && peer->allowed_ips == NULL);
    g_assert_null(peer->key->name);
    wg_keystore_free(ks);
    g_string_free(reports, TRUE);
}

#define INTERFACE "[Interface]\nPrivateKey = " A_PRIVATE "\n"
#define KEY       "PublicKey = " B_PUBLIC "\n"

/* Where names stand. */
static const struct {
    const char *text;
    const char *interface_name, *peer_name; /* of A and B */
} names[] = {
    /* 1 */ { INTERFACE "\n[Peer]\n" KEY "# Name = bob\n", NULL, "bob" },
    /* 2 */ { INTERFACE "\n[Peer]\n#Name: bob\n" KEY, NULL, "bob" },
    /* 3 */ { INTERFACE "\n# bob's laptop\n[Peer]\n" KEY, NULL, "bob's laptop" },
    /* 4 */ { INTERFACE "\n[Peer]\n## bob's laptop ##\n" KEY, NULL, "bob's laptop" },
    /* 5 without a blank line it is the peer's */ { INTERFACE "# bob\n[Peer]\n" KEY, NULL, "bob" },
    /* 6 */ { INTERFACE "# friendly_name = bob\n[Peer]\n" KEY, NULL, "bob" },
    /* 7 */ { INTERFACE "\n[Peer] # bob\n" KEY, NULL, "bob" },
    /* 8 */ { INTERFACE "\n[Peer]\nPublicKey = " B_PUBLIC " # bob\n", NULL, "bob" },
    /* 9 */ { INTERFACE "\n### Client bob\n[Peer]\n" KEY, NULL, "bob" },
    /* 10 */
    { INTERFACE "\n### begin bob ###\n[Peer]\n" KEY "### end bob ###\n", NULL, "bob" },
    /* 11 */
    { INTERFACE "# BEGIN_PEER bob\n[Peer]\n" KEY "# END_PEER bob\n", NULL, "bob" },
    /* 12 what ends there does not begin here */
    { INTERFACE "# END_PEER carol\n[Peer]\n" KEY, NULL, NULL },
    /* 13 a blank line parts it from [Peer] */
    { INTERFACE "\n# all the peers\n\n[Peer]\n" KEY, NULL, NULL },
    /* 14 */ { INTERFACE "\n[Peer]\n\n# not below\n" KEY, NULL, NULL },
    /* 15 */ { INTERFACE "\n[Peer]\n" KEY "# not below either\n", NULL, NULL },
    /* 16 what is said to be a name wins */
    { INTERFACE "\n# a friend\n[Peer]\n# since May\n" KEY "# Name = bob\n", NULL, "bob" },
    /* 17 above wins over below */
    { INTERFACE "\n# bob\n[Peer]\n# since May\n" KEY, NULL, "bob" },
    /* 18 the last of several, unless one says that it is a name */
    { INTERFACE "\n# since May\n# bob\n[Peer]\n" KEY, NULL, "bob" },
    /* 19 */ { INTERFACE "\n# Name = bob\n# since May\n[Peer]\n" KEY, NULL, "bob" },
    /* 20 */ { INTERFACE "\n# Name = carol\n# Name = bob\n[Peer]\n" KEY, "carol", "bob" },
    /* 21 settings put out of use */
    { INTERFACE "\n# MTU = 1280\n[Peer]\n# AllowedIPs = ::/0\n" KEY, NULL, NULL },
    /* 22 and nothing that may be a key */
    { INTERFACE "\n# " B_PRIVATE "\n[Peer]\n# Name = " B_PRIVATE "\n" KEY, NULL, NULL },
    /* 23 */ { INTERFACE "\n# old key: " B_PRIVATE "\n[Peer]\n" KEY, NULL, NULL },
    /* 24 */ { INTERFACE "\n# ------\n[Peer]\n#\n" KEY, NULL, NULL },
    /* 25 */ { INTERFACE "\n#Name=\n[Peer]\n" KEY, NULL, NULL },
    /* 26 a colon within words is no setting */
    { INTERFACE "\n# bob: the laptop\n[Peer]\n" KEY, NULL, "bob: the laptop" },
    /* 27 */
    { "[Interface]\n# alice's laptop\nPrivateKey = " A_PRIVATE "\n", "alice's laptop", NULL },
    /* 28 */ { INTERFACE "# alice's laptop\nMTU = 1280\n", "alice's laptop", NULL },
    /* 29 */ { INTERFACE "# alice's laptop\n", "alice's laptop", NULL },
    /* 30 */ { INTERFACE "\n# far below\nMTU = 1280\n", NULL, NULL },
    /* 31 */ { INTERFACE "\nMTU = 1280\n# Name = alice\n\n[Peer]\n" KEY, "alice", NULL },
    /* 32 */ { "# Device: Happy Fox\n" INTERFACE, "Happy Fox", NULL },
    /* 33 the title of a file */ { "# made by a script\n" INTERFACE, NULL, NULL },
    /* 34 two peers in a row */
    { INTERFACE "# bob\n[Peer]\n" KEY "# carol\n[Peer]\nPublicKey=" C_PUBLIC "\n", NULL, "bob" },
    /* 35 */ { INTERFACE "\r\n# Name = bob\r\n[Peer]\r\n" KEY, NULL, "bob" },
    /* 36 another alphabet */
    { INTERFACE "\n# \xd0\x91\xd0\xbe\xd1\x80\xd1\x8f\n[Peer]\n" KEY, NULL,
      "\xd0\x91\xd0\xbe\xd1\x80\xd1\x8f" },
};

static void
test_names(void)
{
    GString *reports = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_test_message("row %zu", i + 1);
        struct wg_keystore *ks = parse(names[i].text, reports);
        g_assert_cmpstr(name_of(ks, A_PUBLIC), ==, names[i].interface_name);
        g_assert_cmpstr(name_of(ks, B_PUBLIC), ==, names[i].peer_name);
        g_assert_cmpstr(reports->str, ==, "");
        wg_keystore_free(ks);
    }
    g_string_free(reports, TRUE);
}

/* What is wrong, and what counts all the same. */
static const struct {
    const char *text, *reports;
    unsigned statics, psks;
} lines[] = {
    /* 1 */ { "", "", 0, 0 },
    /* 2 */ { "\xef\xbb\xbf[interface]\r\nprivatekey\t=" A_PRIVATE "\r\n", "", 1, 0 },
    /* 3 */ { " [ PEER ] # x\n  PUBLICKEY = " B_PUBLIC "# y\n", "", 1, 0 },
    /* 4 */
    { "PrivateKey = " A_PRIVATE "\n" INTERFACE, "1:[Interface] or [Peer]\n", 1, 0 },
    /* 5 */ { "[Interface\nPrivateKey = x\n", "1:[Interface] or [Peer]\n", 0, 0 },
    /* 6 a section of another program */ { "[Socks5]\nBindAddress = x\n" INTERFACE, "", 1, 0 },
    /* 7 */
    { "[Interface]\nPrivateKey = AAAA\n[Peer]\n" KEY, "2:a key of 44 base64 characters\n", 1, 0 },
    /* 8 its absence is not reported once more */
    { "[Peer]\nPublicKey = " ZERO "=\n", "2:a key of 44 base64 characters\n", 0, 0 },
    /* 9 */ { "[Peer]\nPublicKey =\n", "2:a key of 44 base64 characters\n", 0, 0 },
    /* 10 */
    { INTERFACE "[Peer]\nEndpoint = x:1\nPresharedKey = " PSK "\n",
      "3:a PublicKey in each [Peer]\n", 1, 1 },
    /* 11 */
    { "[Peer]\n" KEY "PublicKey = " C_PUBLIC "\n", "3:one PublicKey in each [Peer]\n", 1, 0 },
    /* 12 */
    { INTERFACE "PublicKey = " A_PUBLIC "\n[Peer]\n" KEY "PrivateKey = " B_PRIVATE "\n",
      "3:PublicKey in [Peer] only\n6:PrivateKey in [Interface] only\n", 2, 0 },
    /* 13 */ { INTERFACE "nonsense\n", "3:a setting, '=' and its value\n", 1, 0 },
    /* 14 two files in one: the second half counts, under its own interface */
    { INTERFACE "[Peer]\n" KEY "[Interface]\nPrivateKey = " B_PRIVATE
                "\n[Peer]\nPublicKey = " C_PUBLIC "\nPresharedKey = " PSK "\n",
      "5:one [Interface] in a file\n", 3, 1 },
    /* 15 */ { "[Peer]\n" KEY "PresharedKey = " ZERO "\n", "", 1, 0 },
    /* 16 the last one counts, a bad one does not */
    { "[Peer]\n" KEY "PresharedKey = " PSK "\nPresharedKey = x\n",
      "4:a key of 44 base64 characters\n", 1, 1 },
};

static void
test_lines(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        GString *reports = g_string_new(NULL);

        g_test_message("row %zu", i + 1);
        struct wg_keystore *ks = parse(lines[i].text, reports);
        g_assert_cmpstr(reports->str, ==, lines[i].reports);
        g_assert_cmpuint(wg_keystore_static_count(ks), ==, lines[i].statics);
        g_assert_cmpuint(wg_keystore_psk_count(ks), ==, lines[i].psks);
        wg_keystore_free(ks);
        g_string_free(reports, TRUE);
    }
}

/* Under which interface a peer stands. */
static void
test_interfaces(void)
{
    static const struct {
        const char *text, *b_under, *c_under; /* NULL: an unknown one */
    } rows[] = {
        /* 1 */
        { INTERFACE "[Peer]\n" KEY "[Peer]\nPublicKey = " C_PUBLIC, A_PUBLIC, A_PUBLIC },
        /* 2 the interface comes last, or between */
        { "[Peer]\n" KEY "[Peer]\nPublicKey = " C_PUBLIC "\n" INTERFACE, A_PUBLIC, A_PUBLIC },
        /* 3 */
        { "[Peer]\n" KEY INTERFACE "[Peer]\nPublicKey = " C_PUBLIC, A_PUBLIC, A_PUBLIC },
        /* 4 none at all */ { "[Peer]\n" KEY "[Peer]\nPublicKey = " C_PUBLIC, NULL, NULL },
        /* 5 one without its key */
        { "[Interface]\n[Peer]\n" KEY "[Peer]\nPublicKey = " C_PUBLIC, NULL, NULL },
        /* 6 two of them */
        { INTERFACE "[Peer]\n" KEY "[Interface]\nPrivateKey = " B_PRIVATE
                    "\n[Peer]\nPublicKey = " C_PUBLIC,
          A_PUBLIC, B_PUBLIC },
    };
    GString *reports = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        struct wg_keystore *ks = parse(rows[i].text, reports);
        const struct wg_peer *b = peer_of(ks, rows[i].b_under, B_PUBLIC);
        const struct wg_peer *c = peer_of(ks, rows[i].c_under, C_PUBLIC);
        g_assert_nonnull(b);
        g_assert_null(b->next);
        g_assert_nonnull(c);
        g_assert_null(c->next);
        wg_keystore_free(ks);
    }
    g_string_free(reports, TRUE);
}

/* Cut anywhere, twice in a row with one parser: the same, and nothing new the second time. */
static void
test_chunks(void)
{
    const size_t length = strlen(typical);

    for (size_t cut = 0; cut <= length; cut++) {
        GString *reports = g_string_new(NULL);
        struct wg_keystore *ks = wg_keystore_new();
        struct wg_config *config = wg_config_new(ks, note_report, reports);
        uint64_t generation = 0;

        for (int round = 0; round < 2; round++) {
            wg_config_feed(config, typical, cut);
            wg_config_feed(config, typical + cut, length - cut);
            wg_config_finish(config);
            if (round == 0)
                generation = wg_keystore_generation(ks);
        }
        g_assert_cmpuint(generation, >, 0);
        g_assert_cmpuint(wg_keystore_generation(ks), ==, generation);
        g_assert_cmpstr(reports->str, ==, "");
        g_assert_cmpstr(name_of(ks, A_PUBLIC), ==, "alice");
        g_assert_cmpstr(name_of(ks, B_PUBLIC), ==, "gateway");
        g_assert_nonnull(peer_of(ks, A_PUBLIC, C_PUBLIC));
        wg_config_free(config);
        wg_keystore_free(ks);
        g_string_free(reports, TRUE);
    }
}

static void
test_bounds(void)
{
    GString *reports = g_string_new(NULL), *text = g_string_new("[Peer]\n" KEY);
    char *block = g_strnfill(WG_CONFIG_LINE_MAX, 'x');

    for (int i = 0; i < 2000; i++)
        g_string_append_printf(text, "AllowedIPs = 2001:db8::%x/128\n", i);
    g_string_append_printf(text, "Endpoint = %s\n# %s%s\n", block, block, block);
    struct wg_keystore *ks = parse(text->str, reports);
    const struct wg_peer *peer = peer_of(ks, NULL, B_PUBLIC);
    g_assert_cmpuint(strlen(peer->allowed_ips), <=, WG_ALLOWED_IPS_MAX);
    g_assert_true(g_str_has_prefix(peer->allowed_ips, "2001:db8::0/128, 2001:db8::1/128, "));
    g_assert_null(peer->endpoint);
    g_assert_nonnull(strstr(reports->str, "fewer AllowedIPs in one [Peer]"));
    g_assert_true(g_str_has_suffix(reports->str, "further bad lines not shown\n"));
    wg_keystore_free(ks);
    g_string_free(text, TRUE);
    g_free(block);
    g_string_free(reports, TRUE);
}

static void
test_garbage(void)
{
    enum { SIZE = 1 << 20 };
    GRand *random = g_rand_new_with_seed(1);
    uint8_t *bytes = g_malloc(SIZE);
    GString *reports = g_string_new(NULL);
    struct wg_keystore *ks = wg_keystore_new();
    struct wg_config *config = wg_config_new(ks, note_report, reports);

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)g_rand_int(random);
    wg_config_feed(config, bytes, SIZE);
    wg_config_finish(config);
    g_assert_cmpuint(wg_keystore_generation(ks), ==, 0);
    g_assert_true(g_str_has_suffix(reports->str, "further bad lines not shown\n"));

    /* A real file with bytes changed here and there. */
    for (int round = 0; round < 2000; round++) {
        char *text = g_strdup(typical);
        for (int i = 0; i < 4; i++)
            text[g_rand_int_range(random, 0, (gint32)strlen(typical))] = (char)g_rand_int(random);
        wg_config_feed(config, text, strlen(typical));
        wg_config_finish(config);
        g_free(text);
    }
    g_assert_nonnull(peer_of(ks, A_PUBLIC, B_PUBLIC));
    g_assert_null(strstr(reports->str, "WKP4"));

    /* Freed in the midst of a file. */
    wg_config_feed(config, typical, strlen(typical) / 2);
    wg_config_free(config);
    wg_config_free(NULL);
    wg_keystore_free(ks);
    g_string_free(reports, TRUE);
    g_free(bytes);
    g_rand_free(random);
}

/* `wg show all dump`: two interfaces, the second one without a key. */
static void
test_dump(void)
{
    GString *reports = g_string_new(NULL);
    struct wg_keystore *ks =
        parse("wg0\t" A_PRIVATE "\t" A_PUBLIC "\t51820\toff\n"
              "wg0\t" B_PUBLIC "\t" PSK
              "\t192.0.2.10:51820\t10.20.0.1/32,fd00::1/128\t1763824000\t1\t2\t25\n"
              "wg0\t" C_PUBLIC "\t(none)\t(none)\t(none)\t0\t0\t0\toff\n"
              "wg1\t(none)\t(none)\t0\toff\n"
              "wg1\t" B_PUBLIC "\t(none)\t(none)\t(none)\t0\t0\t0\toff\n",
              reports);

    g_assert_cmpstr(reports->str, ==, "");
    const struct wg_peer *peer = peer_of(ks, A_PUBLIC, B_PUBLIC);
    g_assert_nonnull(peer);
    g_assert_cmpstr(peer->endpoint, ==, "192.0.2.10:51820");
    g_assert_cmpstr(peer->allowed_ips, ==, "10.20.0.1/32,fd00::1/128");
    g_assert_nonnull(peer->psk);
    peer = peer_of(ks, A_PUBLIC, C_PUBLIC);
    g_assert_nonnull(peer);
    g_assert_null(peer->endpoint);
    g_assert_null(peer->psk);
    g_assert_nonnull(peer_of(ks, NULL, B_PUBLIC));
    g_assert_null(name_of(ks, B_PUBLIC));
    uint8_t key[WG_KEY_LEN];
    g_assert_true(wg_base64_decode(key, A_PUBLIC, strlen(A_PUBLIC)));
    g_assert_true(wg_keystore_find_static(ks, key)->has_private);
    wg_keystore_free(ks);

    /* `wg show wg0 dump` has no names of interfaces; lines end as they may. */
    ks = parse(A_PRIVATE "\t" A_PUBLIC "\t51820\toff\r\n" B_PUBLIC
                         "\t(none)\t192.0.2.10:51820\t(none)\t0\t0\t0\toff",
               reports);
    g_assert_cmpstr(reports->str, ==, "");
    g_assert_nonnull(peer_of(ks, A_PUBLIC, B_PUBLIC));
    wg_keystore_free(ks);
    g_string_free(reports, TRUE);
}

static void
test_bad_dump(void)
{
    static const struct {
        const char *text, *report;
    } bad[] = {
        { "wg0\t" A_PRIVATE "\t" B_PUBLIC "\t51820\toff\n",
          "1:the public key of the private key before it\n" },
        { "wg0\t" A_PRIVATE "\tx\t51820\toff\n", "1:private key, public key, port and fwmark" },
        { "wg0\t" B_PUBLIC "\t(none)\t(none)\t(none)\t0\t0\t0\toff\n",
          "1:the line of an interface before those of its peers\n" },
        { "wg0\t(none)\t(none)\t0\toff\nwg0\t(none)\t(none)\t(none)\t(none)\t0\t0\t0\toff\n",
          "2:public key, preshared key, endpoint" },
        /* not one of a dump */
        { "Address\t=\t10.0.0.1\t# x\n", "1:[Interface] or [Peer]\n" },
        { "a\tb\tc\td\n", "1:[Interface] or [Peer]\n" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        GString *reports = g_string_new(NULL);
        struct wg_keystore *ks = parse(bad[i].text, reports);
        g_test_message("%s", bad[i].text);
        g_assert_true(g_str_has_prefix(reports->str, bad[i].report));
        wg_keystore_free(ks);
        g_string_free(reports, TRUE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/config/typical", test_typical);
    g_test_add_func("/config/names", test_names);
    g_test_add_func("/config/lines", test_lines);
    g_test_add_func("/config/interfaces", test_interfaces);
    g_test_add_func("/config/chunks", test_chunks);
    g_test_add_func("/config/bounds", test_bounds);
    g_test_add_func("/config/garbage", test_garbage);
    g_test_add_func("/config/dump", test_dump);
    g_test_add_func("/config/bad-dump", test_bad_dump);
    return g_test_run();
}
