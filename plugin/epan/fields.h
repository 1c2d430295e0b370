/* fields.h
 * The ids of our fields, subtrees and expert infos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FIELDS_H
#define WG_FIELDS_H

#include <stdbool.h>

#include <epan/expert.h>
#include <epan/proto.h>

#define WG_GROUP(title)
#define WG_FIELD(id, name, abbrev, type, display, strings, blurb) HF_##id,
enum wg_field {
#include "fields.def"
    HF_COUNT
};
#undef WG_FIELD
#undef WG_GROUP

#define WG_EXPERT(id, abbrev, group, severity, summary) EI_##id,
enum wg_expert {
#include "experts.def"
    EI_COUNT
};
#undef WG_EXPERT

enum wg_subtree {
    ETT_MESSAGE,
    ETT_LENGTH,
    ETT_RESERVED,
    ETT_MAC2,
    ETT_VISIBLE,
    ETT_EPHEMERAL,
    ETT_STATIC,
    ETT_TIMESTAMP,
    ETT_MAC1,
    ETT_RECEIVER,
    ETT_ANALYSIS,
    ETT_COUNT
};

/* Indexed by the enumerations above. */
extern int wg_hf[HF_COUNT];
extern int wg_ett[ETT_COUNT];
extern expert_field wg_ei[EI_COUNT];

/* Register all fields, subtrees and expert infos under `proto`; fields that exist already, because
 * the host has its own dissector, are used as they are. */
void wg_fields_register(int proto);

/* Whether a filter, a column or -e names one of the fields from..to (in the order of fields.def). A
 * tree that is shown names none. */
bool wg_named(enum wg_field from, enum wg_field to);

/* The same for all our fields and expert infos. */
bool wg_any_named(void);

/* The same for any field or protocol, by id; false for -1. */
bool wg_id_named(int id);

#endif
