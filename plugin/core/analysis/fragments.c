/* fragments.c
 * Datagrams in IP fragments: how many of a side never became whole.
 *
 * Where the capture holds all bytes, the host puts the fragments together, and the message is
 * marked as reassembled. Where the capture cut the fragments, only the first and the last one
 * count; what is missing between them is not seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis_private.h"
#include "evidence_private.h"

static bool
is_repeated(const struct wg_fragments *f, uint32_t id)
{
    const uint32_t known = MIN(f->first.count, G_N_ELEMENTS(f->ids));

    for (uint32_t i = 0; i < known; i++)
        if (f->ids[i] == id)
            return true;
    return false;
}

static struct wg_fragments *
fragments_of(struct wg_diagnosis *d, const struct wg_endpoint *source,
             const struct wg_endpoint *destination)
{
    struct wg_tunnel *t = wg_diagnosis_find_pair(d, source, destination);

    if (t == NULL)
        return NULL;
    return &t->side[!wg_endpoint_equal(source, &t->side[0].now)].fragments;
}

static struct wg_endpoint
host_of(const struct wg_endpoint *endpoint)
{
    struct wg_endpoint host = *endpoint;

    host.port = 0;
    return host;
}

/* Find a datagram among the latest ones, or make an entry for it. */
static struct wg_broken *
remember(struct wg_diagnosis *d, const struct wg_endpoint *source,
         const struct wg_endpoint *destination, uint32_t id)
{
    const struct wg_endpoint from = host_of(source), to = host_of(destination);

    if (d->broken == NULL)
        d->broken = g_new0(struct wg_broken, WG_BROKEN_MAX);
    for (unsigned i = 0; i < WG_BROKEN_MAX; i++) {
        struct wg_broken *b = &d->broken[i];
        if ((b->first || b->last) && b->id == id && wg_endpoint_equal(&b->from, &from) &&
            wg_endpoint_equal(&b->to, &to))
            return b;
    }
    struct wg_broken *b = &d->broken[d->broken_next++ % WG_BROKEN_MAX];
    *b = (struct wg_broken){ .from = from, .to = to, .id = id };
    return b;
}

static void
see_end(struct wg_diagnosis *d, struct wg_broken *b)
{
    struct wg_fragments *f = fragments_of(d, &b->source, &b->destination);

    if (f != NULL)
        f->together++;
}

void
wg_diagnosis_add_fragment(struct wg_diagnosis *d, const struct wg_endpoint *source,
                          const struct wg_endpoint *destination, uint32_t id, uint32_t frame)
{
    struct wg_fragments *f = fragments_of(d, source, destination);

    if (f == NULL)
        return;
    if (is_repeated(f, id)) {
        f->repeated++;
        return;
    }
    f->ids[f->first.count % G_N_ELEMENTS(f->ids)] = id;
    wg_evidence_see(&f->first, frame);
    struct wg_broken *b = remember(d, source, destination, id);
    b->first = true;
    b->source = *source;
    b->destination = *destination;
    if (b->last)
        see_end(d, b);
}

void
wg_diagnosis_end_fragment(struct wg_diagnosis *d, const struct wg_endpoint *from,
                          const struct wg_endpoint *to, uint32_t id)
{
    struct wg_broken *b = remember(d, from, to, id);

    if (b->first && !b->last)
        see_end(d, b);
    b->last = true;
}
