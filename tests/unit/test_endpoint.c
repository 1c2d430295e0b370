/* test_endpoint.c
 * Endpoints as values: equal, ordered, hashed, written out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"

static const uint8_t ipv6_example[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static void
test_make(void)
{
    static const uint8_t zeros[16];
    const struct wg_endpoint four = at(1, 51820);
    const struct wg_endpoint six =
        wg_endpoint_make(WG_ENDPOINT_IPV6, ipv6_example, sizeof ipv6_example, 443);

    g_assert_cmpmem(four.address, 4, ((const uint8_t[]){ 192, 0, 2, 1 }), 4);
    g_assert_cmpmem(four.address + 4, 12, zeros, 12);
    g_assert_cmpuint(four.port, ==, 51820);
    g_assert_cmpuint(four.family, ==, WG_ENDPOINT_IPV4);
    g_assert_cmpmem(six.address, 16, ipv6_example, 16);
    g_assert_cmpuint(six.family, ==, WG_ENDPOINT_IPV6);
}

/* Addresses of other kinds, longer than there is room for, still tell one end from another. */
static void
test_fold(void)
{
    uint8_t address[40];
    struct wg_endpoint ends[sizeof address + 1];

    fill_random(address, sizeof address, 1);
    ends[0] = wg_endpoint_make(WG_ENDPOINT_OTHER, address, sizeof address, 1);
    for (size_t i = 0; i < sizeof address; i++) {
        address[i] ^= (uint8_t)(i + 1);
        ends[i + 1] = wg_endpoint_make(WG_ENDPOINT_OTHER, address, sizeof address, 1);
        address[i] ^= (uint8_t)(i + 1);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(ends); j++)
            g_assert_cmpint(wg_endpoint_equal(&ends[i], &ends[j]), ==, i == j);
    ends[1] = wg_endpoint_make(WG_ENDPOINT_OTHER, NULL, 0, 1);
    g_assert_false(wg_endpoint_equal(&ends[0], &ends[1]));
}

/* Each differs from each; which of them are one host is said by the first member. */
static struct {
    unsigned host;
    struct wg_endpoint e;
} different[6];

static void
make_different(void)
{
    different[0].e = at(1, 51820);
    different[1].e = at(1, 51821);
    different[2].host = 1;
    different[2].e = at(2, 51820);
    different[3].host = 2;
    different[3].e = wg_endpoint_make(WG_ENDPOINT_IPV6, ipv6_example, 16, 51820);
    different[4].host = 3;
    /* The same bytes as the first, but no IPv4. */
    different[4].e = wg_endpoint_make(WG_ENDPOINT_OTHER, different[0].e.address, 4, 51820);
    different[5].host = 4;
    different[5].e = wg_endpoint_make(WG_ENDPOINT_IPV6, different[0].e.address, 16, 51820);
}

static void
test_compare(void)
{
    make_different();
    for (size_t i = 0; i < G_N_ELEMENTS(different); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(different); j++) {
            const struct wg_endpoint *a = &different[i].e, *b = &different[j].e;
            const int forth = wg_endpoint_compare(a, b), back = wg_endpoint_compare(b, a);
            g_assert_cmpint(wg_endpoint_equal(a, b), ==, i == j);
            g_assert_cmpint(wg_endpoint_same_host(a, b), ==,
                            different[i].host == different[j].host);
            g_assert_cmpint((forth > 0) - (forth < 0), ==, (back < 0) - (back > 0));
            g_assert_cmpint(forth == 0, ==, i == j);
            for (size_t k = 0; k < G_N_ELEMENTS(different); k++)
                if (forth < 0 && wg_endpoint_compare(b, &different[k].e) < 0)
                    g_assert_cmpint(wg_endpoint_compare(a, &different[k].e), <, 0);
        }
}

/* Equal ends have equal hashes; those of one network spread over a table of prime size, which is
 * what GHashTable is. */
static void
test_hash(void)
{
    enum { BUCKETS = 4093, PER_BUCKET = 4 };
    static unsigned load[BUCKETS];
    unsigned fullest = 0;

    for (unsigned i = 0; i < BUCKETS * PER_BUCKET; i++) {
        const uint8_t address[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
        const struct wg_endpoint e =
            wg_endpoint_make(WG_ENDPOINT_IPV4, address, sizeof address, 51820);
        const struct wg_endpoint same = e;
        g_assert_cmpuint(wg_endpoint_hash(&e), ==, wg_endpoint_hash(&same));
        fullest = MAX(fullest, ++load[wg_endpoint_hash(&e) % BUCKETS]);
    }
    /* Of random numbers, about 15. */
    g_assert_cmpuint(fullest, <=, 32);
    make_different();
    for (size_t i = 0; i < G_N_ELEMENTS(different); i++)
        for (size_t j = 0; j < i; j++)
            g_assert_cmpuint(wg_endpoint_hash(&different[i].e), !=,
                             wg_endpoint_hash(&different[j].e));
}

static void
test_text(void)
{
    static const uint8_t longest[16] = { 0xfe, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    const struct {
        struct wg_endpoint e;
        const char *text;
    } rows[] = {
        /*  1 */ { at(1, 51820), "192.0.2.1:51820" },
        /*  2 */ { at(255, 0), "192.0.2.255:0" },
        /*  3 */
        { wg_endpoint_make(WG_ENDPOINT_IPV6, ipv6_example, 16, 51820), "[2001:db8::1]:51820" },
        /*  4 */
        { wg_endpoint_make(WG_ENDPOINT_IPV6, longest, 16, 65535),
          "[fe80:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
        /*  5 */ { wg_endpoint_make(WG_ENDPOINT_OTHER, "x", 1, 7), "?:7" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *buf = g_malloc(WG_ENDPOINT_TEXT_LEN);
        g_assert_true(wg_endpoint_text(&rows[i].e, buf) == buf);
        g_assert_cmpstr(buf, ==, rows[i].text);
        g_free(buf);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/endpoint/make", test_make);
    g_test_add_func("/endpoint/fold", test_fold);
    g_test_add_func("/endpoint/compare", test_compare);
    g_test_add_func("/endpoint/hash", test_hash);
    g_test_add_func("/endpoint/text", test_text);
    return g_test_run();
}
