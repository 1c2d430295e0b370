/* guardian.h
 * A second process that removes the probes when the first one ends, however it ends. Otherwise they
 * would go on recording secrets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_GUARDIAN_H
#define WGK_GUARDIAN_H

#include <stdbool.h>
#include <sys/types.h>

struct wgk_guardian {
    pid_t pid;
    int line; /* the guardian waits as long as this is open in any process */
};

/*
 * Start it before the first probe. It ignores the signals of the terminal, is in a session of its
 * own, and has nothing open but `tracefs`, standard error and its end of the line.
 */
bool wgk_guardian_start(struct wgk_guardian *guardian, int tracefs);

/* Whether it is still running. */
bool wgk_guardian_lives(struct wgk_guardian *guardian);

/* Let it do its work, and wait for it; false if it could not remove everything. */
bool wgk_guardian_end(struct wgk_guardian *guardian);

#endif
