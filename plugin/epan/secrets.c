/* secrets.c
 * Key logs inside a capture: pcapng Decryption Secrets Blocks of type "WGKL".
 *
 * From 4.4 on, a plugin can register for a type of secrets. Before, that function is not exported,
 * but the reader of the file can be asked for its secrets, and repeats those that it has already
 * read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>
#include <epan/secrets.h>
#include <wiretap/secrets-types.h>
#include <wiretap/wtap.h>

#include "keys.h"

#if WS_HAS_SECRETS_REGISTER_TYPE

static void
take(const void *secrets, unsigned size)
{
    wg_keys_secrets(secrets, size);
}

void
wg_secrets_register(void)
{
    secrets_register_type(SECRETS_TYPE_WIREGUARD, take);
}

void
wg_secrets_capture(const packet_info *pinfo)
{
}

#else

static void
take(uint32_t type, const void *secrets, unsigned size)
{
    if (type == SECRETS_TYPE_WIREGUARD)
        wg_keys_secrets(secrets, size);
    else
        secrets_wtap_callback(type, secrets, size);
}

void
wg_secrets_register(void)
{
}

/* A packet's session is opaque, but begins with a pointer to a structure that is not. */
void
wg_secrets_capture(const packet_info *pinfo)
{
    struct ws_provider *const *session = (struct ws_provider *const *)pinfo->epan;

    if (session != NULL && *session != NULL && (*session)->wth != NULL)
        wtap_set_cb_new_secrets((*session)->wth, take);
}

#endif
