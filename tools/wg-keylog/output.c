/* output.c
 * See output.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NOGROUP = 65534,
    PATIENCE = 50, /* tenths of a second, until a FIFO has a reader */
};

static bool
read_id(const char *text, unsigned *id)
{
    char *end;

    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    *id = (unsigned)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && value < UINT32_MAX;
}

/* Whether it is the user of this name; if it is NULL, of this number. */
static bool
is_user(const struct passwd *user, const char *name, uid_t uid)
{
    if (name == NULL)
        return user->pw_uid == uid;
    return strcmp(user->pw_name, name) == 0;
}

/* fgetpwent() reads only the file, so it works in a static program, too. */
static bool
find_user(struct wgk_caller *caller, const char *name)
{
    FILE *users = fopen("/etc/passwd", "re");
    const struct passwd *user;
    bool found = false;

    while (users != NULL && !found && (user = fgetpwent(users)) != NULL) {
        found = is_user(user, name, caller->uid);
        if (found)
            *caller = (struct wgk_caller){ user->pw_uid, user->pw_gid };
    }
    if (users != NULL)
        fclose(users);
    return found;
}

bool
wgk_caller_find(struct wgk_caller *caller, char message[WGK_MESSAGE])
{
    const char *sudo = getenv("SUDO_UID"), *group = getenv("SUDO_GID");
    const char *pkexec = getenv("PKEXEC_UID"), *doas = getenv("DOAS_USER");
    unsigned uid = 0, gid = 0;

    *caller = (struct wgk_caller){ getuid(), getgid() };
    if (caller->uid != geteuid() || caller->gid != getegid()) {
        wgk_explain(message, "must not be installed setuid or setgid; use sudo.");
        return false;
    }
    if (caller->uid != 0)
        return true;
    if (pkexec != NULL) {
        if (!read_id(pkexec, &uid)) {
            wgk_explain(message, "PKEXEC_UID is no number.");
            return false;
        }
        *caller = (struct wgk_caller){ uid, NOGROUP };
        find_user(caller, NULL);
    } else if (sudo != NULL) {
        if (!read_id(sudo, &uid) || group == NULL || !read_id(group, &gid)) {
            wgk_explain(message, "SUDO_UID and SUDO_GID are no numbers.");
            return false;
        }
        *caller = (struct wgk_caller){ uid, gid };
    } else if (doas != NULL && !find_user(caller, doas)) {
        wgk_explain(message, "there is no user DOAS_USER in /etc/passwd.");
        return false;
    }
    return true;
}

/* open() with the caller's rights. */
static int
open_as(const struct wgk_caller *caller, const char *path, int flags, mode_t mode)
{
    gid_t groups[256];
    const int n = getgroups(256, groups);

    if (caller->uid == geteuid())
        return open(path, flags, mode);
    if (n == -1 || setgroups(1, &caller->gid) == -1 || setegid(caller->gid) == -1 ||
        seteuid(caller->uid) == -1)
        abort(); /* a mixture of two users */
    const int file = open(path, flags, mode);
    const int error = errno;
    if (seteuid(0) == -1 || setegid(0) == -1 || setgroups((size_t)n, groups) == -1)
        abort();
    errno = error;
    return file;
}

int
wgk_output_create(const char *path, const struct wgk_caller *caller, char message[WGK_MESSAGE])
{
    const int file = open_as(caller, path,
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

    if (file == -1 && errno == EEXIST)
        wgk_explain(
            message,
            "%.200s is there already, and is left as it is; give another name or remove it.", path);
    else if (file == -1)
        wgk_explain(message, "cannot make %.200s: %s (files are made with the rights of user %u).",
                    path, strerror(errno), (unsigned)caller->uid);
    return file;
}

int
wgk_output_fifo(const char *path, const struct wgk_caller *caller, char message[WGK_MESSAGE])
{
    const struct timespec tenth = { .tv_nsec = 100000000 };
    const int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct stat status;
    int file = open_as(caller, path, flags, 0);

    /* Without a reader, opening a FIFO for writing fails with ENXIO. */
    for (unsigned i = 0; file == -1 && errno == ENXIO && i < PATIENCE; i++) {
        nanosleep(&tenth, NULL);
        file = open_as(caller, path, flags, 0);
    }
    if (file == -1) {
        wgk_explain(message, "cannot open the FIFO %.200s: %s.", path, strerror(errno));
        return -1;
    }
    if (fstat(file, &status) == -1 || !S_ISFIFO(status.st_mode) || status.st_uid != caller->uid) {
        wgk_explain(message, "%.200s is no FIFO of user %u.", path, (unsigned)caller->uid);
        close(file);
        return -1;
    }
    fcntl(file, F_SETFL, 0);
    return file;
}

bool
wgk_output_write(int file, struct wgk_buffer *buffer)
{
    size_t done = 0;

    while (done < buffer->length) {
        const ssize_t put = write(file, buffer->bytes + done, buffer->length - done);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            return false;
        done += (size_t)put;
    }
    wgk_buffer_empty(buffer);
    return true;
}
