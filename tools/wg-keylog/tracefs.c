/* tracefs.c
 * See tracefs.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "gosource.h"

#define MOUNT_POINT "/sys/kernel/tracing"
#define BUFFER_KB   "64" /* for each CPU: some 300 events between two reads */

enum {
    TRACEFS_MAGIC = 0x74726163,
    PATH = 160,
    PATIENCE = 30, /* tenths of a second, to let another instance end */
};

static const char *const instance_paths[] = {
    [WGK_KEYS] = "instances/wg_keylog",
    [WGK_PACKETS] = "instances/wg_keylog_packets",
};

static bool
is_tracefs(int folder)
{
    struct statfs status;

    return folder != -1 && fstatfs(folder, &status) == 0 && status.f_type == TRACEFS_MAGIC;
}

static int
open_folder(void)
{
    const int folder = open(MOUNT_POINT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (is_tracefs(folder))
        return folder;
    if (folder != -1)
        close(folder);
    return -1;
}

int
wgk_tracefs_open(char message[WGK_MESSAGE])
{
    int folder = open_folder();

    if (folder != -1)
        return folder;
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tracefs", MOUNT_POINT, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700") == 0)
        folder = open_folder();
    if (folder == -1)
        wgk_explain(message,
                    "there is no tracefs (%s): %s. The kernel must have CONFIG_TRACING and "
                    "CONFIG_KPROBE_EVENTS; in a container, run this on the host.",
                    MOUNT_POINT, strerror(errno));
    return folder;
}

bool
wgk_tracefs_lock(int tracefs, char message[WGK_MESSAGE])
{
    const struct timespec tenth = { .tv_nsec = 100000000 };

    for (unsigned i = 0; flock(tracefs, LOCK_EX | LOCK_NB) == -1; i++) {
        if (i == PATIENCE) {
            wgk_explain(message, "another wg-keylog is running on this machine; end it first "
                                 "(pgrep -a wg-keylog finds it).");
            return false;
        }
        nanosleep(&tenth, NULL);
    }
    return true;
}

/* Append one line to a file of tracefs; errno is set on failure. */
static bool
put(int tracefs, const char *path, const char *text)
{
    const size_t length = strlen(text);
    const int file = openat(tracefs, path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);

    if (file == -1)
        return false;
    const ssize_t put = write(file, text, length);
    const int error = errno;
    close(file);
    errno = error;
    return put == (ssize_t)length;
}

static bool
put_event(int tracefs, enum wgk_instance instance, const char *event, const char *file,
          const char *text)
{
    char path[PATH];

    snprintf(path, sizeof path, "%s/events/" WGK_GROUP "/%s/%s", instance_paths[instance], event,
             file);
    return put(tracefs, path, text);
}

