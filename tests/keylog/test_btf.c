/* test_btf.c
 * Members and probes from the types of three kernels of Debian (tests/keylog/extract.py). What
 * must come out is what bpftool says of the same kernels.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "btf.h"
#include "files.h"
#include "probes.h"

struct kernel {
    GBytes *vmlinux, *wireguard;
    struct wgk_btf *btf;
};

static struct wgk_btf *
parse(GBytes *vmlinux, GBytes *wireguard, const char **error)
{
    return wgk_btf_new(g_bytes_get_data(vmlinux, NULL), g_bytes_get_size(vmlinux),
                       g_bytes_get_data(wireguard, NULL), g_bytes_get_size(wireguard), error);
}

static struct kernel
load(const char *name)
{
    struct kernel kernel = { read_input("btf", name, ".vmlinux.btf"),
                             read_input("btf", name, ".wireguard.btf"), NULL };
    const char *error;

    kernel.btf = parse(kernel.vmlinux, kernel.wireguard, &error);
    g_assert_nonnull(kernel.btf);
    return kernel;
}

static void
unload(struct kernel *kernel)
{
    wgk_btf_free(kernel->btf);
    g_bytes_unref(kernel->vmlinux);
    g_bytes_unref(kernel->wireguard);
}

/* Offsets in 6.1, 6.12, 7.2; bpftool prints them in bits. */
static const struct {
    const char *structure, *member;
    uint32_t size, offsets[3];
} rows[] = {
    { "net_device", "name", 16, { 0, 304, 288 } },
    { "net_device", "nd_net.net", 8, { 1272, 280, 264 } },
    { "net_device", "nd_net", 8, { 1272, 280, 264 } },
    { "noise_handshake", "entry", 32, { 0, 0, 0 } },
    { "noise_handshake", "state", 4, { 32, 32, 32 } },
    { "noise_handshake", "static_identity", 8, { 48, 48, 48 } },
    { "noise_handshake", "ephemeral_private", 32, { 56, 56, 56 } },
    { "noise_handshake", "remote_static", 32, { 88, 88, 88 } },
    { "noise_handshake", "preshared_key", 32, { 184, 184, 184 } },
    { "noise_static_identity", "static_private", 32, { 32, 32, 32 } },
    { "noise_keypair", "sending.key", 32, { 32, 32, 32 } },
    { "noise_keypair", "receiving.key", 32, { 88, 88, 88 } },
    { "noise_keypair", "remote_index", 4, { 1176, 1176, 1176 } },
    { "index_hashtable_entry", "index", 4, { 28, 28, 28 } },
    { "wg_peer", "handshake", 0, { 240, 240, 240 } },
};

static void
test_members(void)
{
    for (unsigned k = 0; k < G_N_ELEMENTS(kernels); k++) {
        struct kernel kernel = load(kernels[k]);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            struct wgk_member member;
            g_test_message("%s: %s.%s", kernels[k], rows[i].structure, rows[i].member);
            g_assert_true(wgk_btf_member(kernel.btf, rows[i].structure, rows[i].member, &member));
            g_assert_cmpuint(member.offset, ==, rows[i].offsets[k]);
            if (rows[i].size != 0)
                g_assert_cmpuint(member.size, ==, rows[i].size);
        }
        unload(&kernel);
    }
}

static void
test_absent(void)
{
    static const char *const absent[][2] = {
        { "net_device", "nonsense" },        { "nonsense", "name" },
        { "net_device", "nd_net.nonsense" }, { "net_device", "name.x" },
        { "noise_keypair", "sending." },     { "noise_keypair", "" },
        { "noise_handshake", "ephemeral" },
    };
    struct kernel kernel = load("6.1");
    struct wgk_member member;
    uint32_t value;

    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
        g_assert_false(wgk_btf_member(kernel.btf, absent[i][0], absent[i][1], &member));
    g_assert_false(wgk_btf_enumerator(kernel.btf, "HANDSHAKE_NONSENSE", &value));
    g_assert_true(wgk_btf_enumerator(kernel.btf, "HANDSHAKE_CONSUMED_INITIATION", &value));
    g_assert_cmpuint(value, ==, 2);
    g_assert_true(wgk_btf_has(kernel.btf, "noise_keypair"));
    g_assert_false(wgk_btf_has(kernel.btf, "noise_keypai"));
    unload(&kernel);
}

static void
test_probes(void)
{
    struct kernel kernel = load("6.12");
    struct wgk_probes probes;

    g_assert_null(wgk_probes_make(&probes, kernel.btf, true));
    g_assert_cmpuint(probes.responder_state, ==, 2);
    g_assert_cmpstr(probes.line[WGK_HANDSHAKE], ==,
                    "p:wg_keylog/handshake wireguard:wg_index_hashtable_insert state=+32($arg2):u32"
                    " priv=+32(+48($arg2)):x8[32] pub=+88($arg2):x8[32] eph=+56($arg2):x8[32]"
                    " psk=+184($arg2):x8[32] netns=+136(+280(+0(+0(+0($arg2))))):u32"
                    " ifname=+304(+0(+0(+0($arg2)))):string");
    g_assert_cmpstr(probes.line[WGK_SESSION], ==,
                    "p:wg_keylog/session wireguard:wg_index_hashtable_replace lindex=+28($arg2):x32"
                    " rindex=+1176($arg3):x32 send=+32($arg3):x8[32] recv=+88($arg3):x8[32]"
                    " pub=+328(+0($arg3)):x8[32] netns=+136(+280(+0(+0(+0($arg3))))):u32"
                    " ifname=+304(+0(+0(+0($arg3)))):string");
    /* Built in, the functions belong to no module. */
    g_assert_null(wgk_probes_make(&probes, kernel.btf, false));
    g_assert_true(
        g_str_has_prefix(probes.line[WGK_PACKET], "p:wg_keylog/packet wg_noise_keypair_get "));
    unload(&kernel);
}

