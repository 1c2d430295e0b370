/* kernel.h
 * Whether keys can be read from the kernel that runs, and where they are in it. Every reason
 * against it has a message that says what to do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_KERNEL_H
#define WGK_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "probes.h"
#include "say.h"

/* Rights and lockdown. False with `message` filled. */
bool wgk_kernel_allows(char message[WGK_MESSAGE]);

/* Where the kernel's WireGuard is and what it looks like. False with `message` filled. */
bool wgk_kernel_probes(struct wgk_probes *probes, char message[WGK_MESSAGE]);

/* The inode of this process's network namespace; 0 where it cannot be known. */
uint32_t wgk_kernel_netns(void);

#endif
