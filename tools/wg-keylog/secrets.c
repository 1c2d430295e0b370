/* secrets.c
 * See secrets.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "secrets.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Takes the same time for each character, whatever the key is. */
static char
digit(unsigned value)
{
    unsigned c = 'A' + value;

    c += ((25 - value) >> 8 & 6);  /* 26: 'a' */
    c -= ((51 - value) >> 8 & 75); /* 52: '0' */
    c -= ((61 - value) >> 8 & 15); /* 62: '+' */
    c += ((62 - value) >> 8 & 3);  /* 63: '/' */
    return (char)c;
}

void
wgk_base64(char text[WGK_BASE64 + 1], const uint8_t key[WGK_KEY])
{
    char *at = text;

    for (unsigned i = 0; i < WGK_KEY; i += 3) {
        const unsigned second = i + 1 < WGK_KEY ? key[i + 1] : 0;
        const unsigned third = i + 2 < WGK_KEY ? key[i + 2] : 0;
        const unsigned bits = (unsigned)key[i] << 16 | second << 8 | third;
        for (int shift = 18; shift >= 0; shift -= 6)
            *at++ = digit(bits >> shift & 63);
    }
    text[WGK_BASE64 - 1] = '='; /* 32 bytes leave one character over */
    text[WGK_BASE64] = '\0';
}

bool
wgk_same(const uint8_t a[WGK_KEY], const uint8_t b[WGK_KEY])
{
    unsigned differ = 0;

    for (unsigned i = 0; i < WGK_KEY; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

bool
wgk_zero(const uint8_t key[WGK_KEY])
{
    static const uint8_t zero[WGK_KEY];

    return wgk_same(key, zero);
}

bool
wgk_clamped(const uint8_t key[WGK_KEY])
{
    return (key[0] & 7) == 0 && (key[31] & 0xc0) == 0x40;
}

void
wgk_wipe(void *bytes, size_t length)
{
    explicit_bzero(bytes, length);
}

void
wgk_hide_memory(void)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    mlockall(MCL_CURRENT | MCL_FUTURE);
}
