/* story.h
 * A story: the messages of one tunnel, and what must be found in them. For the parts of
 * test_findings.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TEST_STORY_H
#define WG_TEST_STORY_H

#include <glib.h>

#include "wg/findings.h"
#include "wg/timers.h"

#define IS(name) (UINT64_C(1) << WG_FINDING_##name)

enum { CLIENT, SERVER };
enum { SESSIONS = 64, DATA = 128, LARGE = 1452 };

/* A tunnel and the sessions in it. Times are seconds. */
struct story {
    struct wg_surroundings around;
    struct wg_tunnel t;
    struct wg_exchange x[SESSIONS];
    uint64_t lost[2], skip[2]; /* skip: before the next packet of a side */
    struct wg_endpoint at[2];
    uint32_t frame;
    double now;
};

/* ---- telling a story; x: which of its sessions ---- */

struct story *begin(void);
/* A tunnel that is up, and is used for ten seconds. */
struct story *up(void);

void initiation(struct story *s, double time, unsigned x);
void initiation_by(struct story *s, double time, unsigned x, unsigned side);
void response(struct story *s, double time, unsigned x);
void cookie(struct story *s, double time, unsigned x);
void handshake(struct story *s, double time, unsigned x);
void data(struct story *s, double time, unsigned x, unsigned side);
void data_of(struct story *s, double time, unsigned x, unsigned side, uint32_t length);
void keepalive(struct story *s, double time, unsigned x, unsigned side);
/* A question and its answer each second. */
void pings(struct story *s, unsigned x, double from, double to);
/* Initiations, each of a session of its own, from x on. */
void tries(struct story *s, double from, unsigned count, unsigned x);

/* A message of another kind: made, and given to the tunnel. */
struct wg_fact fact(struct story *s, double time, unsigned side, enum wg_message_type type,
                    uint32_t length);
void give(struct story *s, unsigned x, const struct wg_fact *f);
struct wg_endpoint endpoint(uint8_t last, uint16_t port);

/* What must be found, all of it, at the end; frees the story. */
void expect(struct story *s, wg_findings expected);

/* All that was found in any story. */
extern wg_findings all_found;

/* ---- the stories ---- */

struct story_case {
    const char *path;
    void (*run)(void);
};

/* Each ends with a path of NULL. */
extern const struct story_case stories_failing[], stories_staying[], stories_up[], stories_copies[];

#endif
