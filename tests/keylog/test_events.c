/* test_events.c
 * What the probes of three kernels wrote, recorded; and what they must never be taken for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "events.h"
#include "files.h"
#include "keylines.h"
#include "sessions.h"
#include "wg/crypto.h"

/* The recorded lines of a kernel: two hosts with a tunnel, their handshake, and a packet each. */
struct recorded {
    struct wgk_event events[3][2]; /* by type, in order; [0] and [1] are of different hosts */
    unsigned n[3];
};

static struct recorded
load(const char *kernel)
{
    struct recorded recorded = { 0 };
    GBytes *bytes = read_input("events", kernel, ".txt");
    char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    char **lines = g_strsplit(g_strchomp(text), "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        struct wgk_event event;
        g_assert_cmpint(wgk_event_read(&event, *line), ==, WGK_LINE_EVENT);
        g_assert_cmpuint(recorded.n[event.type], <, 2);
        recorded.events[event.type][recorded.n[event.type]++] = event;
    }
    g_strfreev(lines);
    g_free(text);
    g_bytes_unref(bytes);
    return recorded;
}

/* The two ends name each other: what one has as its own private key gives the public key that the
 * other has of it. So what was read is right, whatever the offsets. */
static void
test_recorded(void)
{
    g_assert_true(wg_crypto_init());
    for (unsigned k = 0; k < G_N_ELEMENTS(kernels); k++) {
        struct recorded recorded = load(kernels[k]);
        g_test_message("%s", kernels[k]);
        for (unsigned type = 0; type < 3; type++)
            g_assert_cmpuint(recorded.n[type], ==, 2);
        const struct wgk_event *initiation = &recorded.events[WGK_HANDSHAKE][0];
        const struct wgk_event *response = &recorded.events[WGK_HANDSHAKE][1];
        uint8_t public_key[WGK_KEY];
        g_assert_cmpuint(initiation->state, !=, 2);
        g_assert_cmpuint(response->state, ==, 2); /* HANDSHAKE_CONSUMED_INITIATION */
        wg_dh_public(public_key, initiation->private_key);
        g_assert_true(wgk_same(public_key, response->peer_key));
        wg_dh_public(public_key, response->private_key);
        g_assert_true(wgk_same(public_key, initiation->peer_key));
        g_assert_true(wgk_same(initiation->preshared_key, response->preshared_key));
        g_assert_false(wgk_zero(initiation->preshared_key));
        g_assert_true(wgk_clamped(initiation->ephemeral_key));
        g_assert_true(wgk_clamped(response->ephemeral_key));
        g_assert_false(wgk_same(initiation->ephemeral_key, response->ephemeral_key));
        g_assert_cmpstr(initiation->interface, ==, "wg0");
        g_assert_cmpuint(initiation->netns, !=, response->netns);
        for (enum wgk_event_type type = WGK_SESSION; type <= WGK_PACKET; type++) {
            const struct wgk_event *one = &recorded.events[type][0],
                                   *other = &recorded.events[type][1];
            g_assert_cmpuint(one->local_index, ==, other->remote_index);
            g_assert_cmpuint(one->remote_index, ==, other->local_index);
            g_assert_true(wgk_same(one->sending_key, other->receiving_key));
            g_assert_true(wgk_same(one->receiving_key, other->sending_key));
            g_assert_cmpuint(one->netns, !=, other->netns);
        }
    }
}

#define KEY                                                                                        \
    "{0x0,0x1,0x2,0x3,0x4,0x5,0x6,0x7,0x8,0x9,0xa,0xb,0xc,0xd,0xe,0xf,"                            \
    "0x10,0x11,0x12,0x13,0x14,0x15,0x16,0x17,0x18,0x19,0x1a,0x1b,0x1c,0x1d,0x1e,0xff}"
#define SESSION                                                                                    \
    "session: (f+0x0/0x1) lindex=0x1 rindex=0x2 send=" KEY " recv=" KEY " pub=" KEY " netns=7"

