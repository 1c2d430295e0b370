/* test_notes.c
 * Numbers, addresses and frames of notes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/notes.h"

static uint32_t
add(struct wg_notes *notes, uint32_t frame, uint32_t identity, unsigned count)
{
    const struct wg_note_place place = { .frame = frame, .packet = frame, .identity = identity };
    return wg_notes_add(notes, &place, count);
}

static uint32_t
find(struct wg_notes *notes, uint32_t frame, uint32_t identity)
{
    const struct wg_note_place place = { .frame = frame, .identity = identity };
    return wg_notes_find(notes, &place);
}

static void
assert_zeroed(const struct wg_note *note)
{
    g_assert_null(note->of.session);
    g_assert_cmpuint(note->lost, ==, 0);
    g_assert_cmpuint(note->reference, ==, 0);
    g_assert_cmpuint(note->next, ==, WG_NEXT_NONE);
    g_assert_cmpuint(note->flags, ==, 0);
    g_assert_cmpuint(note->type, ==, 0);
}

static void
test_numbers(void)
{
    static const unsigned counts[] = { 1, 1, 29, 2, 1, 65535, 1 };
    struct wg_notes *notes = wg_notes_new();
    uint32_t next = 1;

    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_assert_cmpuint(add(notes, i + 1, 3, counts[i]), ==, next);
        for (unsigned k = 0; k < counts[i]; k++) {
            const struct wg_note *note = wg_notes_get(notes, next + k);
            assert_zeroed(note);
            g_assert_cmpuint(note->frame, ==, i + 1);
            g_assert_cmpuint(note->identity, ==, 3);
            g_assert_cmpuint(note->count, ==, k == 0 ? counts[i] : 0);
        }
        next += counts[i];
    }
    wg_notes_free(notes);
    wg_notes_free(NULL);
}

static void
test_refused(void)
{
    struct wg_notes *notes = wg_notes_new();

    g_assert_cmpuint(add(notes, 1, 0, 0), ==, 0);
    g_assert_cmpuint(add(notes, 1, 0, 65536), ==, 0);
    g_assert_cmpuint(add(notes, 1, 0, UINT32_MAX), ==, 0);
    g_assert_cmpuint(find(notes, 1, 0), ==, 0);
    g_assert_cmpuint(add(notes, 1, 0, 1), ==, 1);
    wg_notes_free(notes);
}

/* What the store hands out stays where it is while it grows. */
static void
test_addresses(void)
{
    enum { NOTES = 50000 };
    struct wg_notes *notes = wg_notes_new();
    struct wg_note **kept = g_new(struct wg_note *, NOTES);
    const size_t before = wg_notes_memory(notes);

    for (uint32_t i = 0; i < NOTES; i++) {
        const uint32_t number = add(notes, i + 1, 0, 1);
        kept[i] = wg_notes_get(notes, number);
        kept[i]->lost = i;
    }
    for (uint32_t i = 0; i < NOTES; i++) {
        g_assert_true(wg_notes_get(notes, find(notes, i + 1, 0)) == kept[i]);
        g_assert_cmpuint(kept[i]->lost, ==, i);
        g_assert_cmpuint(kept[i]->frame, ==, i + 1);
    }
    /* One note and its number each, and little beside. */
    const size_t each = sizeof(struct wg_note) + sizeof(uint32_t);
    const size_t memory = wg_notes_memory(notes) - before;
    g_assert_cmpuint(memory, >=, NOTES * each);
    g_assert_cmpuint(memory, <, NOTES * each * 11 / 10 + (1u << 17));
    g_free(kept);
    wg_notes_free(notes);
}

static void
test_find(void)
{
    struct wg_notes *notes = wg_notes_new();

    g_assert_cmpuint(find(notes, 1, 0), ==, 0);
    const uint32_t outer = add(notes, 7, 0, 2);
    const uint32_t other = add(notes, 9, 0, 1);
    const uint32_t inner = add(notes, 7, 1, 1);
    const uint32_t again = add(notes, 7, 0, 1);
    const uint32_t deep = add(notes, 7, UINT16_MAX, 1);

    g_assert_cmpuint(find(notes, 7, 0), ==, outer); /* the first of two */
    g_assert_cmpuint(find(notes, 7, 1), ==, inner);
    g_assert_cmpuint(find(notes, 7, UINT16_MAX), ==, deep);
    g_assert_cmpuint(find(notes, 9, 0), ==, other);
    g_assert_cmpuint(wg_notes_next(notes, outer), ==, inner);
    g_assert_cmpuint(wg_notes_next(notes, inner), ==, again);
    g_assert_cmpuint(wg_notes_next(notes, again), ==, deep);
    g_assert_cmpuint(wg_notes_next(notes, deep), ==, 0);

    g_assert_cmpuint(find(notes, 7, 2), ==, 0);
    g_assert_cmpuint(find(notes, 8, 0), ==, 0);
    g_assert_cmpuint(find(notes, 9, 1), ==, 0);
    g_assert_cmpuint(find(notes, 5000, 0), ==, 0);
    g_assert_cmpuint(find(notes, UINT32_MAX, 0), ==, 0);
    wg_notes_free(notes);
}

