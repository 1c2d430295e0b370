/* registration.h
 * The two calls that the host's loader makes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REGISTRATION_H
#define WG_REGISTRATION_H

/* Called once at start-up, after the host's own dissectors registered. */
void wg_register_protoinfo(void);

/* Called once, after the host's own dissectors took their ports. */
void wg_register_handoff(void);

#endif
