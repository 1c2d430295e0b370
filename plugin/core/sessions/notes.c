/* notes.c
 * What the first pass learned about each message, kept for every later look at its frame.
 *
 * There are two tables. One maps a frame number to the packet that had it last, and to the number
 * of its first note; the other maps that number to the note. Frame numbers are dense, so a frame
 * takes eight bytes, where a hash table would take thirty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "pages.h"
#include "wg/notes.h"

enum { FRAMES_PER_PAGE = 4096 };

struct frame {
    uint32_t packet; /* that had this number last */
    uint32_t first;  /* number of its first note, or 0 */
};

struct wg_notes {
    struct wg_pages notes;  /* struct wg_note; their numbers are one less than ours */
    GPtrArray *frame_pages; /* of struct frame[FRAMES_PER_PAGE]; NULL if no frame has a note */
    size_t frame_memory;
    uint32_t last_added; /* a datagram's first note; the next is mostly added after it */
    uint32_t last_found; /* a datagram's first note; the next is mostly found after it */
};

struct wg_notes *
wg_notes_new(void)
{
    struct wg_notes *notes = g_new0(struct wg_notes, 1);
    wg_pages_init(&notes->notes, sizeof(struct wg_note));
    notes->frame_pages = g_ptr_array_new_with_free_func(g_free);
    return notes;
}

void
wg_notes_free(struct wg_notes *notes)
{
    if (notes == NULL)
        return;
    wg_pages_clear(&notes->notes);
    g_ptr_array_free(notes->frame_pages, TRUE);
    g_free(notes);
}

struct wg_note *
wg_notes_get(const struct wg_notes *notes, uint32_t number)
{
    return wg_pages_at(&notes->notes, number - 1);
}

static struct frame *
frame_slot(struct wg_notes *notes, uint32_t frame)
{
    const unsigned page = frame / FRAMES_PER_PAGE;

    if (page >= notes->frame_pages->len)
        g_ptr_array_set_size(notes->frame_pages, (int)page + 1);
    if (g_ptr_array_index(notes->frame_pages, page) == NULL) {
        g_ptr_array_index(notes->frame_pages, page) = g_new0(struct frame, FRAMES_PER_PAGE);
        notes->frame_memory += FRAMES_PER_PAGE * sizeof(struct frame);
    }
    return (struct frame *)g_ptr_array_index(notes->frame_pages, page) + frame % FRAMES_PER_PAGE;
}

static const struct frame *
find_frame(const struct wg_notes *notes, uint32_t frame)
{
    const unsigned page = frame / FRAMES_PER_PAGE;

    if (page >= notes->frame_pages->len || g_ptr_array_index(notes->frame_pages, page) == NULL)
        return NULL;
    return (struct frame *)g_ptr_array_index(notes->frame_pages, page) + frame % FRAMES_PER_PAGE;
}

/* Append a first note to those that the packet already has. */
static void
append(struct wg_notes *notes, struct frame *frame, uint32_t first)
{
    uint32_t *link = &frame->first;

    if (notes->last_added != 0 && frame->first != 0) {
        struct wg_note *last = wg_notes_get(notes, notes->last_added);
        if (last->frame == wg_notes_get(notes, first)->frame && notes->last_added >= frame->first)
            link = &last->next;
    }
    while (*link != 0)
        link = &wg_notes_get(notes, *link)->next;
    *link = first;
    notes->last_added = first;
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

    struct frame *frame = frame_slot(notes, place->frame);
    if (frame->packet < place->packet)
        *frame = (struct frame){ .packet = place->packet };
    /* A packet that lost its number to a later one is never looked at again. */
    if (frame->packet == place->packet)
        append(notes, frame, first);
    return first;
}

/* Search from one datagram's note on, up to but not including another's. */
static uint32_t
search(const struct wg_notes *notes, uint32_t from, uint32_t end, uint32_t identity)
{
    uint32_t number = from;

    while (number != 0 && number != end && wg_notes_get(notes, number)->identity != identity)
        number = wg_notes_get(notes, number)->next;
    if (number == end)
        return 0;
    return number;
}

uint32_t
wg_notes_find(struct wg_notes *notes, const struct wg_note_place *place)
{
    const struct frame *frame = find_frame(notes, place->frame);

    if (frame == NULL || frame->first == 0 ||
        (place->packet != 0 && place->packet != frame->packet))
        return 0;
    /* A frame's datagrams are looked at in order. */
    const uint32_t last = notes->last_found;
    const bool same = last >= frame->first && wg_notes_get(notes, last)->frame == place->frame &&
                      wg_notes_get(notes, last)->next != 0;
    const uint32_t start = same ? wg_notes_get(notes, last)->next : frame->first;
    uint32_t number = search(notes, start, 0, place->identity);

    if (number == 0 && same)
        number = search(notes, frame->first, start, place->identity);
    if (number != 0)
        notes->last_found = number;
    return number;
}

uint32_t
wg_notes_first(const struct wg_notes *notes, uint32_t frame)
{
    const struct frame *f = find_frame(notes, frame);
    if (f == NULL)
        return 0;
    return f->first;
}

size_t
wg_notes_memory(const struct wg_notes *notes)
{
    return wg_pages_memory(&notes->notes) + notes->frame_memory;
}