/* Frames may come in any order and far apart. */
static void
test_far_frames(void)
{
    static const uint32_t frames[] = { 4096, 4095, 1, UINT32_MAX, 8191, 8192, 0x80000000 };
    struct wg_notes *notes = wg_notes_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++)
        g_assert_cmpuint(add(notes, frames[i], 0, 1), ==, i + 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++)
        g_assert_cmpuint(find(notes, frames[i], 0), ==, i + 1);
    g_assert_cmpuint(find(notes, 4097, 0), ==, 0);
    g_assert_cmpuint(find(notes, UINT32_MAX - 1, 0), ==, 0);
    wg_notes_free(notes);
}

/* A packet that lost its frame number to a later one is not found any more. */
static void
test_packets(void)
{
    struct wg_notes *notes = wg_notes_new();
    struct wg_note_place place = { .frame = 7, .packet = 7, .identity = 1 };

    const uint32_t dropped = wg_notes_add(notes, &place, 1);
    g_assert_cmpuint(wg_notes_find(notes, &place), ==, dropped);
    place.packet = 0;
    g_assert_cmpuint(wg_notes_find(notes, &place), ==, dropped);
    g_assert_false(wg_notes_reuse_frames(notes));
    place.packet = 8;
    g_assert_cmpuint(wg_notes_find(notes, &place), ==, 0);
    g_assert_true(wg_notes_reuse_frames(notes));
    const uint32_t kept = wg_notes_add(notes, &place, 1);
    place.identity = 2;
    const uint32_t beside = wg_notes_add(notes, &place, 1);
    place.packet = 7; /* told of late */
    g_assert_cmpuint(wg_notes_add(notes, &place, 1), >, beside);
    place.packet = 0;
    g_assert_cmpuint(wg_notes_find(notes, &place), ==, beside);
    place.identity = 1;
    g_assert_cmpuint(wg_notes_find(notes, &place), ==, kept);
    g_assert_cmpuint(wg_notes_first(notes, 7), ==, kept);
    g_assert_cmpuint(wg_notes_first(notes, 8), ==, 0);
    wg_notes_free(notes);
}

/* The same for packets that are noted later than they come, in any order. */
static void
test_packets_noted_later(void)
{
    static const struct wg_note_place dropped = { .frame = 7, .packet = 7, .identity = 1 },
                                      kept = { .frame = 7, .packet = 8, .identity = 2 },
                                      later = { .frame = 8, .packet = 9, .identity = 1 };

    for (unsigned order = 0; order < 2; order++) {
        struct wg_notes *notes = wg_notes_new();
        wg_notes_see(notes, &dropped);
        wg_notes_see(notes, &kept);
        wg_notes_see(notes, &kept);
        wg_notes_add(notes, &later, 1);
        wg_notes_add(notes, order == 0 ? &kept : &dropped, 1);
        wg_notes_add(notes, order == 0 ? &dropped : &kept, 1);
        g_assert_cmpuint(wg_notes_first(notes, 7), ==, 2 + order);
        g_assert_cmpuint(wg_notes_next(notes, 2 + order), ==, 0);
        g_assert_cmpuint(wg_notes_first(notes, 8), ==, 1);
        wg_notes_free(notes);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notes/numbers", test_numbers);
    g_test_add_func("/notes/refused", test_refused);
    g_test_add_func("/notes/addresses", test_addresses);
    g_test_add_func("/notes/find", test_find);
    g_test_add_func("/notes/far-frames", test_far_frames);
    g_test_add_func("/notes/packets", test_packets);
    g_test_add_func("/notes/packets-noted-later", test_packets_noted_later);
    return g_test_run();
}
