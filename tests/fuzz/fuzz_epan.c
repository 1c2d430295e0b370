/* fuzz_epan.c
 * The whole dissector inside Wireshark's library: an input is a small capture, read as Wireshark
 * reads one, dissected on both passes with keys loaded and everything drawn.
 *
 * The first byte says how much is drawn and which keys are taken; then for each frame a byte of
 * options, a byte for the time that passed, two bytes of length, and the UDP payload. A frame with
 * option RAW is the IP packet itself.
 *
 * Our code is linked in and has the sanitizers; Wireshark's is the installed library.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>

#include "input.h"

/* plugin.c */
void plugin_register(void);

enum { FRAMES = 64, FRAME_ROOM = 4096, IP_HEADER = 20, UDP_HEADER = 8 };

enum frame_options {
    BACK = 1,   /* from the other end */
    OTHER = 2,  /* between other ends */
    ODD = 4,    /* not on WireGuard's port */
    CUT = 8,    /* the capture holds half of it */
    RAW = 16,
};

/* REPORTS_LATE: the reports hear of the packets when all were read, as with tshark -2. */
enum capture_options { NO_TREE = 1, NO_KEYS = 2, INVISIBLE = 4, REPORTS_LATE = 8, NO_REPORTS = 16 };

struct packet_provider_data {
    const void *wth; /* where the plugin looks for one; none here */
    frame_data frames[FRAMES + 1];
};

static struct packet_provider_data provider;
static nstime_t elapsed;
static const frame_data *reference;
static uint8_t bytes[FRAMES + 1][FRAME_ROOM];
static column_info columns;

static const nstime_t *
frame_time(struct packet_provider_data *p, uint32_t number)
{
    return number >= 1 && number <= FRAMES ? &p->frames[number].abs_ts : NULL;
}

static const struct packet_provider_funcs provider_functions = { .get_frame_ts = frame_time };

#if !WS_AT_LEAST(4, 4)
/* Instead of the library's own: the lists of vendors and of services, 30,000 lines, would be read
 * again for each input. */
char *
get_datafile_path(const char *name)
{
    return g_strdup_printf("/nonexistent/%s", name);
}
#endif

/* ---- starting the library, once ---- */

/* The protocol is unusable where the plugin is not the one that answers. */
static void
check_registered(void)
{
    CHECK(proto_registrar_get_byname("wg.visible.count") != NULL);
}

static void
set_preference(char *text)
{
    char *error = NULL;

    CHECK(prefs_set_pref(text, &error) == PREFS_SET_OK);
}

static void
set_file(const char *preference, const char *variable)
{
    const char *path = getenv(variable);
    char *text = g_strdup_printf("%s:%s", preference, path != NULL ? path : "");

    set_preference(text);
    g_free(text);
}

static void
start(void)
{
    static const char *const reports[] = { "wg,sessions", "wg,audit", "wg,diagnose" };
    char port[] = "wg.udp.port:51820";

    /* A bug of a dissector ends the program instead of becoming a line in a tree. */
    setenv("WIRESHARK_ABORT_ON_DISSECTOR_BUG", "1", 1);
    g_set_prgname("tshark"); /* whose reports are texts */
    init_process_policies();
    wtap_init(FALSE);
    plugin_register();
    CHECK(epan_init(NULL, NULL, FALSE));
    check_registered();
    prefs_reset();
    set_preference(port);
    set_file("wg.config", "WG_FUZZ_CONFIG");
    prefs_apply_all();
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    timestamp_set_precision(TS_PREC_FIXED_MSEC);
    build_column_format_array(&columns, prefs.num_cols, TRUE);
    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++)
        CHECK(process_stat_cmd_arg(reports[i]));
    start_requested_stats();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    start();
    return 0;
}

/* ---- frames ---- */

static void
put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static size_t
add_headers(uint8_t *frame, uint8_t options, size_t payload)
{
    const uint8_t low[] = { 192, 0, 2, options & OTHER ? 3 : 1 }, high[] = { 192, 0, 2, 2 };
    const unsigned low_port = 40000, high_port = options & ODD ? 41000 : 51820;
    const bool back = options & BACK;
    uint8_t *udp = frame + IP_HEADER;

    memset(frame, 0, IP_HEADER + UDP_HEADER);
    frame[0] = 0x45;
    put16(frame + 2, (unsigned)(IP_HEADER + UDP_HEADER + payload));
    frame[8] = 64; /* time to live */
    frame[9] = 17; /* UDP */
    memcpy(frame + 12, back ? high : low, sizeof low);
    memcpy(frame + 16, back ? low : high, sizeof high);
    put16(udp, back ? high_port : low_port);
    put16(udp + 2, back ? low_port : high_port);
    put16(udp + 4, (unsigned)(UDP_HEADER + payload));
    return IP_HEADER + UDP_HEADER + payload;
}

