/* config_section.h
 * One section of a configuration file, while it is read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CONFIG_SECTION_H
#define WG_CONFIG_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "wg/crypto.h"

enum section_kind { SECTION_NONE, SECTION_INTERFACE, SECTION_PEER, SECTION_OTHER };

/* How reliable a name is, in ascending order. A better one replaces it. */
enum name_rank {
    NAME_MISSING,
    NAME_COMMENT_INSIDE, /* in [Interface] */
    NAME_COMMENT_AFTER,  /* after a PublicKey */
    NAME_COMMENT_BELOW,
    NAME_COMMENT_BESIDE,
    NAME_COMMENT_ABOVE,
    NAME_STATED_ABOVE,
    NAME_STATED,
};

struct section {
    enum section_kind kind;
    unsigned line; /* of its header */
    bool has_key, has_psk;
    bool key_was_bad;        /* it was reported: that it is missing is not */
    uint8_t key[WG_KEY_LEN]; /* [Interface]: private, [Peer]: public */
    uint8_t psk[WG_KEY_LEN];
    char *endpoint;
    GString *allowed_ips; /* NULL until there are any */
    char *name;
    enum name_rank name_rank;
};

/* The kind of section that a header begins. Spaces within the header are removed. */
enum section_kind wg_section_kind(char *header);

/* A name for the section. It is taken if it is more reliable than the one before. */
void wg_section_offer_name(struct section *section, const char *name, enum name_rank rank);

/* Free what the section holds, and wipe it. */
void wg_section_clear(struct section *section);

/* The same for one that g_new() made, which is freed too: for arrays. */
void wg_section_free(void *section);

#endif
