/* test_output.c
 * Where secrets go: pcapng blocks, and files that are never opened through a link or over another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "pcapng.h"

/* ---- pcapng ---- */

/* A pcap of two packets, in this machine's byte order. */
static const uint32_t nanosecond_pcap[] = {
    0xa1b23c4d, 0x00040002, 0, 0, 65535, 1, 1700000000, 999999999, 5, 60, 0x04030201, 5,
};

static void
feed(struct wgk_pcap *pcap, const void *bytes, size_t length)
{
    wgk_buffer_append(&pcap->pending, bytes, length);
}

static uint32_t
word(const struct wgk_buffer *out, size_t at)
{
    uint32_t value;

    g_assert_cmpuint(at + 4, <=, out->length);
    memcpy(&value, out->bytes + at, 4);
    return value;
}

/* The types of the blocks; each must have its length at both ends. */
static char *
blocks(const struct wgk_buffer *out)
{
    GString *types = g_string_new(NULL);

    for (size_t at = 0; at < out->length; at += word(out, at + 4)) {
        const uint32_t length = word(out, at + 4);
        g_assert_cmpuint(length % 4, ==, 0);
        g_assert_cmpuint(word(out, at + length - 4), ==, length);
        g_string_append_printf(types, "%x ", word(out, at));
    }
    return g_string_free(types, FALSE);
}

static void
test_pcapng(void)
{
    struct wgk_buffer out = { 0 }, lines = { 0 };
    struct wgk_pcap pcap = { 0 };
    enum wgk_pcap_status status;
    const char *bytes = (const char *)nanosecond_pcap;
    const size_t packet = 24 + 16 + 5;

    /* Byte by byte: nothing comes before it is whole. */
    for (size_t i = 0; i < 23; i++) {
        feed(&pcap, bytes + i, 1);
        g_assert_false(wgk_pcapng_begin(&out, &pcap, "eth0", &status));
        g_assert_cmpint(status, ==, WGK_PCAP_GOOD);
    }
    feed(&pcap, bytes + 23, 1);
    g_assert_true(wgk_pcapng_begin(&out, &pcap, "eth0", &status));
    wgk_buffer_print(&lines, "0x00000001 key\n");
    wgk_pcapng_secrets(&out, &lines);
    for (size_t i = 24; i < packet; i++) {
        char *before = blocks(&out);
        g_assert_cmpstr(before, ==, "a0d0d0a 1 a ");
        g_free(before);
        feed(&pcap, bytes + i, 1);
        g_assert_cmpint(wgk_pcapng_packets(&out, &pcap, "eth0"), ==, WGK_PCAP_GOOD);
    }
    char *types = blocks(&out);
    g_assert_cmpstr(types, ==, "a0d0d0a 1 a 6 ");
    g_free(types);

    const size_t at = out.length - 32 - 8;
    const guint64 time = G_GUINT64_CONSTANT(1700000000999999999);
    g_assert_cmpuint(word(&out, at + 12), ==, (uint32_t)(time >> 32));
    g_assert_cmpuint(word(&out, at + 16), ==, (uint32_t)time);
    g_assert_cmpuint(word(&out, at + 20), ==, 5);
    g_assert_cmpuint(word(&out, at + 24), ==, 60);
    g_assert_cmpmem(out.bytes + at + 28, 5, bytes + 40, 5);
    wgk_buffer_free(&out);
    wgk_buffer_free(&lines);
    wgk_buffer_free(&pcap.pending);
}

static void
test_foreign(void)
{
    const uint32_t absurd[] = {
        0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1, 0, 0, 0xffffffff, 0xffffffff
    };
    struct wgk_buffer out = { 0 };
    struct wgk_pcap text = { 0 }, huge = { 0 };

    feed(&text, "tcpdump: listening on eth0", 26);
    g_assert_cmpint(wgk_pcapng_packets(&out, &text, "eth0"), ==, WGK_PCAP_FOREIGN);
    feed(&huge, absurd, sizeof absurd);
    g_assert_cmpint(wgk_pcapng_packets(&out, &huge, "eth0"), ==, WGK_PCAP_FOREIGN);
    wgk_buffer_free(&out);
    wgk_buffer_free(&text.pending);
    wgk_buffer_free(&huge.pending);
}

