/* amnezia_special.h
 * Special packets of AmneziaWG, for the file that reads its settings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AMNEZIA_SPECIAL_H
#define WG_AMNEZIA_SPECIAL_H

#include "wg/amnezia.h"

/* Read the tags of I1 to I5. returns false, and leaves *special alone, if they are not valid. */
bool wg_amnezia_special_parse(struct wg_amnezia_special *special, const char *text);
void wg_amnezia_special_clear(struct wg_amnezia_special *special);

#endif
