/* start.c
 * Installs the probes of a watch, limits them to what was asked for, and starts them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "tracefs.h"
#include "watch_private.h"

static bool
start_instance(struct watch *watch, enum wgk_instance instance)
{
    char message[WGK_MESSAGE];

    watch->pipes[instance] = wgk_tracefs_instance(watch->tracefs, instance, message);
    if (watch->pipes[instance] == -1)
        wgk_fail(watch, "%s", message);
    return watch->pipes[instance] != -1;
}

static bool
start_event(struct watch *watch, enum wgk_instance instance, const char *event, const char *filter)
{
    /* This way, the keys of other interfaces do not even reach the buffer. */
    if ((filter == NULL || wgk_tracefs_filter(watch->tracefs, instance, event, filter)) &&
        wgk_tracefs_enable(watch->tracefs, instance, event))
        return true;
    wgk_fail(watch, "the kernel does not start the probe %s: %s.", event, strerror(errno));
    return false;
}

static bool
define(struct watch *watch, const char *file, const char *line)
{
    char message[WGK_MESSAGE];

    if (wgk_tracefs_define(watch->tracefs, file, line, message))
        return true;
    wgk_fail(watch, "%s", message);
    return false;
}

bool
wgk_start_go(struct watch *watch)
{
    for (unsigned n = 0; n < WGK_GO_PARTS; n++)
        if (!define(watch, "uprobe_events", watch->go->line[n]))
            return false;
    if (!start_instance(watch, WGK_KEYS))
        return false;
    for (unsigned n = 0; n < WGK_GO_PARTS; n++)
        if (!start_event(watch, WGK_KEYS, wgk_go_probe(n), NULL))
            return false;
    return true;
}

bool
wgk_start_kernel(struct watch *watch)
{
    const char *interface = watch->options->interface;
    char filter[128];

    if (interface == NULL)
        snprintf(filter, sizeof filter, "netns == %u", watch->netns);
    else
        snprintf(filter, sizeof filter, "netns == %u && ifname == \"%s\"", watch->netns, interface);
    for (enum wgk_event_type type = WGK_HANDSHAKE; type <= WGK_PACKET; type++)
        if (!define(watch, "kprobe_events", watch->probes->line[type]))
            return false;
    return start_instance(watch, WGK_KEYS) &&
           start_event(watch, WGK_KEYS, wgk_probe_name(WGK_HANDSHAKE), filter) &&
           start_event(watch, WGK_KEYS, wgk_probe_name(WGK_SESSION), filter) &&
           (watch->options->new_only ||
            (start_instance(watch, WGK_PACKETS) &&
             start_event(watch, WGK_PACKETS, wgk_probe_name(WGK_PACKET), filter)));
}
