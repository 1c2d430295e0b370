/* fuzz_gui.c
 * The whole dissector as Wireshark's windows use it: tables, conversations, endpoints, the filter
 * of a conversation, Follow, Export PDUs; and all sources of keys from the input: a key log that
 * grows, configurations, secrets inside the capture, a table of names; each in a file or in a
 * folder.
 *
 * The first byte is as in fuzz_epan. Then come four texts with a length of two bytes each: the key
 * log, what is appended to it later, the configuration (two of them where it has a NUL), the
 * secrets; a byte that says before which frame the latter two come (6 bits), and what else is on;
 * and the frames.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <fcntl.h>
#include <unistd.h>

/* The next one names its structure without declaring it. */
#include <epan/packet.h>

#include <epan/conversation_filter.h>
#include <epan/conversation_table.h>
#include <epan/exported_pdu.h>
#include <epan/follow.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/uat-int.h>

#include "host.h"
#include "keys.h"

enum { TEXTS = 4, LONGEST_TEXT = 1024 };

enum text { KEYLOG, APPENDED, CONFIG, SECRETS };

/* With the number of the frame. */
enum { LATER = 63, FOLDERS = 64, EXPORTED = 128 };

/* Files that change with each input. */
struct file {
    char path[64];
    int fd;
};

static struct file keylog, config, second_config;
static char folder[64];
static uint8_t text[TEXTS][LONGEST_TEXT];
static size_t lengths[TEXTS];
static uint32_t later; /* the frame before which more keys come */

/* ---- what windows show ---- */

static stat_tap_table_ui *tables[4];
static stat_data_t table_data[G_N_ELEMENTS(tables)];
static conv_hash_t conversations, endpoints;
static register_follow_t *follow;
static follow_info_t *followed;
static conversation_filter_t *conversation_filter;
static bool exported;

static void
check_text(const char *shown)
{
    CHECK(shown != NULL && g_utf8_validate(shown, -1, NULL));
}

static void
check_table(const stat_tap_table_ui *ui)
{
    const stat_tap_table *table = g_array_index(ui->tables, stat_tap_table *, 0);

    for (unsigned row = 0; row < table->num_elements; row++)
        for (unsigned column = 0; column < table->num_fields; column++) {
            const stat_tap_table_item_type *cell = stat_tap_get_field_data(table, row, column);
            if (cell->type == TABLE_ITEM_STRING)
                check_text(cell->value.string_value);
        }
}

static void
check_address(const address *a)
{
    char *shown = get_conversation_address(NULL, (address *)(uintptr_t)a, TRUE);

    check_text(shown);
    wmem_free(NULL, shown);
}

/* Frees it. */
static void
check_filter(char *filter)
{
    if (filter != NULL)
        check_text(filter);
    g_free(filter);
}

static void
check_follow(void)
{
    unsigned stream = 0, sub_stream = 0;

    check_filter(get_follow_index_func(follow)(stream, sub_stream));
    if (followed->client_ip.type != AT_NONE && followed->server_ip.type != AT_NONE)
        check_filter(get_follow_address_func(follow)(&followed->client_ip, &followed->server_ip,
                                                     (int)followed->client_port,
                                                     (int)followed->server_port));
    char *port = get_follow_port_to_display(follow)(NULL, followed->client_port);
    check_text(port);
    wmem_free(NULL, port);
}

/* From 4.2 on, a filter is asked with what it was registered with. */
#if WS_AT_LEAST(4, 2)
#define FILTER_DATA , conversation_filter->user_data
#else
#define FILTER_DATA
#endif

/* What the menus of a packet offer. */
static void
check_look(epan_dissect_t *edt)
{
    unsigned stream = 0, sub_stream = 0;

    if (conversation_filter->is_filter_valid(&edt->pi FILTER_DATA))
        check_filter(conversation_filter->build_filter_string(&edt->pi FILTER_DATA));
    check_filter(get_follow_conv_func(follow)(edt, &edt->pi, &stream, &sub_stream));
}

static void
check_drawn(void)
{
    check_follow();
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        if (tables[i] != NULL)
            check_table(tables[i]);
    for (unsigned i = 0; conversations.conv_array != NULL && i < conversations.conv_array->len;
         i++) {
        conv_item_t *c = &g_array_index(conversations.conv_array, conv_item_t, i);
        check_address(&c->src_address);
        check_address(&c->dst_address);
        char *filter = get_conversation_filter(c, CONV_DIR_A_TO_FROM_B);
        check_text(filter);
        g_free(filter);
    }
    reset_conversation_table_data(&conversations);
    reset_endpoint_table_data(&endpoints);
}

static void
reset_table(void *data)
{
    reset_stat_table(((stat_data_t *)data)->stat_tap_data);
}

static void
must_listen(const char *tap, void *data, tap_reset_cb reset, tap_packet_cb packet)
{
    CHECK(register_tap_listener(tap, data, NULL, 0, reset, packet, NULL, NULL) == NULL);
}

