/* config_name.h
 * Names of peers in the comments of a configuration file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CONFIG_NAME_H
#define WG_CONFIG_NAME_H

enum config_comment {
    COMMENT_OTHER, /* no name: a setting put out of use, a line of dashes, or something like a key
                    */
    COMMENT_FRIENDLY, /* words that may be a name if they are next to the start of a section */
    COMMENT_NAME,     /* says that it is a name: "Name = ..." */
};

/*
 * What a comment says.
 * comment   from its first '#'; changed
 * name      set to the name within `comment`, or to NULL for COMMENT_OTHER
 */
enum config_comment wg_config_comment(char *comment, const char **name);

#endif
