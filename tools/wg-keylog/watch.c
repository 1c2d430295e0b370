/* watch.c
 * See watch.h.
 *
 * The order of one round: take the packets that have come, then the events, then write the keys,
 * then the packets. The kernel makes a key before it sends the first packet that the key opens, so
 * in this order the key is written before that packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "capture.h"
#include "gosource.h"
#include "kernel.h"
#include "keylines.h"
#include "netlink.h"
#include "output.h"
#include "pcapng.h"
#include "sessions.h"
#include "tracefs.h"
#include "watch_private.h"

enum {
    ROUND_MS = 200,    /* at most, between two looks at the events */
    LAST_MS = 2000,    /* for the capture program to end */
    FILTER = 3072,     /* characters; the kernel allows a page */
    PACKETS_MIN_S = 3, /* look for running sessions at least this long */
};

static volatile sig_atomic_t stopped;

void
wgk_watch_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static time_t
monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

void
wgk_fail(struct watch *watch, const char *format, ...)
{
    char text[WGK_MESSAGE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wgk_say("%s", text);
    watch->failed = true;
}

/* ---- The interfaces ---- */

/* Call `take` for each watched WireGuard interface that exists now. */
static unsigned
each_device(struct watch *watch,
            void (*take)(struct watch *, const char *, const struct wgk_device *))
{
    struct if_nameindex *all = if_nameindex();
    unsigned n = 0;

    for (struct if_nameindex *at = all; at != NULL && at->if_index != 0; at++) {
        struct wgk_device device;
        if (watch->options->interface != NULL &&
            strcmp(watch->options->interface, at->if_name) != 0)
            continue;
        if (wgk_device_read(&device, at->if_name) != 0)
            continue;
        n++;
        take(watch, at->if_name, &device);
        wgk_device_wipe(&device);
    }
    if (all != NULL)
        if_freenameindex(all);
    return n;
}

static void
take_static_keys(struct watch *watch, const char *name, const struct wgk_device *device)
{
    if (watch->options->capture != NULL && watch->options->long_term)
        wgk_lines_device(&watch->secrets, device);
}

static bool
check_interface(struct watch *watch)
{
    const char *name = watch->options->interface;
    struct wgk_device device;

    if (name != NULL) {
        const int error = wgk_device_read(&device, name);
        if (error == ENODEV)
            wgk_fail(
                watch,
                "there is no interface %s in this network namespace; `wg show interfaces` lists "
                "them, and `ip netns exec NAME wg-keylog ...` looks into another namespace.",
                name);
        else if (error == EOPNOTSUPP)
            wgk_fail(watch, "%s is no interface of the kernel's WireGuard.", name);
        else if (error != 0)
            wgk_fail(watch, "the kernel does not say what %s is: %s.", name, strerror(error));
        if (error != 0)
            return false;
        wgk_device_wipe(&device);
    }
    if (each_device(watch, take_static_keys) == 0)
        wgk_say("there is no WireGuard interface in this network namespace yet; waiting for one.");
    return true;
}

/* ---- Events ---- */

/* Check once for each interface that what was read is what the kernel itself says, which proves
 * that the offsets are right. Nothing is written before. */
static bool
agrees(struct watch *watch, const struct wgk_event *event)
{
    struct wgk_device device;

    if (strcmp(watch->checked, event->interface) == 0)
        return true;
    if (wgk_device_read(&device, event->interface) != 0)
        return false; /* it no longer exists */
    const struct wgk_peer *peer = wgk_device_peer(&device, event->peer_key);
    bool same = peer != NULL;
    if (event->type == WGK_HANDSHAKE)
        same = same && device.has_key && wgk_same(device.private_key, event->private_key) &&
               wgk_same(peer->preshared_key, event->preshared_key) &&
               wgk_clamped(event->ephemeral_key);
    else
        same = same && !wgk_zero(event->sending_key) && !wgk_zero(event->receiving_key);
    wgk_device_wipe(&device);
    if (!same)
        wgk_fail(
            watch,
            "stopped: what was read from the kernel's memory is not what the kernel says of %s "
            "itself. Nothing of it was written. If the keys of %s were changed this very moment, "
            "start again; otherwise, please report this with `uname -r`.",
            event->interface, event->interface);
    else if (event->type == WGK_HANDSHAKE)
        snprintf(watch->checked, sizeof watch->checked, "%s", event->interface);
    return same;
}

static void
narrow_packets(struct watch *watch)
{
    char filter[FILTER], known[FILTER - 128];

    wgk_sessions_filter(&watch->sessions, known, sizeof known);
    snprintf(filter, sizeof filter, "netns == %u%s%s", watch->netns, *known == '\0' ? "" : " && ",
             known);
    wgk_tracefs_filter(watch->tracefs, WGK_PACKETS, wgk_probe_name(WGK_PACKET), filter);
}

static void
take_event(struct watch *watch, const struct wgk_event *event)
{
    const char *wanted = watch->options->interface;

    if (event->netns != watch->netns || (wanted != NULL && strcmp(wanted, event->interface) != 0))
        return;
    if (event->type != WGK_HANDSHAKE &&
        (event->local_index == 0 || !wgk_sessions_add(&watch->sessions, event)))
        return;
    if (!agrees(watch, event))
        return;
    if (event->type != WGK_HANDSHAKE) {
        wgk_lines_session(&watch->secrets, event);
        return;
    }
    watch->handshakes++;
    if (watch->options->long_term)
        wgk_lines_handshake(&watch->secrets, event, event->state == watch->probes->responder_state);
}

/* The list of peers is read each time: they come and go. */
static void
take_go_line(struct watch *watch, const char *line)
{
    struct wgk_go_call call;
    struct wgk_device device;
    struct wgk_event event;

    if (!wgk_go_take(watch->go, line, &call))
        return;
    if (wgk_go_device(&device, watch->go->interface) == 0) {
        if (wgk_go_find(watch->go, &call, &device, &event)) {
            watch->handshakes++;
            wgk_lines_handshake(&watch->secrets, &event, event.state != 0);
            wgk_wipe(&event, sizeof event);
        }
        wgk_device_wipe(&device);
    }
    wgk_wipe(&call, sizeof call);
}

static void
take_line(struct watch *watch, const char *line)
{
    struct wgk_event event;

    if (watch->go != NULL && wgk_go_is_line(line)) {
        take_go_line(watch, line);
        return;
    }
    switch (wgk_event_read(&event, line)) {
    case WGK_LINE_EVENT:
        take_event(watch, &event);
        break;
    case WGK_LINE_LOST:
        watch->lost++;
        break;
    case WGK_LINE_BAD:
        watch->bad++;
        break;
    case WGK_LINE_OTHER:
        break;
    }
    wgk_wipe(&event, sizeof event);
}

static void
drain(struct watch *watch, enum wgk_instance instance)
{
    struct wgk_buffer *text = &watch->text[instance];
    const size_t known = watch->sessions.n;
    const unsigned long lost = watch->lost;
    char chunk[16384];
    ssize_t got;

    while (watch->pipes[instance] != -1 && !watch->failed &&
           (got = read(watch->pipes[instance], chunk, sizeof chunk)) > 0) {
        size_t done = 0;
        char *end;
        wgk_buffer_append(text, chunk, (size_t)got);
        while (done < text->length &&
               (end = memchr(text->bytes + done, '\n', text->length - done)) != NULL) {
            *end = '\0';
            take_line(watch, text->bytes + done);
            done = (size_t)(end - text->bytes) + 1;
        }
        wgk_buffer_drop(text, done);
    }
    wgk_wipe(chunk, sizeof chunk);
    if (instance == WGK_PACKETS) {
        watch->lost = lost; /* the same sessions come again */
        if (watch->sessions.n != known)
            narrow_packets(watch);
    }
}

/* ---- Sessions that are already running ---- */

static void
add_incomplete(struct watch *watch, const char *name, const struct wgk_device *device)
{
    (void)name;
    if (!wgk_sessions_complete(&watch->sessions, device, time(NULL)))
        watch->complete = false;
}

static void
end_packets(struct watch *watch)
{
    if (watch->pipes[WGK_PACKETS] == -1)
        return;
    close(watch->pipes[WGK_PACKETS]);
    watch->pipes[WGK_PACKETS] = -1;
    wgk_tracefs_remove(watch->tracefs, WGK_PACKETS);
}

/* Remove the probe at every packet as soon as it has nothing more to find. */
static void
review_packets(struct watch *watch)
{
    const time_t past = monotonic() - watch->began;

    if (watch->pipes[WGK_PACKETS] == -1 || past < PACKETS_MIN_S)
        return;
    watch->complete = true;
    each_device(watch, add_incomplete);
    if (watch->complete || past > WGK_SESSION_SECONDS)
        end_packets(watch);
}

/* ---- Output ---- */

static void
write_out(struct watch *watch, struct wgk_buffer *bytes)
{
    if (watch->closed || watch->failed)
        return;
    if (bytes->failed || watch->out.failed || watch->secrets.failed) {
        wgk_fail(watch, "out of memory.");
    } else if (!wgk_output_write(watch->output, bytes)) {
        if (errno == EPIPE)
            watch->closed = true;
        else
            wgk_fail(watch, "cannot write: %s.", strerror(errno));
    }
}

static void
write_capture(struct watch *watch)
{
    enum wgk_pcap_status status;
    const bool begun =
        wgk_pcapng_begin(&watch->out, &watch->pcap, watch->options->capture, &status);

    if (begun && watch->secrets.length > 0) {
        wgk_pcapng_secrets(&watch->out, &watch->secrets);
        wgk_buffer_empty(&watch->secrets);
    }
    if (begun)
        status = wgk_pcapng_packets(&watch->out, &watch->pcap, watch->options->capture);
    if (status == WGK_PCAP_FOREIGN)
        wgk_fail(watch, "the capture program writes something else than pcap.");
    write_out(watch, &watch->out);
}

static void
say_ready(struct watch *watch)
{
    if (watch->ready || (watch->options->capture != NULL && !watch->pcap.has_header))
        return;
    watch->ready = true;
    /* Wireshark shows every message of an extcap as an error. */
    if (watch->options->fifo == NULL)
        wgk_say("ready; Ctrl-C ends it");
}

static void
one_round(struct watch *watch)
{
    if (watch->options->capture != NULL && !wgk_capture_read(&watch->capture, &watch->pcap.pending))
        wgk_fail(watch, "out of memory.");
    drain(watch, WGK_PACKETS);
    drain(watch, WGK_KEYS);
    if (watch->options->capture != NULL)
        write_capture(watch);
    else
        write_out(watch, &watch->secrets);
    say_ready(watch);
}

/* ---- Life ---- */

static bool
start_capture(struct watch *watch)
{
    char message[WGK_MESSAGE];

    if (watch->options->capture == NULL ||
        wgk_capture_start(&watch->capture, watch->options->capture, watch->options->filter,
                          message))
        return true;
    wgk_fail(watch, "%s", message);
    return false;
}

static void
wait_for_something(const struct watch *watch, int milliseconds)
{
    struct pollfd files[] = {
        { .fd = watch->pipes[WGK_KEYS], .events = POLLIN },
        { .fd = watch->pipes[WGK_PACKETS], .events = POLLIN },
        { .fd = watch->capture.packets, .events = POLLIN },
        { .fd = watch->output, .events = 0 },
    };

    poll(files, sizeof files / sizeof *files, milliseconds);
}

/* This notices a pipe without a reader before anything is written to it. */
static bool
has_reader(const struct watch *watch)
{
    struct pollfd output = { .fd = watch->output };

    return poll(&output, 1, 0) == 0 || !(output.revents & (POLLERR | POLLHUP));
}

static void
run(struct watch *watch, bool (*alive)(void *), void *user)
{
    const unsigned duration = watch->options->duration;
    time_t looked = watch->began;

    while (!stopped && !watch->failed && !watch->closed) {
        one_round(watch);
        if (watch->options->capture != NULL && watch->capture.packets == -1)
            return;
        if (!has_reader(watch))
            watch->closed = true;
        const time_t now = monotonic();
        if (duration != 0 && now - watch->began >= (time_t)duration)
            return;
        if (now != looked) {
            looked = now;
            if (!alive(user))
                wgk_fail(watch, "stopped: the process that would take the probes out is gone.");
            review_packets(watch);
        }
        wait_for_something(watch, ROUND_MS);
    }
}

static void
end(struct watch *watch)
{
    char message[WGK_MESSAGE];
    const bool asked = watch->capture.packets != -1;

    wgk_capture_stop(&watch->capture);
    for (int left = LAST_MS; left > 0 && watch->capture.packets != -1; left -= ROUND_MS) {
        wait_for_something(watch, ROUND_MS);
        one_round(watch);
    }
    if (!watch->failed)
        one_round(watch);
    if (!wgk_capture_end(&watch->capture, asked, message))
        wgk_fail(watch, "%s", message);
    end_packets(watch);
    if (watch->pipes[WGK_KEYS] != -1)
        close(watch->pipes[WGK_KEYS]);
    for (unsigned i = 0; i < 2; i++)
        wgk_buffer_free(&watch->text[i]);
    wgk_buffer_free(&watch->secrets);
    wgk_buffer_free(&watch->out);
    wgk_buffer_free(&watch->pcap.pending);
}

static void
tell(const struct watch *watch)
{
    if (watch->lost > 0)
        wgk_say("the kernel had to drop events %lu times: keys are missing.", watch->lost);
    if (watch->bad > 0)
        wgk_say("%lu events were not as expected, and were left out; please report this with "
                "`uname -r`.",
                watch->bad);
    if (watch->options->fifo == NULL)
        wgk_say("%lu handshake messages, %zu sessions", watch->handshakes, watch->sessions.n);
}

bool
wgk_watch(const struct wgk_options *options, const struct wgk_probes *probes, struct wgk_go *go,
          int tracefs, int output, bool (*alive)(void *), void *user)
{
    struct watch *watch = calloc(1, sizeof *watch);
    bool started, good;

    if (watch == NULL)
        return false;
    *watch = (struct watch){ .options = options,
                             .probes = probes,
                             .go = go,
                             .tracefs = tracefs,
                             .output = output,
                             .netns = wgk_kernel_netns(),
                             .pipes = { -1, -1 },
                             .began = monotonic(),
                             .capture = { .pid = -1, .packets = -1, .told = -1 } };
    if (go != NULL)
        started = wgk_start_go(watch);
    else
        started = check_interface(watch) && wgk_start_kernel(watch);
    if (started && start_capture(watch))
        run(watch, alive, user);
    end(watch);
    if (!watch->failed)
        tell(watch);
    good = !watch->failed;
    free(watch);
    return good;
}
