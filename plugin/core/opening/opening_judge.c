/* opening_judge.c
 * What the keys open: the life of the opener, and the judge that the session table asks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "opener.h"
#include "wg/opening.h"

struct wg_opener *
wg_opener_new(struct wg_keystore *keys, wg_more_keys_fn more, void *user)
{
    struct wg_opener *opener = g_new0(struct wg_opener, 1);

    opener->keys = keys;
    opener->more = more;
    opener->user = user;
    opener->judged = wg_keystore_generation(keys);
    opener->memory = wg_macs_new();
    opener->budget = WG_OPENER_FREE_TIME;
    wg_opener_forget_clocks(opener);
    opener->derived = g_array_new(FALSE, FALSE, sizeof(struct wg_derived));
    opener->derived_tried = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return opener;
}

void
wg_opener_free(struct wg_opener *opener)
{
    if (opener == NULL)
        return;
    wg_macs_free(opener->memory);
    g_tree_destroy(opener->clocks);
    wg_opener_forget_derived(opener);
    g_array_free(opener->derived, TRUE);
    g_hash_table_destroy(opener->derived_tried);
    if (opener->room > 0)
        wg_wipe(opener->scratch, opener->room);
    g_free(opener->scratch);
    g_free(opener);
}

static void
release_response(struct wg_response *response)
{
    if (response->keys != NULL)
        wg_noise_wipe_transport(&response->keys->transport);
    g_free(response->keys);
    response->keys = NULL;
}

static void
release_session(struct wg_session *session)
{
    if (session->keys != NULL)
        wg_noise_wipe_initiation(&session->keys->opened);
    g_free(session->keys);
    session->keys = NULL;
    for (struct wg_response *r = session->responses; r != NULL; r = r->next)
        release_response(r);
    const struct wg_extras *extras = wg_session_extras(session);
    for (struct wg_response *r = extras->rejected; r != NULL; r = r->next)
        release_response(r);
    for (struct wg_cookie *c = extras->cookies; c != NULL; c = c->next)
        wg_wipe(c->cookie, sizeof c->cookie);
}

/* ---- the judge ---- */

static bool
has_keys(void *self)
{
    return wg_opener_has_keys(self);
}

const struct wg_judge wg_opener_judge = {
    .initiation = wg_opener_initiation,
    .response = wg_opener_response,
    .cookie = wg_opener_cookie,
    .answers = wg_opener_answers,
    .has_keys = has_keys,
    .opens = wg_opener_data,
    .release_session = release_session,
    .release_response = release_response,
    .release_direction = wg_opener_release_direction,
};

bool
wg_opener_judge_again(struct wg_opener *opener, struct wg_sessions *sessions)
{
    const uint64_t generation = wg_keystore_generation(opener->keys);
    const uint32_t count = wg_sessions_count(sessions);

    if (opener->judged == generation)
        return false;
    opener->judged = generation;
    for (uint32_t stream = 0; stream < count; stream++) {
        struct wg_session *session = wg_sessions_get(sessions, stream);
        wg_opener_initiation(opener, session);
        for (struct wg_response *r = session->responses; r != NULL; r = r->next)
            wg_opener_response(opener, session, r);
    }
    /* In the order of the capture, which is not that in which they opened. */
    wg_opener_forget_clocks(opener);
    for (uint32_t stream = 0; stream < count; stream++)
        wg_opener_compare_clock(opener, wg_sessions_get(sessions, stream));
    return true;
}
