/* fuzz_mux.c
 * The same where a frame holds several datagrams (PPP multiplexing, RFC 3153).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "as_tshark.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    start_as_tshark(true);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return run_as_tshark(data, size);
}
