/* say.h
 * Messages to the user, on standard error. They never contain a key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_SAY_H
#define WGK_SAY_H

enum { WGK_MESSAGE = 512 }; /* characters of a message that a function hands back */

/* "wg-keylog: " and the text, on a line of its own. */
void wgk_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for `message`, in which a function says why it failed and what to do about it. */
void wgk_explain(char message[WGK_MESSAGE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
