/* test_text.c
 * Text made fit to be shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdint.h>

#include <glib.h>

#include "wg/text.h"

static void
test_shown(void)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        /* 1 */ { NULL, NULL },
        /* 2 */ { "", NULL },
        /* 3 */ { " \t\r\n", NULL },
        /* 4 */ { "  bob \t", "bob" },
        /* 5 */ { "J\xc3\xb6rg", "J\xc3\xb6rg" },
        /* 6 controls of a terminal, both sets */ { "a\033[31mb\x7f\xc2\x9b", "a?[31mb??" },
        /* 7 line breaks of all kinds */
        { "a\nb\xe2\x80\xa8"
          "c\xe2\x80\xa9"
          "d",
          "a?b?c?d" },
        /* 8 turned around */ { "a\xe2\x80\xaez", "a?z" },
        /* 9 no UTF-8 */ { "a\xffz", "a\xef\xbf\xbdz" },
        /* 10 other spaces */
        { "a\xc2\xa0\xe3\x80\x80"
          "b\xe2\x80\x83",
          "a  b" },
        /* 11 nothing but those */ { "\xc2\xa0\xe3\x80\x80", NULL },
        /* 12 zero width */ { "\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf", NULL },
        /* 13 fillers that pass for letters */
        { "\xe3\x85\xa4\xe1\x85\x9f\xef\xbe\xa0\xe2\xa0\x80", NULL },
        /* 14 a selector and a tag, which pass for marks */
        { "\xef\xb8\x8f\xf3\xa0\x84\x80", NULL },
        /* 15 among others */ { "bob\xe3\x85\xa4", "bob?" },
        /* 16 controls only */ { "\x01\x02", NULL },
        /* 17 the rest is cut off */ { "0123456789xyz", "0123456789" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        char *shown = wg_text_shown(rows[i].text, 10);
        g_assert_cmpstr(shown, ==, rows[i].shown);
        g_free(shown);
    }
}

/* Whatever the bytes: one line of valid text, or none. */
static void
test_any_bytes(void)
{
    for (unsigned n = 0; n < 20000; n++) {
        char text[13] = { 0 };
        for (size_t i = 0; i + 1 < sizeof text; i++)
            text[i] =
                (char)(g_test_rand_int_range(0, 4) == 0 ? 0xe2 : g_test_rand_int_range(1, 256));
        char *shown = wg_text_shown(text, 6);
        if (shown == NULL)
            continue;
        g_assert_true(*shown != '\0' && g_utf8_validate(shown, -1, NULL));
        g_assert_cmpint(g_utf8_strlen(shown, -1), <=, 6);
        for (const char *c = shown; *c != '\0'; c += g_utf8_skip[(uint8_t)*c]) {
            const GUnicodeType type = g_unichar_type(g_utf8_get_char(c));
            g_assert_true(type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
                          type != G_UNICODE_LINE_SEPARATOR &&
                          type != G_UNICODE_PARAGRAPH_SEPARATOR);
        }
        g_free(shown);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/shown", test_shown);
    g_test_add_func("/text/any-bytes", test_any_bytes);
    return g_test_run();
}
