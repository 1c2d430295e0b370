/* lines.h
 * From chunks of bytes to lines of text, and the reports about bad ones: what the key log parser
 * and the configuration parser have in common.
 *
 * Whatever is fed, memory stays at one line of `limit` characters. Each line's text is wiped as
 * soon as it has been taken, because it may hold a key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_LINES_H
#define WG_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { WG_REPORTS_MAX = 10 }; /* bad lines reported per source, before one closing report */

/*
 * Called for a bad line, with its number, from 1, and what was expected there. The text is fixed;
 * it never holds anything of the line, which might be a key. It is valid during the call. In the
 * one closing report it is wg_lines_more, which is a text of its own and not what was expected.
 */
typedef void (*wg_report_fn)(void *user, unsigned line, const char *expected);
extern const char wg_lines_more[];

/*
 * Takes one line, without its line break; `line` may be changed, and is gone after the call.
 * complete  false where the end of the line has not been seen yet (wg_lines_flush)
 * returns   NULL where the line is good, else what was expected (static text). For an incomplete
 *           line anything but NULL means "not yet"; the line is then given again later.
 */
typedef const char *(*wg_line_fn)(void *context, char *line, bool complete);

struct wg_lines;

/*
 * limit     characters in a line; a longer one is skipped and reported, a longer comment (first
 *           character '#') is cut and taken
 * report    may be NULL
 * returns   owned by the caller; wg_lines_free
 */
struct wg_lines *wg_lines_new(size_t limit, wg_line_fn take, void *context, wg_report_fn report,
                              void *user);
void wg_lines_free(struct wg_lines *lines); /* wipes; NULL is allowed */

/* Back to line 1 of a new source: what was collected is dropped, reports are counted afresh. */
void wg_lines_reset(struct wg_lines *lines);

/* The next bytes of the source, cut anywhere. A UTF-8 byte order mark is skipped; a line with a
 * NUL byte is bad. */
void wg_lines_feed(struct wg_lines *lines, const void *bytes, size_t length);

/*
 * No more bytes for now. The last line may lack its line break:
 * final     true: the source ends here, so the line is complete. false: it may go on; it is
 *           offered as incomplete, and if it is taken the rest of it will be skipped.
 */
void wg_lines_flush(struct wg_lines *lines, bool final);

/* The number of the line that is being collected or taken, from 1; stops at UINT_MAX. */
unsigned wg_lines_number(const struct wg_lines *lines);

/* Report a line, within WG_REPORTS_MAX. */
void wg_lines_report(struct wg_lines *lines, unsigned line, const char *expected);

#endif
