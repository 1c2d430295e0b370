/* logs.h
 * Key logs for the tests, and a key store that one is read into.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_LOGS_H
#define TEST_LOGS_H

#include <string.h>

#include <glib.h>

#include "wg/base64.h"
#include "wg/crypto.h"
#include "wg/keylog.h"

/* Keys of both ends of one real handshake: the logs of the client and the server of the capture
 * D1, made with wireguard-go in network namespaces for this project; used nowhere else. */
#define D1_CLIENT_PRIVATE   "WKP4RKxFxnfLpuUj8Wsn02COFBHlQep7OuCYhZJpPGY="
#define D1_CLIENT_PUBLIC    "PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY="
#define D1_CLIENT_EPHEMERAL "KOsr5hA+cftKDRe7E3lFYO4L4l8x7IkPdB+Wt/T9CmY="
#define D1_SERVER_PRIVATE   "iAtaYoVDTAsgDAJxGfptKeKbiEVdWVyWgTYjZnKllXI="
#define D1_SERVER_PUBLIC    "ihfjNH+sdh5u7s97+UxcDduwub5O/S9IM4HCkSfRNFI="
#define D1_SERVER_EPHEMERAL "sPF9DGG5zfhPM7+yiUXaT2AbzPGk6SuvJhPI7v6FP0g="
#define ZERO                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* As wireguard-go was patched to write it: the order that Wireshark documents. */
static const char d1_client[] = "LOCAL_STATIC_PRIVATE_KEY = " D1_CLIENT_PRIVATE "\n"
                                "REMOTE_STATIC_PUBLIC_KEY = " D1_SERVER_PUBLIC "\n"
                                "LOCAL_EPHEMERAL_PRIVATE_KEY = " D1_CLIENT_EPHEMERAL "\n"
                                "PRESHARED_KEY = " ZERO "\n";

/* As the extract-handshakes script of wireguard-tools prints it. */
static const char d1_server[] = "New handshake session:\r\n"
                                "  REMOTE_STATIC_PUBLIC_KEY = " D1_CLIENT_PUBLIC "\r\n"
                                "  PRESHARED_KEY = " ZERO "\r\n"
                                "  LOCAL_EPHEMERAL_PRIVATE_KEY = " D1_SERVER_EPHEMERAL "\r\n"
                                "  LOCAL_STATIC_PRIVATE_KEY = " D1_SERVER_PRIVATE "\r\n";

struct fixture {
    struct wg_keystore *ks;
    struct wg_keylog *log;
    GString *reports; /* "line:expected\n" each */
    unsigned count, last_line;
};

static inline void
note_report(void *user, unsigned line, const char *expected)
{
    struct fixture *f = user;

    g_string_append_printf(f->reports, "%u:%s\n", line, expected);
    f->count++;
    f->last_line = line;
}

static inline void
open_log(struct fixture *f)
{
    *f = (struct fixture){ .ks = wg_keystore_new(), .reports = g_string_new(NULL) };
    f->log = wg_keylog_new(f->ks, note_report, f);
}

static inline void
close_log(struct fixture *f)
{
    wg_keylog_free(f->log);
    wg_keystore_free(f->ks);
    g_string_free(f->reports, TRUE);
}

static inline void
feed(struct fixture *f, const char *text)
{
    wg_keylog_feed(f->log, text, strlen(text));
}

/*
 * Logs in short: L, R, E and P are lines with the local static, remote static, ephemeral and
 * preshared key of that number, H is a header, _ a blank line, # a comment. A description lists for
 * each ephemeral key its local and remote key ('?': a guess, '-': none), and its preshared keys.
 */
static inline void
make_key(uint8_t key[WG_KEY_LEN], char kind, char number)
{
    memset(key, kind == 'P' && number == '0' ? 0 : kind, WG_KEY_LEN);
    key[8] = (uint8_t)(kind == 'P' ? number - '0' : number);
}

/* The text of a log that is given in short. */
static inline char *
expand(const char *log)
{
    static const char *const names[128] = { ['L'] = "LOCAL_STATIC_PRIVATE_KEY",
                                            ['R'] = "REMOTE_STATIC_PUBLIC_KEY",
                                            ['E'] = "LOCAL_EPHEMERAL_PRIVATE_KEY",
                                            ['P'] = "PRESHARED_KEY" };
    GString *text = g_string_new(NULL);

    for (const char *c = log; *c != '\0'; c++) {
        const char *name = names[*c & 127];
        if (name != NULL) {
            uint8_t key[WG_KEY_LEN];
            char base64[WG_BASE64_LEN + 1];

            make_key(key, c[0], c[1]);
            wg_base64_encode(base64, key);
            g_string_append_printf(text, "%s = %s\n", name, base64);
            c++;
        } else if (*c == 'H') {
            g_string_append(text, "New handshake session:\n");
        } else if (*c != ' ') {
            g_string_append(text, *c == '#' ? "# words\n" : "\n");
        }
    }
    return g_string_free(text, FALSE);
}

static inline void
describe_static(GString *text, const struct wg_static_key *key, bool sure)
{
    if (key == NULL) {
        g_string_append_c(text, '-');
        return;
    }
    const uint8_t *bytes = key->has_private ? key->private_key : key->public_key;
    g_string_append_printf(text, "%c%c%s", bytes[0], bytes[8], sure ? "" : "?");
}

static inline char *
describe(struct wg_keystore *ks)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < wg_keystore_ephemeral_count(ks); i++) {
        const struct wg_ephemeral *e = wg_keystore_ephemeral(ks, i);

        g_string_append_printf(text, "E%c:", e->private_key[8]);
        describe_static(text, e->local, e->local_sure);
        describe_static(text, e->remote, e->remote_sure);
        g_string_append_c(text, ':');
        for (unsigned j = 0; j < e->psk_count; j++)
            g_string_append_printf(text, "P%d", e->psks[j][8]);
        g_string_append_c(text, ' ');
    }
    return g_string_free(text, FALSE);
}

#endif