/* A kernel whose structures lack a member, or hold another thing under its name. */
static void
test_other_structures(void)
{
    static const struct {
        const char *from, *to, *told;
    } changes[] = {
        { "ephemeral_private", "ephemeral_secret_", "struct noise_handshake: ephemeral_private" },
        { "noise_keypair", "noise_sesskey", "struct noise_keypair: entry" },
        { "receiving", "reception", "struct noise_keypair: receiving.key" },
        { "HANDSHAKE_CONSUMED_INITIATION", "HANDSHAKE_DEVOURED_INITIATION",
          "enum noise_handshake_state: HANDSHAKE_CONSUMED_INITIATION" },
    };
    struct kernel kernel = load("7.2");

    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        gsize length;
        const size_t n = strlen(changes[i].from) + 1;
        struct wgk_probes probes;
        const char *error;
        char *bytes = g_memdup2(g_bytes_get_data(kernel.wireguard, &length),
                                g_bytes_get_size(kernel.wireguard));
        g_assert_cmpuint(strlen(changes[i].to) + 1, ==, n);
        bool changed = false;
        for (gsize at = 1; at + n <= length; at++)
            if (bytes[at - 1] == '\0' && memcmp(bytes + at, changes[i].from, n) == 0) {
                memcpy(bytes + at, changes[i].to, n);
                changed = true;
            }
        g_assert_true(changed);
        struct wgk_btf *btf = wgk_btf_new(g_bytes_get_data(kernel.vmlinux, NULL),
                                          g_bytes_get_size(kernel.vmlinux), bytes, length, &error);
        g_assert_nonnull(btf);
        g_assert_cmpstr(wgk_probes_make(&probes, btf, true), ==, changes[i].told);
        wgk_btf_free(btf);
        g_free(bytes);
    }
    unload(&kernel);
}

/* Cut at every byte, and with every byte changed: an error or other numbers, never more. */
static void
test_damaged(void)
{
    struct kernel kernel = load("6.12");
    const gsize length = g_bytes_get_size(kernel.wireguard);
    char *bytes = g_memdup2(g_bytes_get_data(kernel.wireguard, NULL), length);
    struct wgk_probes probes;
    const char *error;

    for (gsize cut = 0; cut < length; cut++) {
        char *exact = g_memdup2(bytes, cut); /* so that a read beyond it is seen */
        g_assert_null(wgk_btf_new(g_bytes_get_data(kernel.vmlinux, NULL),
                                  g_bytes_get_size(kernel.vmlinux), exact == NULL ? "" : exact, cut,
                                  &error));
        g_assert_nonnull(error);
        g_free(exact);
    }
    for (gsize at = 0; at < length; at++) {
        bytes[at] ^= (char)0xff;
        struct wgk_btf *btf = wgk_btf_new(g_bytes_get_data(kernel.vmlinux, NULL),
                                          g_bytes_get_size(kernel.vmlinux), bytes, length, &error);
        if (btf != NULL)
            wgk_probes_make(&probes, btf, true);
        wgk_btf_free(btf);
        bytes[at] ^= (char)0xff;
    }
    g_free(bytes);
    unload(&kernel);
}

/* Magic number, version and flags, in this machine's byte order. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define HEAD 0x0001eb9f
#else
#define HEAD 0xeb9f0100
#endif

static void
test_other_byte_order(void)
{
    static const uint32_t header[] = { GUINT32_SWAP_LE_BE_CONSTANT(HEAD), 24, 0, 0, 0, 0 };
    const char *error = NULL;

    g_assert_null(wgk_btf_new(header, sizeof header, NULL, 0, &error));
    g_assert_nonnull(strstr(error, "byte order"));
}

/* A structure that holds itself, and typedefs in a circle. */
static void
test_circles(void)
{
    static const uint32_t circle[] = {
        HEAD,
        24,
        0,
        36,
        36,
        8,
        /* [1] struct "a" { [1] ""; } */ 1,
        4u << 24 | 1,
        4,
        0,
        1,
        0,
        /* [2] typedef "b" of [2] */ 3,
        8u << 24,
        2,
    };
    char bytes[sizeof circle + 8];
    struct wgk_member member;
    const char *error;

    memcpy(bytes, circle, sizeof circle);
    memcpy(bytes + sizeof circle, "\0a\0b\0\0\0", 8);
    struct wgk_btf *btf = wgk_btf_new(bytes, sizeof bytes, NULL, 0, &error);
    g_assert_nonnull(btf);
    g_assert_false(wgk_btf_member(btf, "a", "x", &member));
    wgk_btf_free(btf);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keylog/btf/other-byte-order", test_other_byte_order);
    g_test_add_func("/keylog/btf/circles", test_circles);
    /* The recorded kernels are little-endian; BTF is only ever read where it was made. */
    if (G_BYTE_ORDER == G_LITTLE_ENDIAN) {
        g_test_add_func("/keylog/btf/members", test_members);
        g_test_add_func("/keylog/btf/absent", test_absent);
        g_test_add_func("/keylog/btf/probes", test_probes);
        g_test_add_func("/keylog/btf/other-structures", test_other_structures);
        g_test_add_func("/keylog/btf/damaged", test_damaged);
    }
    return g_test_run();
}
