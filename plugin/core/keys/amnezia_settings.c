/* amnezia_settings.c
 * Reads the settings of AmneziaWG in a configuration, one by one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "amnezia_special.h"
#include "wg/amnezia.h"
#include "wg/base64.h"
#include "wg/crypto.h"

void
wg_amnezia_init(struct wg_amnezia *a)
{
    memset(a, 0, sizeof *a); /* the gaps too: wg_amnezia_equal compares all bytes */
    for (uint32_t type = WG_TYPE_INITIATION; type <= WG_TYPE_DATA; type++)
        a->header[type] = (struct wg_amnezia_range){ type, type };
}

void
wg_amnezia_clear(struct wg_amnezia *a)
{
    for (unsigned i = 0; i < WG_AMNEZIA_SPECIALS; i++)
        wg_amnezia_special_clear(&a->special[i]);
    wg_wipe(a, sizeof *a);
    wg_amnezia_init(a);
}

/* ---- values ---- */

/* Decimal, or hexadecimal after 0x; *text is moved past it. */
static bool
take_number(const char **text, uint32_t *number)
{
    char *end;

    if (!g_ascii_isdigit(**text))
        return false;
    const int base = (*text)[0] == '0' && g_ascii_tolower((*text)[1]) == 'x' ? 16 : 10;
    const guint64 value = g_ascii_strtoull(*text, &end, base);
    if (end == *text || value > G_MAXUINT32)
        return false;
    *number = (uint32_t)value;
    *text = end;
    return true;
}

/* "7" or "7-9" */
static bool
parse_range(const char *text, struct wg_amnezia_range *range)
{
    struct wg_amnezia_range r;

    if (!take_number(&text, &r.low))
        return false;
    r.high = r.low;
    if (*text == '-') {
        text++;
        if (!take_number(&text, &r.high))
            return false;
    }
    if (*text != '\0' || r.low > r.high)
        return false;
    *range = r;
    return true;
}

static bool
parse_number(const char *text, uint32_t limit, uint32_t *number)
{
    struct wg_amnezia_range r;

    if (!parse_range(text, &r) || r.low != r.high || r.high > limit)
        return false;
    *number = r.low;
    return true;
}

static bool
parse_switch(const char *text, bool *on)
{
    static const char *const words[][2] = { { "off", "on" }, { "false", "true" }, { "0", "1" } };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        for (unsigned value = 0; value < 2; value++)
            if (g_ascii_strcasecmp(text, words[i][value]) == 0) {
                *on = value;
                return true;
            }
    return false;
}

/* ---- settings ---- */

static bool
take_junk_count(struct wg_amnezia *a, unsigned n, const char *value)
{
    return parse_number(value, 128, &a->junk_count);
}

static bool
take_junk_size(struct wg_amnezia *a, unsigned n, const char *value)
{
    uint32_t *const ends[] = { &a->junk.low, &a->junk.high };

    return parse_number(value, 1280, ends[n]);
}

static bool
take_prefix(struct wg_amnezia *a, unsigned type, const char *value)
{
    return parse_number(value, 1280, &a->prefix[type]);
}

/* A value of 1 to 4 that is not the type's own would make one message look like another. */
static bool
take_header(struct wg_amnezia *a, unsigned type, const char *value)
{
    struct wg_amnezia_range r;

    if (!parse_range(value, &r) || (r.low <= WG_TYPE_DATA && !(r.low == type && r.high == type)))
        return false;
    a->header[type] = r;
    return true;
}

static bool
take_header_key(struct wg_amnezia *a, unsigned n, const char *value)
{
    uint8_t key[WG_KEY_LEN];
    const bool good = wg_base64_decode(key, value, strlen(value));

    if (good) {
        memcpy(a->header_key, key, WG_KEY_LEN);
        a->has_header_key = true;
    }
    wg_wipe(key, sizeof key);
    return good;
}

