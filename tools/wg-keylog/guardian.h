/* guardian.h
 * A second process that takes the probes out when the first one ends, however it ends: left alone,
 * they would go on recording secrets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_GUARDIAN_H
#define WGK_GUARDIAN_H

#include <stdbool.h>
#include <sys/types.h>

struct wgk_guardian {
    pid_t pid;
    int line; /* as long as this is open somewhere, the guardian waits */
};

/*
 * Start it, before the first probe. It ignores the signals of the terminal, is in a session of its
 * own, and has nothing open but `tracefs`, standard error and its end of the line.
 */
bool wgk_guardian_start(struct wgk_guardian *guardian, int tracefs);

/* Whether it is still there. */
bool wgk_guardian_lives(struct wgk_guardian *guardian);

/* Let it do its work, and wait until it has; false where it could not take everything out. */
bool wgk_guardian_end(struct wgk_guardian *guardian);

#endif