static void
listen(void)
{
    static const char *const reports[] = { "wg,sessions", "wg,audit", "wg,diagnose" };
    register_ct_t *both = get_conversation_by_proto_id(proto_get_id_by_filter_name("wg"));

    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
        tables[i] = stat_tap_by_name(reports[i]);
        CHECK(tables[i] != NULL);
        table_data[i].stat_tap_data = tables[i];
        tables[i]->stat_tap_init_cb(tables[i]);
        must_listen(tables[i]->tap_name, &table_data[i], reset_table, tables[i]->packet_func);
    }
    CHECK(both != NULL);
    must_listen("wg", &conversations, NULL, get_conversation_packet_func(both));
    must_listen("wg", &endpoints, NULL, get_endpoint_packet_func(both));
    for (GList *f = packet_conv_filter_list; f != NULL && conversation_filter == NULL; f = f->next)
        if (strcmp(((conversation_filter_t *)f->data)->proto_name, "wg") == 0)
            conversation_filter = f->data;
    follow = get_follow_by_name("WireGuard");
    CHECK(conversation_filter != NULL && follow != NULL);
    followed = g_new0(follow_info_t, 1);
    must_listen(get_follow_tap_string(follow), followed, NULL, get_follow_tap_handler(follow));
}

static tap_packet_status
check_exported(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *pdu,
               tap_flags_t flags)
{
    const exp_pdu_data_t *given = pdu;

    CHECK(given->tvb_captured_length <= given->tvb_reported_length);
    CHECK(tvb_captured_length(given->pdu_tvb) == given->tvb_captured_length);
    return TAP_PACKET_DONT_REDRAW;
}

/* Flows are claimed in another way where PDUs are exported. */
static void
export_pdus(bool wanted)
{
    static int raw_ip, layer_3;

    if (wanted == exported)
        return;
    exported = wanted;
    if (!wanted) {
        remove_tap_listener(&raw_ip);
        remove_tap_listener(&layer_3);
        return;
    }
    must_listen("WireGuard", &raw_ip, NULL, check_exported);
    must_listen(EXPORT_PDU_TAP_NAME_LAYER_3, &layer_3, NULL, check_exported);
}

/* ---- sources of keys ---- */

static void
make_folder(void)
{
    g_snprintf(folder, sizeof folder, "%s/wg-fuzz-%d",
               g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir(),
               (int)getpid());
    CHECK(g_mkdir_with_parents(folder, 0700) == 0);
}

static void
make_file(struct file *file, const char *name)
{
    g_snprintf(file->path, sizeof file->path, "%.40s/%.16s", folder, name);
    file->fd = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(file->fd != -1);
}

static void
remove_files(void)
{
    unlink(keylog.path);
    unlink(config.path);
    unlink(second_config.path);
    rmdir(folder);
}

static void
write_file(const struct file *file, enum text which, size_t at)
{
    CHECK(ftruncate(file->fd, (off_t)at) == 0);
    CHECK(pwrite(file->fd, text[which], lengths[which], (off_t)at) == (ssize_t)lengths[which]);
}

/* Up to a NUL into one file, what is after it into the other. */
static void
write_configs(void)
{
    const uint8_t *nul = memchr(text[CONFIG], 0, lengths[CONFIG]);
    const size_t all = lengths[CONFIG], first = nul != NULL ? (size_t)(nul - text[CONFIG]) : all;

    lengths[CONFIG] = first;
    write_file(&config, CONFIG, 0);
    memmove(text[CONFIG], text[CONFIG] + first, all - first);
    lengths[CONFIG] = all - first;
    write_file(&second_config, CONFIG, 0);
}

/* A peer's name from the first bytes of the secrets; most are refused, as they are in the window.
 */
static void
name_a_peer(void)
{
    uat_t *names = uat_get_table_by_name("WireGuard peer names");
    char *row;

    CHECK(names != NULL);
    uat_clear(names);
    row = g_strdup_printf("\"PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY=\",\"%.*s\"",
                          (int)MIN(lengths[SECRETS], 40), (const char *)text[SECRETS]);
    host_set("uat:wg_peer_names", row);
    g_free(row);
}

static void
add_keys(uint32_t number)
{
    if (number != later)
        return;
    write_file(&keylog, APPENDED, lengths[KEYLOG]);
    wg_keys_secrets(text[SECRETS], lengths[SECRETS]);
}

/* ---- the target ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct host wireshark = { .program = "wireshark",
                                           .listen = listen,
                                           .before = add_keys,
                                           .looked = check_look,
                                           .drawn = check_drawn };

    host_start(&wireshark);
    make_folder();
    make_file(&keylog, "a.keys");
    make_file(&config, "a.conf");
    make_file(&second_config, "b.conf");
    atexit(remove_files);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    const uint8_t options = take_byte(&in);

    for (size_t i = 0; i < TEXTS; i++)
        lengths[i] = take(&in, text[i], take_number(&in, 2) % LONGEST_TEXT);
    const uint8_t what = take_byte(&in);
    later = what & LATER;
    CHECK(host_set("wg.keylog_file", what & FOLDERS ? folder : keylog.path));
    CHECK(host_set("wg.config", what & FOLDERS ? folder : config.path));
    export_pdus(what & EXPORTED);
    write_file(&keylog, KEYLOG, 0);
    write_configs();
    name_a_peer();
    host_run(&in, options);
    follow_reset_stream(followed);
    return 0;
}
