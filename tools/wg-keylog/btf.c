/* btf.c
 * See btf.h. The bytes are not trusted: inconsistent ones give an error or are not found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "btf.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAGIC = 0xeb9f,
    MAX_TYPES = 4 * 1024 * 1024,
    MAX_DEPTH = 16,     /* of structures in structures, and of typedefs of typedefs */
    MAX_STEPS = 100000, /* members that one search looks at */
};

enum kind {
    INT = 1,
    PTR,
    ARRAY,
    STRUCT,
    UNION,
    ENUM,
    FWD,
    TYPEDEF,
    VOLATILE,
    CONST,
    RESTRICT,
    FUNC,
    FUNC_PROTO,
    VAR,
    DATASEC,
    FLOAT,
    DECL_TAG,
    TYPE_TAG,
    ENUM64,
};

/* The wire format: btf_header, btf_type, btf_member, btf_array, btf_enum. */
struct header {
    uint16_t magic;
    uint8_t version, flags;
    uint32_t header_length, type_offset, type_length, string_offset, string_length;
};

struct type {
    uint32_t name, info, size_or_type;
};

struct member {
    uint32_t name, type, offset;
};

struct array {
    uint32_t element, index, count;
};

struct enumerator {
    uint32_t name, value;
};

/* vmlinux, or a module. */
struct part {
    const uint8_t *types;
    const char *strings;
    uint32_t type_length, string_length;
    uint32_t first_type, first_string; /* the numbers at which this part begins */
    uint32_t *places;                  /* of each type in `types` */
    uint32_t count;
};

struct wgk_btf {
    struct part parts[2];
    unsigned used;
    uint32_t pointer_size; /* of the kernel */
};

static enum kind
kind_of(const struct type *type)
{
    return type->info >> 24 & 31;
}

static uint32_t
members_of(const struct type *type)
{
    return type->info & 0xffff;
}

/* The bytes after the type itself; false for an unknown kind, whose length is unknown, too. */
static bool
tail_length(const struct type *type, size_t *length)
{
    const uint32_t n = members_of(type);

    switch (kind_of(type)) {
    case INT:
    case VAR:
    case DECL_TAG:
        *length = 4;
        return true;
    case ARRAY:
        *length = sizeof(struct array);
        return true;
    case STRUCT:
    case UNION:
        *length = n * sizeof(struct member);
        return true;
    case ENUM:
    case FUNC_PROTO:
        *length = n * 8;
        return true;
    case DATASEC:
    case ENUM64:
        *length = n * 12;
        return true;
    case PTR:
    case FWD:
    case TYPEDEF:
    case VOLATILE:
    case CONST:
    case RESTRICT:
    case FUNC:
    case FLOAT:
    case TYPE_TAG:
        *length = 0;
        return true;
    }
    return false;
}

/* Make room for more places. returns false if there are too many, or no memory */
static bool
grow(struct part *part, uint32_t *room)
{
    uint32_t wanted = 1024;

    if (*room > 0)
        wanted = *room * 2;
    if (wanted > MAX_TYPES)
        return false;
    uint32_t *more = realloc(part->places, wanted * sizeof *more);
    if (more == NULL)
        return false;
    part->places = more;
    *room = wanted;
    return true;
}

static const char *
index_types(struct part *part)
{
    uint32_t room = 0;

    for (size_t at = 0; at < part->type_length;) {
        struct type type;
        size_t tail;

        if (part->type_length - at < sizeof type)
            return "a type is cut short";
        memcpy(&type, part->types + at, sizeof type);
        if (!tail_length(&type, &tail))
            return "it holds a kind of type that this program does not know";
        if (part->type_length - at - sizeof type < tail)
            return "a type is cut short";
        if (part->count == room && !grow(part, &room))
            return "it holds too many types";
        part->places[part->count++] = (uint32_t)at;
        at += sizeof type + tail;
    }
    return NULL;
}

