/* events.c
 * See events.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* One name=value of a line, and where it goes. */
struct field {
    const char *name;
    enum { NUMBER, KEY, NAME } form;
    size_t place;
    unsigned types; /* bits 1 << wgk_event_type of the events that have it */
};

enum {
    ALL = 1 << WGK_HANDSHAKE | 1 << WGK_SESSION | 1 << WGK_PACKET,
    LATER = ALL & ~(1 << WGK_HANDSHAKE)
};

#define FIELD(name, form, member, types)                                                           \
    {                                                                                              \
        name, form, offsetof(struct wgk_event, member), types                                      \
    }

static const struct field fields[] = {
    FIELD("state", NUMBER, state, 1 << WGK_HANDSHAKE),
    FIELD("netns", NUMBER, netns, ALL),
    FIELD("lindex", NUMBER, local_index, LATER),
    FIELD("rindex", NUMBER, remote_index, LATER),
    FIELD("pub", KEY, peer_key, ALL),
    FIELD("priv", KEY, private_key, 1 << WGK_HANDSHAKE),
    FIELD("eph", KEY, ephemeral_key, 1 << WGK_HANDSHAKE),
    FIELD("psk", KEY, preshared_key, 1 << WGK_HANDSHAKE),
    FIELD("recv", KEY, receiving_key, LATER),
    FIELD("send", KEY, sending_key, LATER),
    FIELD("ifname", NAME, interface, ALL),
};

enum { FIELDS = sizeof fields / sizeof *fields };

static const char *const type_names[] = {
    [WGK_HANDSHAKE] = "handshake: (",
    [WGK_SESSION] = "session: (",
    [WGK_PACKET] = "packet: (",
};

/* Each reads one value at *at and moves on to what comes after it. */

static bool
read_number(uint32_t *number, const char **at)
{
    char *end;

    if (!isdigit((unsigned char)**at))
        return false;
    const unsigned long long value = strtoull(*at, &end, 0);
    *number = (uint32_t)value;
    *at = end;
    return value <= UINT32_MAX;
}

/* {0x1,0xab,...} */
static bool
read_key(uint8_t *key, const char **at)
{
    for (unsigned i = 0; i < WGK_KEY; i++) {
        uint32_t byte;
        if (*(*at)++ != (i == 0 ? '{' : ',') || !read_number(&byte, at) || byte > UINT8_MAX)
            return false;
        key[i] = (uint8_t)byte;
    }
    return *(*at)++ == '}';
}

/* "wg0": the last value, so the name may contain any character. */
static bool
read_name(char *name, const char **at)
{
    const size_t length = strlen(*at);

    if (length < 3 || length - 2 >= IF_NAMESIZE || (*at)[0] != '"' || (*at)[length - 1] != '"')
        return false;
    memcpy(name, *at + 1, length - 2);
    name[length - 2] = '\0';
    *at += length;
    return true;
}

static bool
read_value(struct wgk_event *event, const struct field *field, const char **at)
{
    char *place = (char *)event + field->place;

    switch (field->form) {
    case NUMBER:
        return read_number((uint32_t *)(void *)place, at);
    case KEY:
        return read_key((uint8_t *)place, at);
    case NAME:
        return read_name(place, at);
    }
    return false;
}

/* Every field of this type of event, once each. */
static bool
read_fields(struct wgk_event *event, const char *at)
{
    unsigned wanted = 0;

    for (unsigned i = 0; i < FIELDS; i++)
        if (fields[i].types >> event->type & 1)
            wanted |= 1u << i;
    while (*at == ' ') {
        const size_t length = strcspn(++at, "= ");
        unsigned i = 0;
        while (i < FIELDS && !(wanted >> i & 1 && strlen(fields[i].name) == length &&
                               memcmp(fields[i].name, at, length) == 0))
            i++;
        if (i == FIELDS || at[length] != '=')
            return false;
        at += length + 1;
        if (!read_value(event, &fields[i], &at))
            return false;
        wanted &= ~(1u << i);
    }
    return *at == '\0' && wanted == 0;
}

enum wgk_line
wgk_event_read(struct wgk_event *event, const char *line)
{
    memset(event, 0, sizeof *event);
    if (strncmp(line, "CPU:", 4) == 0 && strstr(line, "[LOST ") != NULL)
        return WGK_LINE_LOST;
    for (unsigned type = 0; type < sizeof type_names / sizeof *type_names; type++) {
        const size_t length = strlen(type_names[type]);
        if (strncmp(line, type_names[type], length) != 0)
            continue;
        const char *at = strchr(line + length, ')');
        event->type = type;
        if (at != NULL && read_fields(event, at + 1))
            return WGK_LINE_EVENT;
        wgk_wipe(event, sizeof *event);
        return WGK_LINE_BAD;
    }
    return WGK_LINE_OTHER;
}
