/* opened.c
 * The capture that is open, and what code besides the dissector asks about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "opened.h"

/* What was learned from the packets. They may be accounted for twice (recount.h). */
struct accounting {
    struct wg_capture *capture; /* NULL: not begun */
    struct wg_unwrapper *unwrapper;
};

static struct wg_opened opened;
static struct accounting first_time, second_time;
static wg_more_keys_fn more_keys;
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

static void
begin(struct accounting *accounting)
{
    accounting->capture = wg_capture_new(opened.keys, more_keys, NULL);
    accounting->unwrapper = wg_unwrapper_new(opened.keys, is_plain_flow, accounting->capture);
}

static void
end(struct accounting *accounting)
{
    wg_unwrapper_free(accounting->unwrapper);
    wg_capture_free(accounting->capture);
    *accounting = (struct accounting){ .capture = NULL };
}

void
wg_opened_begin(struct wg_keystore *keys, wg_more_keys_fn more)
{
    opened.keys = keys;
    more_keys = more;
    begin(&first_time);
    wg_opened_use(WG_ACCOUNTING_FIRST);
    captures++;
}

void
wg_opened_end(void)
{
    end(&first_time);
    end(&second_time);
    opened = (struct wg_opened){ .capture = NULL };
}

void
wg_opened_use(enum wg_accounting which)
{
    if (which != WG_ACCOUNTING_FIRST && second_time.capture == NULL)
        begin(&second_time);
    const struct accounting *used = which == WG_ACCOUNTING_FIRST ? &first_time : &second_time;

    opened.capture = used->capture;
    opened.unwrapper = used->unwrapper;
    opened.earlier = which == WG_ACCOUNTING_GOES_ON ? first_time.capture : NULL;
}

void
wg_opened_judge_again(void)
{
    if (first_time.capture != NULL)
        wg_capture_judge_again(first_time.capture);
    if (second_time.capture != NULL)
        wg_capture_judge_again(second_time.capture);
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
