/* files.h
 * The recorded inputs of the tests of wg-keylog.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_TEST_FILES_H
#define WGK_TEST_FILES_H

#include <glib.h>

/* The kernels of which there are inputs. */
static const char *const kernels[] = { "6.1", "6.12", "7.2" };

static inline GBytes *
read_input(const char *folder, const char *kernel, const char *suffix)
{
    char *name = g_strconcat(kernel, suffix, NULL);
    char *path = g_build_filename(WGK_INPUTS, folder, name, NULL);
    char *text = NULL;
    gsize length = 0;

    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    g_free(path);
    g_free(name);
    return g_bytes_new_take(text, length);
}

#endif
