/* kernel.c
 * See kernel.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF "/sys/kernel/btf/"

enum { MAX_BTF = 64 * 1024 * 1024 };

struct content {
    char *bytes;
    size_t length;
};

/* Make room for more of the file. returns false if it is too long, or there is no memory */
static bool
grow(struct content *content, size_t *room)
{
    size_t wanted = 64 * 1024;

    if (*room > 0)
        wanted = *room * 2;
    if (wanted > MAX_BTF)
        return false;
    char *more = realloc(content->bytes, wanted);
    if (more == NULL)
        return false;
    content->bytes = more;
    *room = wanted;
    return true;
}

/* The whole of a file; errno is set if it cannot be read. sysfs gives no useful sizes. */
static bool
read_file(struct content *content, const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t room = 0;
    ssize_t got = 1;

    *content = (struct content){ 0 };
    while (file != -1 && got > 0) {
        if (content->length == room && !grow(content, &room)) {
            errno = EFBIG;
            got = -1;
            break;
        }
        got = read(file, content->bytes + content->length, room - content->length);
        if (got > 0)
            content->length += (size_t)got;
    }
    const int error = errno;
    if (file != -1)
        close(file);
    errno = error;
    if (file != -1 && got == 0)
        return true;
    free(content->bytes);
    *content = (struct content){ 0 };
    return false;
}

static bool
locked_down(void)
{
    struct content content;
    const bool locked = read_file(&content, "/sys/kernel/security/lockdown") &&
                        memmem(content.bytes, content.length, "[confidentiality]", 17) != NULL;

    free(content.bytes);
    return locked;
}

enum where { NOWHERE, IN_MODULE, BUILT_IN };

/* Where WireGuard is. Only a module has a state. The list of all symbols would say more, but
 * reading it takes seconds on a small machine. */
static enum where
find_wireguard(void)
{
    if (access("/sys/module/wireguard", F_OK) == -1)
        return NOWHERE;
    if (access("/sys/module/wireguard/initstate", F_OK) == 0)
        return IN_MODULE;
    return BUILT_IN;
}

static void
explain_no_btf(char message[WGK_MESSAGE], const char *path, const char *option)
{
    wgk_explain(message,
                "this kernel does not describe its own types: %s: %s. It must be built with %s, as "
                "the kernels of Debian, Ubuntu, Fedora and Arch are; OpenWrt's own is not.",
                path, strerror(errno), option);
}

/* Read both descriptions, and make the probes from them. */
static bool
make_probes(struct wgk_probes *probes, enum where where, char message[WGK_MESSAGE])
{
    struct content base, module = { 0 };
    const char *error;
    bool made = false;

    if (!read_file(&base, BTF "vmlinux")) {
        explain_no_btf(message, BTF "vmlinux", "CONFIG_DEBUG_INFO_BTF");
        return false;
    }
    if (where == IN_MODULE && !read_file(&module, BTF "wireguard")) {
        explain_no_btf(message, BTF "wireguard", "CONFIG_DEBUG_INFO_BTF_MODULES");
    } else {
        struct wgk_btf *btf =
            wgk_btf_new(base.bytes, base.length, module.bytes, module.length, &error);
        if (btf == NULL) {
            wgk_explain(message,
                        "the kernel's description of its types (" BTF ") cannot be used: %s.",
                        error);
        } else {
            error = wgk_probes_make(probes, btf, where == IN_MODULE);
            if (error != NULL)
                wgk_explain(
                    message,
                    "this kernel's WireGuard differs from those that this program knows: there "
                    "is no %s, or it has another size. Please report this with `uname -r`.",
                    error);
            made = error == NULL;
            wgk_btf_free(btf);
        }
    }
    free(base.bytes);
    free(module.bytes);
    return made;
}

bool
wgk_kernel_allows(char message[WGK_MESSAGE])
{
    if (geteuid() != 0) {
        wgk_explain(message, "needs root to look into the kernel: say `sudo wg-keylog ...`.");
        return false;
    }
    if (locked_down()) {
        wgk_explain(message,
                    "the kernel is locked down (confidentiality), and then lets nobody read its "
                    "memory, root included. Boot without lockdown=confidentiality; "
                    "`integrity` is fine.");
        return false;
    }
    return true;
}

bool
wgk_kernel_probes(struct wgk_probes *probes, char message[WGK_MESSAGE])
{
    const enum where where = find_wireguard();
    if (where == NOWHERE) {
        wgk_explain(message,
                    "the kernel's WireGuard is not loaded: bring the tunnel up, or say "
                    "`modprobe wireguard`. A tunnel of wireguard-go is not the kernel's: see "
                    "--wireguard-go in --help.");
        return false;
    }
    return make_probes(probes, where, message);
}

uint32_t
wgk_kernel_netns(void)
{
    struct stat status;

    if (stat("/proc/self/ns/net", &status) == 0)
        return (uint32_t)status.st_ino;
    return 0;
}
