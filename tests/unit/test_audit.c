/* test_audit.c
 * The audit's model: who is the client, what beside a tunnel is a leak, and when it leaked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/allowed_ips.h"
#include "wg/audit.h"

#define SECOND INT64_C(1000000000)

enum { CLIENT = 1, SERVER = 2, OTHER = 3, SECOND_ADDRESS = 4, FIRST_OF_MANY = 100 };
enum { TCP = 6, UDP = 17 };

/* A capture that is audited: one session, and a clock. */
struct scene {
    struct wg_audit *audit;
    struct wg_session session;
    uint32_t frame;
    int64_t now;
};

static void
open_scene(struct scene *s, const void *unused)
{
    s->audit = wg_audit_new(NULL);
    s->session = (struct wg_session){ .initiation_frame = 1, .initiation_time = SECOND };
    s->frame = 0;
    s->now = SECOND;
}

static void
close_scene(struct scene *s, const void *unused)
{
    wg_audit_free(s->audit);
}

static struct wg_endpoint
at(unsigned host, unsigned port)
{
    const uint8_t address[4] = { 192, (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host };
    return wg_endpoint_make(WG_ENDPOINT_IPV4, address, sizeof address, (uint16_t)port);
}

static struct wg_audit_link
card(unsigned number, unsigned hops)
{
    return (struct wg_audit_link){ .sender = number, .receiver = 99, .hops = (uint8_t)hops };
}

/* A message of the session; from the initiator or not. */
static void
message(struct scene *s, unsigned from, unsigned to, enum wg_message_type type, bool initiator,
        unsigned attempt)
{
    const struct wg_note note = { .type = (uint8_t)type, .frame = ++s->frame };
    const struct wg_wire_view view = { .verdict = WG_WIRE_OK, .type = type, .length = 128 };
    const struct wg_sighting sighting = {
        .note = &note,
        .view = &view,
        .frame = s->frame,
        .time = s->now,
        .source = at(from, 51820),
        .destination = at(to, 51820),
        .analysis = { .session = &s->session,
                      .knows_role = true,
                      .from_initiator = initiator,
                      .attempt = attempt },
    };
    const struct wg_audit_link link = card(from, 64);

    wg_audit_message(s->audit, &sighting, &link);
}

static void
bring_up(struct scene *s)
{
    message(s, CLIENT, SERVER, WG_TYPE_INITIATION, true, 1);
    message(s, SERVER, CLIENT, WG_TYPE_RESPONSE, false, 0);
    message(s, CLIENT, SERVER, WG_TYPE_DATA, true, 0);
}

static struct wg_audit_frame
frame(struct scene *s, unsigned from, unsigned sport, unsigned to, unsigned dport)
{
    return (struct wg_audit_frame){ .frame = ++s->frame,
                                    .time = s->now,
                                    .length = 100,
                                    .from = at(from, sport),
                                    .to = at(to, dport),
                                    .transport = UDP,
                                    .protocol = "UDP" };
}

static void
beside(struct scene *s, unsigned from, unsigned sport, unsigned to, unsigned dport)
{
    const struct wg_audit_frame f = frame(s, from, sport, to, dport);
    wg_audit_beside(s->audit, &f);
}

static struct wg_audit_sum
past(struct scene *s)
{
    struct wg_audit_sum sum;
    wg_audit_past(s->audit, wg_audit_get(s->audit, 0), &sum);
    return sum;
}

static struct wg_audit_sum
between(struct scene *s)
{
    struct wg_audit_sum sum;
    wg_audit_between(s->audit, wg_audit_get(s->audit, 0), &sum);
    return sum;
}

/* ---- who is the client ---- */

static void
test_client(struct scene *s, const void *unused)
{
    const struct wg_endpoint client = at(CLIENT, 0), server = at(SERVER, 0);

    /* Anyone can send an initiation in the server's name. */
    message(s, SERVER, CLIENT, WG_TYPE_INITIATION, true, 1);
    g_assert_true(wg_endpoint_equal(&wg_audit_get(s->audit, 0)->host[0], &server));
    bring_up(s);
    g_assert_true(wg_endpoint_equal(&wg_audit_get(s->audit, 0)->host[0], &client));
    message(s, SERVER, CLIENT, WG_TYPE_INITIATION, true, 1);
    g_assert_true(wg_endpoint_equal(&wg_audit_get(s->audit, 0)->host[0], &client));
    g_assert_cmpuint(wg_audit_count(s->audit), ==, 1);
}

static void
test_unknown_client(struct scene *s, const void *unused)
{
    beside(s, CLIENT, 40000, OTHER, 53);
    s->session.initiation_frame = 0;
    message(s, CLIENT, SERVER, WG_TYPE_DATA, true, 0);
    /* A role, but no handshake: the first word is the role's. */
    g_assert_true(wg_audit_get(s->audit, 0)->knows_client);
    g_assert_false(wg_audit_get(s->audit, 0)->proved_client);
}

/* ---- what is a leak ---- */

static void
test_leak_before_and_after(struct scene *s, const void *unused)
{
    beside(s, CLIENT, 40000, OTHER, 9000);
    bring_up(s);
    beside(s, CLIENT, 40000, OTHER, 9000);
    s->now += 181 * SECOND;
    beside(s, CLIENT, 40000, OTHER, 9000);
    const struct wg_audit_sum sum = past(s);
    g_assert_cmpuint(sum.packets[WG_AUDIT_LEAK], ==, 3);
    for (unsigned i = 0; i < WG_AUDIT_PHASES; i++)
        g_assert_cmpuint(sum.phase[i], ==, 1);
}

static void
test_answers(struct scene *s, const void *unused)
{
    struct wg_audit_frame f;

    bring_up(s);
    /* A stranger connects; the client's side of it is an answer, also where it was seen first. */
    f = frame(s, CLIENT, 8443, OTHER, 50000);
    f.transport = TCP;
    f.turn = WG_AUDIT_ANSWERS;
    wg_audit_beside(s->audit, &f);
    beside(s, OTHER, 40000, CLIENT, 5353);
    beside(s, CLIENT, 5353, OTHER, 40000);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_ANSWER], ==, 2);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 0);
    /* The client connects to the same port of the same stranger. */
    f = frame(s, CLIENT, 50001, OTHER, 8443);
    f.transport = TCP;
    f.turn = WG_AUDIT_OPENS;
    wg_audit_beside(s->audit, &f);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 2);
    /* From a server's port, but nobody asked. */
    beside(s, CLIENT, 53, OTHER, 40000);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 3);
}

