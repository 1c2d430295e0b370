/* severity.c
 * Preloaded into tshark, this tells at its end what the bulb in Wireshark's status bar would show:
 * the highest severity of all expert infos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>

#include <glib.h>

#include <epan/expert.h>

__attribute__((destructor)) static void
tell(void)
{
    fprintf(stderr, "highest severity %#x\n", (unsigned)expert_get_highest_severity());
}
