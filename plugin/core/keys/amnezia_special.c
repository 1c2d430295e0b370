/* amnezia_special.c
 * Special packets: what AmneziaWG sends before a handshake to look like another protocol.
 *
 *     <b 0x00ff>   these bytes
 *     <r 16>       random bytes; <rd 16> digits, <rc 16> letters
 *     <t>          4 bytes of time; <c> 4 bytes of a counter
 *     <d> <ds>     4 bytes each that depend on the data; <dz 2> a size of 1 to 8 bytes
 *
 * Source: amneziawg-linux-kernel-module, README, "Custom protocol signature"; amneziawg-go,
 * device/obf.go. Only the bytes of <b> are the same each time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "amnezia_special.h"

enum { SPECIAL_MAX = 4096 }; /* bytes; no datagram that is sent before a handshake is longer */

static bool
append(GByteArray *bytes, GByteArray *fixed, uint8_t byte, uint8_t is_fixed, size_t count)
{
    if (bytes->len + count > SPECIAL_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        g_byte_array_append(bytes, &byte, 1);
        g_byte_array_append(fixed, &is_fixed, 1);
    }
    return true;
}

/* Hexadecimal digits after 0x. If their number is odd, the first is the low half of the first byte.
 */
static bool
take_bytes(GByteArray *bytes, GByteArray *fixed, const char *value)
{
    if (value[0] != '0' || g_ascii_tolower(value[1]) != 'x')
        return false;
    value += 2;
    const size_t digits = strspn(value, "0123456789abcdefABCDEF");
    if (digits == 0 || value[digits] != '\0')
        return false;
    uint8_t byte = 0;
    for (size_t i = 0; i < digits; i++) {
        byte = (uint8_t)(byte << 4 | g_ascii_xdigit_value(value[i]));
        const bool first_half = (digits - i) % 2 == 0;
        if (first_half)
            continue;
        if (!append(bytes, fixed, byte, 0xff, 1))
            return false;
        byte = 0;
    }
    return true;
}

static bool
take_tag(GByteArray *bytes, GByteArray *fixed, const char *name, const char *value)
{
    static const char *const sized[] = { "r", "rd", "rc", "dz" };
    static const char *const four[] = { "t", "c", "d", "ds" };

    if (strcmp(name, "b") == 0)
        return take_bytes(bytes, fixed, value);
    for (size_t i = 0; i < G_N_ELEMENTS(four); i++)
        if (strcmp(name, four[i]) == 0)
            return *value == '\0' && append(bytes, fixed, 0, 0, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(sized); i++) {
        if (strcmp(name, sized[i]) != 0)
            continue;
        const size_t digits = strspn(value, "0123456789");
        return digits > 0 && digits < 6 && value[digits] == '\0' &&
               append(bytes, fixed, 0, 0, (size_t)g_ascii_strtoull(value, NULL, 10));
    }
    return false;
}

/* One "<name value>"; *text is moved past it. */
static bool
take_next(GByteArray *bytes, GByteArray *fixed, char **text)
{
    char *tag = *text, *end = strchr(tag, '>');

    if (tag[0] != '<' || end == NULL)
        return false;
    *end = '\0';
    *text = end + 1 + strspn(end + 1, " \t");
    tag = g_strstrip(tag + 1);
    char *value = tag + strcspn(tag, " \t");
    if (*value != '\0')
        *value++ = '\0';
    return take_tag(bytes, fixed, tag, g_strstrip(value));
}

bool
wg_amnezia_special_parse(struct wg_amnezia_special *special, const char *text)
{
    GByteArray *bytes = g_byte_array_new(), *fixed = g_byte_array_new();
    char *copy = g_strdup(text), *at = copy;
    bool good = true;

    while (good && *at != '\0')
        good = take_next(bytes, fixed, &at);
    if (good) {
        wg_amnezia_special_clear(special);
        special->length = bytes->len;
        special->bytes = g_byte_array_free(bytes, FALSE);
        special->fixed = g_byte_array_free(fixed, FALSE);
    } else {
        g_byte_array_free(bytes, TRUE);
        g_byte_array_free(fixed, TRUE);
    }
    g_free(copy);
    return good;
}

void
wg_amnezia_special_clear(struct wg_amnezia_special *special)
{
    g_free(special->bytes);
    g_free(special->fixed);
    *special = (struct wg_amnezia_special){ .length = 0 };
}

static bool
is_special(const struct wg_amnezia_special *special, const uint8_t *bytes, size_t length)
{
    uint8_t differs = 0;

    if (special->length == 0 || special->length != length)
        return false;
    for (size_t i = 0; i < length; i++)
        differs |= (bytes[i] ^ special->bytes[i]) & special->fixed[i];
    return differs == 0;
}

unsigned
wg_amnezia_special_number(const struct wg_amnezia *a, const uint8_t *bytes, size_t length)
{
    for (unsigned i = 0; i < WG_AMNEZIA_SPECIALS; i++)
        if (is_special(&a->special[i], bytes, length))
            return i + 1;
    return 0;
}