static const char *
read_part(struct part *part, const uint8_t *bytes, size_t length)
{
    struct header header;

    if (length < sizeof header)
        return "it is too short";
    memcpy(&header, bytes, sizeof header);
    if (header.magic != MAGIC || header.version != 1)
        return "it is no BTF of version 1 in this machine's byte order";
    if (header.header_length < sizeof header || header.header_length > length)
        return "its header is damaged";
    const size_t body = length - header.header_length;
    if (header.type_offset > body || header.type_length > body - header.type_offset ||
        header.string_offset > body || header.string_length > body - header.string_offset)
        return "it is cut short";
    part->types = bytes + header.header_length + header.type_offset;
    part->type_length = header.type_length;
    part->strings = (const char *)bytes + header.header_length + header.string_offset;
    part->string_length = header.string_length;
    if (part->string_length == 0 || part->strings[part->string_length - 1] != '\0')
        return "its strings are damaged";
    return index_types(part);
}

/* ---- Looking up ---------------------------------------------------------------------------- */

/* The bytes of a type, whose tail was checked to be there; NULL for void and invalid numbers. */
static const uint8_t *
bytes_of(const struct wgk_btf *btf, uint32_t number)
{
    for (unsigned i = btf->used; i-- > 0;) {
        const struct part *part = &btf->parts[i];
        if (number < part->first_type)
            continue;
        if (number - part->first_type >= part->count)
            return NULL;
        return part->types + part->places[number - part->first_type];
    }
    return NULL;
}

static bool
get(const struct wgk_btf *btf, uint32_t number, struct type *type, const uint8_t **tail)
{
    const uint8_t *bytes = bytes_of(btf, number);

    if (bytes == NULL)
        return false;
    memcpy(type, bytes, sizeof *type);
    *tail = bytes + sizeof *type;
    return true;
}

static const char *
string(const struct wgk_btf *btf, uint32_t offset)
{
    for (unsigned i = btf->used; i-- > 0;) {
        const struct part *part = &btf->parts[i];
        if (offset < part->first_string)
            continue;
        if (offset - part->first_string >= part->string_length)
            return "";
        return part->strings + (offset - part->first_string);
    }
    return "";
}

/* The number of the last type of that kind and name, or 0. The module's types come last, so its own
 * structure is found before one of the same name in vmlinux. */
static uint32_t
find(const struct wgk_btf *btf, enum kind kind, const char *name)
{
    for (unsigned i = btf->used; i-- > 0;) {
        const struct part *part = &btf->parts[i];
        for (uint32_t n = 0; n < part->count; n++) {
            struct type type;
            memcpy(&type, part->types + part->places[n], sizeof type);
            if (kind_of(&type) == kind && strcmp(string(btf, type.name), name) == 0)
                return part->first_type + n;
        }
    }
    return 0;
}

/* A program of 32 bits may run on a kernel of 64. BTF does not give the size of a pointer, but
 * Linux has longs that hold one. */
static uint32_t
size_of_pointers(const struct wgk_btf *btf)
{
    struct type type;
    const uint8_t *tail;

    if (get(btf, find(btf, INT, "long unsigned int"), &type, &tail))
        return type.size_or_type;
    return sizeof(void *);
}

struct wgk_btf *
wgk_btf_new(const void *base, size_t base_length, const void *module, size_t module_length,
            const char **error)
{
    struct wgk_btf *btf = calloc(1, sizeof *btf);

    if (btf == NULL) {
        *error = "out of memory";
        return NULL;
    }
    btf->parts[0].first_type = 1; /* number 0 is void */
    *error = read_part(&btf->parts[0], base, base_length);
    btf->used = 1;
    if (*error == NULL && module != NULL) {
        btf->parts[1].first_type = 1 + btf->parts[0].count;
        btf->parts[1].first_string = btf->parts[0].string_length;
        *error = read_part(&btf->parts[1], module, module_length);
        btf->used = 2;
    }
    if (*error != NULL) {
        wgk_btf_free(btf);
        return NULL;
    }
    btf->pointer_size = size_of_pointers(btf);
    return btf;
}

void
wgk_btf_free(struct wgk_btf *btf)
{
    if (btf == NULL)
        return;
    free(btf->parts[0].places);
    free(btf->parts[1].places);
    free(btf);
}

/* The type under typedefs and qualifiers. */
static bool
resolve(const struct wgk_btf *btf, uint32_t *number, struct type *type, const uint8_t **tail)
{
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        if (!get(btf, *number, type, tail))
            return false;
        switch (kind_of(type)) {
        case TYPEDEF:
        case VOLATILE:
        case CONST:
        case RESTRICT:
        case TYPE_TAG:
            *number = type->size_or_type;
            break;
        default:
            return true;
        }
    }
    return false;
}

