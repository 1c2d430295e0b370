/* extcap.c
 * See extcap.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "extcap.h"

#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "say.h"

#define PREFIX "wg-keylog-"

enum {
    ARPHRD_NO_HEADER = 65534, /* WireGuard's own interfaces, tun */
    DLT_ETHERNET = 1,
    DLT_RAW = 12,
    DLT_LINUX_SLL2 = 276,
};

void
wgk_extcap_option(struct wgk_extcap *extcap, enum wgk_extcap_option option, const char *value)
{
    switch (option) {
    case WGK_EXTCAP_INTERFACE:
        if (strncmp(value, PREFIX, sizeof PREFIX - 1) == 0)
            value += sizeof PREFIX - 1;
        extcap->interface = value;
        break;
    case WGK_EXTCAP_FILTER:
        extcap->filter = value;
        break;
    case WGK_EXTCAP_VERSION:
        break;
    default:
        extcap->asked = true;
        extcap->what = option;
    }
}

/* The kind of an interface's hardware; -1 where there is none. */
static int
hardware(const char *interface)
{
    char path[64];
    int type = -1;

    snprintf(path, sizeof path, "/sys/class/net/%s/type", interface);
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%d", &type) != 1)
        type = -1;
    if (file != NULL)
        fclose(file);
    return type;
}

static void
list_interfaces(void)
{
    struct if_nameindex *all = if_nameindex();

    printf("extcap {version=" WGK_VERSION "}{display=WireGuard with keys}\n");
    for (struct if_nameindex *at = all; at != NULL && at->if_index != 0; at++)
        if (hardware(at->if_name) != ARPHRD_NO_HEADER && strcmp(at->if_name, "lo") != 0)
            printf("interface {value=" PREFIX "%s}{display=WireGuard with keys: %s}\n", at->if_name,
                   at->if_name);
    printf("interface {value=" PREFIX "any}{display=WireGuard with keys: any}\n");
    if (all != NULL)
        if_freenameindex(all);
}

static void
list_link_types(const char *interface)
{
    const bool any = interface != NULL && strcmp(interface, "any") == 0;

    if (any)
        printf("dlt {number=%d}{name=LINUX_SLL2}{display=Linux cooked v2}\n", DLT_LINUX_SLL2);
    else if (interface != NULL && hardware(interface) == ARPHRD_NO_HEADER)
        printf("dlt {number=%d}{name=RAW}{display=Raw IP}\n", DLT_RAW);
    else
        printf("dlt {number=%d}{name=EN10MB}{display=Ethernet}\n", DLT_ETHERNET);
}

static void
list_options(void)
{
    printf("arg {number=0}{call=--interface}{display=WireGuard interface}{type=string}"
           "{tooltip=Whose keys to read; empty: those of all}{placeholder=all}\n"
           "arg {number=1}{call=--filter}{display=Capture filter}{type=string}"
           "{tooltip=What to capture, as tcpdump takes it}{placeholder=udp port 51820}\n"
           "arg {number=2}{call=--long-term}{display=Put long-term keys into the capture too}"
           "{type=boolflag}{default=false}"
           "{tooltip=Opens handshakes as well. The capture then holds the interface's private key: "
           "never share it}\n"
           "arg {number=3}{call=--new-only}{display=Only sessions that begin during the capture}"
           "{type=boolflag}{default=false}{tooltip=Ignores sessions that are already running}\n");
}

/* Start this program again with root's rights. */
static void __attribute__((noreturn)) with_rights(const struct wgk_options *options)
{
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *arguments[20];
    unsigned n = 0;

    if (length == -1) {
        wgk_say("cannot tell where this program is: %s.", strerror(errno));
        exit(1);
    }
    self[length] = '\0';
    const bool desktop = getenv("DISPLAY") != NULL || getenv("WAYLAND_DISPLAY") != NULL;
    if (desktop && access("/usr/bin/pkexec", X_OK) == 0) {
        arguments[n++] = "/usr/bin/pkexec";
    } else {
        arguments[n++] = "/usr/bin/sudo";
        arguments[n++] = getenv("SUDO_ASKPASS") != NULL ? "-A" : "-n";
        arguments[n++] = "--";
    }
    arguments[n++] = self;
    arguments[n++] = "--pcapng";
    arguments[n++] = options->capture;
    arguments[n++] = "--fifo";
    arguments[n++] = options->fifo;
    if (options->filter != NULL) {
        arguments[n++] = "--filter";
        arguments[n++] = options->filter;
    }
    if (options->interface != NULL) {
        arguments[n++] = "--interface";
        arguments[n++] = options->interface;
    }
    if (options->long_term)
        arguments[n++] = "--long-term";
    if (options->new_only)
        arguments[n++] = "--new-only";
    arguments[n] = NULL;
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    wgk_say("keys take root's rights, and neither pkexec nor sudo is here to ask for them.");
    exit(1);
}

/* Wireshark waits without limit until its FIFO is opened, and shows messages from standard error
 * only then. So one process stays and opens the FIFO if the other one fails. */
static void
stay_behind(const struct wgk_options *options)
{
    char message[WGK_MESSAGE];
    struct wgk_caller caller;
    const pid_t worker = fork();
    int status = 0;

    if (worker <= 0)
        return; /* the worker, or there is no process to stay */
    while (waitpid(worker, &status, 0) == -1 && errno == EINTR)
        ;
    if (status == 0)
        exit(0);
    if (wgk_caller_find(&caller, message)) {
        const int fifo = wgk_output_fifo(options->fifo, &caller, message);
        if (fifo != -1)
            close(fifo);
    }
    exit(1);
}

void
wgk_extcap_answer(const struct wgk_extcap *extcap, const struct wgk_options *options)
{
    switch (extcap->what) {
    case WGK_EXTCAP_INTERFACES:
        list_interfaces();
        break;
    case WGK_EXTCAP_DLTS:
        list_link_types(options->capture);
        break;
    case WGK_EXTCAP_CONFIG:
        list_options();
        break;
    default:
        if (options->capture == NULL || options->fifo == NULL) {
            wgk_say("--capture needs --extcap-interface and --fifo.");
            exit(2);
        }
        stay_behind(options);
        if (geteuid() == 0)
            return;
        with_rights(options);
    }
    exit(0);
}
