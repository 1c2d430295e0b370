/* tell.h
 * What is wrong with a source of keys, told to the user.
 *
 * Each text is told once in a process, and no more than a few for one capture: a window opens for
 * each. They are made fit to be shown, since names of files can hold anything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TELL_H
#define WG_TELL_H

#include <glib.h>

/* A capture is opened: as many may be told again. */
void wg_tell_begin(void);

/* "WireGuard keys: SOURCE: WHAT". Nothing of a file's contents may be in it. */
void wg_tell(const char *source, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* For wg_report_fn: collects bad lines; user is a GString. */
void wg_tell_collect(void *user, unsigned line, const char *expected);

/* Tell what was collected, if anything, and empty it. */
void wg_tell_lines(const char *source, GString *lines);

#endif
