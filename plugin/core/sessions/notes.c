/* notes.c
 * What the first pass learned about each message, kept for every later look at its frame.
 *
 * There are two tables. One maps a frame number to the number of its first note; the other maps
 * that number to the note. Frame numbers are dense, so a frame takes four bytes, where a hash table
 * would take thirty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "pages.h"
#include "wg/notes.h"

enum { FRAMES_PER_PAGE = 4096 };

struct wg_notes {
    struct wg_pages notes;  /* struct wg_note; their numbers are one less than ours */
    GPtrArray *frame_pages; /* of uint32_t[FRAMES_PER_PAGE], the number of the frame's first note,
                               or 0; NULL if none of them has a note */
    size_t frame_memory;
    struct wg_note_place latest; /* the last packet so far */
    GHashTable *taken_over; /* frame number that several packets had -> the last of these packets */
    GHashTable *elsewhere;  /* number of a note -> that of the next, for WG_NEXT_IS_ELSEWHERE */
    uint32_t last_added;    /* a datagram's first note; the next is mostly added after it */
    uint32_t last_found;    /* a datagram's first note; the next is mostly found after it */
};

struct wg_notes *
wg_notes_new(void)
{
    struct wg_notes *notes = g_new0(struct wg_notes, 1);
    wg_pages_init(&notes->notes, sizeof(struct wg_note));
    notes->frame_pages = g_ptr_array_new_with_free_func(g_free);
    notes->taken_over = g_hash_table_new(NULL, NULL);
    notes->elsewhere = g_hash_table_new(NULL, NULL);
    return notes;
}

void
wg_notes_free(struct wg_notes *notes)
{
    if (notes == NULL)
        return;
    wg_pages_clear(&notes->notes);
    g_ptr_array_free(notes->frame_pages, TRUE);
    g_hash_table_destroy(notes->taken_over);
    g_hash_table_destroy(notes->elsewhere);
    g_free(notes);
}

struct wg_note *
wg_notes_get(const struct wg_notes *notes, uint32_t number)
{
    return wg_pages_at(&notes->notes, number - 1);
}

/* ---- frames ---- */

/* Where the number of a frame's first note is, or NULL if no frame near it has a note. */
static uint32_t *
find_slot(const struct wg_notes *notes, uint32_t frame)
{
    const unsigned page = frame / FRAMES_PER_PAGE;

    if (page >= notes->frame_pages->len || g_ptr_array_index(notes->frame_pages, page) == NULL)
        return NULL;
    return (uint32_t *)g_ptr_array_index(notes->frame_pages, page) + frame % FRAMES_PER_PAGE;
}

static uint32_t *
make_slot(struct wg_notes *notes, uint32_t frame)
{
    const unsigned page = frame / FRAMES_PER_PAGE;

    if (page >= notes->frame_pages->len)
        g_ptr_array_set_size(notes->frame_pages, (int)page + 1);
    if (g_ptr_array_index(notes->frame_pages, page) == NULL) {
        g_ptr_array_index(notes->frame_pages, page) = g_new0(uint32_t, FRAMES_PER_PAGE);
        notes->frame_memory += FRAMES_PER_PAGE * sizeof(uint32_t);
    }
    return find_slot(notes, frame);
}

uint32_t
wg_notes_first(const struct wg_notes *notes, uint32_t frame)
{
    const uint32_t *slot = find_slot(notes, frame);
    if (slot == NULL)
        return 0;
    return *slot;
}

void
wg_notes_see(struct wg_notes *notes, const struct wg_note_place *place)
{
    if (place->packet <= notes->latest.packet)
        return;
    /* Only the packet that comes next may get the same number. */
    if (notes->latest.packet != 0 && place->frame == notes->latest.frame) {
        *make_slot(notes, place->frame) = 0;
        g_hash_table_insert(notes->taken_over, GUINT_TO_POINTER(place->frame),
                            GUINT_TO_POINTER(place->packet));
    }
    notes->latest = *place;
}

bool
wg_notes_reuse_frames(const struct wg_notes *notes)
{
    return g_hash_table_size(notes->taken_over) > 0;
}