static void
fill_record(wtap_rec *rec, const frame_data *fd)
{
    wtap_rec_init(rec);
    rec->rec_type = REC_TYPE_PACKET;
    rec->presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
    rec->ts = fd->abs_ts;
    rec->tsprec = WTAP_TSPREC_NSEC;
    rec->rec_header.packet_header.caplen = fd->cap_len;
    rec->rec_header.packet_header.len = fd->pkt_len;
    rec->rec_header.packet_header.pkt_encap = WTAP_ENCAP_RAW_IP;
}

/* The next frame of an input; its record is made anew for each look. */
static void
read_frame(struct input *in, uint32_t number, int64_t *time)
{
    static const int64_t waits[] = { 0, 1, 5000, 10000, 121000, 400000, -1000 }; /* ms */
    const uint8_t options = take_byte(in), wait = take_byte(in);
    const size_t wanted = take_number(in, 2) % (FRAME_ROOM - IP_HEADER - UDP_HEADER);
    const size_t length = MIN(wanted, in->left);
    const size_t payload_at = options & RAW ? 0 : IP_HEADER + UDP_HEADER;
    frame_data *fd = &provider.frames[number];
    wtap_rec rec;

    take(in, bytes[number] + payload_at, length);
    *time += waits[wait % G_N_ELEMENTS(waits)] + 1;
    frame_data seen = { .pkt_len = (uint32_t)length };
    if (!(options & RAW))
        seen.pkt_len = (uint32_t)add_headers(bytes[number], options, length);
    seen.cap_len = options & CUT ? seen.pkt_len / 2 : seen.pkt_len;
    seen.abs_ts = (nstime_t){ .secs = (time_t)(*time / 1000), .nsecs = (int)(*time % 1000) * 1000000 };
    fill_record(&rec, &seen);
    frame_data_init(fd, number, &rec, 0, 0);
    wtap_rec_cleanup(&rec);
}

static void
look(epan_dissect_t *edt, uint32_t number, bool reported)
{
    frame_data *fd = &provider.frames[number];
    wtap_rec rec;

    fill_record(&rec, fd);
    frame_data_set_before_dissect(fd, &elapsed, &reference, NULL);
    /* In a block of its own, so that reading beyond it is seen; the buffer frees it. */
    uint8_t *copy = exact_copy(bytes[number], fd->cap_len);
    tvbuff_t *tvb = tvb_new_real_data(copy, fd->cap_len, (int)fd->pkt_len);
    tvb_set_free_cb(tvb, free);
    (reported ? epan_dissect_run_with_taps
              : epan_dissect_run)(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec, tvb, fd, &columns);
    fd->visited = 1;
    epan_dissect_reset(edt);
    wtap_rec_cleanup(&rec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    const uint8_t options = take_byte(&in);
    int64_t time = 1700000000000;
    uint32_t frames = 0;

    set_file("wg.keylog_file", options & NO_KEYS ? "WG_FUZZ_NO_KEYS" : "WG_FUZZ_KEYS");
    memset(&provider, 0, sizeof provider);
    memset(&elapsed, 0, sizeof elapsed);
    reference = NULL;
    reset_tap_listeners();
    epan_t *session = epan_new(&provider, &provider_functions);
    epan_dissect_t *edt = epan_dissect_new(session, !(options & NO_TREE), !(options & INVISIBLE));
    while (in.left > 0 && frames < FRAMES) {
        read_frame(&in, ++frames, &time);
        look(edt, frames, !(options & (REPORTS_LATE | NO_REPORTS)));
    }
    for (uint32_t number = frames; number > 0; number--)
        look(edt, number, false);
    for (uint32_t number = 1; number <= frames && options & REPORTS_LATE; number++)
        look(edt, number, true);
    draw_tap_listeners(TRUE);
    epan_dissect_free(edt);
    epan_free(session);
    for (uint32_t number = 1; number <= frames; number++)
        frame_data_destroy(&provider.frames[number]);
    return 0;
}
