/* gosym.c
 * See gosym.h. The file is not trusted: if something in it is inconsistent, nothing is found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "gosym.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

enum {
    GO_1_20 = 0xfffffff1,
    GO_1_18 = 0xfffffff0,
    HEADER_WORDS = 8, /* after the first eight bytes */
};

struct bytes {
    const uint8_t *at;
    size_t length;
};

static bool
take(const struct bytes *from, uint64_t offset, void *to, size_t length)
{
    if (offset > from->length || length > from->length - offset)
        return false;
    memcpy(to, from->at + offset, length);
    return true;
}

static bool
part(struct bytes *out, const struct bytes *from, uint64_t offset, uint64_t length)
{
    if (offset > from->length || length > from->length - offset)
        return false;
    *out = (struct bytes){ from->at + offset, length };
    return true;
}

/* The text at an offset, or "" if it does not end inside. */
static const char *
text(const struct bytes *from, uint64_t offset)
{
    if (offset >= from->length || memchr(from->at + offset, '\0', from->length - offset) == NULL)
        return "";
    return (const char *)from->at + offset;
}

static bool
ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name), wanted = strlen(suffix);

    return length >= wanted && strcmp(name + length - wanted, suffix) == 0;
}

/* A section whose name ends with this; position-independent programs have
 * ".data.rel.ro.gopclntab". */
static bool
find_section(const struct bytes *elf, const Elf64_Ehdr *header, const char *suffix,
             Elf64_Shdr *section)
{
    Elf64_Shdr names;
    struct bytes texts;

    if (header->e_shentsize != sizeof names ||
        !take(elf, header->e_shoff + header->e_shstrndx * sizeof names, &names, sizeof names) ||
        !part(&texts, elf, names.sh_offset, names.sh_size))
        return false;
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (take(elf, header->e_shoff + i * sizeof *section, section, sizeof *section) &&
            section->sh_type != SHT_NOBITS && ends_with(text(&texts, section->sh_name), suffix))
            return true;
    return false;
}

/* From an address to the place in the file. */
static bool
file_offset(const struct bytes *elf, const Elf64_Ehdr *header, uint64_t address, uint64_t *offset)
{
    Elf64_Phdr segment;

    for (unsigned i = 0; i < header->e_phnum && header->e_phentsize == sizeof segment; i++)
        if (take(elf, header->e_phoff + i * sizeof segment, &segment, sizeof segment) &&
            segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz) {
            *offset = segment.p_offset + (address - segment.p_vaddr);
            return *offset < elf->length;
        }
    return false;
}

/* The distance of the function from the beginning of the text. */
static bool
find_function(const struct bytes *table, const char *suffix, const uint64_t *words,
              uint32_t *distance)
{
    const uint64_t count = words[0], functions = words[7];
    struct bytes names;

    if (words[3] > table->length || !part(&names, table, words[3], table->length - words[3]))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t entry[2], function[2]; /* distance and place of the function's data; its name */
        if (!take(table, functions + i * sizeof entry, entry, sizeof entry) ||
            !take(table, functions + entry[1], function, sizeof function))
            return false;
        if (ends_with(text(&names, function[1]), suffix)) {
            *distance = entry[0];
            return true;
        }
    }
    return false;
}

const char *
wgk_gosym_find(const uint8_t *bytes, size_t length, const char *suffix, uint64_t *offset)
{
    const struct bytes elf = { bytes, length };
    Elf64_Ehdr header;
    Elf64_Shdr section, code;
    struct bytes table;
    uint64_t words[HEADER_WORDS];
    uint32_t magic, distance;

    if (!take(&elf, 0, &header, sizeof header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64)
        return "it is no program of 64 bits";
    if (!find_section(&elf, &header, ".gopclntab", &section) ||
        !part(&table, &elf, section.sh_offset, section.sh_size) ||
        !take(&table, 0, &magic, sizeof magic))
        return "it is no Go program";
    if ((magic != GO_1_20 && magic != GO_1_18) || !take(&table, 8, words, sizeof words))
        return "it was built by a Go older than 1.18, or by a much newer one";
    /* Newer versions leave out the beginning of the text: it is that of the section. */
    if (words[2] == 0 && find_section(&elf, &header, ".text", &code))
        words[2] = code.sh_addr;
    if (!find_function(&table, suffix, words, &distance))
        return "it has no function of that name";
    if (!file_offset(&elf, &header, words[2] + distance, offset))
        return "its segments are damaged";
    return NULL;
}
