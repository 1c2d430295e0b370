/* diagnose_supplied.c
 * A diagnosis in sentences: faults that are in the supplied configurations themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "diagnose_text.h"
#include "diagnose_words.h"

char *
wg_diagnose_supplied(enum wg_finding finding, const struct wg_static_key *owner,
                     const struct wg_static_key *peer, const struct wg_static_key *other)
{
    const char *label = wg_finding_rows[finding].label;
    g_autofree char *whose = wg_words_key(owner->public_key);
    g_autofree char *its = wg_words_key(peer->public_key);

    switch (finding) {
    case WG_FINDING_OWN_KEY:
        return g_strdup_printf("%s: the configuration with the public key %s has a [Peer] with the "
                               "same key. Linux ignores such a peer without a word.",
                               label, whose);
    case WG_FINDING_PSKS_CONTRADICT:
        return g_strdup_printf(
            "%s: the configurations of %s and %s name each other, with different "
            "preshared keys.",
            label, whose, its);
    case WG_FINDING_PEER_MISSING:
        return g_strdup_printf(
            "%s: the configuration of %s names %s as its peer, and that one's has "
            "no such peer.",
            label, its, whose);
    case WG_FINDING_KEYS_CONTRADICT: {
        g_autofree char *named = wg_words_key(other->public_key);
        return g_strdup_printf("%s: the configuration of %s names %s as its peer; but that one's "
                               "names %s.",
                               label, its, whose, named);
    }
    default:
        return g_strdup(label);
    }
}

const char *
wg_diagnose_supplied_advice(enum wg_finding finding)
{
    switch (finding) {
    case WG_FINDING_OWN_KEY:
        return "PublicKey in [Peer] must be the other side's: what `wg pubkey` makes of its "
               "PrivateKey.";
    case WG_FINDING_PSKS_CONTRADICT:
        return "PresharedKey must be the same in both, or missing in both.";
    case WG_FINDING_PEER_MISSING:
        return "Add the missing [Peer].";
    case WG_FINDING_KEYS_CONTRADICT:
        return "Compare PublicKey in [Peer] with the other side's own public key.";
    default:
        return NULL;
    }
}
