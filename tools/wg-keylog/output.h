/* output.h
 * Where keys and captures go. Files are opened with the rights of the user who called, not those
 * of root, and never through a link or over something that is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_OUTPUT_H
#define WGK_OUTPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "buffer.h"
#include "say.h"

struct wgk_caller {
    uid_t uid;
    gid_t gid;
};

/* Who called: by sudo, doas or pkexec, or root itself. False with `message` filled. */
bool wgk_caller_find(struct wgk_caller *caller, char message[WGK_MESSAGE]);

/* A new file of mode 0600. Returns -1 with `message` filled. */
int wgk_output_create(const char *path, const struct wgk_caller *caller, char message[WGK_MESSAGE]);

/* A FIFO that is there and belongs to the caller, and that somebody reads. */
int wgk_output_fifo(const char *path, const struct wgk_caller *caller, char message[WGK_MESSAGE]);

/* Write everything, and empty the buffer; false with errno set. */
bool wgk_output_write(int file, struct wgk_buffer *buffer);

#endif
