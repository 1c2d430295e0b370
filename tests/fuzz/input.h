/* input.h
 * What the fuzz targets share: taking an input apart, and checks that end the program.
 *
 * An input that runs out reads as zeros, so that every input is a valid one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer and main.c call; more than once in a process, so nothing may be left behind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not an assert, which a release build leaves out. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct input {
    const uint8_t *bytes;
    size_t left;
};

/* The next `wanted` bytes, or those that are left. */
static inline size_t
take(struct input *in, void *to, size_t wanted)
{
    const size_t n = wanted < in->left ? wanted : in->left;

    memset(to, 0, wanted);
    if (n > 0)
        memcpy(to, in->bytes, n);
    in->bytes += n;
    in->left -= n;
    return n;
}

static inline uint8_t
take_byte(struct input *in)
{
    uint8_t byte;

    take(in, &byte, 1);
    return byte;
}

static inline uint64_t
take_number(struct input *in, size_t length)
{
    uint8_t bytes[8];
    uint64_t number = 0;

    take(in, bytes, length);
    for (size_t i = length; i > 0; i--)
        number = number << 8 | bytes[i - 1];
    return number;
}

/* A copy in a block of exactly that size, so that a sanitizer sees each byte too many. */
static inline uint8_t *
exact_copy(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    CHECK(copy != NULL);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

#endif
