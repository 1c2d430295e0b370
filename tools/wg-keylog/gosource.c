/* gosource.c
 * See gosource.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "gosource.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "buffer.h"
#include "gosym.h"
#include "probes.h"

#define FUNCTION "/device.(*CookieGenerator).AddMacs"

/* The first two arguments of a function (Go's ABIInternal), for a format. */
#if defined(__x86_64__)
#define SELF    "%%ax"
#define MESSAGE "%%bx"
#elif defined(__aarch64__)
#define SELF    "%%x0"
#define MESSAGE "%%x1"
#endif

/* Where the handshake's members are, before the peer's public key. */
enum { PSK = 72, EPHEMERAL = 40, LOCAL_INDEX = 8, RESPONSE = 2 };

static const char *const names[WGK_GO_PARTS] = { "go0", "go1", "go2" };

const char *
wgk_go_probe(unsigned n)
{
    return names[n];
}

/* ---- What the program says of its interface ---- */

static void
socket_path(char *path, size_t size, const char *interface)
{
    snprintf(path, size, "/var/run/wireguard/%s.sock", interface);
}

static int
connect_to(const char *interface)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const struct timeval patience = { .tv_sec = 5 };
    const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (file == -1)
        return -1;
    socket_path(address.sun_path, sizeof address.sun_path, interface);
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(file, (struct sockaddr *)&address, sizeof address) == -1) {
        const int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    return file;
}

static bool
read_hex(uint8_t key[WGK_KEY], const char *text)
{
    for (unsigned i = 0; i < WGK_KEY; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        key[i] = (uint8_t)byte;
    }
    return true;
}

/* A line "name=value"; false if there is no more memory. */
static bool
take_setting(struct wgk_device *device, const char *line)
{
    if (strncmp(line, "private_key=", 12) == 0 && strlen(line) == 12 + 2 * WGK_KEY) {
        device->has_key = read_hex(device->private_key, line + 12);
    } else if (strncmp(line, "public_key=", 11) == 0 && strlen(line) == 11 + 2 * WGK_KEY) {
        struct wgk_peer *more = calloc(device->n_peers + 1, sizeof *more);
        if (more == NULL)
            return false;
        if (device->n_peers > 0)
            memcpy(more, device->peers, device->n_peers * sizeof *more);
        free(device->peers);
        device->peers = more;
        read_hex(more[device->n_peers++].public_key, line + 11);
    }
    return true;
}

int
wgk_go_device(struct wgk_device *device, const char *interface)
{
    struct wgk_buffer said = { 0 };
    char chunk[4096];
    ssize_t got = 0;
    int error = 0;
    const int file = connect_to(interface);

    memset(device, 0, sizeof *device);
    if (file == -1)
        return errno;
    if (send(file, "get=1\n\n", 7, MSG_NOSIGNAL) != 7)
        error = EIO;
    while (error == 0 && !said.failed &&
           (said.length < 2 || memcmp(said.bytes + said.length - 2, "\n\n", 2) != 0) &&
           (got = read(file, chunk, sizeof chunk)) > 0)
        wgk_buffer_append(&said, chunk, (size_t)got);
    close(file);
    wgk_wipe(chunk, sizeof chunk);
    wgk_buffer_append(&said, "", 1);
    if (said.failed || got <= 0)
        error = EIO;
    char *line = said.bytes, *end;
    while (error == 0 && (end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        if (!take_setting(device, line))
            error = ENOMEM;
        line = end + 1;
    }
    wgk_buffer_free(&said);
    if (error != 0)
        wgk_device_wipe(device);
    return error;
}

/* ---- Which process it is ---- */

/* The inode of the socket that listens at a path, or 0. The process that made it is not the one
 * that has it: wireguard-go passes it to another process of its own and ends. */
static unsigned long
socket_at(const char *path)
{
    char line[512];
    unsigned long inode = 0;
    FILE *list = fopen("/proc/net/unix", "re");

    while (list != NULL && inode == 0 && fgets(line, sizeof line, list) != NULL) {
        unsigned long flags, found;
        char where[256];
        const int listening = 0x10000; /* __SO_ACCEPTCON */
        if (sscanf(line, "%*s %*s %*s %lx %*s %*s %lu %255s", &flags, &found, where) == 3 &&
            (flags & listening) != 0 && strcmp(where, path) == 0)
            inode = found;
    }
    if (list != NULL)
        fclose(list);
    return inode;
}

static bool
has_socket(const char *process, unsigned long inode)
{
    char path[300], wanted[64], link[64];
    bool found = false;

    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    snprintf(path, sizeof path, "/proc/%s/fd", process);
    DIR *files = opendir(path);
    for (struct dirent *file; files != NULL && !found && (file = readdir(files)) != NULL;) {
        const ssize_t length = readlinkat(dirfd(files), file->d_name, link, sizeof link - 1);
        if (length == -1)
            continue;
        link[length] = '\0';
        found = strcmp(link, wanted) == 0;
    }
    if (files != NULL)
        closedir(files);
    return found;
}

/* The process that has the interface, or 0 if none is found. */
static pid_t
find_process(const char *interface)
{
    char path[108];
    pid_t pid = 0;

    socket_path(path, sizeof path, interface);
    const unsigned long inode = socket_at(path);
    if (inode == 0)
        return 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry;
         processes != NULL && pid == 0 && (entry = readdir(processes)) != NULL;)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && has_socket(entry->d_name, inode))
            pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (processes != NULL)
        closedir(processes);
    return pid;
}

