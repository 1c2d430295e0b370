/* opened.c
 * The capture that is open, and what code besides the dissector asks about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "opened.h"

static struct wg_opened opened;
static uint32_t captures; /* opened so far */

const struct wg_opened *
wg_opened(void)
{
    return &opened;
}

static bool
is_plain_flow(void *capture, const struct wg_place *place)
{
    return wg_capture_proved(capture, &place->source, &place->destination);
}

void
wg_opened_begin(struct wg_keystore *keys, wg_more_keys_fn more)
{
    opened.keys = keys;
    opened.capture = wg_capture_new(keys, more, NULL);
    opened.unwrapper = wg_unwrapper_new(keys, is_plain_flow, opened.capture);
    captures++;
}

void
wg_opened_end(void)
{
    wg_unwrapper_free(opened.unwrapper);
    wg_capture_free(opened.capture);
    opened = (struct wg_opened){ .capture = NULL };
}

uint32_t
wg_opened_serial(void)
{
    return captures;
}

uint32_t
wg_opened_streams(void)
{
    if (opened.capture != NULL)
        return wg_sessions_count(wg_capture_sessions(opened.capture));
    return 0;
}

static const struct wg_session *
session_of(const struct wg_note *note)
{
    if (note->type != WG_TYPE_DATA)
        return note->of.session;
    if (note->of.direction != NULL)
        return note->of.direction->session;
    return NULL;
}

bool
wg_opened_stream(uint32_t frame, uint32_t *stream)
{
    uint32_t number = opened.capture != NULL ? wg_capture_first(opened.capture, frame) : 0;

    while (number != 0) {
        const struct wg_note *first = wg_capture_note(opened.capture, number, 0);
        for (unsigned i = 0; i < first->count; i++) {
            const struct wg_session *session =
                session_of(wg_capture_note(opened.capture, number, i));
            if (session == NULL)
                continue;
            *stream = session->stream;
            return true;
        }
        number = wg_capture_next(opened.capture, number);
    }
    return false;
}

char *
wg_opened_unseen(size_t configuration)
{
    if (opened.unwrapper != NULL)
        return wg_unwrapper_unseen(opened.unwrapper, configuration);
    return NULL;
}