static void
test_sockets(struct scene *s, const void *unused)
{
    beside(s, CLIENT, 51820, OTHER, 3478); /* not known as the tunnel's yet */
    beside(s, CLIENT, 40000, OTHER, 53);
    bring_up(s);
    beside(s, CLIENT, 51820, SERVER, 51820);
    beside(s, CLIENT, 40000, SERVER, 53);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_COMPANION], ==, 1);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 1);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_COMPANION], ==, 1);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_LEAK], ==, 1);
}

static void
test_inside(struct scene *s, const void *unused)
{
    struct wg_audit_frame f = frame(s, CLIENT, 40000, SERVER, 53);

    f.link = (struct wg_audit_link){ .bare = 7 };
    wg_audit_beside(s->audit, &f);
    bring_up(s);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_INSIDE], ==, 1);
    beside(s, CLIENT, 40000, SERVER, 53);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_INSIDE], ==, 1);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_LEAK], ==, 1);
}

static void
test_groups(struct scene *s, const void *unused)
{
    static const unsigned groups[] = { 255 };

    bring_up(s);
    for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
        beside(s, CLIENT, 137, groups[i], 137);
    struct wg_audit_frame f = frame(s, CLIENT, 5353, OTHER, 5353);
    f.group = true;
    wg_audit_beside(s->audit, &f);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LOCAL], ==, 2);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 0);
}

static void
test_other_addresses(struct scene *s, const void *unused)
{
    struct wg_audit_frame f;

    bring_up(s);
    f = frame(s, SECOND_ADDRESS, 40000, OTHER, 443);
    f.link = card(CLIENT, 64);
    wg_audit_beside(s->audit, &f);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 1);
    /* A packet that a router forwarded is not the card's own. */
    f = frame(s, SECOND_ADDRESS + 10, 40000, OTHER, 443);
    f.link = card(CLIENT, 63);
    wg_audit_beside(s->audit, &f);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 1);
    /* Nor are a hundred addresses behind one. */
    for (unsigned i = 0; i < 100; i++) {
        f = frame(s, FIRST_OF_MANY + i, 40000, OTHER, 443);
        f.link = card(CLIENT, 64);
        wg_audit_beside(s->audit, &f);
    }
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 0);
}

