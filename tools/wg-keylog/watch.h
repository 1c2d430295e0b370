/* watch.h
 * The work itself: probes in, keys and packets out, until a signal or the end of the output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_WATCH_H
#define WGK_WATCH_H

#include "gosource.h"
#include "options.h"
#include "probes.h"

/*
 * probes     of the kernel, with `go` NULL; or the other way round
 * tracefs    open, locked and clear of leftovers, with a guardian
 * output     an open file
 * alive      asked once a second whether to go on
 * returns    whether all went well; what did not was told
 */
bool wgk_watch(const struct wgk_options *options, const struct wgk_probes *probes,
               struct wgk_go *go, int tracefs, int output, bool (*alive)(void *), void *user);

/* Make wgk_watch() end in order; may be called by a signal handler. */
void wgk_watch_stop(int signal);

#endif
