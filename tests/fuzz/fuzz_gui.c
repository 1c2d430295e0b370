/* fuzz_gui.c
 * The whole dissector as Wireshark's windows use it: tables, conversations, endpoints; and all
 * sources of keys from the input: a key log that grows, a configuration, secrets inside the
 * capture, a table of names.
 *
 * The first byte is as in fuzz_epan. Then come four texts with a length of two bytes each: the key
 * log, what is appended to it later, the configuration, the secrets; a byte that says at which
 * frame the latter two come, and the frames.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <fcntl.h>
#include <unistd.h>

#include <epan/conversation_table.h>
#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/uat-int.h>
#include <wsutil/report_message.h>

#include "host.h"
#include "keys.h"

enum { TEXTS = 4, LONGEST_TEXT = 1024, LONGEST_MESSAGE = 16384 };

enum text { KEYLOG, APPENDED, CONFIG, SECRETS };

/* Files that change with each input. */
struct file {
    char path[64];
    int fd;
};

static struct file keylog, config;
static uint8_t text[TEXTS][LONGEST_TEXT];
static size_t lengths[TEXTS];
static uint32_t later; /* the frame before which more keys come */

/* ---- what windows show ---- */

static stat_tap_table_ui *tables[4];
static stat_data_t table_data[G_N_ELEMENTS(tables)];
static conv_hash_t conversations, endpoints;

static void
check_text(const char *shown)
{
    CHECK(shown != NULL && g_utf8_validate(shown, -1, NULL));
}

static void G_GNUC_PRINTF(1, 0) check_message(const char *format, va_list arguments)
{
    char *message = g_strdup_vprintf(format, arguments);

    check_text(message);
    CHECK(strlen(message) < LONGEST_MESSAGE);
    CHECK(strpbrk(message, "\n\033") == NULL);
    g_free(message);
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

static void
check_drawn(void)
{
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
}

/* ---- sources of keys ---- */

static void
make_file(struct file *file, const char *name, const char *preference)
{
    g_snprintf(file->path, sizeof file->path, "%s/wg-fuzz-%d-%s",
               g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir(),
               (int)getpid(), name);
    file->fd = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(file->fd != -1);
    CHECK(host_set(preference, file->path));
}

static void
remove_files(void)
{
    unlink(keylog.path);
    unlink(config.path);
}

static void
write_file(const struct file *file, enum text which, size_t at)
{
    CHECK(ftruncate(file->fd, (off_t)at) == 0);
    CHECK(pwrite(file->fd, text[which], lengths[which], (off_t)at) == (ssize_t)lengths[which]);
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
    static const struct host wireshark = {
        .program = "wireshark", .listen = listen, .before = add_keys, .drawn = check_drawn
    };
    static const struct report_message_routines told = { .vreport_failure = check_message,
                                                         .vreport_warning = check_message };

    init_report_message("fuzz", &told);
    host_start(&wireshark);
    make_file(&keylog, "keylog", "wg.keylog_file");
    make_file(&config, "config", "wg.config");
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
    later = take_byte(&in);
    write_file(&keylog, KEYLOG, 0);
    write_file(&config, CONFIG, 0);
    name_a_peer();
    host_run(&in, options);
    return 0;
}