/* ---- The probes ---- */

#ifdef SELF
static void
make_probe(char *line, unsigned n, const char *path, uint64_t offset)
{
    size_t length =
        (size_t)snprintf(line, WGK_GO_PROBE_MAX, "p:" WGK_GROUP "/%s %s:0x%llx self=" SELF ":x64",
                         names[n], path, (unsigned long long)offset);

    for (unsigned i = 0; i < WGK_GO_PART / (WGK_GO_WORDS * 8) && length < WGK_GO_PROBE_MAX; i++)
        length += (size_t)snprintf(
            line + length, WGK_GO_PROBE_MAX - length, " m%u=-%u(" SELF "):x64[%d]", i,
            (WGK_GO_PARTS - n) * WGK_GO_PART - i * WGK_GO_WORDS * 8, WGK_GO_WORDS);
    if (n == WGK_GO_PARTS - 1 && length < WGK_GO_PROBE_MAX)
        snprintf(line + length, WGK_GO_PROBE_MAX - length, " msg=+0(" MESSAGE "):x64[%d]",
                 WGK_GO_MESSAGE);
}

static const char *
find_function(const char *path, uint64_t *offset)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    const char *error = "it cannot be read";

    if (file != -1 && fstat(file, &status) == 0 && status.st_size > 0) {
        const size_t length = (size_t)status.st_size;
        void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            error = wgk_gosym_find(bytes, length, FUNCTION, offset);
            munmap(bytes, length);
        }
    }
    if (file != -1)
        close(file);
    return error;
}
#endif

bool
wgk_go_begin(struct wgk_go *go, const char *interface, char message[WGK_MESSAGE])
{
    struct wgk_device device;

    memset(go, 0, sizeof *go);
    snprintf(go->interface, sizeof go->interface, "%s", interface);
    const int error = wgk_go_device(&device, interface);
    if (error != 0) {
        wgk_explain(
            message,
            "no wireguard-go has an interface %s here: /var/run/wireguard/%s.sock: %s. Bring "
            "the tunnel up first; is it in another network namespace (ip netns exec ...)?",
            interface, interface, strerror(error));
        return false;
    }
    wgk_device_wipe(&device);
#ifdef SELF
    /* By the process, not by name: it may run in another mount namespace, or its file may have been
     * replaced. */
    char path[64], name[128];
    uint64_t offset;
    const pid_t pid = find_process(interface);
    if (pid == 0) {
        wgk_explain(message, "the process that has %s is not to be found in /proc.", interface);
        return false;
    }
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(path, name, sizeof name - 1);
    if (length == -1)
        length = 0;
    name[length] = '\0';
    const char *wrong = find_function(path, &offset);
    if (wrong != NULL) {
        wgk_explain(message, "the keys of %s (process %d) cannot be read: %s.", name, (int)pid,
                    wrong);
        return false;
    }
    for (unsigned n = 0; n < WGK_GO_PARTS; n++)
        make_probe(go->line[n], n, path, offset);
    return true;
#else
    wgk_explain(message, "keys of wireguard-go can be read on x86-64 and ARM64 only.");
    return false;
#endif
}

