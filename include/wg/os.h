/* os.h
 * What differs between operating systems, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OS_H
#define WG_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Files ---- */

enum wg_os_kind {
    WG_OS_FILE,
    WG_OS_FOLDER,
    WG_OS_STREAM, /* a pipe, a socket, a terminal: what was read is gone, and more may come */
    WG_OS_DEVICE, /* may never end */
};

struct wg_os_status {
    enum wg_os_kind kind;
    uint64_t size;             /* bytes */
    uint64_t device, identity; /* together: which file it is; zero where the system does not say */
    int64_t written,
        changed; /* nanoseconds since 1970: when the contents changed, and anything of the file */
};

/* What `path` (UTF-8 on Windows, bytes elsewhere) names now. False: errno says why not. */
bool wg_os_look(const char *path, struct wg_os_status *status);

/* Open for reading, without waiting for the other end of a pipe. Programs that are started do not
 * inherit the descriptor. The path of a descriptor of this process (/dev/stdin) works even if it
 * cannot be opened by its name. returns the descriptor, to be closed with wg_os_close, or -1: errno
 * says why */
int wg_os_open(const char *path, struct wg_os_status *status);

/* The status of an open file now. False: errno says why not. */
bool wg_os_look_again(int fd, struct wg_os_status *status);

/* Wait until a stream has something to read, or has ended. returns 1 if it has, 0 if it has not
 * within so many seconds, -1 with errno */
int wg_os_wait(int fd, int seconds);

/* False: errno says why not. */
bool wg_os_seek(int fd, uint64_t offset);

/* Read at most `room` bytes. returns how many were read, 0 at the end, -1 with errno */
int64_t wg_os_read(int fd, void *to, size_t room);

void wg_os_close(int fd);

/* ---- Addresses ---- */

#define WG_OS_ADDRESS_TEXT_LEN 46
/* An address in network order (4 bytes, or 16 with `ipv6`) as text, into
 * `text` (WG_OS_ADDRESS_TEXT_LEN bytes), which is returned. */
const char *wg_os_address_text(bool ipv6, const uint8_t *address, char *text);

/* The reverse, into `address` (4 bytes, or 16 with `ipv6`). False: the text is not an address. */
bool wg_os_address(const char *text, bool ipv6, uint8_t *address);

/* ---- Libraries ---- */

typedef void (*wg_os_function)(void);

/* The function `name` of the library that `neighbour` is in, even if another library of this
 * process has one of that name. NULL if it cannot be found. */
wg_os_function wg_os_function_beside(wg_os_function neighbour, const char *name);

#endif