static void
test_fragments(struct scene *s, const void *unused)
{
    struct wg_audit_frame f;

    bring_up(s);
    /* The last fragment tells the whole, or the first does, in reverse order. */
    for (uint32_t id = 1; id <= 2; id++) {
        f = frame(s, CLIENT, 0, OTHER, 0);
        wg_audit_fragment(s->audit, &f, id, id == 1);
        wg_audit_whole(s->audit, &f.from, &f.to, id);
        beside(s, CLIENT, 40000, OTHER, 9000);
    }
    f = frame(s, CLIENT, 40000, OTHER, 9001);
    wg_audit_fragment(s->audit, &f, 3, true);
    wg_audit_finish(s->audit);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 3);
    g_assert_cmpuint(wg_audit_apart_count(s->audit), ==, 1);
    g_assert_cmpuint(wg_audit_apart_get(s->audit, 0)->packets, ==, 2);
    g_assert_cmpuint(wg_audit_get_totals(s->audit).uncounted, ==, 0);
}

/* An error that quotes several messages. */
static void
test_apart_once(struct scene *s, const void *unused)
{
    wg_audit_apart(s->audit, "error", 5);
    wg_audit_apart(s->audit, "error", 5);
    wg_audit_apart(s->audit, "error", 6);
    wg_audit_finish(s->audit);
    g_assert_cmpuint(wg_audit_apart_get(s->audit, 0)->packets, ==, 2);
    g_assert_cmpuint(wg_audit_get_totals(s->audit).frames, ==, 2);
}

static void
test_fragments_of_one_identification(struct scene *s, const void *unused)
{
    struct wg_audit_frame f;

    bring_up(s);
    for (unsigned i = 0; i < 50; i++) {
        f = frame(s, CLIENT, 40000, OTHER, 9001);
        wg_audit_fragment(s->audit, &f, 3, true);
    }
    wg_audit_finish(s->audit);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 50);
}

static void
test_held(struct scene *s, const void *unused)
{
    struct wg_audit_frame f = frame(s, CLIENT, 40000, OTHER, 9000);

    wg_audit_hold(s->audit, &f);
    f.frame = s->frame + 1; /* the one that is told next */
    wg_audit_hold(s->audit, &f);
    bring_up(s);
    wg_audit_finish(s->audit);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 1);
    g_assert_cmpuint(past(s).phase[WG_AUDIT_BEFORE], ==, 1);
}

/* Errors that quote UDP headers: about the tunnel, even if that becomes known later, or not. */
static void
test_errors(struct scene *s, const void *unused)
{
    const struct wg_endpoint client = at(CLIENT, 51820), server = at(SERVER, 51820);
    const struct wg_endpoint beside_it = at(CLIENT, 53), other = at(OTHER, 51820);
    struct wg_audit_frame f = frame(s, CLIENT, 0, SERVER, 0);

    f.protocol = "ICMP";
    f.transport = 0;
    f.turn = WG_AUDIT_ANSWERS;
    wg_audit_error_about(s->audit, &f, &server, &client); /* frame 1 */
    f.frame = ++s->frame;
    wg_audit_error_about(s->audit, &f, &server, &beside_it);
    bring_up(s);
    message(s, CLIENT, OTHER, WG_TYPE_DATA, true, 0);
    f.frame = ++s->frame;
    wg_audit_error_about(s->audit, &f, &server, &client);
    f.frame = ++s->frame;
    wg_audit_error_about(s->audit, &f, &server, &other); /* both are sockets, but of two tunnels */
    wg_audit_finish(s->audit);
    g_assert_cmpuint(wg_audit_apart_count(s->audit), ==, 1);
    g_assert_cmpuint(wg_audit_apart_get(s->audit, 0)->packets, ==, 2);
    g_assert_cmpuint(wg_audit_apart_get(s->audit, 0)->first_frame, ==, 1);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_LEAK], ==, 2);
}

/* ---- whether it was up ---- */

static void
fail(struct scene *s)
{
    s->now += 10 * SECOND;
    message(s, CLIENT, SERVER, WG_TYPE_INITIATION, true, 2);
    beside(s, CLIENT, 40000, OTHER, 9000);
}

static void
test_blind_initiations(struct scene *s, const void *unused)
{
    bring_up(s);
    fail(s);
    /* As far as is known it fell silent. */
    g_assert_cmpuint(past(s).phase[WG_AUDIT_SILENT], ==, 1);
    message(s, CLIENT, SERVER, WG_TYPE_DATA, true, 0);
    /* The old session goes on: they proved nothing. */
    g_assert_cmpuint(past(s).phase[WG_AUDIT_UP], ==, 1);
    fail(s);
    s->session.initiation_time = s->now; /* a new session */
    s->now += SECOND;
    message(s, SERVER, CLIENT, WG_TYPE_RESPONSE, false, 0);
    g_assert_cmpuint(past(s).phase[WG_AUDIT_UP], ==, 1);
    g_assert_cmpuint(past(s).phase[WG_AUDIT_SILENT], ==, 1);
}

