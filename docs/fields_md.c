/* fields_md.c
 * Writes docs/fields.md from the plugin's own tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

/* FT_UINT32 and BASE_HEX -> "u32, hex" and so on; a type that is new here keeps its host name. */
static const char *
type_text(const char *type)
{
    static const char *const names[][2] = {
        { "FT_BOOLEAN", "bool" },
        { "FT_UINT8", "u8" },
        { "FT_UINT16", "u16" },
        { "FT_UINT32", "u32" },
        { "FT_UINT64", "u64" },
        { "FT_BYTES", "bytes" },
        { "FT_STRING", "string" },
        { "FT_NONE", "none" },
        { "FT_FRAMENUM", "frame" },
        { "FT_ABSOLUTE_TIME", "absolute time" },
        { "FT_RELATIVE_TIME", "relative time" },
    };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], type) == 0)
            return names[i][1];
    return type;
}

static void
group(const char *title)
{
    printf("\n## %s\n\n| field | type | shown as | meaning |\n|---|---|---|---|\n", title);
}

static void
field(const char *name, const char *filter, const char *type, const char *display,
      const char *blurb)
{
    printf("| `%s` | %s%s | %s | %s |\n", filter, type_text(type),
           strcmp(display, "BASE_HEX") == 0 ? ", hex" : "", name, blurb);
}

static void
expert(const char *filter, const char *where, const char *severity, const char *summary)
{
    printf("| `%s` | %s | %s | %s |\n", filter, severity + strlen("PI_"), where + strlen("PI_"),
           summary);
}

int
main(void)
{
    puts("# Fields\n\n"
         "`scripts/docs` makes this page from the plugin's own tables; do not edit it.\n"
         "Fields that Wireshark's own dissector also has keep its names and types. You can\n"
         "use all of them in display filters and with `tshark -T fields -e`.\n\n"
         "In the tree of a data packet, what is the same for nearly all of them is hidden, as\n"
         "Wireshark hides `ip.addr`: `wg.reserved.zero` if they are zero, the three tell-tales\n"
         "that data does not have, and `wg.length`, which is 32 more than `wg.data.length`.\n"
         "Filters, columns and `-e` find them all the same.");
#define WG_GROUP(title) group(title);
#define WG_FIELD(id, name, filter, type, display, strings, blurb)                                  \
    field(name, filter, #type, #display, blurb);
#include "fields.def"
    puts("\n## Expert infos\n\n| field | severity | group | meaning |\n|---|---|---|---|");
#define WG_EXPERT(id, filter, where, severity, summary) expert(filter, #where, #severity, summary);
#include "experts.def"
    return 0;
}
