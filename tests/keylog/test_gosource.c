/* test_gosource.c
 * wireguard-go as the source: what the probes wrote of a handshake between two of them, recorded,
 * and programs in which the function is looked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <elf.h>
#include <string.h>

#include "files.h"
#include "gosource.h"
#include "gosym.h"
#include "wg/crypto.h"

/* ---- events ---- */

enum { INITIATOR, RESPONDER, ENDS };

/* Both ends, as each says of itself, and the lines that the kernel wrote of both. */
struct recorded {
    struct wgk_device devices[ENDS];
    struct wgk_peer peers[ENDS];
    char **lines;
};

static void
read_key(uint8_t key[WGK_KEY], const char *line, const char *name)
{
    g_assert_true(g_str_has_prefix(line, name));
    const char *hex = line + strlen(name);
    g_assert_cmpuint(strlen(hex), ==, 2 * WGK_KEY);
    for (unsigned i = 0; i < WGK_KEY; i++)
        key[i] =
            (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
}

static void
load(struct recorded *r)
{
    GBytes *bytes = read_input("events", "wireguard-go", ".txt");
    char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

    memset(r, 0, sizeof *r);
    r->lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (unsigned end = 0; end < ENDS; end++) {
        read_key(r->devices[end].private_key, r->lines[2 * end], "private_key=");
        read_key(r->peers[end].public_key, r->lines[2 * end + 1], "public_key=");
        r->devices[end].has_key = true;
        r->devices[end].peers = &r->peers[end];
        r->devices[end].n_peers = 1;
    }
    g_free(text);
    g_bytes_unref(bytes);
}

/* The lines go in as they are, or in the order in which older kernels write them. */
static unsigned
take_all(struct recorded *r, bool turned, struct wgk_go_call calls[ENDS])
{
    struct wgk_go go = { .interface = "wg1" };
    struct wgk_go_call call;
    unsigned n = 0;

    for (unsigned end = 0; end < ENDS; end++)
        for (unsigned i = 0; i < WGK_GO_PARTS; i++) {
            const unsigned part = turned ? WGK_GO_PARTS - 1 - i : i;
            const char *line = r->lines[2 * ENDS + end * WGK_GO_PARTS + part];
            g_assert_true(wgk_go_is_line(line));
            if (!wgk_go_take(&go, line, &call))
                continue;
            g_assert_cmpuint(n, <, ENDS);
            calls[n++] = call;
        }
    return n;
}

/* The ephemeral key is the private half of the one in the message itself: ground truth. */
static void
test_recorded(void)
{
    const struct wgk_go go = { .interface = "wg1" };
    struct wgk_go_call calls[ENDS];
    struct wgk_event events[ENDS];
    struct recorded r;

    g_assert_true(wg_crypto_init());
    load(&r);
    for (unsigned turned = 0; turned < 2; turned++) {
        g_assert_cmpuint(take_all(&r, turned, calls), ==, ENDS);
        for (unsigned end = 0; end < ENDS; end++) {
            uint8_t public_key[WGK_KEY];
            const unsigned ephemeral_at = end == INITIATOR ? 8 : 12;
            g_assert_true(wgk_go_find(&go, &calls[end], &r.devices[end], &events[end]));
            g_assert_cmpstr(events[end].interface, ==, "wg1");
            g_assert_cmpuint(events[end].state, ==, end == RESPONDER);
            wg_dh_public(public_key, events[end].ephemeral_key);
            g_assert_cmpmem(public_key, WGK_KEY, calls[end].message + ephemeral_at, WGK_KEY);
            wg_dh_public(public_key, events[end].private_key);
            g_assert_cmpmem(public_key, WGK_KEY, r.peers[!end].public_key, WGK_KEY);
        }
        g_assert_cmpmem(events[0].preshared_key, WGK_KEY, events[1].preshared_key, WGK_KEY);
    }
    g_strfreev(r.lines);
}

/* Another program's handshake, a peer that is gone, and a message of another index give nothing. */
static void
test_not_ours(void)
{
    const struct wgk_go go = { .interface = "wg1" };
    struct wgk_go_call calls[ENDS];
    struct wgk_event event;
    struct recorded r;

    load(&r);
    g_assert_cmpuint(take_all(&r, false, calls), ==, ENDS);
    g_assert_false(wgk_go_find(&go, &calls[INITIATOR], &r.devices[RESPONDER], &event));
    r.devices[INITIATOR].n_peers = 0;
    g_assert_false(wgk_go_find(&go, &calls[INITIATOR], &r.devices[INITIATOR], &event));
    calls[RESPONDER].message[4] ^= 1;
    g_assert_false(wgk_go_find(&go, &calls[RESPONDER], &r.devices[RESPONDER], &event));
    g_strfreev(r.lines);
}

/* Cut anywhere, a line is no more than what is missing. */
static void
test_damaged(void)
{
    const struct wgk_go go = { .interface = "wg1" };
    struct recorded r;

    load(&r);
    for (unsigned cut = 4; cut < strlen(r.lines[2 * ENDS]); cut += 7) {
        struct wgk_go broken = { .interface = "wg1" };
        struct wgk_go_call call;
        struct wgk_event event;
        char *start = g_strndup(r.lines[2 * ENDS], cut);
        g_assert_false(wgk_go_take(&broken, start, &call));
        g_assert_false(wgk_go_take(&broken, r.lines[2 * ENDS + 1], &call));
        if (wgk_go_take(&broken, r.lines[2 * ENDS + 2], &call) && cut < 100)
            g_assert_false(wgk_go_find(&go, &call, &r.devices[INITIATOR], &event));
        g_free(start);
    }
    g_assert_false(wgk_go_is_line("go3: (0x1) self=0x1"));
    g_assert_false(wgk_go_is_line("handshake: (0x1) state=0"));
    g_strfreev(r.lines);
}

/* ---- programs ---- */

enum {
    NAMES_AT = 0x400, /* of sections */
    TABLE_AT = 0x500,
    FUNCTIONS_AT = 0x80, /* in the table */
    TEXTS_AT = 0x200,
    PROGRAM_LENGTH = 0x1000,
    TEXT_ADDRESS = 0x401000,
    SECOND = 0x120, /* of two functions, its distance */
};

struct program {
    uint8_t bytes[PROGRAM_LENGTH];
};

static void
put(struct program *p, size_t at, const void *what, size_t length)
{
    g_assert_cmpuint(at + length, <=, sizeof p->bytes);
    memcpy(p->bytes + at, what, length);
}

/* The table that Go's runtime needs: a header, an entry for each function, and their names. */
static void
put_table(struct program *p, uint32_t magic, uint64_t text)
{
    static const char names[] =
        "\0main.main\0golang.zx2c4.com/wireguard/device.(*CookieGenerator).AddMacs";
    const uint64_t words[8] = { 2, 0, text, TEXTS_AT, 0, 0, 0, FUNCTIONS_AT };
    const uint32_t entries[4] = { 0x20, 0x40, SECOND, 0x48 },
                   functions[4] = { 0x20, 1, SECOND, 11 };

    put(p, TABLE_AT, &magic, sizeof magic);
    put(p, TABLE_AT + 8, words, sizeof words);
    put(p, TABLE_AT + FUNCTIONS_AT, entries, sizeof entries);
    put(p, TABLE_AT + FUNCTIONS_AT + 0x40, functions, sizeof functions);
    put(p, TABLE_AT + TEXTS_AT, names, sizeof names);
}

static struct program
make_program(uint32_t magic, uint64_t text)
{
    static const char names[] = "\0.shstrtab\0.text\0.data.rel.ro.gopclntab";
    struct program p = { { 0 } };
    const Elf64_Phdr segment = {
        .p_type = PT_LOAD, .p_offset = 0x200, .p_vaddr = TEXT_ADDRESS, .p_filesz = 0x200
    };
    const Elf64_Shdr sections[] = {
        { .sh_type = SHT_NULL },
        { .sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = NAMES_AT, .sh_size = sizeof names },
        { .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_addr = TEXT_ADDRESS, .sh_offset = 0x200 },
        { .sh_name = 17, .sh_type = SHT_PROGBITS, .sh_offset = TABLE_AT, .sh_size = 0x300 },
    };
    Elf64_Ehdr header = { .e_phoff = sizeof header,
                          .e_phentsize = sizeof segment,
                          .e_phnum = 1,
                          .e_shoff = 0x100,
                          .e_shentsize = sizeof *sections,
                          .e_shnum = G_N_ELEMENTS(sections),
                          .e_shstrndx = 1 };

    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    put(&p, 0, &header, sizeof header);
    put(&p, sizeof header, &segment, sizeof segment);
    put(&p, 0x100, sections, sizeof sections);
    put(&p, NAMES_AT, names, sizeof names);
    put_table(&p, magic, text);
    return p;
}

static void
test_function(void)
{
    static const struct {
        uint32_t magic;
        uint64_t text;
    } versions[] = { { 0xfffffff0, TEXT_ADDRESS },
                     { 0xfffffff1, TEXT_ADDRESS },
                     { 0xfffffff1, 0 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(versions); i++) {
        const struct program p = make_program(versions[i].magic, versions[i].text);
        uint64_t offset = 0;
        g_assert_null(
            wgk_gosym_find(p.bytes, sizeof p.bytes, "/device.(*CookieGenerator).AddMacs", &offset));
        g_assert_cmphex(offset, ==, 0x200 + SECOND);
        g_assert_null(wgk_gosym_find(p.bytes, sizeof p.bytes, "main.main", &offset));
        g_assert_cmphex(offset, ==, 0x220);
        g_assert_nonnull(wgk_gosym_find(p.bytes, sizeof p.bytes, "main.other", &offset));
    }
}

/* Whatever is cut off or changed: an answer, and no read beyond the end. */
static void
test_bad_programs(void)
{
    const struct program good = make_program(0xfffffff1, TEXT_ADDRESS);
    uint64_t offset;

    for (size_t length = 0; length < TABLE_AT + 0x300; length++) {
        uint8_t *cut = g_memdup2(good.bytes, length);
        g_assert_nonnull(
            wgk_gosym_find(cut, length, "/device.(*CookieGenerator).AddMacs", &offset));
        g_free(cut);
    }
    for (size_t at = 0; at < TABLE_AT + 0x300; at++) {
        struct program p = good;
        p.bytes[at] ^= 0xff;
        if (wgk_gosym_find(p.bytes, sizeof p.bytes, "/device.(*CookieGenerator).AddMacs",
                           &offset) == NULL)
            g_assert_cmpuint(offset, <, sizeof p.bytes);
    }
    g_assert_cmpstr(wgk_gosym_find((const uint8_t *)"#!/bin/sh\n", 10, "main.main", &offset), ==,
                    "it is no program of 64 bits");
    const struct program old = make_program(0xfffffffb, TEXT_ADDRESS);
    g_assert_nonnull(
        strstr(wgk_gosym_find(old.bytes, sizeof old.bytes, "main.main", &offset), "older"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keylog/go-recorded", test_recorded);
    g_test_add_func("/keylog/go-not-ours", test_not_ours);
    g_test_add_func("/keylog/go-damaged", test_damaged);
    g_test_add_func("/keylog/go-function", test_function);
    g_test_add_func("/keylog/go-bad-programs", test_bad_programs);
    return g_test_run();
}
