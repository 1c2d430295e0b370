/* test_diagnosis.c
 * Which messages are of which tunnel, and which side sent them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/diagnosis.h"
#include "wg/timers.h"

/* A session with both directions, as the table keeps it, and what is told of its messages. */
struct scene {
    struct wg_diagnosis *d;
    struct wg_session session[4];
    struct wg_direction way[4][2]; /* to the responder, to the initiator */
    struct wg_note note;
    struct wg_wire_view view;
    struct wg_sighting seen; /* the last one */
    uint32_t frame;
    enum wg_decryption_status status; /* of the messages to come */
};

static struct wg_endpoint
endpoint(uint8_t last)
{
    const uint8_t address[] = { 192, 0, 2, last };
    return wg_endpoint_make(WG_ENDPOINT_IPV4, address, sizeof address, 51820);
}

static struct scene *
begin(void)
{
    struct scene *s = g_new0(struct scene, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(s->session); i++)
        for (unsigned side = 0; side < 2; side++)
            s->way[i][side].session = &s->session[i];
    s->d = wg_diagnosis_new(NULL);
    s->status = WG_STATUS_NO_KEYS;
    return s;
}

static void
end(struct scene *s)
{
    wg_diagnosis_free(s->d);
    g_free(s);
}

static const struct wg_tunnel *
tell(struct scene *s, unsigned session, enum wg_message_type type, bool from_initiator,
     uint8_t from, uint8_t to, bool announced)
{
    struct wg_sighting seen = { .note = &s->note,
                                .view = &s->view,
                                .frame = ++s->frame,
                                .time = s->frame * WG_SECOND,
                                .source = endpoint(from),
                                .destination = endpoint(to),
                                .status = s->status };

    s->note = (struct wg_note){ .type = (uint8_t)type };
    s->view = (struct wg_wire_view){ .type = type, .length = 128 };
    seen.analysis = (struct wg_analysis){ .session = &s->session[session],
                                          .knows_role = announced,
                                          .from_initiator = from_initiator };
    if (type == WG_TYPE_DATA)
        s->note.of.direction = &s->way[session][!from_initiator];
    else
        s->note.of.session = &s->session[session];
    if (type == WG_TYPE_DATA && !announced)
        seen.analysis.verdicts = 1u << WG_VERDICT_UNKNOWN_SESSION;
    s->seen = seen;
    return wg_diagnosis_add(s->d, &seen);
}

/* The last message, which was data, once more, half a millisecond later. */
static const struct wg_tunnel *
tell_copy(struct scene *s, uint32_t first)
{
    struct wg_sighting seen = s->seen;

    seen.frame = ++s->frame;
    seen.time += WG_MILLISECOND / 2;
    s->note.flags = WG_NOTE_DUPLICATE;
    s->note.reference = first;
    return wg_diagnosis_add(s->d, &seen);
}

static const struct wg_tunnel *
handshake(struct scene *s, unsigned session, uint8_t from, uint8_t to)
{
    tell(s, session, WG_TYPE_INITIATION, true, from, to, true);
    tell(s, session, WG_TYPE_RESPONSE, false, to, from, true);
    return tell(s, session, WG_TYPE_DATA, true, from, to, true);
}

/* The tunnels that the diagnosis hands out are these, in this order; NULL after the last one. */
static void
assert_tunnels(const struct scene *s, const struct wg_tunnel *const *expected)
{
    const struct wg_tunnel *t = NULL;

    do {
        t = wg_diagnosis_next(s->d, t);
        g_assert_true(t == *expected);
    } while (*expected++ != NULL);
}

static void
test_tunnels(void)
{
    struct scene *s = begin();
    const struct wg_tunnel *one = handshake(s, 0, 1, 2), *again = handshake(s, 1, 2, 1);
    const struct wg_tunnel *other = handshake(s, 2, 3, 2);

    g_assert_true(one == again && one != other);
    assert_tunnels(s, (const struct wg_tunnel *[]){ one, other, NULL });
    g_assert_cmpuint(one->side[0].used.count, ==, 1);
    g_assert_cmpuint(one->side[1].used.count, ==, 1);
    g_assert_cmpuint(wg_tunnel_client(one), ==, 0);
    end(s);
}

/* An initiation in the server's name does not make it the client. */
static void
test_client(void)
{
    struct scene *s = begin();

    tell(s, 0, WG_TYPE_INITIATION, true, 2, 1, true);
    const struct wg_tunnel *t = handshake(s, 1, 1, 2);
    const struct wg_endpoint client = endpoint(1);
    g_assert_true(wg_endpoint_equal(&t->side[wg_tunnel_client(t)].first, &client));
    end(s);
}

