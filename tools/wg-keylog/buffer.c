/* buffer.c
 * See buffer.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secrets.h"

static bool
make_room(struct wgk_buffer *buffer, size_t more)
{
    size_t room = 4096;

    if (buffer->room > 0)
        room = buffer->room;
    if (more > WGK_BUFFER_MAX - buffer->length)
        return false;
    while (room - buffer->length < more)
        room *= 2;
    if (room == buffer->room)
        return true;
    char *bytes = malloc(room);
    if (bytes == NULL)
        return false;
    if (buffer->length > 0)
        memcpy(bytes, buffer->bytes, buffer->length);
    if (buffer->bytes != NULL)
        wgk_wipe(buffer->bytes, buffer->room);
    free(buffer->bytes);
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

void
wgk_buffer_append(struct wgk_buffer *buffer, const void *bytes, size_t length)
{
    if (!make_room(buffer, length)) {
        buffer->failed = true;
        return;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

void
wgk_buffer_print(struct wgk_buffer *buffer, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text)
        buffer->failed = true;
    else
        wgk_buffer_append(buffer, text, (size_t)length);
    wgk_wipe(text, sizeof text);
}

void
wgk_buffer_drop(struct wgk_buffer *buffer, size_t length)
{
    const size_t rest = buffer->length - length;

    if (length == 0)
        return;
    memmove(buffer->bytes, buffer->bytes + length, rest);
    wgk_wipe(buffer->bytes + rest, length);
    buffer->length = rest;
}

void
wgk_buffer_empty(struct wgk_buffer *buffer)
{
    if (buffer->length > 0)
        wgk_wipe(buffer->bytes, buffer->length);
    buffer->length = 0;
}

void
wgk_buffer_free(struct wgk_buffer *buffer)
{
    wgk_buffer_empty(buffer);
    free(buffer->bytes);
    *buffer = (struct wgk_buffer){ 0 };
}
