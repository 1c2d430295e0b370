/* os_posix.c
 * Linux, the BSDs, macOS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE /* dladdr */

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wg/os.h"

static void
describe(const struct stat *s, struct wg_os_status *status)
{
    *status = (struct wg_os_status){ .kind = WG_OS_OTHER,
                                     .size = (uint64_t)s->st_size,
                                     .device = (uint64_t)s->st_dev,
                                     .identity = (uint64_t)s->st_ino };
    if (S_ISREG(s->st_mode))
        status->kind = WG_OS_FILE;
    else if (S_ISDIR(s->st_mode))
        status->kind = WG_OS_FOLDER;
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

int
wg_os_open(const char *path, struct wg_os_status *status)
{
    struct stat s;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd == -1)
        return -1;
    if (fstat(fd, &s) == -1) {
        close(fd);
        return -1;
    }
    describe(&s, status);
    return fd;
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

const char *
wg_os_address_text(bool ipv6, const uint8_t *address, char *text)
{
    inet_ntop(ipv6 ? AF_INET6 : AF_INET, address, text, WG_OS_ADDRESS_TEXT_LEN);
    return text;
}

wg_os_function
wg_os_function_beside(wg_os_function neighbour, const char *name)
{
    Dl_info library;
    wg_os_function found = NULL;

    if (dladdr((void *)neighbour, &library) == 0)
        return NULL;
    /* Nothing is loaded that is not loaded already, and the handle stays open as long as the function
     * is used: till the end. */
    void *handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = handle != NULL ? dlsym(handle, name) : NULL;
    /* ISO C has no conversion from a pointer to data to one to a function; POSIX says it works. */
    memcpy(&found, &symbol, sizeof found);
    return found;
}
