/* pages.h
 * Many objects of one size that live as long as their capture.
 *
 * They keep their addresses, need no allocation each, and lie in the order in which they were made,
 * so that going through all of them is cheap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_PAGES_H
#define WG_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum { WG_PER_PAGE = 1024 };

struct wg_pages {
    GPtrArray *pages;
    size_t size;    /* of an object */
    uint32_t count; /* objects made */
};

void wg_pages_init(struct wg_pages *pages, size_t size);

/* Free all objects, but not what they point to. */
void wg_pages_clear(struct wg_pages *pages);

/* Make `count` objects, zeroed, with consecutive numbers. returns the number of the first, from 0.
 */
uint32_t wg_pages_add(struct wg_pages *pages, uint32_t count);

/* Bytes taken. */
size_t wg_pages_memory(const struct wg_pages *pages);

/* The object of this number, which is below `count`. */
static inline void *
wg_pages_at(const struct wg_pages *pages, uint32_t number)
{
    char *page = g_ptr_array_index(pages->pages, number / WG_PER_PAGE);
    return page + number % WG_PER_PAGE * pages->size;
}

/* A new object. */
static inline void *
wg_pages_new(struct wg_pages *pages)
{
    return wg_pages_at(pages, wg_pages_add(pages, 1));
}

#endif
