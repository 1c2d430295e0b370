/* timers.c
 * How each implementation follows the protocol's times.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/timers.h"
#include "wg/wire.h"

const struct wg_family_rules wg_families[WG_FAMILY_COUNT] = {
    [WG_FAMILY_LINUX] = {
        .name = "Linux",
        .source = "drivers/net/wireguard of Linux 6.1: send.c, receive.c, timers.c, noise.c",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = true,
        .passive_keepalive = WG_PASSIVE_ALWAYS,
        .starts_over = WG_STARTS_OVER_UNANSWERED,
        .answers_outside_allowed_ips = true,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 16,
        .tai64n_base = 10,
    },
    [WG_FAMILY_WIREGUARD_GO] = {
        .name = "wireguard-go",
        .source = "wireguard-go f333402: device/timers.go, send.go, receive.go",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = true,
        .passive_keepalive = WG_PASSIVE_ALWAYS,
        .starts_over = WG_STARTS_OVER_UNANSWERED,
        .answers_outside_allowed_ips = true,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 16,
        .tai64n_base = 10,
    },
    [WG_FAMILY_WIREGUARD_NT] = {
        .name = "WireGuardNT",
        .source = "wireguard-nt 6a7e4dc: driver/timers.c, send.c; its reading of AllowedIPs was "
                  "not looked at, and Linux's is assumed",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = true,
        .passive_keepalive = WG_PASSIVE_ALWAYS,
        .starts_over = WG_STARTS_OVER_UNANSWERED,
        .answers_outside_allowed_ips = true,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 16,
        .tai64n_base = 10,
    },
    [WG_FAMILY_FREEBSD] = {
        .name = "FreeBSD",
        .source = "wireguard-freebsd 20584d1: src/if_wg.c",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = true,
        .passive_keepalive = WG_PASSIVE_ALWAYS,
        .starts_over = WG_STARTS_OVER_UNANSWERED,
        .answers_outside_allowed_ips = false,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 16,
        .tai64n_base = 10,
    },
    [WG_FAMILY_OPENBSD] = {
        .name = "OpenBSD",
        .source = "sys/net/if_wg.c 1.47: wg_encap, wg_decap, wg_deliver_in, wg_timers_*; its "
                  "wg_noise.c was not read, and FreeBSD's is assumed",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = true,
        .passive_keepalive = WG_PASSIVE_ALWAYS,
        .starts_over = WG_STARTS_OVER_UNANSWERED,
        .answers_outside_allowed_ips = false,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 16,
        .tai64n_base = 10,
    },
    [WG_FAMILY_BORINGTUN] = {
        .name = "boringtun",
        .source = "boringtun 253f7af: noise/timers.rs, noise/handshake.rs, noise/session.rs",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = false,
        .passive_keepalive = WG_PASSIVE_SOMETIMES,
        .starts_over = WG_STARTS_OVER_RECEIVED,
        .answers_outside_allowed_ips = true,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 1,
        .counting_indices = true,
        .tai64n_base = 37,
    },
    [WG_FAMILY_NEPTUN] = {
        .name = "NepTUN",
        .source = "NepTUN a45a31d: neptun/src/noise/timers.rs, handshake.rs",
        .rekey_after = WG_REJECT_AFTER_TIME,
        .keepalives_rekey = false,
        .passive_keepalive = WG_PASSIVE_ALWAYS,
        .starts_over = WG_STARTS_OVER_UNANSWERED,
        .answers_outside_allowed_ips = true,
        .gives_up_after = WG_REKEY_ATTEMPT_TIME,
        .padding = 1,
        .counting_indices = true,
        .tai64n_base = 37,
    },
    [WG_FAMILY_ESP32] = {
        .name = "ESP32 (lwIP)",
        .source = "esp_wireguard 9217c5b: src/wireguardif.c, wireguard-platform.c",
        .rekey_after = WG_REKEY_AFTER_TIME,
        .keepalives_rekey = true,
        .passive_keepalive = WG_PASSIVE_NEVER,
        .starts_over = WG_STARTS_OVER_NEVER,
        .answers_outside_allowed_ips = false,
        .padding = 16,
        .tai64n_base = 10,
    },
};

/* IPv6's minimum MTU. Packets as large as this may lack padding, which ends at the MTU. */
enum { LEAST_MTU = 1280 };

bool
wg_timers_unpadded(size_t length)
{
    const size_t plain = length - WG_DATA_MIN_LEN;

    return length > WG_DATA_MIN_LEN && plain < LEAST_MTU &&
           plain % wg_families[WG_FAMILY_LINUX].padding != 0;
}
