/* notes.c
 * What the first pass learned about each message, kept for every later look at its frame.
 *
 * Two tables: frame number to the number of its first note, and number to note. Frame
 * numbers are dense, so this costs four bytes a frame where a hash table would cost thirty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "pages.h"
#include "wg/notes.h"

enum { FRAMES_PER_PAGE = 4096 };

struct wg_notes {
    struct wg_pages notes;  /* struct wg_note; their numbers are one less than ours */
    GPtrArray *frame_pages; /* of uint32_t[FRAMES_PER_PAGE]; NULL where no frame of it has one */
    size_t frame_memory;
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

static uint32_t *
frame_slot(struct wg_notes *notes, uint32_t frame)
{
    const unsigned page = frame / FRAMES_PER_PAGE;

    if (page >= notes->frame_pages->len)
        g_ptr_array_set_size(notes->frame_pages, (int)page + 1);
    if (g_ptr_array_index(notes->frame_pages, page) == NULL) {
        g_ptr_array_index(notes->frame_pages, page) = g_new0(uint32_t, FRAMES_PER_PAGE);
        notes->frame_memory += FRAMES_PER_PAGE * sizeof(uint32_t);
    }
    return (uint32_t *)g_ptr_array_index(notes->frame_pages, page) + frame % FRAMES_PER_PAGE;
}

static void
append(struct wg_notes *notes, uint32_t frame, uint32_t number)
{
    uint32_t *link = frame_slot(notes, frame);

    while (*link != 0)
        link = &wg_notes_get(notes, *link)->next;
    *link = number;
}

uint32_t
wg_notes_add(struct wg_notes *notes, uint32_t frame, uint16_t layer, unsigned count)
{
    if (count == 0 || count > UINT16_MAX || notes->notes.count > INT32_MAX - count)
        return 0;
    const uint32_t first = wg_pages_add(&notes->notes, count) + 1;

    for (unsigned i = 0; i < count; i++) {
        struct wg_note *note = wg_notes_get(notes, first + i);
        note->frame = frame;
        note->layer = layer;
    }
    wg_notes_get(notes, first)->count = (uint16_t)count;
    append(notes, frame, first);
    return first;
}

uint32_t
wg_notes_find(const struct wg_notes *notes, uint32_t frame, uint16_t layer)
{
    const unsigned page = frame / FRAMES_PER_PAGE;

    if (page >= notes->frame_pages->len || g_ptr_array_index(notes->frame_pages, page) == NULL)
        return 0;
    const uint32_t *numbers = g_ptr_array_index(notes->frame_pages, page);
    uint32_t number = numbers[frame % FRAMES_PER_PAGE];
    while (number != 0 && wg_notes_get(notes, number)->layer != layer)
        number = wg_notes_get(notes, number)->next;
    return number;
}

size_t
wg_notes_memory(const struct wg_notes *notes)
{
    return wg_pages_memory(&notes->notes) + notes->frame_memory;
}
