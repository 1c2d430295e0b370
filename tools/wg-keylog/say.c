/* say.c
 * See say.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

void
wgk_say(const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "wg-keylog: %s\n", text);
}

void
wgk_explain(char message[WGK_MESSAGE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, WGK_MESSAGE, format, arguments);
    va_end(arguments);
}
