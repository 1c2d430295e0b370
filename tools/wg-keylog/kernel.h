/* kernel.h
 * Whether keys can be read from the running kernel, and where they are in it. If they cannot, a
 * message gives the reason and says what to do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_KERNEL_H
#define WGK_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "probes.h"
#include "say.h"

/* Check rights and lockdown. False with `message` filled. */
bool wgk_kernel_allows(char message[WGK_MESSAGE]);

/* Find the kernel's WireGuard and its structures. False with `message` filled. */
bool wgk_kernel_probes(struct wgk_probes *probes, char message[WGK_MESSAGE]);

/* The inode of this process's network namespace; 0 if it cannot be found. */
uint32_t wgk_kernel_netns(void);

#endif