/* Data that no handshake announces counts once it is proved, and then all of it. */
static void
test_held_back(void)
{
    struct scene *s = begin();
    const struct wg_tunnel *t = tell(s, 0, WG_TYPE_DATA, true, 1, 2, false);

    g_assert_cmpuint(t->messages, ==, 0);
    t = tell(s, 0, WG_TYPE_DATA, true, 1, 2, false);
    g_assert_cmpuint(t->messages, ==, 0);
    g_assert_true(wg_findings_have(wg_tunnel_findings(t), WG_FINDING_TOO_LITTLE));
    t = tell(s, 0, WG_TYPE_DATA, true, 1, 2, false);
    g_assert_cmpuint(t->messages, ==, 3);
    g_assert_cmpuint(t->held.count, ==, 0);
    /* Both directions. */
    t = tell(s, 1, WG_TYPE_DATA, true, 3, 4, false);
    g_assert_cmpuint(t->messages, ==, 0);
    t = tell(s, 1, WG_TYPE_DATA, false, 4, 3, false);
    g_assert_cmpuint(t->messages, ==, 2);
    g_assert_cmpuint(t->side[0].data.count, ==, 1);
    g_assert_cmpuint(t->side[1].data.count, ==, 1);
    end(s);
}

/* Each packet is captured twice, the first ones too. Copies prove nothing. */
static void
test_held_copies(void)
{
    struct scene *s = begin();
    const struct wg_tunnel *t = NULL;

    for (unsigned i = 0; i < 3; i++) {
        t = tell(s, 0, WG_TYPE_DATA, true, 1, 2, false);
        g_assert_cmpuint(t->messages, ==, i < 2 ? 0 : 3);
        t = tell_copy(s, s->frame);
        g_assert_cmpuint(t->copies.count, ==, i < 2 ? 0 : 3);
    }
    g_assert_cmpuint(t->copies_at_once.count, ==, 3);
    g_assert_cmpuint(t->held.count, ==, 0);
    end(s);
}

/* The preshared key comes after the first data of the session. */
static void
test_late_psk(void)
{
    struct scene *s = begin();
    struct wg_response_keys keys = { .status = WG_STATUS_PSK_MISMATCH };
    const struct wg_way way = { .source = endpoint(2), .destination = endpoint(1) };
    struct wg_response response = { .frame = 2, .keys = &keys, .way = &way };

    s->session[0].responses = &response;
    const struct wg_tunnel *t = handshake(s, 0, 1, 2);
    g_assert_true(wg_findings_have(wg_tunnel_findings(t), WG_FINDING_OTHER_PSK));
    s->status = WG_STATUS_DECRYPTED;
    tell(s, 0, WG_TYPE_DATA, false, 2, 1, true);
    g_assert_false(wg_findings_have(wg_tunnel_findings(t), WG_FINDING_OTHER_PSK));
    end(s);
}

static void
test_quotes(void)
{
    struct scene *s = begin();
    struct wg_quote quote = {
        .frame = 9, .source = endpoint(1), .destination = endpoint(2), .type = 3, .code = 3
    };

    g_assert_null(wg_diagnosis_add_quote(s->d, &quote)); /* of no tunnel */
    const struct wg_tunnel *t = tell(s, 0, WG_TYPE_INITIATION, true, 1, 2, true);
    g_assert_true(wg_diagnosis_add_quote(s->d, &quote) == t);
    g_assert_cmpuint(t->unreachable.count, ==, 1);
    wg_diagnosis_add_quote(s->d, &quote); /* another message in the datagram that it quotes */
    g_assert_cmpuint(t->unreachable.count, ==, 1);
    quote.frame++;
    wg_diagnosis_add_quote(s->d, &quote);
    g_assert_cmpuint(t->unreachable.count, ==, 2);
    quote.unseen = true; /* nobody sent that */
    g_assert_null(wg_diagnosis_add_quote(s->d, &quote));
    g_assert_cmpuint(t->unreachable.count, ==, 2);
    quote.unseen = false;
    quote.frame++;
    quote.length = 100; /* only its headers are quoted, and nothing of that length was sent */
    g_assert_null(wg_diagnosis_add_quote(s->d, &quote));
    quote.length = 128;
    wg_diagnosis_add_quote(s->d, &quote);
    g_assert_cmpuint(t->unreachable.count, ==, 3);
    quote.frame++;
    quote.code = 4;
    wg_diagnosis_add_quote(s->d, &quote);
    g_assert_cmpuint(t->too_big.count, ==, 1);
    end(s);
}

