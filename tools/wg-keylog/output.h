/* output.h
 * Where keys and captures go. Files are opened with the rights of the user who called, not those
 * of root. Links are never followed, and existing files are never overwritten.
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

/* Find the user who called sudo, doas or pkexec, or root itself. False with `message` filled. */
bool wgk_caller_find(struct wgk_caller *caller, char message[WGK_MESSAGE]);

/* Create a new file of mode 0600. Returns -1 with `message` filled. */
int wgk_output_create(const char *path, const struct wgk_caller *caller, char message[WGK_MESSAGE]);

/* Open an existing FIFO that belongs to the caller and has a reader. */
int wgk_output_fifo(const char *path, const struct wgk_caller *caller, char message[WGK_MESSAGE]);

/* Write everything, and empty the buffer; false with errno set. */
bool wgk_output_write(int file, struct wgk_buffer *buffer);

#endif
