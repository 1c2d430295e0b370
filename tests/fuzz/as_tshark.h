/* as_tshark.h
 * The library as tshark uses it, with all reports and with keys from files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_AS_TSHARK_H
#define FUZZ_AS_TSHARK_H

#include "host.h"

/* several   frames hold several datagrams */
void start_as_tshark(bool several);

/* The first byte says how the capture is read and which keys are taken (enum capture_options), then
 * come its frames (enum frame_options). */
int run_as_tshark(const uint8_t *data, size_t size);

#endif
