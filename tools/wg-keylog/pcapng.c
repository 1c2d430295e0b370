/* pcapng.c
 * See pcapng.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pcapng.h"

#include <stdint.h>
#include <string.h>

enum {
    SECTION_HEADER = 0x0a0d0d0a,
    INTERFACE_DESCRIPTION = 1,
    ENHANCED_PACKET = 6,
    DECRYPTION_SECRETS = 10,
    BYTE_ORDER = 0x1a2b3c4d,
    WIREGUARD_KEY_LOG = 0x57474b4c,
    OPTION_END = 0,
    OPTION_IF_NAME = 2,
    OPTION_SHB_APPLICATION = 4,
    OPTION_IF_TSRESOL = 9,
    MAX_PACKET = 256 * 1024, /* the largest snapshot length of libpcap */
};

#define PCAP_MICROSECONDS 0xa1b2c3d4u
#define PCAP_NANOSECONDS  0xa1b23c4du

struct pcap_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t reserved[2], snapshot_length, link_type;
};

struct pcap_record {
    uint32_t seconds, fraction, captured, length;
};

static void
put16(struct wgk_buffer *out, uint16_t value)
{
    wgk_buffer_append(out, &value, sizeof value);
}

static void
put32(struct wgk_buffer *out, uint32_t value)
{
    wgk_buffer_append(out, &value, sizeof value);
}

static void
put_padded(struct wgk_buffer *out, const void *bytes, size_t length)
{
    static const char zeros[4];

    wgk_buffer_append(out, bytes, length);
    wgk_buffer_append(out, zeros, -length & 3);
}

static size_t
padded(size_t length)
{
    return (length + 3) & ~(size_t)3;
}

static void
put_option(struct wgk_buffer *out, uint16_t code, const void *value, size_t length)
{
    put16(out, code);
    put16(out, (uint16_t)length);
    put_padded(out, value, length);
}

static size_t
option_length(size_t length)
{
    return 4 + padded(length);
}

static void
put_section(struct wgk_buffer *out)
{
    static const char name[] = "wg-keylog";
    const uint32_t total = (uint32_t)(28 + option_length(sizeof name - 1) + 4);

    put32(out, SECTION_HEADER);
    put32(out, total);
    put32(out, BYTE_ORDER);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* length of the section, 64 bits: unknown */
    put32(out, UINT32_MAX);
    put_option(out, OPTION_SHB_APPLICATION, name, sizeof name - 1);
    put_option(out, OPTION_END, NULL, 0);
    put32(out, total);
}

static void
put_interface(struct wgk_buffer *out, const struct pcap_header *header, const char *name)
{
    uint8_t resolution = 6;
    const uint32_t total =
        (uint32_t)(20 + option_length(strlen(name)) + option_length(1) + option_length(0));

    if (header->magic == PCAP_NANOSECONDS)
        resolution = 9;
    put32(out, INTERFACE_DESCRIPTION);
    put32(out, total);
    put16(out, (uint16_t)header->link_type); /* the upper half has the length of a checksum */
    put16(out, 0);
    put32(out, header->snapshot_length);
    put_option(out, OPTION_IF_NAME, name, strlen(name));
    put_option(out, OPTION_IF_TSRESOL, &resolution, 1);
    put_option(out, OPTION_END, NULL, 0);
    put32(out, total);
}

static void
put_packet(struct wgk_buffer *out, const struct pcap_record *record, const char *bytes,
           bool nanoseconds)
{
    const uint32_t total = (uint32_t)(32 + padded(record->captured));
    uint64_t second = 1000000;
    if (nanoseconds)
        second = 1000000000;
    const uint64_t time = record->seconds * second + record->fraction;

    put32(out, ENHANCED_PACKET);
    put32(out, total);
    put32(out, 0); /* the only interface */
    put32(out, (uint32_t)(time >> 32));
    put32(out, (uint32_t)time);
    put32(out, record->captured);
    put32(out, record->length);
    put_padded(out, bytes, record->captured);
    put32(out, total);
}

bool
wgk_pcapng_begin(struct wgk_buffer *out, struct wgk_pcap *in, const char *interface,
                 enum wgk_pcap_status *status)
{
    struct pcap_header header;

    *status = WGK_PCAP_GOOD;
    if (in->has_header)
        return true;
    if (in->pending.length < sizeof header)
        return false;
    memcpy(&header, in->pending.bytes, sizeof header);
    if (header.magic != PCAP_MICROSECONDS && header.magic != PCAP_NANOSECONDS) {
        *status = WGK_PCAP_FOREIGN;
        return false;
    }
    in->has_header = true;
    in->nanoseconds = header.magic == PCAP_NANOSECONDS;
    wgk_buffer_drop(&in->pending, sizeof header);
    put_section(out);
    put_interface(out, &header, interface);
    return true;
}

enum wgk_pcap_status
wgk_pcapng_packets(struct wgk_buffer *out, struct wgk_pcap *in, const char *interface)
{
    enum wgk_pcap_status status;
    struct pcap_record record;
    size_t done = 0;

    if (!wgk_pcapng_begin(out, in, interface, &status))
        return status;
    while (in->pending.length - done >= sizeof record) {
        memcpy(&record, in->pending.bytes + done, sizeof record);
        if (record.captured > MAX_PACKET)
            return WGK_PCAP_FOREIGN;
        if (in->pending.length - done - sizeof record < record.captured)
            break;
        put_packet(out, &record, in->pending.bytes + done + sizeof record, in->nanoseconds);
        done += sizeof record + record.captured;
    }
    wgk_buffer_drop(&in->pending, done);
    return WGK_PCAP_GOOD;
}

void
wgk_pcapng_secrets(struct wgk_buffer *out, const struct wgk_buffer *lines)
{
    const uint32_t total = (uint32_t)(20 + padded(lines->length));

    put32(out, DECRYPTION_SECRETS);
    put32(out, total);
    put32(out, WIREGUARD_KEY_LOG);
    put32(out, (uint32_t)lines->length);
    put_padded(out, lines->bytes, lines->length);
    put32(out, total);
}
