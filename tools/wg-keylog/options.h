/* options.h
 * What the user asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_OPTIONS_H
#define WGK_OPTIONS_H

#include <stdbool.h>

struct wgk_options {
    const char *interface; /* WireGuard's; NULL: all of this network namespace */
    const char *output;    /* NULL: standard output */
    const char *fifo;      /* of Wireshark; instead of an output */
    const char *capture;   /* the interface to capture on; NULL: a key log is written */
    const char *filter;    /* for the capture; may be NULL */
    bool wireguard_go;     /* `interface` is one of wireguard-go */
    bool long_term;        /* write static and ephemeral keys, too */
    bool new_only;         /* ignore sessions that are already running */
    unsigned duration;     /* seconds; 0: until a signal comes */
};

/*
 * Read the command line. Ends the program for --help, --version and mistakes, and after answering
 * what Wireshark asks of an extcap.
 */
void wgk_options_read(struct wgk_options *options, int argc, char *argv[]);

#endif
