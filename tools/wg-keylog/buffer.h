/* buffer.h
 * A buffer for bytes that may be secret. It grows without leaving copies in freed memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_BUFFER_H
#define WGK_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct wgk_buffer {
    char *bytes;
    size_t length, room;
    bool failed; /* something did not fit: no memory, or above WGK_BUFFER_MAX */
};

enum { WGK_BUFFER_MAX = 16 * 1024 * 1024 };

void wgk_buffer_append(struct wgk_buffer *buffer, const void *bytes, size_t length);
void wgk_buffer_print(struct wgk_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Take `length` bytes off the front. */
void wgk_buffer_drop(struct wgk_buffer *buffer, size_t length);

/* Wipe the contents, and keep the memory. */
void wgk_buffer_empty(struct wgk_buffer *buffer);
void wgk_buffer_free(struct wgk_buffer *buffer);

#endif
