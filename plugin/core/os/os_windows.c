/* os_windows.c
 * Windows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "wg/os.h"

/* No number here identifies the file. One that became shorter is taken for another. */
static void
describe(unsigned mode, int64_t size, int64_t written, struct wg_os_status *status)
{
    *status = (struct wg_os_status){ .kind = WG_OS_DEVICE,
                                     .size = (uint64_t)size,
                                     .written = (int64_t)((uint64_t)written * 1000000000) };
    if ((mode & _S_IFMT) == _S_IFREG)
        status->kind = WG_OS_FILE;
    else if ((mode & _S_IFMT) == _S_IFDIR)
        status->kind = WG_OS_FOLDER;
    else if ((mode & _S_IFMT) == _S_IFIFO)
        status->kind = WG_OS_STREAM;
}

bool
wg_os_look(const char *path, struct wg_os_status *status)
{
    GStatBuf s;

    if (g_stat(path, &s) == -1)
        return false;
    describe(s.st_mode, s.st_size, s.st_mtime, status);
    return true;
}

int
wg_os_open(const char *path, struct wg_os_status *status)
{
    /* A folder cannot be opened here. The error is the same as on other systems. */
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        errno = EISDIR;
        return -1;
    }
    const int fd = g_open(path, _O_RDONLY | _O_BINARY | _O_NOINHERIT, 0);
    if (fd == -1 || wg_os_look_again(fd, status))
        return fd;
    _close(fd);
    return -1;
}

bool
wg_os_look_again(int fd, struct wg_os_status *status)
{
    struct _stat64 s;

    if (_fstat64(fd, &s) == -1)
        return false;
    describe(s.st_mode, s.st_size, s.st_mtime, status);
    return true;
}

/* The only way to wait for a pipe here is to read from it. */
int
wg_os_wait(int fd, int seconds)
{
    (void)fd;
    (void)seconds;
    return 1;
}

bool
wg_os_seek(int fd, uint64_t offset)
{
    return _lseeki64(fd, (int64_t)offset, SEEK_SET) != -1;
}

int64_t
wg_os_read(int fd, void *to, size_t room)
{
    return _read(fd, to, (unsigned)MIN(room, INT_MAX));
}

void
wg_os_close(int fd)
{
    _close(fd);
}

/* On Windows a name belongs to the library that it was linked with: there is nothing to look up. */
wg_os_function
wg_os_function_beside(wg_os_function neighbour, const char *name)
{
    (void)neighbour;
    (void)name;
    return NULL;
}
