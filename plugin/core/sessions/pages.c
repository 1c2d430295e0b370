/* pages.c
 * Many objects of one size that live as long as their capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pages.h"

void
wg_pages_init(struct wg_pages *pages, size_t size)
{
    *pages = (struct wg_pages){ .pages = g_ptr_array_new_with_free_func(g_free), .size = size };
}

void
wg_pages_clear(struct wg_pages *pages)
{
    g_ptr_array_free(pages->pages, TRUE);
    *pages = (struct wg_pages){ .count = 0 };
}

uint32_t
wg_pages_add(struct wg_pages *pages, uint32_t count)
{
    const uint32_t first = pages->count;

    pages->count += count;
    while (pages->pages->len * (size_t)WG_PER_PAGE < pages->count)
        g_ptr_array_add(pages->pages, g_malloc0_n(WG_PER_PAGE, pages->size));
    return first;
}

size_t
wg_pages_memory(const struct wg_pages *pages)
{
    return pages->pages->len * WG_PER_PAGE * pages->size;
}
