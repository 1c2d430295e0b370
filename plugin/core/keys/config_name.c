/* config_name.c
 * Names of peers in the comments of a configuration file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "wg/base64.h"

#include "config_name.h"

/* "Name = alice": what comes before '=' or ':'. friendly_name is the spelling of Prometheus
 * exporters.
 */
static const char *const name_words[] = { "name", "friendly_name", "device", "client", "user" };

/* "### Client alice", "### begin alice ###", "# BEGIN_PEER alice": how well-known install scripts
 * mark the [Peer] that follows. A mark of an end says nothing about what follows. */
static const char *const begin_words[] = { "client", "begin", "begin_peer" };
static const char *const end_words[] = { "end", "end_peer" };

static bool
is_one_of(const char *word, size_t length, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == length && g_ascii_strncasecmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* Whether a run of characters is as long as a key, or nearly. Such a text is never shown: it may be
 * a private key that was kept in a comment. */
static bool
may_hold_key(const char *text)
{
    enum { SUSPICIOUS = WG_BASE64_LEN - 4 };
    size_t run = 0;

    for (; *text != '\0' && run < SUSPICIOUS; text++) {
        run++;
        if (!g_ascii_isalnum(*text) && *text != '+' && *text != '/')
            run = 0;
    }
    return run >= SUSPICIOUS;
}

static bool
has_letter_or_digit(const char *text)
{
    for (; *text != '\0'; text++)
        if (g_ascii_isalnum(*text) || (*text & 0x80) != 0)
            return true;
    return false;
}

/* The text without '#' and spaces at both ends. */
static char *
strip_marks(char *text)
{
    static const char marks[] = "# \t\r";
    char *start = text + strspn(text, marks);
    size_t length = strlen(start);

    while (length > 0 && strchr(marks, start[length - 1]) != NULL)
        length--;
    start[length] = '\0';
    return start;
}

/* The length of the word that a setting "word = value" or "word: value" begins with. */
static size_t
word_length(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-0123456789");
}

/* '=' or ':' after that word; NULL where the text is no setting. */
static const char *
find_separator(const char *text)
{
    const size_t word = word_length(text);
    const char *after = text + word + strspn(text + word, " \t");

    if (word > 0 && (*after == '=' || *after == ':'))
        return after;
    return NULL;
}

enum config_comment
wg_config_comment(char *comment, const char **name)
{
    char *text = strip_marks(comment);

    *name = NULL;
    if (!has_letter_or_digit(text) || may_hold_key(text))
        return COMMENT_OTHER;

    const char *separator = find_separator(text);
    if (separator != NULL &&
        is_one_of(text, word_length(text), name_words, G_N_ELEMENTS(name_words))) {
        *name = separator + 1;
        if (**name == '\0')
            return COMMENT_OTHER;
        return COMMENT_NAME;
    }
    if (separator != NULL && *separator == '=')
        return COMMENT_OTHER;

    const size_t word = strcspn(text, " \t");
    if (text[word] != '\0' && is_one_of(text, word, end_words, G_N_ELEMENTS(end_words)))
        return COMMENT_OTHER;
    if (text[word] != '\0' && is_one_of(text, word, begin_words, G_N_ELEMENTS(begin_words)))
        text = g_strchug(text + word);
    *name = text;
    return COMMENT_FRIENDLY;
}