/* ---- The events ---- */

bool
wgk_go_is_line(const char *line)
{
    return line[0] == 'g' && line[1] == 'o' && line[2] >= '0' && line[2] < '0' + WGK_GO_PARTS &&
           line[3] == ':';
}

/* {0x0,0x12,...}: words in this machine's byte order. Moves on to what comes after it. */
static bool
read_words(uint8_t *to, unsigned count, const char **at)
{
    for (unsigned i = 0; i < count; i++) {
        char *end;
        if (*(*at)++ != (i == 0 ? '{' : ','))
            return false;
        const uint64_t word = strtoull(*at, &end, 16);
        if (end == *at)
            return false;
        memcpy(to + 8 * i, &word, 8);
        *at = end;
    }
    return *(*at)++ == '}';
}

static bool
read_array(uint8_t *to, unsigned count, const char *line, const char *name)
{
    const char *at = strstr(line, name);

    if (at == NULL)
        return false;
    at += strlen(name);
    return read_words(to, count, &at);
}

/* The call that a part belongs to. Kernels report the parts in any order, mixed with those of other
 * calls at the same time. */
static struct wgk_go_call *
call_of(struct wgk_go *go, uint64_t self, unsigned n)
{
    struct wgk_go_call *call = NULL;

    for (unsigned i = 0; i < WGK_GO_CALLS && call == NULL; i++)
        if (go->calls[i].parts != 0 && go->calls[i].self == self)
            call = &go->calls[i];
    if (call == NULL)
        call = &go->calls[go->next++ % WGK_GO_CALLS];
    if (call->self != self ||
        (call->parts & 1u << n) != 0) /* another one, or the same peer's next */
        *call = (struct wgk_go_call){ .self = self };
    return call;
}

static void
take_part(struct wgk_go_call *call, unsigned n, const char *line)
{
    uint8_t *to = call->before + n * WGK_GO_PART;

    for (unsigned i = 0; i < WGK_GO_PART / (WGK_GO_WORDS * 8); i++) {
        const char name[] = { ' ', 'm', (char)('0' + i), '=', '\0' };
        read_array(to + i * WGK_GO_WORDS * 8, WGK_GO_WORDS, line, name); /* or it stays zero */
    }
    if (n == WGK_GO_PARTS - 1)
        read_array(call->message, WGK_GO_MESSAGE, line, " msg=");
    call->parts |= 1u << n;
}

bool
wgk_go_take(struct wgk_go *go, const char *line, struct wgk_go_call *complete)
{
    const unsigned n = (unsigned)(line[2] - '0');
    const char *self = strstr(line, " self=0x");

    if (self == NULL)
        return false;
    struct wgk_go_call *call = call_of(go, strtoull(self + strlen(" self="), NULL, 16), n);
    take_part(call, n, line);
    if (call->parts != (1u << WGK_GO_PARTS) - 1)
        return false;
    *complete = *call;
    wgk_wipe(call, sizeof *call);
    return true;
}

bool
wgk_go_find(const struct wgk_go *go, const struct wgk_go_call *call,
            const struct wgk_device *device, struct wgk_event *event)
{
    const uint8_t *end = call->before + sizeof call->before;

    for (size_t i = 0; i < device->n_peers; i++) {
        const uint8_t *from = call->before, *found;
        while ((found = memmem(from, (size_t)(end - from), device->peers[i].public_key, WGK_KEY)) !=
               NULL) {
            from = found + 1;
            /* The message says which index it has; the first four bytes are its type. */
            if (found - call->before < PSK ||
                memcmp(found - LOCAL_INDEX, call->message + 4, 4) != 0 ||
                !wgk_clamped(found - EPHEMERAL))
                continue;
            *event =
                (struct wgk_event){ .type = WGK_HANDSHAKE, .state = call->message[0] == RESPONSE };
            memcpy(event->interface, go->interface, sizeof event->interface);
            memcpy(event->private_key, device->private_key, WGK_KEY);
            memcpy(event->peer_key, found, WGK_KEY);
            memcpy(event->ephemeral_key, found - EPHEMERAL, WGK_KEY);
            memcpy(event->preshared_key, found - PSK, WGK_KEY);
            return true;
        }
    }
    return false;
}