static void
test_buffer(void)
{
    struct wgk_buffer buffer = { 0 };
    char *kilobyte = g_malloc0(1024);

    for (unsigned i = 0; i < WGK_BUFFER_MAX / 1024; i++)
        wgk_buffer_append(&buffer, kilobyte, 1024);
    g_assert_false(buffer.failed);
    wgk_buffer_append(&buffer, kilobyte, 1);
    g_assert_true(buffer.failed);
    g_assert_cmpuint(buffer.length, ==, WGK_BUFFER_MAX);
    wgk_buffer_free(&buffer);
    g_free(kilobyte);
}

/* ---- Files ---- */

static char *folder;

static char *
in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void
test_create(void)
{
    const struct wgk_caller self = { geteuid(), getegid() };
    char message[WGK_MESSAGE] = "";
    char *path = in_folder("new"), *link = in_folder("link"), *dangling = in_folder("dangling");
    struct stat status;

    const int file = wgk_output_create(path, &self, message);
    g_assert_cmpint(file, !=, -1);
    g_assert_cmpint(fstat(file, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 07777, ==, 0600);
    close(file);
    g_assert_cmpint(wgk_output_create(path, &self, message), ==, -1);
    g_assert_true(strstr(message, "is there already") != NULL);

    /* A link is no file, whether it leads somewhere or not. */
    g_assert_cmpint(symlink(path, link), ==, 0);
    g_assert_cmpint(wgk_output_create(link, &self, message), ==, -1);
    g_assert_cmpint(symlink("nowhere", dangling), ==, 0);
    g_assert_cmpint(wgk_output_create(dangling, &self, message), ==, -1);
    char *nowhere = in_folder("nowhere");
    g_assert_false(g_file_test(nowhere, G_FILE_TEST_EXISTS));
    char *missing = in_folder("no-folder/file");
    g_assert_cmpint(wgk_output_create(missing, &self, message), ==, -1);
    g_assert_true(strstr(message, "cannot make") != NULL);
    g_free(missing);
    g_free(nowhere);
    g_free(dangling);
    g_free(link);
    g_free(path);
}

/* Root's rights are of no use to the one who called. */
static void
test_caller_rights(void)
{
    const struct wgk_caller nobody = { 65534, 65534 };
    char message[WGK_MESSAGE] = "";
    struct stat status;

    if (geteuid() != 0) {
        g_test_skip("needs root");
        return;
    }
    char *closed = in_folder("closed"), *open_to_all = in_folder("open");
    g_assert_cmpint(g_mkdir(closed, 0755), ==, 0);
    g_assert_cmpint(g_mkdir(open_to_all, 0777), ==, 0);
    g_assert_cmpint(chmod(open_to_all, 0777), ==, 0);
    g_assert_cmpint(chmod(folder, 0755), ==, 0);
    char *refused = g_build_filename(closed, "keys", NULL),
         *allowed = g_build_filename(open_to_all, "keys", NULL);
    g_assert_cmpint(wgk_output_create(refused, &nobody, message), ==, -1);
    g_assert_true(strstr(message, "Permission denied") != NULL);
    const int file = wgk_output_create(allowed, &nobody, message);
    g_assert_cmpint(file, !=, -1);
    g_assert_cmpint(fstat(file, &status), ==, 0);
    g_assert_cmpuint(status.st_uid, ==, 65534);
    g_assert_cmpuint(geteuid(), ==, 0);
    close(file);

    /* A FIFO that belongs to somebody else. */
    char *fifo = in_folder("roots-fifo");
    g_assert_cmpint(mkfifo(fifo, 0666), ==, 0);
    g_assert_cmpint(chmod(fifo, 0666), ==, 0);
    const int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    g_assert_cmpint(wgk_output_fifo(fifo, &nobody, message), ==, -1);
    g_assert_true(strstr(message, "is no FIFO of user 65534") != NULL);
    close(reader);
    g_free(fifo);
    g_free(refused);
    g_free(allowed);
    g_free(closed);
    g_free(open_to_all);
}

static void
test_fifo(void)
{
    const struct wgk_caller self = { geteuid(), getegid() };
    char message[WGK_MESSAGE] = "";
    char *fifo = in_folder("fifo"), *link = in_folder("fifo-link"), *file = in_folder("file");

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    const int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    const int writer = wgk_output_fifo(fifo, &self, message);
    g_assert_cmpint(writer, !=, -1);
    g_assert_cmpint(fcntl(writer, F_GETFL) & O_NONBLOCK, ==, 0);
    close(writer);
    g_assert_cmpint(symlink(fifo, link), ==, 0);
    g_assert_cmpint(wgk_output_fifo(link, &self, message), ==, -1);
    g_assert_true(g_file_set_contents(file, "kept", -1, NULL));
    g_assert_cmpint(wgk_output_fifo(file, &self, message), ==, -1);
    g_assert_true(strstr(message, "is no FIFO") != NULL);
    close(reader);
    g_free(file);
    g_free(link);
    g_free(fifo);
}

/* sudo, doas and pkexec say who called. */
static void
test_caller(void)
{
    char message[WGK_MESSAGE] = "";
    struct wgk_caller caller;

    for (const char *const *name =
             (const char *const[]){ "SUDO_UID", "SUDO_GID", "PKEXEC_UID", "DOAS_USER", NULL };
         *name != NULL; name++)
        g_unsetenv(*name);
    g_assert_true(wgk_caller_find(&caller, message));
    g_assert_cmpuint(caller.uid, ==, geteuid());
    g_setenv("SUDO_UID", "1000", TRUE);
    g_setenv("SUDO_GID", "1001", TRUE);
    g_assert_true(wgk_caller_find(&caller, message));
    if (geteuid() != 0) {
        g_assert_cmpuint(caller.uid, ==, geteuid()); /* a user's environment counts for nothing */
        return;
    }
    g_assert_cmpuint(caller.uid, ==, 1000);
    g_assert_cmpuint(caller.gid, ==, 1001);
    static const char *const bad[] = {
        "", "-1", "1000x", " 1", "4294967295", "99999999999999999999"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_setenv("SUDO_UID", bad[i], TRUE);
        g_assert_false(wgk_caller_find(&caller, message));
    }
    g_setenv("PKEXEC_UID", "65534", TRUE);
    g_assert_true(wgk_caller_find(&caller, message));
    g_assert_cmpuint(caller.uid, ==, 65534);
    g_assert_cmpuint(caller.gid, ==, 65534);
    g_unsetenv("PKEXEC_UID");
    g_unsetenv("SUDO_UID");
    g_unsetenv("SUDO_GID");
    g_setenv("DOAS_USER", "no such user", TRUE);
    g_assert_false(wgk_caller_find(&caller, message));
    g_unsetenv("DOAS_USER");
}

static void
remove_folder(void)
{
    const char *arguments[] = { "rm", "-rf", folder, NULL };

    g_spawn_sync(NULL, (char **)(uintptr_t)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                 NULL, NULL, NULL);
    g_free(folder);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("wg-keylog-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_test_add_func("/keylog/output/pcapng", test_pcapng);
    g_test_add_func("/keylog/output/foreign", test_foreign);
    g_test_add_func("/keylog/output/buffer", test_buffer);
    g_test_add_func("/keylog/output/create", test_create);
    g_test_add_func("/keylog/output/caller-rights", test_caller_rights);
    g_test_add_func("/keylog/output/fifo", test_fifo);
    g_test_add_func("/keylog/output/caller", test_caller);
    const int result = g_test_run();
    remove_folder();
    return result;
}
