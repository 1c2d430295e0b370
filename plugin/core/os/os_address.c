/* os_address.c
 * Addresses as text, and back: all systems have the same functions, in headers of different names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <sys/socket.h>
#endif

#include "wg/os.h"

static int
family_of(bool ipv6)
{
    if (ipv6)
        return AF_INET6;
    return AF_INET;
}

const char *
wg_os_address_text(bool ipv6, const uint8_t *address, char *text)
{
    inet_ntop(family_of(ipv6), address, text, WG_OS_ADDRESS_TEXT_LEN);
    return text;
}

bool
wg_os_address(const char *text, bool ipv6, uint8_t *address)
{
    return inet_pton(family_of(ipv6), text, address) == 1;
}