static const struct {
    const char *line;
    enum wgk_line what;
} rows[] = {
    { SESSION " ifname=\"wg0\"", WGK_LINE_EVENT },
    { SESSION " ifname=\"0123456789abcde\"", WGK_LINE_EVENT },
    /* a name may hold nearly everything, and comes last */
    { SESSION " ifname=\"a\" rindex=\"\"", WGK_LINE_EVENT },
    { SESSION " ifname=\"0123456789abcdef\"", WGK_LINE_BAD },
    { SESSION " ifname=\"\"", WGK_LINE_BAD },
    { SESSION " ifname=\"wg0", WGK_LINE_BAD },
    { SESSION " ifname=wg0", WGK_LINE_BAD },
    { SESSION " ifname=(fault)", WGK_LINE_BAD },
    { SESSION, WGK_LINE_BAD },
    { SESSION " netns=7 ifname=\"wg0\"", WGK_LINE_BAD },
    { SESSION " state=1 ifname=\"wg0\"", WGK_LINE_BAD },
    { "session: (f) lindex=0x1", WGK_LINE_BAD },
    { "session: (f", WGK_LINE_BAD },
    { "session: (", WGK_LINE_BAD },
    { "session: (f) lindex=", WGK_LINE_BAD },
    { "session: (f) lindex=-1", WGK_LINE_BAD },
    { "session: (f) lindex=0x100000000", WGK_LINE_BAD },
    { "session: (f) send={0x1}", WGK_LINE_BAD },
    { "session: (f) send={", WGK_LINE_BAD },
    { "session: (f) send=" KEY ",", WGK_LINE_BAD },
    { "packet: (f) send={0x100,", WGK_LINE_BAD },
    { "CPU:1 [LOST 12 EVENTS]", WGK_LINE_LOST },
    { "", WGK_LINE_OTHER },
    { "bash-1 [000] ..... 1.0: session: (f) lindex=1", WGK_LINE_OTHER },
    { "other: (f) lindex=1", WGK_LINE_OTHER },
};

static void
test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct wgk_event event;
        g_test_message("row %zu: %s", i, rows[i].line);
        g_assert_cmpint(wgk_event_read(&event, rows[i].line), ==, rows[i].what);
    }
}

static void
test_values(void)
{
    struct wgk_event event;

    g_assert_cmpint(wgk_event_read(&event, SESSION " ifname=\"a\" rindex=\"\""), ==,
                    WGK_LINE_EVENT);
    g_assert_cmpint(event.type, ==, WGK_SESSION);
    g_assert_cmpuint(event.local_index, ==, 1);
    g_assert_cmpuint(event.remote_index, ==, 2);
    g_assert_cmpuint(event.netns, ==, 7);
    g_assert_cmpstr(event.interface, ==, "a\" rindex=\"");
    for (unsigned i = 0; i < WGK_KEY; i++)
        g_assert_cmpuint(event.sending_key[i], ==, i == 31 ? 0xff : i);
}

/* A line cut short anywhere is no event. */
static void
test_cut(void)
{
    const char *line = SESSION " ifname=\"wg0\"";
    struct wgk_event event;

    for (size_t length = 0; length < strlen(line); length++) {
        char *cut = g_strndup(line, length);
        g_assert_cmpint(wgk_event_read(&event, cut), !=, WGK_LINE_EVENT);
        g_free(cut);
    }
}

/* ---- What is written of them ---- */

static char *
written(struct wgk_buffer *lines)
{
    char *text = g_strndup(lines->bytes, lines->length);

    g_assert_false(lines->failed);
    wgk_buffer_free(lines);
    return text;
}

