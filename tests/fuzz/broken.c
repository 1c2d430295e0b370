/* broken.c
 * A target that ends badly on three inputs, each in another way: to test that this is seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile int most = INT32_MAX;
    uint8_t *copy = exact_copy(data, size);

    if (size > 0 && data[0] == 'b')
        most -= copy[size]; /* one byte too many */
    if (size > 0 && data[0] == 'u')
        most = most + 1; /* undefined */
    CHECK(size == 0 || data[0] != 'c');
    free(copy);
    return 0;
}
