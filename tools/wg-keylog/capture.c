/* capture.c
 * See capture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, ROUND = 64 /* chunks, before keys get their turn */ };

/* PATH is not used: root must run only programs from root's own folders. */
static const char *const folders[] = { "/usr/bin", "/usr/sbin",      "/bin",
                                       "/sbin",    "/usr/local/bin", "/usr/local/sbin" };

static bool
find(char path[64], const char *name)
{
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, 64, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static void __attribute__((noreturn))
become(const char *path, const char *const arguments[], int packets, int told)
{
    static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                                               NULL };
    sigset_t none;

    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(packets, STDOUT_FILENO);
    dup2(told, STDERR_FILENO);
    setpgid(0, 0); /* Ctrl-C is for this program, which then ends the capture in order */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, (char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
    _exit(127);
}

static bool
start(struct wgk_capture *capture, const char *path, const char *const arguments[])
{
    int packets[2], told[2];

    if (pipe2(packets, O_CLOEXEC) == -1)
        return false;
    if (pipe2(told, O_CLOEXEC) == -1) {
        close(packets[0]);
        close(packets[1]);
        return false;
    }
    capture->pid = fork();
    if (capture->pid == 0)
        become(path, arguments, packets[1], told[1]);
    close(packets[1]);
    close(told[1]);
    capture->packets = packets[0];
    capture->told = told[0];
    fcntl(packets[0], F_SETFL, O_NONBLOCK);
    fcntl(told[0], F_SETFL, O_NONBLOCK);
    return capture->pid > 0;
}

bool
wgk_capture_start(struct wgk_capture *capture, const char *interface, const char *filter,
                  char message[WGK_MESSAGE])
{
    char path[64];
    const char *dumpcap[] = { "dumpcap", "-q",      "-P", "-s", "0",
                              "-i",      interface, "-w", "-",  filter == NULL ? NULL : "-f",
                              filter,    NULL };
    const char *tcpdump[] = {
        "tcpdump", "-U", "--immediate-mode",           "-s",   "0", "-i", interface,
        "-w",      "-",  filter == NULL ? NULL : "--", filter, NULL
    };
    bool started;

    *capture = (struct wgk_capture){ .pid = -1, .packets = -1, .told = -1 };
    if (find(path, "dumpcap")) {
        started = start(capture, path, dumpcap);
    } else if (find(path, "tcpdump")) {
        started = start(capture, path, tcpdump);
    } else {
        wgk_explain(message,
                    "--pcapng needs dumpcap or tcpdump to capture, and neither is here; install "
                    "the package tcpdump or wireshark-common.");
        return false;
    }
    if (!started)
        wgk_explain(message, "cannot start %s: %s.", path, strerror(errno));
    return started;
}

/* Keep the end of the capture program's messages, in case it fails. */
static void
listen(struct wgk_capture *capture)
{
    char text[256];
    ssize_t got;

    while (capture->told != -1 && (got = read(capture->told, text, sizeof text)) != -1) {
        if (got == 0) {
            close(capture->told);
            capture->told = -1;
            return;
        }
        const size_t room = sizeof capture->last - 1, length = strlen(capture->last);
        size_t more = (size_t)got, keep = length;
        if (more > room)
            more = room;
        if (keep > room - more)
            keep = room - more;
        memmove(capture->last, capture->last + length - keep, keep);
        memcpy(capture->last + keep, text + got - more, more);
        capture->last[keep + more] = '\0';
    }
}

bool
wgk_capture_read(struct wgk_capture *capture, struct wgk_buffer *pending)
{
    char chunk[CHUNK];
    ssize_t got = 0;

    listen(capture);
    for (unsigned i = 0; capture->packets != -1 && i < ROUND; i++) {
        got = read(capture->packets, chunk, sizeof chunk);
        if (got > 0)
            wgk_buffer_append(pending, chunk, (size_t)got);
        else
            break;
    }
    if (capture->packets != -1 && (got == 0 || (got == -1 && errno != EAGAIN && errno != EINTR))) {
        close(capture->packets);
        capture->packets = -1;
    }
    return !pending->failed;
}

void
wgk_capture_stop(struct wgk_capture *capture)
{
    if (capture->pid > 0)
        kill(capture->pid, SIGTERM);
}

bool
wgk_capture_end(struct wgk_capture *capture, bool asked, char message[WGK_MESSAGE])
{
    int status = 0;

    if (capture->packets != -1)
        close(capture->packets);
    if (capture->pid > 0)
        while (waitpid(capture->pid, &status, 0) == -1 && errno == EINTR)
            ;
    listen(capture);
    if (capture->told != -1)
        close(capture->told);
    capture->pid = capture->packets = capture->told = -1;
    if (asked || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return true;
    for (char *at = capture->last; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    wgk_explain(message, "the capture ended by itself: %s", capture->last);
    return false;
}