/* The responder sends what is for one to the other, and the first sends on from where it was. */
static void
test_sharing(void)
{
    struct scene *s = begin();
    const struct wg_tunnel *one = handshake(s, 0, 1, 2), *other = handshake(s, 1, 3, 2);

    for (unsigned i = 0; i < 2; i++) {
        tell(s, 0, WG_TYPE_DATA, false, 2, 3, true);
        tell(s, 0, WG_TYPE_DATA, true, 1, 2, true);
    }
    g_assert_cmpuint(one->shared.count, ==, 2);
    g_assert_cmpuint(other->shared.count, ==, 2);
    g_assert_true(wg_findings_have(wg_tunnel_findings(one), WG_FINDING_SHARED_KEY));
    end(s);
}

/* Data of a lone session, which shows up in another one when its other side has been seen. */
static const struct wg_tunnel *
tell_claimed(struct scene *s, unsigned count)
{
    const struct wg_direction *moved = &s->way[1][0];
    const struct wg_tunnel *own = NULL;

    tell(s, 0, WG_TYPE_DATA, false, 2, 1, false);
    for (unsigned i = 0; i < count; i++)
        own = tell(s, 1, WG_TYPE_DATA, true, 3, 2, false);
    tell(s, 0, WG_TYPE_DATA, false, 2, 3, false);
    for (unsigned i = 0; i < 3; i++) {
        s->seen.frame = ++s->frame;
        s->seen.time = s->frame * WG_SECOND;
        s->seen.source = endpoint(3);
        s->seen.destination = endpoint(2);
        s->seen.analysis.from_initiator = true;
        s->note.of.direction = (struct wg_direction *)(uintptr_t)moved;
        wg_diagnosis_add(s->d, &s->seen);
    }
    return own;
}

/* A peer moved before it was captured: what looked like a second tunnel is none, whether it was
 * only held back, or counted. */
static void
test_moved_unseen(void)
{
    for (unsigned count = 1; count <= WG_KEPT_MAX; count++) {
        struct scene *s = begin();
        const struct wg_tunnel *own = tell_claimed(s, count);
        const struct wg_tunnel *t = wg_diagnosis_next(s->d, NULL);

        g_assert_true(own != t && own->messages == 0);
        assert_tunnels(s, (const struct wg_tunnel *[]){ t, NULL });
        g_assert_cmpuint(t->side[0].data.count, ==, 2);
        g_assert_cmpuint(t->side[1].data.count, ==, count + 3);
        g_assert_cmpuint(t->sessions, ==, 1);
        end(s);
    }
    /* More are not kept, and stay where they were counted. */
    struct scene *s = begin();
    const struct wg_tunnel *own = tell_claimed(s, WG_KEPT_MAX + 1);
    assert_tunnels(s, (const struct wg_tunnel *[]){ wg_diagnosis_next(s->d, NULL), own, NULL });
    g_assert_cmpuint(own->messages, ==, WG_KEPT_MAX + 1);
    end(s);
    /* Keys prove each packet at once. */
    s = begin();
    s->status = WG_STATUS_DECRYPTED;
    g_assert_true(tell_claimed(s, 1) != wg_diagnosis_next(s->d, NULL));
    assert_tunnels(s, (const struct wg_tunnel *[]){ wg_diagnosis_next(s->d, NULL), NULL });
    end(s);
}

/* A tunnel without anything to report is not handed out; what was refused or held back is
 * something. */
static void
test_nothing_to_report(void)
{
    struct scene *s = begin();

    g_assert_true(wg_diagnosis_is_empty(s->d));
    assert_tunnels(s, (const struct wg_tunnel *[]){ NULL });
    s->status = WG_STATUS_AUTHENTICATION_FAILED;
    tell(s, 0, WG_TYPE_COOKIE_REPLY, false, 2, 1, true);
    g_assert_false(wg_diagnosis_is_empty(s->d));
    assert_tunnels(s, (const struct wg_tunnel *[]){ NULL });
    const struct wg_tunnel *refused = tell(s, 1, WG_TYPE_DATA, true, 3, 2, true);
    s->status = WG_STATUS_NO_KEYS;
    const struct wg_tunnel *held = tell(s, 2, WG_TYPE_DATA, true, 4, 2, false);
    assert_tunnels(s, (const struct wg_tunnel *[]){ refused, held, NULL });
    end(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/diagnosis/tunnels", test_tunnels);
    g_test_add_func("/diagnosis/client", test_client);
    g_test_add_func("/diagnosis/held-back", test_held_back);
    g_test_add_func("/diagnosis/held-copies", test_held_copies);
    g_test_add_func("/diagnosis/moved-unseen", test_moved_unseen);
    g_test_add_func("/diagnosis/nothing-to-report", test_nothing_to_report);
    g_test_add_func("/diagnosis/late-psk", test_late_psk);
    g_test_add_func("/diagnosis/quotes", test_quotes);
    g_test_add_func("/diagnosis/sharing", test_sharing);
    return g_test_run();
}