static bool
size_of(const struct wgk_btf *btf, uint32_t number, uint32_t *size)
{
    uint64_t times = 1;

    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        struct array array;
        struct type type;
        const uint8_t *tail;

        if (!resolve(btf, &number, &type, &tail))
            return false;
        switch (kind_of(&type)) {
        case ARRAY:
            memcpy(&array, tail, sizeof array);
            times *= array.count;
            number = array.element;
            break;
        case PTR:
            times *= btf->pointer_size;
            *size = (uint32_t)times;
            return times <= UINT32_MAX;
        case INT:
        case STRUCT:
        case UNION:
        case ENUM:
        case FLOAT:
        case ENUM64:
            times *= type.size_or_type;
            *size = (uint32_t)times;
            return times <= UINT32_MAX;
        default:
            return false;
        }
        if (times > UINT32_MAX)
            return false;
    }
    return false;
}

struct search {
    const struct wgk_btf *btf;
    const char *name;
    size_t name_length;
    unsigned steps;
    uint32_t type; /* of the member that was found */
};

/* The offset of a member in bits, or -1. */
static int64_t
find_member(struct search *search, uint32_t number, unsigned depth)
{
    struct type type;
    const uint8_t *tail;

    if (depth == MAX_DEPTH || !resolve(search->btf, &number, &type, &tail) ||
        (kind_of(&type) != STRUCT && kind_of(&type) != UNION))
        return -1;
    const bool has_bits = type.info >> 31;
    for (uint32_t i = 0; i < members_of(&type) && search->steps < MAX_STEPS; i++) {
        struct member member;
        memcpy(&member, tail + i * sizeof member, sizeof member);
        const char *name = string(search->btf, member.name);
        uint32_t bits = member.offset;
        if (has_bits)
            bits &= 0xffffff;
        search->steps++;
        if (*name == '\0') {
            const int64_t inside = find_member(search, member.type, depth + 1);
            if (inside >= 0)
                return bits + inside;
        } else if (strlen(name) == search->name_length &&
                   memcmp(name, search->name, search->name_length) == 0) {
            search->type = member.type;
            if (has_bits && member.offset >> 24 != 0)
                return -1;
            return (int64_t)bits;
        }
    }
    return -1;
}

bool
wgk_btf_member(const struct wgk_btf *btf, const char *structure, const char *path,
               struct wgk_member *member)
{
    struct search search = { .btf = btf, .type = find(btf, STRUCT, structure) };
    int64_t bits = 0;

    if (search.type == 0)
        return false;
    for (;;) {
        search.name = path;
        search.name_length = strcspn(path, ".");
        const int64_t more = find_member(&search, search.type, 0);
        if (more < 0)
            return false;
        bits += more;
        path += search.name_length;
        if (*path == '\0')
            break;
        path++;
    }
    if (bits % 8 != 0 || bits / 8 > UINT32_MAX || !size_of(btf, search.type, &member->size))
        return false;
    member->offset = (uint32_t)(bits / 8);
    return true;
}

uint32_t
wgk_btf_pointer_size(const struct wgk_btf *btf)
{
    return btf->pointer_size;
}

bool
wgk_btf_has(const struct wgk_btf *btf, const char *structure)
{
    return find(btf, STRUCT, structure) != 0;
}

bool
wgk_btf_enumerator(const struct wgk_btf *btf, const char *name, uint32_t *value)
{
    for (unsigned i = btf->used; i-- > 0;) {
        const struct part *part = &btf->parts[i];
        for (uint32_t n = 0; n < part->count; n++) {
            struct type type;
            const uint8_t *bytes = part->types + part->places[n];
            memcpy(&type, bytes, sizeof type);
            for (uint32_t k = 0; kind_of(&type) == ENUM && k < members_of(&type); k++) {
                struct enumerator enumerator;
                memcpy(&enumerator, bytes + sizeof type + k * sizeof enumerator, sizeof enumerator);
                if (strcmp(string(btf, enumerator.name), name) == 0) {
                    *value = enumerator.value;
                    return true;
                }
            }
        }
    }
    return false;
}
