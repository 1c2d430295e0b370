/* guardian.c
 * See guardian.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "tracefs.h"

enum {
    TRIES = 50, /* a killed process's files are closed soon, but not at once */
    MAX_OPEN = 1024,
};

static void
close_others(int first, int second)
{
    for (int file = 0; file < MAX_OPEN; file++)
        if (file != first && file != second && file != STDERR_FILENO)
            close(file);
}

static void __attribute__((noreturn)) watch(int line, int tracefs)
{
    const struct timespec tenth = { .tv_nsec = 100000000 };
    sigset_t all;
    char byte;

    setsid();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_NAME, "wg-keylog guard");
    close_others(line, tracefs);
    while (read(line, &byte, 1) == -1 && errno == EINTR)
        ;
    for (unsigned i = 0; i < TRIES; i++) {
        if (wgk_tracefs_clear(tracefs))
            _exit(0);
        nanosleep(&tenth, NULL);
    }
    wgk_say(
        "cannot take the probes out. As root, look at /sys/kernel/tracing/instances/wg_keylog and "
        "/sys/kernel/tracing/kprobe_events.");
    _exit(1);
}

bool
wgk_guardian_start(struct wgk_guardian *guardian, int tracefs)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) == -1)
        return false;
    guardian->pid = fork();
    if (guardian->pid == 0) {
        close(ends[1]);
        watch(ends[0], tracefs);
    }
    close(ends[0]);
    guardian->line = ends[1];
    return guardian->pid > 0;
}

bool
wgk_guardian_lives(struct wgk_guardian *guardian)
{
    if (guardian->pid > 0 && waitpid(guardian->pid, NULL, WNOHANG) == guardian->pid)
        guardian->pid = -1;
    return guardian->pid > 0;
}

bool
wgk_guardian_end(struct wgk_guardian *guardian)
{
    int status = 0;

    close(guardian->line);
    if (guardian->pid <= 0)
        return false;
    while (waitpid(guardian->pid, &status, 0) == -1)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
