/* gosym.h
 * Finds where a function of a Go program begins in its file, even if that is stripped, with the
 * table that Go's runtime itself needs (.gopclntab).
 *
 * Source: debug/gosym and runtime/symtab.go of Go 1.18 and newer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_GOSYM_H
#define WGK_GOSYM_H

#include <stddef.h>
#include <stdint.h>

/*
 * elf       the whole file, of this machine's byte order and 64 bits
 * suffix    of the function's name with its package
 * offset    set to the place in the file
 * returns   NULL, or why it was not found (fixed text)
 */
const char *wgk_gosym_find(const uint8_t *elf, size_t length, const char *suffix, uint64_t *offset);

#endif
