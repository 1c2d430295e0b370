/* tracefs.h
 * Installs probes in the running kernel through tracefs, and removes them again.
 *
 * The events go to separate trace instances, so that other users of tracing do not see the keys,
 * and their settings do not change what is recorded here. Source: Documentation/trace/ftrace.rst
 * and kprobetrace.rst of the Linux kernel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_TRACEFS_H
#define WGK_TRACEFS_H

#include <stdbool.h>

#include "probes.h"
#include "say.h"

/*
 * Find tracefs. If it is not mounted, mount it for this process alone, in a mount namespace of its
 * own.
 * returns    the open folder, or -1 with `message` filled
 */
int wgk_tracefs_open(char message[WGK_MESSAGE]);

/* Allow only one instance of this program at a time. The lock is held as long as the folder is open
 * here or in a child. False with `message` filled. */
bool wgk_tracefs_lock(int tracefs, char message[WGK_MESSAGE]);

/* Whether the kernel knows $argN on this architecture. */
bool wgk_tracefs_has_arguments(int tracefs);

/* Remove everything that this program installed, also in an earlier run that was killed. False if
 * something stays. It is no error if there is nothing to remove. */
bool wgk_tracefs_clear(int tracefs);

/* Install one probe, which records nothing yet. file: "kprobe_events" or "uprobe_events" */
bool wgk_tracefs_define(int tracefs, const char *file, const char *line, char message[WGK_MESSAGE]);

/* The instances. One has handshakes and the beginnings of sessions. The other has packets, and may
 * overflow without loss in the first. */
enum wgk_instance { WGK_KEYS, WGK_PACKETS };

/* Make an instance. Returns its trace_pipe, which does not block, or -1 with `message` filled. */
int wgk_tracefs_instance(int tracefs, enum wgk_instance instance, char message[WGK_MESSAGE]);

/* Record only what passes the filter. */
bool wgk_tracefs_filter(int tracefs, enum wgk_instance instance, const char *event,
                        const char *filter);

bool wgk_tracefs_enable(int tracefs, enum wgk_instance instance, const char *event);

/* Remove one instance; its trace_pipe must be closed. */
bool wgk_tracefs_remove(int tracefs, enum wgk_instance instance);

#endif
