/* fuzz_epan.c
 * The whole dissector, with its reports: a capture of up to 64 frames.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "as_tshark.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    start_as_tshark(false);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return run_as_tshark(data, size);
}