bool
wgk_tracefs_has_arguments(int tracefs)
{
    char text[65536];
    size_t length = 0;
    ssize_t got = 0;
    const int file = openat(tracefs, "README", O_RDONLY | O_CLOEXEC);

    while (file != -1 && length < sizeof text - 1 &&
           (got = read(file, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    if (file != -1)
        close(file);
    return strstr(text, "$arg<N>") != NULL;
}

static bool
gone(int tracefs, const char *path)
{
    struct stat status;

    return fstatat(tracefs, path, &status, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
}

bool
wgk_tracefs_remove(int tracefs, enum wgk_instance instance)
{
    char path[PATH];

    if (gone(tracefs, instance_paths[instance]))
        return true;
    /* An event cannot be removed while it is recording, and its records are secret. */
    snprintf(path, sizeof path, "%s/events/" WGK_GROUP "/enable", instance_paths[instance]);
    put(tracefs, path, "0");
    snprintf(path, sizeof path, "%s/trace", instance_paths[instance]);
    close(openat(tracefs, path, O_WRONLY | O_TRUNC | O_CLOEXEC));
    return unlinkat(tracefs, instance_paths[instance], AT_REMOVEDIR) == 0;
}

/* Remove one event, which no instance records any more. */
static void
remove_event(int tracefs, const char *file, const char *event)
{
    char text[PATH], path[PATH];

    snprintf(path, sizeof path, "events/" WGK_GROUP "/%s", event);
    if (gone(tracefs, path))
        return;
    snprintf(path, sizeof path, "events/" WGK_GROUP "/%s/enable", event);
    put(tracefs, path, "0");
    snprintf(text, sizeof text, "-:" WGK_GROUP "/%s", event);
    put(tracefs, file, text);
}

bool
wgk_tracefs_clear(int tracefs)
{
    const bool keys_gone = wgk_tracefs_remove(tracefs, WGK_KEYS);
    const bool packets_gone = wgk_tracefs_remove(tracefs, WGK_PACKETS);

    for (enum wgk_event_type type = WGK_HANDSHAKE; type <= WGK_PACKET; type++)
        remove_event(tracefs, "kprobe_events", wgk_probe_name(type));
    for (unsigned n = 0; n < WGK_GO_PARTS; n++)
        remove_event(tracefs, "uprobe_events", wgk_go_probe(n));
    return keys_gone && packets_gone && gone(tracefs, "events/" WGK_GROUP);
}

/* The kernel's last complaint about a definition: "trace_kprobe: error: ...". */
static void
last_error(int tracefs, char *text, size_t size)
{
    char log[8192];
    const int file = openat(tracefs, "error_log", O_RDONLY | O_CLOEXEC);

    *text = '\0';
    if (file == -1)
        return;
    const ssize_t got = read(file, log, sizeof log - 1);
    close(file);
    if (got <= 0)
        return;
    log[got] = '\0';
    const char *found = NULL;
    for (const char *at = log; (at = strstr(at, "error: ")) != NULL; at++)
        found = at;
    if (found != NULL)
        snprintf(text, size, "%.*s", (int)strcspn(found, "\n"), found);
}

bool
wgk_tracefs_define(int tracefs, const char *file, const char *line, char message[WGK_MESSAGE])
{
    char told[128], function[64] = "";

    sscanf(line, "%*s %63s", function);
    if (put(tracefs, file, line))
        return true;
    const int error = errno;
    if (error == ENOENT && gone(tracefs, file)) {
        wgk_explain(
            message,
            "this kernel has no kprobe_events; it must be built with CONFIG_KPROBE_EVENTS.");
        return false;
    }
    if (error == ENOENT) {
        wgk_explain(message,
                    "WireGuard is in this kernel, but not its function %s: it was compiled in a "
                    "way that this program cannot follow. Please report this with `uname -r`.",
                    function);
        return false;
    }
    const char *advice = "Please report this with the version of the kernel (uname -r).";
    if (error == EPERM)
        advice = "Kernel lockdown or another security policy forbids probes.";
    last_error(tracefs, told, sizeof told);
    wgk_explain(message, "the kernel refuses the probe on %s: %s%s%s. %s", function,
                strerror(error), *told == '\0' ? "" : ", ", told, advice);
    return false;
}

int
wgk_tracefs_instance(int tracefs, enum wgk_instance instance, char message[WGK_MESSAGE])
{
    const char *path = instance_paths[instance];
    char file[PATH];
    int pipe = -1;

    if (mkdirat(tracefs, path, 0700) == -1) {
        wgk_explain(message, "cannot make the trace instance %s/%s: %s.", MOUNT_POINT, path,
                    strerror(errno));
        return -1;
    }
    static const char *const settings[][2] = {
        { "buffer_size_kb", BUFFER_KB },
        { "trace_options", "nocontext-info" }, /* lines begin with the event's name */
        { "trace_options", "norecord-cmd" },
        { "trace_options", "overwrite" },
        { "tracing_on", "1" },
    };
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        snprintf(file, sizeof file, "%s/%s", path, settings[i][0]);
        if (!put(tracefs, file, settings[i][1])) {
            wgk_explain(message, "cannot set %s to %s: %s.", file, settings[i][1], strerror(errno));
            return -1;
        }
    }
    snprintf(file, sizeof file, "%s/trace_pipe", path);
    pipe = openat(tracefs, file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (pipe == -1)
        wgk_explain(message, "cannot open %s: %s.", file, strerror(errno));
    return pipe;
}

bool
wgk_tracefs_filter(int tracefs, enum wgk_instance instance, const char *event, const char *filter)
{
    return put_event(tracefs, instance, event, "filter", filter);
}

bool
wgk_tracefs_enable(int tracefs, enum wgk_instance instance, const char *event)
{
    return put_event(tracefs, instance, event, "enable", "1");
}
