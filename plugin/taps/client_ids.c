/* client_ids.c
 * The client ids of a capture, and the flows and messages of each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "client_ids.h"
#include "json.h"
#include "table.h"
#include "wg/envelope.h"
#include "words.h"

enum {
    /* The flows that are kept: random ids take no more memory than this. */
    FLOWS_MAX = 1 << 14,
    TOLD = 8, /* ids in the text */
};

struct client {
    uint32_t id;
    uint32_t flows;
    uint64_t messages;
};

/* A client may have several flows, and a flow, behind a NAT, several clients. */
struct client_flow {
    struct wg_endpoint low, high;
    struct client *client; /* owned by its table */
};

struct wg_client_ids {
    GHashTable *clients; /* by id; owns them */
    GPtrArray *order;    /* the same, in order of appearance */
    GHashTable *flows;   /* a set of struct client_flow; owns them */
    bool more;           /* there was no room for all */
};

static unsigned
flow_hash(const void *p)
{
    const struct client_flow *f = p;
    return wg_endpoint_hash(&f->low) * 31 + wg_endpoint_hash(&f->high) + f->client->id;
}

static gboolean
flow_equal(const void *a, const void *b)
{
    const struct client_flow *p = a, *q = b;
    return p->client == q->client && wg_endpoint_equal(&p->low, &q->low) &&
           wg_endpoint_equal(&p->high, &q->high);
}

struct wg_client_ids *
wg_client_ids_new(void)
{
    struct wg_client_ids *ids = g_new(struct wg_client_ids, 1);

    *ids = (struct wg_client_ids){
        .clients = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .order = g_ptr_array_new(),
        .flows = g_hash_table_new_full(flow_hash, flow_equal, g_free, NULL),
    };
    return ids;
}

void
wg_client_ids_free(struct wg_client_ids *ids)
{
    g_hash_table_destroy(ids->flows);
    g_ptr_array_unref(ids->order);
    g_hash_table_destroy(ids->clients);
    g_free(ids);
}

static struct client *
get_client(struct wg_client_ids *ids, uint32_t id)
{
    struct client *client = g_hash_table_lookup(ids->clients, GUINT_TO_POINTER(id));

    if (client != NULL || ids->order->len >= FLOWS_MAX)
        return client;
    client = g_new0(struct client, 1);
    client->id = id;
    g_hash_table_insert(ids->clients, GUINT_TO_POINTER(id), client);
    g_ptr_array_add(ids->order, client);
    return client;
}

void
wg_client_ids_add(struct wg_client_ids *ids, const struct wg_sighting *s)
{
    const uint32_t id = wg_envelope_id(s->view);

    if (id == 0)
        return;
    struct client *client = get_client(ids, id);
    if (client == NULL) {
        ids->more = true;
        return;
    }
    client->messages++;
    struct client_flow flow = { .low = s->source, .high = s->destination, .client = client };
    if (wg_endpoint_compare(&flow.low, &flow.high) > 0) {
        flow.low = s->destination;
        flow.high = s->source;
    }
    if (g_hash_table_contains(ids->flows, &flow))
        return;
    if (g_hash_table_size(ids->flows) >= FLOWS_MAX) {
        ids->more = true;
        return;
    }
    client->flows++;
    g_hash_table_add(ids->flows, g_memdup2(&flow, sizeof flow));
}

/* ---- telling ---- */

/* "1 flow", "2 flows" */
static void
append_count(GString *text, uint64_t count, const char *what)
{
    g_string_append_printf(text, "%" PRIu64 " %s%s", count, what, plurality(count, "", "s"));
}

void
wg_client_ids_print(const struct wg_client_ids *ids)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (ids->order->len == 0)
        return;
    for (unsigned i = 0; i < MIN(ids->order->len, TOLD); i++) {
        const struct client *client = g_ptr_array_index(ids->order, i);
        g_autofree char *name = wg_report_client_id(client->id);

        wg_separate(text, ", ");
        g_string_append_printf(text, "%s (", name);
        append_count(text, client->flows, "flow");
        g_string_append(text, ", ");
        append_count(text, client->messages, "message");
        g_string_append_c(text, ')');
    }
    if (ids->order->len > TOLD)
        g_string_append_printf(text, " and %u more", ids->order->len - TOLD);
    if (ids->more)
        g_string_append(text, ". There were too many to count all");
    g_string_append_c(text, '.');
    printf("\n");
    wg_print_paragraph("Clients", text->str);
}

void
wg_client_ids_print_json(const struct wg_client_ids *ids, const struct wg_report *report)
{
    for (unsigned i = 0; i < ids->order->len; i++) {
        const struct client *client = g_ptr_array_index(ids->order, i);
        struct wg_json *j = wg_json_begin(report, "client-id");

        wg_json_take(j, "client_id", wg_report_client_id(client->id));
        wg_json_number(j, "flows", client->flows);
        wg_json_number(j, "messages", client->messages);
        if (ids->more)
            wg_json_bool(j, "not_all_kept", true);
        wg_json_end(j);
    }
}
