/* rosenpass.c
 * The messages of Rosenpass, recognised by type and length.
 *
 *        0      1          4                            length - 32       length - 16
 *        +------+----------+----------------------------+-----------------+-----------------+
 *        | type | reserved | payload                    | mac             | cookie          |
 *        |      | 0  0  0  |                            |                 |                 |
 *        +------+----------+----------------------------+-----------------+-----------------+
 *
 *   type   message      length
 *   0x81   InitHello      1060
 *   0x82   RespHello      1100
 *   0x83   InitConf        176
 *   0x84   EmptyData        64
 *   0x86   CookieReply    1060
 *
 * Source: rosenpass, rosenpass/src/msgs.rs; the lengths follow from its structures.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/rosenpass.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { HEAD_LENGTH = 4 };

static const struct message {
    enum wg_rosenpass_type type;
    size_t length;
    const char *name;
} messages[] = {
    { WG_ROSENPASS_INIT_HELLO, 1060, "InitHello" },
    { WG_ROSENPASS_RESP_HELLO, 1100, "RespHello" },
    { WG_ROSENPASS_INIT_CONF, 176, "InitConf" },
    { WG_ROSENPASS_EMPTY_DATA, 64, "EmptyData" },
    { WG_ROSENPASS_COOKIE_REPLY, 1060, "CookieReply" },
};

enum wg_rosenpass_type
wg_rosenpass_type(const uint8_t *bytes, size_t captured, size_t length)
{
    if (captured < HEAD_LENGTH || bytes[1] != 0 || bytes[2] != 0 || bytes[3] != 0)
        return WG_ROSENPASS_NONE;
    for (size_t i = 0; i < COUNT(messages); i++)
        if (messages[i].type == bytes[0] && messages[i].length == length)
            return messages[i].type;
    return WG_ROSENPASS_NONE;
}

bool
wg_rosenpass_begins(enum wg_rosenpass_type type)
{
    return type == WG_ROSENPASS_INIT_HELLO || type == WG_ROSENPASS_RESP_HELLO;
}

const char *
wg_rosenpass_name(enum wg_rosenpass_type type)
{
    for (size_t i = 0; i < COUNT(messages); i++)
        if (messages[i].type == type)
            return messages[i].name;
    return "none";
}