/* ---- limits ---- */

static void
test_many_tunnels_and_hosts(struct scene *s, const void *unused)
{
    enum { MANY = 20000 };
    uint64_t told = 0;

    for (unsigned i = 0; i < MANY; i++) {
        message(s, CLIENT, 1000 + i, WG_TYPE_INITIATION, true, 1);
        beside(s, CLIENT, 40000, 1000 + MANY + i, 9000);
    }
    for (unsigned i = 0; i < MANY; i++) {
        struct wg_audit_sum sum;
        wg_audit_past(s->audit, wg_audit_get(s->audit, i), &sum);
        told += sum.packets[WG_AUDIT_LEAK];
        g_assert_true(wg_audit_first_of_client(s->audit, wg_audit_get(s->audit, i)) ==
                      wg_audit_get(s->audit, 0));
    }
    g_assert_cmpuint(told, ==, (uint64_t)MANY * MANY);
}

static void
test_a_scan(struct scene *s, const void *unused)
{
    bring_up(s);
    for (unsigned port = 1; port <= 5000; port++)
        beside(s, CLIENT, 40000, SERVER, port);
    g_assert_cmpuint(between(s).packets[WG_AUDIT_LEAK], ==, 5000);
    g_assert_cmpuint(between(s).first[WG_AUDIT_LEAK + 1], ==, 64);
}

static void
test_to_itself(struct scene *s, const void *unused)
{
    bring_up(s);
    beside(s, CLIENT, 40000, CLIENT, 9000);
    beside(s, CLIENT, 40000, OTHER, 9000);
    g_assert_cmpuint(past(s).packets[WG_AUDIT_LEAK], ==, 2);
}

/* ---- AllowedIPs ---- */

static void
test_allowed_ips(void)
{
    const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
    const struct wg_endpoint in6 = wg_endpoint_make(WG_ENDPOINT_IPV6, v6, 16, 443);
    const struct wg_endpoint in4 = at(1, 80), out4 = at(300, 80);
    struct wg_allowed_ips *list =
        wg_allowed_ips_new("192.0.0.0/24, rubbish, 10.0.0.0/33,2001:db8::/33");

    g_assert_true(wg_allowed_ips_contain(list, &in4));
    g_assert_false(wg_allowed_ips_contain(list, &out4));
    g_assert_true(wg_allowed_ips_contain(list, &in6));
    g_assert_false(wg_allowed_ips_all(list, WG_ENDPOINT_IPV4));
    wg_allowed_ips_add(list, "0.0.0.0/1, 128.0.0.0/1");
    g_assert_true(wg_allowed_ips_all(list, WG_ENDPOINT_IPV4));
    g_assert_true(wg_allowed_ips_contain(list, &out4));
    g_assert_false(wg_allowed_ips_all(list, WG_ENDPOINT_IPV6));
    wg_allowed_ips_free(list);
    list = wg_allowed_ips_new("192.0.0.1");
    g_assert_true(wg_allowed_ips_contain(list, &in4));
    g_assert_false(wg_allowed_ips_any(list, WG_ENDPOINT_IPV6));
    wg_allowed_ips_free(list);
    list = wg_allowed_ips_new(NULL);
    g_assert_false(wg_allowed_ips_contain(list, &in4));
    wg_allowed_ips_free(list);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct scene *, const void *);
    } tests[] = {
        { "/audit/client", test_client },
        { "/audit/unknown-client", test_unknown_client },
        { "/audit/leak-before-and-after", test_leak_before_and_after },
        { "/audit/answers", test_answers },
        { "/audit/sockets", test_sockets },
        { "/audit/inside", test_inside },
        { "/audit/groups", test_groups },
        { "/audit/other-addresses", test_other_addresses },
        { "/audit/fragments", test_fragments },
        { "/audit/apart-once", test_apart_once },
        { "/audit/fragments-of-one-identification", test_fragments_of_one_identification },
        { "/audit/held", test_held },
        { "/audit/errors", test_errors },
        { "/audit/blind-initiations", test_blind_initiations },
        { "/audit/many-tunnels-and-hosts", test_many_tunnels_and_hosts },
        { "/audit/a-scan", test_a_scan },
        { "/audit/to-itself", test_to_itself },
    };

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, struct scene, NULL, open_scene, tests[i].run, close_scene);
    g_test_add_func("/audit/allowed-ips", test_allowed_ips);
    return g_test_run();
}