static void
test_lines(void)
{
    struct wgk_buffer lines = { 0 };
    struct wgk_event event;

    g_assert_cmpint(wgk_event_read(&event, SESSION " ifname=\"wg0\""), ==, WGK_LINE_EVENT);
    wgk_lines_session(&lines, &event);
    char *text = written(&lines);
    /* to the peer: its index and our sending key */
    g_assert_cmpstr(text, ==,
                    "# wg0: session\n0x00000002 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=\n"
                    "0x00000001 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=\n");
    g_free(text);

    memset(event.private_key, 0xff, WGK_KEY);
    memset(event.ephemeral_key, 0xfb, WGK_KEY);
    wgk_lines_handshake(&lines, &event, true);
    text = written(&lines);
    g_assert_cmpstr(text, ==,
                    "# wg0: response\n"
                    "LOCAL_STATIC_PRIVATE_KEY = //////////////////////////////////////////8=\n"
                    "REMOTE_STATIC_PUBLIC_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=\n"
                    "LOCAL_EPHEMERAL_PRIVATE_KEY = +/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=\n");
    g_free(text);

    memset(event.preshared_key, 'a', WGK_KEY);
    wgk_lines_handshake(&lines, &event, false);
    text = written(&lines);
    g_assert_true(g_str_has_prefix(text, "# wg0: initiation\nLOCAL_STATIC_PRIVATE_KEY = "));
    g_assert_true(g_str_has_suffix(
        text, "+/s=\nPRESHARED_KEY = YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n"));
    g_free(text);
}

/* The same text as GLib's, over keys that have every digit. */
static void
test_base64(void)
{
    uint8_t key[WGK_KEY];
    char text[WGK_BASE64 + 1];

    for (unsigned round = 0; round < 64; round++) {
        for (unsigned i = 0; i < WGK_KEY; i++)
            key[i] = (uint8_t)(round * 37 + i * 101 + (i * round >> 2));
        wgk_base64(text, key);
        char *expected = g_base64_encode(key, WGK_KEY);
        g_assert_cmpstr(text, ==, expected);
        g_free(expected);
    }
}

/* ---- Which sessions are known ---- */

static void
test_sessions(void)
{
    struct wgk_sessions *sessions = g_new0(struct wgk_sessions, 1);
    struct wgk_peer peers[2] = { { .last_handshake = 1000 }, { .last_handshake = 1100 } };
    const struct wgk_device device = { .n_peers = 2, .peers = peers };
    struct wgk_event event = { .type = WGK_PACKET, .local_index = 0x11, .remote_index = 0x22 };
    char filter[100];

    memset(peers[0].public_key, 1, WGK_KEY);
    memset(peers[1].public_key, 2, WGK_KEY);
    wgk_sessions_filter(sessions, filter, sizeof filter);
    g_assert_cmpstr(filter, ==, "");
    g_assert_false(wgk_sessions_complete(sessions, &device, 1100));
    g_assert_true(wgk_sessions_complete(sessions, &device, 1281)); /* both too old */

    memcpy(event.peer_key, peers[1].public_key, WGK_KEY);
    g_assert_true(wgk_sessions_add(sessions, &event));
    g_assert_false(wgk_sessions_add(sessions, &event));
    g_assert_false(wgk_sessions_complete(sessions, &device, 1180)); /* the first still lives */
    g_assert_true(wgk_sessions_complete(sessions, &device, 1181));
    event.local_index = 0x33;
    g_assert_true(wgk_sessions_add(sessions, &event));
    wgk_sessions_filter(sessions, filter, sizeof filter);
    g_assert_cmpstr(filter, ==, "lindex != 0x33 && lindex != 0x11");

    for (uint32_t i = 0; i < 2 * WGK_SESSIONS; i++) {
        event.local_index = 0x10000000 + i;
        g_assert_true(wgk_sessions_add(sessions, &event));
    }
    wgk_sessions_filter(sessions, filter, sizeof filter);
    g_assert_cmpuint(strlen(filter), <, sizeof filter);
    g_assert_true(g_str_has_prefix(filter, "lindex != 0x10001fff && lindex != 0x10001ffe"));
    g_assert_false(g_str_has_suffix(filter, " "));
    g_free(sessions);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keylog/events/recorded", test_recorded);
    g_test_add_func("/keylog/events/rows", test_rows);
    g_test_add_func("/keylog/events/values", test_values);
    g_test_add_func("/keylog/events/cut", test_cut);
    g_test_add_func("/keylog/events/lines", test_lines);
    g_test_add_func("/keylog/events/base64", test_base64);
    g_test_add_func("/keylog/events/sessions", test_sessions);
    return g_test_run();
}
