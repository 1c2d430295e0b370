/* fields.c
 * Registers our fields, subtrees and expert infos, or adopts those that exist.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>
#include <epan/unit_strings.h>
#include <wsutil/wslog.h>

#include "fields.h"
#include "wg/analysis.h"
#include "wg/envelope.h"
#include "wg/opening.h"
#include "wg/wire.h"

int wg_hf[HF_COUNT];
int wg_ett[ETT_COUNT];
expert_field wg_ei[EI_COUNT];

static const value_string wg_type_names[] = {
    { WG_TYPE_INITIATION, "Handshake Initiation" },
    { WG_TYPE_RESPONSE, "Handshake Response" },
    { WG_TYPE_COOKIE_REPLY, "Cookie Reply" },
    { WG_TYPE_DATA, "Transport Data" },
    { 0, NULL },
};

static const value_string wg_keepalive_kinds[] = {
    { WG_KEEPALIVE_KEY_CONFIRMATION, "Key confirmation" },
    { WG_KEEPALIVE_PASSIVE, "Passive" },
    { WG_KEEPALIVE_PERSISTENT, "Persistent" },
    { 0, NULL },
};

static const value_string wg_envelope_by_names[] = {
    { WG_BY_FRAMING, "Framing" },
    { WG_BY_CONFIGURATION, "Configuration" },
    { WG_BY_PUBLIC_KEY, "Public key" },
    { WG_BY_KEY_LOG, "Key log" },
    { 0, NULL },
};

/* The host's PROTO_CHECKSUM_E_*, in its words. */
static const value_string wg_mac_status_names[] = {
    { PROTO_CHECKSUM_E_BAD, "Bad" },
    { PROTO_CHECKSUM_E_GOOD, "Good" },
    { PROTO_CHECKSUM_E_UNVERIFIED, "Unverified" },
    { PROTO_CHECKSUM_E_NOT_PRESENT, "Not present" },
    { 0, NULL },
};

static char byte[] = " byte", bytes[] = " bytes"; /* not const in every version */
static const unit_name_string wg_bytes = { byte, bytes };
static char of_four[] = " of 4";
static const unit_name_string wg_of_four = { of_four, NULL };

/* Our fields, then our expert infos, filled up with the last one. They are kept, since asking the
 * host for each takes longer. */
enum { TOGETHER = 16, INFOS = (HF_COUNT + EI_COUNT + TOGETHER - 1) / TOGETHER * TOGETHER };
static const header_field_info *infos[INFOS];

static value_string wg_status_names[WG_STATUS_COUNT + 1];

#define WG_GROUP(title)
#define WG_FIELD(id, name, abbrev, type, display, strings, blurb)                                  \
    [HF_##id] = { &wg_hf[HF_##id], { name, abbrev, type, display, strings, 0, blurb, HFILL } },
static hf_register_info fields[HF_COUNT] = {
#include "fields.def"
};
#undef WG_FIELD
#undef WG_GROUP

#define WG_EXPERT(id, abbrev, group, severity, summary)                                            \
    { &wg_ei[EI_##id], { abbrev, group, severity, summary, EXPFILL } },
static ei_register_info experts[EI_COUNT] = {
#include "experts.def"
};
#undef WG_EXPERT

/* Take over the host's field of this name. Registering the name a second time would make two
 * fields of which a filter knows only one. */
static bool
adopt(const hf_register_info *field)
{
    const header_field_info *existing = proto_registrar_get_byname(field->hfinfo.abbrev);

    if (existing == NULL)
        return false;
    if (existing->type != field->hfinfo.type) {
        ws_warning("wireguard: %s exists with another type and is registered anew",
                   field->hfinfo.abbrev);
        return false;
    }
    *field->p_id = existing->id;
    return true;
}

void
wg_fields_register(int proto)
{
    int *subtrees[ETT_COUNT];

    for (unsigned i = 0; i < WG_STATUS_COUNT; i++)
        wg_status_names[i] = (value_string){ i, wg_status_name(i) };

    for (unsigned i = 0; i < HF_COUNT; i++) {
        wg_hf[i] = -1;
        if (!adopt(&fields[i]))
            proto_register_field_array(proto, &fields[i], 1);
    }
    for (unsigned i = 0; i < ETT_COUNT; i++) {
        wg_ett[i] = -1;
        subtrees[i] = &wg_ett[i];
    }
    proto_register_subtree_array(subtrees, ETT_COUNT);
    for (unsigned i = 0; i < EI_COUNT; i++)
        wg_ei[i] = (expert_field)EI_INIT;
    expert_register_field_array(expert_register_protocol(proto), experts, EI_COUNT);
    for (unsigned i = 0; i < HF_COUNT; i++)
        infos[i] = proto_registrar_get_nth((unsigned)wg_hf[i]);
    for (unsigned i = HF_COUNT; i < INFOS; i++)
        infos[i] = proto_registrar_get_nth((unsigned)wg_ei[MIN(i - HF_COUNT, EI_COUNT - 1)].hf);
}

static bool
is_named(const header_field_info *info)
{
    return info->ref_type != HF_REF_TYPE_NONE;
}

bool
wg_named(enum wg_field from, enum wg_field to)
{
    for (unsigned i = from; i <= (unsigned)to; i++)
        if (is_named(infos[i]))
            return true;
    return false;
}

bool
wg_any_named(void)
{
    G_STATIC_ASSERT(HF_REF_TYPE_NONE == 0);
    /* Asked for each packet, and mostly there is none, so several are tested at once. */
    for (unsigned i = 0; i < INFOS; i += TOGETHER) {
        unsigned named = HF_REF_TYPE_NONE;
        for (unsigned k = 0; k < TOGETHER; k++)
            named |= (unsigned)infos[i + k]->ref_type;
        if (named != HF_REF_TYPE_NONE)
            return true;
    }
    return false;
}

bool
wg_id_named(int id)
{
    return id != -1 && is_named(proto_registrar_get_nth((unsigned)id));
}