static bool
take_special(struct wg_amnezia *a, unsigned n, const char *value)
{
    return wg_amnezia_special_parse(&a->special[n], value);
}

static bool
take_trailers(struct wg_amnezia *a, unsigned n, const char *value)
{
    return parse_switch(value, &a->trailers);
}

/* Checked and not kept: neither this nor the next setting changes how a message is found. */
static bool
take_padding(struct wg_amnezia *a, unsigned n, const char *value)
{
    struct wg_amnezia_range r;
    return parse_range(value, &r) && r.high <= UINT16_MAX;
}

static bool
take_no_cookies(struct wg_amnezia *a, unsigned n, const char *value)
{
    bool on;
    return parse_switch(value, &on);
}

#define HEADER_TEXT(type)                                                                          \
    "H" type " from 5 to 4294967295, a range of these like 5-99, or " type                         \
    ", which is WireGuard's own"
#define SPECIAL_TEXT(n) "I" n " of tags like <b 0x00ff>, <r 16>, <rd 8>, <rc 8>, <t> and <c>"

static const struct {
    const char *name;
    bool (*take)(struct wg_amnezia *a, unsigned n, const char *value);
    unsigned n;
    const char *expected;
} settings[] = {
    { "Jc", take_junk_count, 0, "Jc from 0 to 128" },
    { "Jmin", take_junk_size, 0, "Jmin from 0 to 1280" },
    { "Jmax", take_junk_size, 1, "Jmax from 0 to 1280" },
    { "S1", take_prefix, WG_TYPE_INITIATION, "S1 from 0 to 1280" },
    { "S2", take_prefix, WG_TYPE_RESPONSE, "S2 from 0 to 1280" },
    { "S3", take_prefix, WG_TYPE_COOKIE_REPLY, "S3 from 0 to 1280" },
    { "S4", take_prefix, WG_TYPE_DATA, "S4 from 0 to 1280" },
    { "H1", take_header, WG_TYPE_INITIATION, HEADER_TEXT("1") },
    { "H2", take_header, WG_TYPE_RESPONSE, HEADER_TEXT("2") },
    { "H3", take_header, WG_TYPE_COOKIE_REPLY, HEADER_TEXT("3") },
    { "H4", take_header, WG_TYPE_DATA, HEADER_TEXT("4") },
    { "I1", take_special, 0, SPECIAL_TEXT("1") },
    { "I2", take_special, 1, SPECIAL_TEXT("2") },
    { "I3", take_special, 2, SPECIAL_TEXT("3") },
    { "I4", take_special, 3, SPECIAL_TEXT("4") },
    { "I5", take_special, 4, SPECIAL_TEXT("5") },
    { "HeaderProtectionKey", take_header_key, 0, "a key of 44 base64 characters" },
    { "ContentPaddingAddition", take_padding, 0,
      "ContentPaddingAddition from 0 to 65535, or a range" },
    { "RandomTrailers", take_trailers, 0, "RandomTrailers on or off" },
    { "DisableCookies", take_no_cookies, 0, "DisableCookies on or off" },
};

const char *
wg_amnezia_set(struct wg_amnezia *a, const char *name, const char *value, unsigned line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (g_ascii_strcasecmp(name, settings[i].name) != 0)
            continue;
        if (!settings[i].take(a, settings[i].n, value))
            return settings[i].expected;
        a->given++;
        a->last_line = line;
        return NULL;
    }
    return NULL;
}

void
wg_amnezia_add_port(struct wg_amnezia *a, const char *text)
{
    const char *colon = strrchr(text, ':');
    uint32_t port;

    if (colon != NULL)
        text = colon + 1;
    if (!parse_number(text, UINT16_MAX, &port) || port == 0 ||
        wg_amnezia_has_port(a, (uint16_t)port) || a->port_count == WG_AMNEZIA_PORTS_MAX)
        return;
    a->ports[a->port_count++] = (uint16_t)port;
}
