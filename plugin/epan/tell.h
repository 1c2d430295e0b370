/* tell.h
 * Tells the user what is wrong with a source of keys.
 *
 * Each text is shown once in a process, and only a few for one capture, since each opens a window.
 * They are made fit to be shown, since names of files can hold anything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TELL_H
#define WG_TELL_H

#include <glib.h>

/* A capture is opened: the count of messages starts anew. */
void wg_tell_begin(void);

/* "WireGuard keys: SOURCE: WHAT". WHAT must not quote a file's contents. */
void wg_tell(const char *source, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* For wg_report_fn: collects bad lines; user is a GString. */
void wg_tell_collect(void *user, unsigned line, const char *expected);

/* Show what was collected, if anything, and empty it. */
void wg_tell_lines(const char *source, GString *lines);

#endif
