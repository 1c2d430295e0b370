/* wg-keylog.c
 * Reads the keys of the kernel's WireGuard while it runs, for Wireshark: a key log, or a capture
 * with the keys inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gosource.h"
#include "guardian.h"
#include "kernel.h"
#include "options.h"
#include "output.h"
#include "tracefs.h"
#include "watch.h"

/* Files that are opened later must not become standard input, output or error. */
static void
fill_standard_files(void)
{
    int file;

    do
        file = open("/dev/null", O_RDWR);
    while (file != -1 && file <= STDERR_FILENO);
    if (file != -1)
        close(file);
}

static void
set_signals(void)
{
    struct sigaction stop = { .sa_handler = wgk_watch_stop };
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static int
open_output(const struct wgk_options *options, const struct wgk_caller *caller,
            char message[WGK_MESSAGE])
{
    if (options->fifo != NULL)
        return wgk_output_fifo(options->fifo, caller, message);
    if (options->output != NULL)
        return wgk_output_create(options->output, caller, message);
    return STDOUT_FILENO;
}

static bool
still_guarded(void *guardian)
{
    return wgk_guardian_lives(guardian);
}

/* Start the guardian, do the work, and end both. The lock is held, and nothing is left over. */
static bool
work(const struct wgk_options *options, const struct wgk_probes *probes, struct wgk_go *go,
     int tracefs, int output)
{
    struct wgk_guardian guardian;

    if (!wgk_guardian_start(&guardian, tracefs)) {
        wgk_say("cannot start a second process: %s.", strerror(errno));
        return false;
    }
    bool good = wgk_watch(options, probes, go, tracefs, output, still_guarded, &guardian);
    if (!wgk_guardian_end(&guardian) && !wgk_tracefs_clear(tracefs)) {
        wgk_say("the probes could not be taken out of the kernel; start wg-keylog once more to try "
                "again.");
        good = false;
    }
    return good;
}

/* The probes for what has the keys: the process of wireguard-go, or the kernel. */
static bool
make_probes(const struct wgk_options *options, struct wgk_probes *probes, struct wgk_go *go,
            char message[WGK_MESSAGE])
{
    if (options->wireguard_go)
        return wgk_go_begin(go, options->interface, message);
    return wgk_kernel_probes(probes, message);
}

int
main(int argc, char *argv[])
{
    char message[WGK_MESSAGE];
    struct wgk_options options;
    struct wgk_probes probes;
    static struct wgk_go go;
    struct wgk_caller caller;
    int tracefs = -1, output = -1;

    fill_standard_files();
    wgk_options_read(&options, argc, argv);
    umask(077);
    wgk_hide_memory();
    set_signals();
    if (!wgk_caller_find(&caller, message) || !wgk_kernel_allows(message) ||
        !make_probes(&options, &probes, &go, message) ||
        (tracefs = wgk_tracefs_open(message)) == -1 || !wgk_tracefs_lock(tracefs, message)) {
        wgk_say("%s", message);
        return 1;
    }
    if (!options.wireguard_go && !wgk_tracefs_has_arguments(tracefs)) {
        wgk_say(
            "probes do not know the arguments of functions on this architecture ($argN is "
            "missing in /sys/kernel/tracing/README), and without them the keys cannot be found.");
        return 1;
    }
    if (!wgk_tracefs_clear(tracefs)) {
        wgk_say("what an earlier run left in the kernel cannot be taken out: %s. Look at "
                "/sys/kernel/tracing/instances/wg_keylog; another program may have it open.",
                strerror(errno));
        return 1;
    }
    if ((output = open_output(&options, &caller, message)) == -1) {
        wgk_say("%s", message);
        return 1;
    }
    if (!work(&options, &probes, options.wireguard_go ? &go : NULL, tracefs, output))
        return 1;
    return 0;
}