/* Whether a later packet has the frame number now. */
static bool
is_taken_over(const struct wg_notes *notes, const struct wg_note_place *place)
{
    if (place->packet == 0 || place->packet == notes->latest.packet)
        return false;
    const void *last = g_hash_table_lookup(notes->taken_over, GUINT_TO_POINTER(place->frame));
    return place->packet < GPOINTER_TO_UINT(last);
}

/* ---- the notes of a packet ---- */

uint32_t
wg_notes_next(const struct wg_notes *notes, uint32_t number)
{
    const struct wg_note *note = wg_notes_get(notes, number);

    switch (note->next) {
    case WG_NEXT_FOLLOWS:
        return number + note->count;
    case WG_NEXT_IS_ELSEWHERE:
        return GPOINTER_TO_UINT(g_hash_table_lookup(notes->elsewhere, GUINT_TO_POINTER(number)));
    default:
        return 0;
    }
}

/* `next` is the first note of the datagram that comes after the one of note `number`. */
static void
link_notes(struct wg_notes *notes, uint32_t number, uint32_t next)
{
    struct wg_note *note = wg_notes_get(notes, number);

    if (next == number + note->count) {
        note->next = WG_NEXT_FOLLOWS;
        return;
    }
    note->next = WG_NEXT_IS_ELSEWHERE;
    g_hash_table_insert(notes->elsewhere, GUINT_TO_POINTER(number), GUINT_TO_POINTER(next));
}

/* Append a first note to those that its packet already has. */
static void
append(struct wg_notes *notes, uint32_t *slot, uint32_t first)
{
    const uint32_t last = notes->last_added;

    notes->last_added = first;
    if (*slot == 0) {
        *slot = first;
        return;
    }
    uint32_t number = *slot;
    if (last >= number && wg_notes_get(notes, last)->frame == wg_notes_get(notes, first)->frame)
        number = last;
    while (wg_notes_next(notes, number) != 0)
        number = wg_notes_next(notes, number);
    link_notes(notes, number, first);
}

uint32_t
wg_notes_add(struct wg_notes *notes, const struct wg_note_place *place, unsigned count)
{
    if (count == 0 || count > UINT16_MAX || notes->notes.count > INT32_MAX - count)
        return 0;
    const uint32_t first = wg_pages_add(&notes->notes, count) + 1;

    for (unsigned i = 0; i < count; i++) {
        struct wg_note *note = wg_notes_get(notes, first + i);
        note->frame = place->frame;
        note->identity = place->identity;
    }
    wg_notes_get(notes, first)->count = (uint16_t)count;

    wg_notes_see(notes, place);
    /* A packet that lost its number to a later one is never looked at again. */
    if (!is_taken_over(notes, place))
        append(notes, make_slot(notes, place->frame), first);
    return first;
}

/* Search from one datagram's note on, up to but not including another's. */
static uint32_t
search(const struct wg_notes *notes, uint32_t from, uint32_t end, uint32_t identity)
{
    uint32_t number = from;

    while (number != 0 && number != end && wg_notes_get(notes, number)->identity != identity)
        number = wg_notes_next(notes, number);
    if (number == end)
        return 0;
    return number;
}

uint32_t
wg_notes_find(struct wg_notes *notes, const struct wg_note_place *place)
{
    wg_notes_see(notes, place);
    const uint32_t first = wg_notes_first(notes, place->frame);
    if (first == 0 || is_taken_over(notes, place))
        return 0;
    /* A frame's datagrams are looked at in order. */
    const uint32_t last = notes->last_found;
    const bool same = last >= first && wg_notes_get(notes, last)->frame == place->frame &&
                      wg_notes_next(notes, last) != 0;
    const uint32_t start = same ? wg_notes_next(notes, last) : first;
    uint32_t number = search(notes, start, 0, place->identity);

    if (number == 0 && same)
        number = search(notes, first, start, place->identity);
    if (number != 0)
        notes->last_found = number;
    return number;
}

size_t
wg_notes_memory(const struct wg_notes *notes)
{
    return wg_pages_memory(&notes->notes) + notes->frame_memory;
}
