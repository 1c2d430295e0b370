/* keyed.h
 * A session table with keys under test, fed with vectors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_KEYED_H
#define TEST_KEYED_H

#include "messages.h"

#include "../vectors/noise_vectors.h"
#include "../vectors/session_vectors.h"
#include "wg/opening.h"
#include "wg/sessions.h"

/* The two of most tests, and another one. */
#define A at(1, 40000)
#define B at(2, 51820)
#define C at(3, 40000)

enum {
    DATA_LENGTH = sizeof(struct wg_wire_data) + 16 + WG_TAG_LEN, /* of each message of vectors */
    DATA_COUNT = 3,
};

#define SECONDS(n) ((n)*INT64_C(1000000000))

struct keyed {
    struct wg_keystore *keys;
    struct wg_opener *opener;
    struct wg_notes *notes;
    struct wg_sessions *sessions;
    uint32_t frame; /* the last one */
    int64_t time;   /* of the next one */
};

static inline void
set_up(struct keyed *w, const void *data)
{
    g_assert_true(wg_crypto_init());
    w->keys = wg_keystore_new();
    w->opener = wg_opener_new(w->keys, NULL, NULL);
    w->notes = wg_notes_new();
    w->sessions = wg_sessions_new(w->notes, &wg_opener_judge, w->opener);
    w->time = SECONDS(1000);
}

static inline void
tear_down(struct keyed *w, const void *data)
{
    wg_sessions_free(w->sessions);
    wg_opener_free(w->opener);
    wg_notes_free(w->notes);
    wg_keystore_free(w->keys);
}

static inline void
start_over(struct keyed *w)
{
    tear_down(w, NULL);
    *w = (struct keyed){ .frame = 0 };
    set_up(w, NULL);
}

/* What both kinds of vectors have. */
struct peers {
    const uint8_t *si, *si_public, *ei, *sr, *sr_public, *er, *psk;
};

#define PEERS(v)                                                                                   \
    (struct peers)                                                                                 \
    {                                                                                              \
        (v)->initiator_static_private, (v)->initiator_static_public,                               \
            (v)->initiator_ephemeral_private, (v)->responder_static_private,                       \
            (v)->responder_static_public, (v)->responder_ephemeral_private, (v)->psk               \
    }

/* Add the keys whose letters are in the string. Private ones of the initiator (S, E) and of the
 * responder (s, e), the ephemeral ones with the static public keys of both, as key logs have them;
 * public ones: P is S's, p is s's; K is the preshared key. */
static inline void
give(struct keyed *w, struct peers p, const char *letters)
{
    const struct wg_ephemeral_links i = { .local = p.si_public,
                                          .remote = p.sr_public,
                                          .sure = true };
    const struct wg_ephemeral_links r = { .local = p.sr_public,
                                          .remote = p.si_public,
                                          .sure = true };

    g_assert_cmpuint(strspn(letters, "SEsePpK"), ==, strlen(letters));
    for (const char *letter = letters; *letter != '\0'; letter++)
        switch (*letter) {
        case 'S':
            g_assert_nonnull(wg_keystore_add_private(w->keys, p.si));
            break;
        case 's':
            g_assert_nonnull(wg_keystore_add_private(w->keys, p.sr));
            break;
        case 'P':
            g_assert_nonnull(wg_keystore_add_public(w->keys, p.si_public));
            break;
        case 'p':
            g_assert_nonnull(wg_keystore_add_public(w->keys, p.sr_public));
            break;
        case 'E':
            g_assert_nonnull(wg_keystore_add_ephemeral(w->keys, p.ei, &i));
            break;
        case 'e':
            g_assert_nonnull(wg_keystore_add_ephemeral(w->keys, p.er, &r));
            break;
        default:
            g_assert_true(wg_keystore_add_psk(w->keys, p.psk));
        }
}

static inline struct message
message_of(const uint8_t *bytes, size_t length)
{
    struct message m = { .length = length };

    g_assert_cmpuint(length, <=, sizeof m.bytes);
    memcpy(m.bytes, bytes, length);
    return m;
}

#define MESSAGE(array) message_of(array, sizeof(array))

