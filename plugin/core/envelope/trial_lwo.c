/* trial_lwo.c
 * Whether a datagram is LWO, and how far that is proved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unwrapper_private.h"

static enum wg_unwrapped
judge_lwo(struct trial *t, const struct wg_static_key *key)
{
    struct side *side = &t->flow->sides[wg_unwrapper_side(t->place)];
    const struct side *other = &t->flow->sides[!wg_unwrapper_side(t->place)];
    const bool ours = side->lwo_key == key->public_key;
    const struct indices i = wg_trial_indices(t);

    t->marks->by = wg_trial_known_by(key);
    if (t->marks->type == WG_TYPE_INITIATION || t->marks->type == WG_TYPE_RESPONSE) {
        if (wg_trial_receiver(t) != key)
            return WG_UNWRAPPED_NOT;
        side->lwo_key = key->public_key;
        side->lwo_by = wg_trial_known_by(key);
        return WG_UNWRAPPED_PROVED;
    }
    if (i.has_receiver && wg_trial_has_announced(other, i.receiver)) {
        side->lwo_key = key->public_key;
        side->lwo_by = wg_trial_known_by(key);
        return WG_UNWRAPPED_PROVED;
    }
    /* A cookie reply to an index that was not announced has no evidence but its first bytes. */
    if (ours || t->marks->type == WG_TYPE_DATA)
        return WG_UNWRAPPED_POSSIBLE;
    return WG_UNWRAPPED_NOT;
}

enum wg_unwrapped
wg_try_lwo(struct trial *t)
{
    const struct wg_static_key *key;
    enum wg_unwrapped answer = WG_UNWRAPPED_NOT;

    for (size_t i = 0;
         answer == WG_UNWRAPPED_NOT && (key = wg_keystore_static(t->u->keys, i)) != NULL; i++)
        if (wg_lwo_open(t->span, key->public_key, t->marks))
            answer = judge_lwo(t, key);
    return answer;
}

/* Whether a message under the key that is known is more than possible. */
static bool
is_proved(struct trial *t)
{
    if (t->marks->type == WG_TYPE_INITIATION || t->marks->type == WG_TYPE_RESPONSE)
        return wg_trial_receiver(t) != NULL;
    const struct side *other = &t->flow->sides[!wg_unwrapper_side(t->place)];
    const struct indices i = wg_trial_indices(t);
    return i.has_receiver && wg_trial_has_announced(other, i.receiver);
}

enum wg_unwrapped
wg_try_lwo_again(struct trial *t)
{
    const struct side *side = &t->flow->sides[wg_unwrapper_side(t->place)];

    if (side->lwo_key == NULL || !wg_lwo_open(t->span, side->lwo_key, t->marks))
        return WG_UNWRAPPED_NOT;
    t->marks->by = side->lwo_by;
    if (is_proved(t))
        return WG_UNWRAPPED_PROVED;
    return WG_UNWRAPPED_POSSIBLE;
}
