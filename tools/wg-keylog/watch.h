/* watch.h
 * The main loop: reads the probes and writes keys and packets, until a signal or the end of the
 * output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_WATCH_H
#define WGK_WATCH_H

#include "gosource.h"
#include "options.h"
#include "probes.h"

/*
 * probes     of the kernel; either this or `go` is NULL
 * tracefs    open, locked and clear of leftovers, with a guardian
 * output     an open file
 * alive      called once a second; false ends the loop
 * returns    whether all went well; if not, a message was printed
 */
bool wgk_watch(const struct wgk_options *options, const struct wgk_probes *probes,
               struct wgk_go *go, int tracefs, int output, bool (*alive)(void *), void *user);

/* Make wgk_watch() end in order; may be called by a signal handler. */
void wgk_watch_stop(int signal);

#endif