/* Message n of a vector's transport data. */
static inline struct message
data_of(const struct vector_session *v, bool from_initiator, unsigned n)
{
    const uint8_t *all = from_initiator ? v->data_from_initiator : v->data_from_responder;

    G_STATIC_ASSERT(sizeof v->data_from_initiator == DATA_COUNT * DATA_LENGTH);
    g_assert_cmpuint(n, <, DATA_COUNT);
    return message_of(all + n * DATA_LENGTH, DATA_LENGTH);
}

static inline struct message
altered(struct message m, size_t at)
{
    m.bytes[at] ^= 1;
    return m;
}

/* The next frame. */
static inline struct wg_note *
send_captured(struct keyed *w, struct wg_endpoint from, struct wg_endpoint to, struct message m,
              size_t captured)
{
    const struct wg_message_context context = {
        .frame = ++w->frame, .time = w->time, .source = from, .destination = to
    };
    uint8_t *block = g_memdup2(m.bytes, captured);
    struct wg_wire_view view;

    w->time += 2000000;
    wg_wire_decode(block, captured, m.length, &view);
    const struct wg_note_place place = { .frame = w->frame, .packet = w->frame };
    const uint32_t number = wg_notes_add(w->notes, &place, 1);
    wg_sessions_add(w->sessions, &context, &view, number, NULL);
    g_free(block); /* nothing may point to it any more */
    return wg_notes_get(w->notes, number);
}

static inline struct wg_note *
send_message(struct keyed *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    return send_captured(w, from, to, m, m.length);
}

/* Initiator and responder of most tests. */
static inline struct wg_session *
send_handshake(struct keyed *w, const struct vector_session *v)
{
    const struct wg_note *note = send_message(w, A, B, MESSAGE(v->initiation));

    send_message(w, B, A, MESSAGE(v->response));
    return note->of.session;
}

static inline struct wg_session *
stream(const struct keyed *w, uint32_t number)
{
    g_assert_cmpuint(number, <, wg_sessions_count(w->sessions));
    return wg_sessions_get(w->sessions, number);
}

/* A look at a message, at the first one or later; *plain is nothing, or what it holds. */
static inline enum wg_decryption_status
look(struct keyed *w, const struct wg_note *note, const struct message *m, bool first,
     uint8_t *plain)
{
    const struct wg_wire_view view = view_of(m);

    g_assert_nonnull(note->of.direction);
    return wg_opener_judge.opens(w->opener, note->of.direction, &view, plain, first);
}

struct sent {
    const struct wg_note *note;
    enum wg_decryption_status status;
};

/* Send message n and look at it. What is decrypted must be right, and stay so. */
static inline struct sent
send_data(struct keyed *w, const struct vector_session *v, bool from_initiator, unsigned n,
          struct wg_endpoint from, struct wg_endpoint to)
{
    const struct message m = data_of(v, from_initiator, n);
    const uint8_t *all = from_initiator ? v->plain_from_initiator : v->plain_from_responder;
    uint8_t plain[DATA_LENGTH];
    struct sent sent = { .note = send_message(w, from, to, m) };

    sent.status = look(w, sent.note, &m, true, plain);
    if (sent.status == WG_STATUS_DECRYPTED) {
        g_assert_cmpmem(plain, 16, all + n * 16, 16);
        memset(plain, 0, sizeof plain);
    }
    g_assert_cmpint(look(w, sent.note, &m, false, plain), ==, sent.status);
    if (sent.status == WG_STATUS_DECRYPTED)
        g_assert_cmpmem(plain, 16, all + n * 16, 16);
    return sent;
}

/* The same between initiator and responder of most tests. */
static inline struct sent
from_initiator(struct keyed *w, const struct vector_session *v, unsigned n)
{
    return send_data(w, v, true, n, A, B);
}

static inline struct sent
from_responder(struct keyed *w, const struct vector_session *v, unsigned n)
{
    return send_data(w, v, false, n, B, A);
}

static inline void
assert_key(const uint8_t *key, const uint8_t *expected)
{
    g_assert_nonnull(key);
    g_assert_cmpmem(key, WG_KEY_LEN, expected, WG_KEY_LEN);
}

struct keyed_test {
    const char *path;
    void (*run)(struct keyed *, const void *);
};

static inline void
add_keyed_tests(const struct keyed_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_test_add(tests[i].path, struct keyed, NULL, set_up, tests[i].run, tear_down);
}

#endif
