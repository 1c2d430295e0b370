/* os_posix.c
 * Linux, the BSDs, macOS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE /* dladdr */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "wg/os.h"

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

/* Computed unsigned, since a file system may hold any time. */
static int64_t
nanoseconds(const struct timespec *t)
{
    return (int64_t)((uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec);
}

static void
describe(const struct stat *s, struct wg_os_status *status)
{
    *status = (struct wg_os_status){ .kind = WG_OS_STREAM,
                                     .size = (uint64_t)s->st_size,
                                     .device = (uint64_t)s->st_dev,
                                     .identity = (uint64_t)s->st_ino,
                                     .written = nanoseconds(&s->st_mtim),
                                     .changed = nanoseconds(&s->st_ctim) };
    if (S_ISREG(s->st_mode))
        status->kind = WG_OS_FILE;
    else if (S_ISDIR(s->st_mode))
        status->kind = WG_OS_FOLDER;
    else if (S_ISCHR(s->st_mode) || S_ISBLK(s->st_mode))
        status->kind = WG_OS_DEVICE;
}

bool
wg_os_look(const char *path, struct wg_os_status *status)
{
    struct stat s;

    if (stat(path, &s) == -1)
        return false;
    describe(&s, status);
    return true;
}

bool
wg_os_look_again(int fd, struct wg_os_status *status)
{
    struct stat s;

    if (fstat(fd, &s) == -1)
        return false;
    describe(&s, status);
    if (status->kind == WG_OS_DEVICE && isatty(fd))
        status->kind = WG_OS_STREAM;
    return true;
}

/* The number in /dev/stdin, /dev/fd/N and /proc/self/fd/N, or -1. */
static int
named_descriptor(const char *path)
{
    static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };

    if (strcmp(path, "/dev/stdin") == 0)
        return STDIN_FILENO;
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        guint64 number;
        if (g_str_has_prefix(path, folders[i]) &&
            g_ascii_string_to_unsigned(path + strlen(folders[i]), 10, 0, G_MAXINT, &number, NULL))
            return (int)number;
    }
    return -1;
}

/* A socket, or a pipe of another user, cannot be opened by its name, but its descriptor can be
 * used. */
static int
open_path(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const int error = errno, named = named_descriptor(path);

    if (fd != -1 || named == -1)
        return fd;
    const int copy = fcntl(named, F_DUPFD_CLOEXEC, 0);
    if (copy == -1)
        errno = error;
    return copy;
}

int
wg_os_open(const char *path, struct wg_os_status *status)
{
    const int fd = open_path(path);

    if (fd == -1 || wg_os_look_again(fd, status))
        return fd;
    close(fd);
    return -1;
}

int
wg_os_wait(int fd, int seconds)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };
    return poll(&wanted, 1, seconds * 1000);
}

bool
wg_os_seek(int fd, uint64_t offset)
{
    return lseek(fd, (off_t)offset, SEEK_SET) != -1;
}

int64_t
wg_os_read(int fd, void *to, size_t room)
{
    return read(fd, to, room);
}

void
wg_os_close(int fd)
{
    close(fd);
}

wg_os_function
wg_os_function_beside(wg_os_function neighbour, const char *name)
{
    Dl_info library;
    wg_os_function found = NULL;

    if (dladdr((void *)neighbour, &library) == 0)
        return NULL;
    /* Nothing new is loaded, and the handle is never closed, since its function stays in use. */
    void *handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == NULL)
        return NULL;
    void *symbol = dlsym(handle, name);
    /* ISO C has no conversion from a pointer to data to one to a function; POSIX says it works. */
    memcpy(&found, &symbol, sizeof found);
    return found;
}
