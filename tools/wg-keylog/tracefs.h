/* tracefs.h
 * Putting probes into the running kernel by way of tracefs, and taking them out again.
 *
 * The events go to trace instances of their own, so that neither other users of tracing see the
 * keys nor their settings change what is recorded here. Source: Documentation/trace/ftrace.rst and
 * kprobetrace.rst of the Linux kernel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_TRACEFS_H
#define WGK_TRACEFS_H

#include <stdbool.h>

#include "probes.h"
#include "say.h"

/*
 * Find tracefs, and mount it where it is not mounted; for this process alone, which then is in a
 * mount namespace of its own.
 * returns    the open folder, or -1 with `message` filled
 */
int wgk_tracefs_open(char message[WGK_MESSAGE]);

/* Only one instance of this program at a time; the lock lives as long as the folder is open here or
 * in a child. False with `message` filled. */
bool wgk_tracefs_lock(int tracefs, char message[WGK_MESSAGE]);

/* Whether the kernel knows $argN on this architecture. */
bool wgk_tracefs_has_arguments(int tracefs);

/* Take out everything of this program's, also what a killed run left; returns false where something
 * stays. Nothing to take out is fine. */
bool wgk_tracefs_clear(int tracefs);

/* Put one probe in, which records nothing yet. file: "kprobe_events" or "uprobe_events" */
bool wgk_tracefs_define(int tracefs, const char *file, const char *line, char message[WGK_MESSAGE]);

/* The instances: handshakes and the beginnings of sessions in one, packets in another, which may
 * overflow without loss for the first. */
enum wgk_instance { WGK_KEYS, WGK_PACKETS };

/* Make an instance. Returns its trace_pipe, which does not block, or -1 with `message` filled. */
int wgk_tracefs_instance(int tracefs, enum wgk_instance instance, char message[WGK_MESSAGE]);

/* Only what passes the filter is recorded. */
bool wgk_tracefs_filter(int tracefs, enum wgk_instance instance, const char *event,
                        const char *filter);

bool wgk_tracefs_enable(int tracefs, enum wgk_instance instance, const char *event);

/* Take one instance out; its trace_pipe must be closed. */
bool wgk_tracefs_remove(int tracefs, enum wgk_instance instance);

#endif
