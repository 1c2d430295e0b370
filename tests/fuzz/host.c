/* host.c
 * Wireshark's library with the plugin in it.
 *
 * To open and close a session of the library takes it longer than hundreds of small captures. So
 * one session reads many of them: between two, only our own routines are called, which is what the
 * plugin sees of it. Each capture has addresses of its own, so that the host's conversations do not
 * meet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "ws_compat.h"

#include <dlfcn.h>

#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/disabled_protos.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/frame_data_sequence.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/tap.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>

#include "host.h"

/* plugin.c */
void plugin_register(void);

enum {
    FRAMES = 64,
    FRAME_ROOM = 4096,
    PPP_HEADER = 4,
    SUBFRAME_HEADER = 3,
    IP_HEADER = 20,
    UDP_HEADER = 8,
    SESSION_INPUTS = 512, /* then the library's session is opened anew */
    RESET_INPUTS = 64,    /* on every so many, a reset is one of the library */
};

/* As the library's own begins; see ws_compat.h. */
struct packet_provider_data {
    const void *wth; /* where the plugin looks for one; none here */
    const frame_data *reference;
    frame_data *previous_shown, *previous;
    frame_data_sequence *frames; /* NULL where the host keeps none: tshark on one pass */
};

static const struct host *host;
static struct packet_provider_data provider;
static frame_data_sequence *kept; /* all frames of the capture */
static uint32_t frames;
static uint8_t bytes[FRAMES + 2][FRAME_ROOM];
static uint8_t interfaces[FRAMES + 2]; /* which of two each was captured on */
static nstime_t elapsed;
static column_info columns;
static epan_t *session;
static unsigned inputs;

static const nstime_t *
frame_time(struct packet_provider_data *p, uint32_t number)
{
    const frame_data *fd = frame_data_sequence_find(kept, number);
    return fd != NULL ? &fd->abs_ts : NULL;
}

static const struct packet_provider_funcs provider_functions = { .get_frame_ts = frame_time };

#if !WS_AT_LEAST(4, 4)
/* Instead of the library's own: the lists of vendors and of services, 30,000 lines, would be read
 * again for each session. */
char *
get_datafile_path(const char *name)
{
    return g_strdup_printf("/nonexistent/%s", name);
}
#endif

/* ---- our own routines ---- */

typedef void (*routine)(void);

struct routines {
    unsigned count;
    routine all[8];
};

static struct routines opened, closed;

static void
call_all(const struct routines *routines)
{
    for (unsigned i = 0; i < routines->count; i++)
        routines->all[i]();
}

/* These take the place of the library's: to see what the plugin registers. */
static void
pass_on(const char *name, routine f, struct routines *ours)
{
    void (*real)(routine);
    Dl_info a, b;

    *(void **)&real = dlsym(RTLD_NEXT, name);
    CHECK(real != NULL);
    if (dladdr((void *)f, &a) && dladdr((void *)pass_on, &b) && a.dli_fbase == b.dli_fbase) {
        CHECK(ours->count < G_N_ELEMENTS(ours->all));
        ours->all[ours->count++] = f;
    }
    real(f);
}

void
register_init_routine(routine f)
{
    pass_on("register_init_routine", f, &opened);
}

void
register_cleanup_routine(routine f)
{
    pass_on("register_cleanup_routine", f, &closed);
}

/* ---- starting the library, once ---- */

bool
host_set(const char *preference, const char *value)
{
    char *text = g_strdup_printf("%s:%s", preference, value), *error = NULL;
    const prefs_set_pref_e result = prefs_set_pref(text, &error);

    g_free(text);
    g_free(error);
    return result == PREFS_SET_OK;
}

/* Messages have one line of valid text, whatever the names of files are. */
static void G_GNUC_PRINTF(1, 0) check_message(const char *format, va_list arguments)
{
    enum { LONGEST = 16384 };
    char *message = g_strdup_vprintf(format, arguments);

    CHECK(g_utf8_validate(message, -1, NULL) && strlen(message) < LONGEST);
    CHECK(strpbrk(message, "\n\033") == NULL);
    g_free(message);
}

void
host_start(const struct host *which)
{
    static const struct report_message_routines told = { .vreport_failure = check_message,
                                                         .vreport_warning = check_message };

    host = which;
    init_report_message("fuzz", &told);
    /* A bug of a dissector ends the program instead of becoming a line in a tree. */
    setenv("WIRESHARK_ABORT_ON_DISSECTOR_BUG", "1", 1);
    g_set_prgname(host->program);
    init_process_policies();
    wtap_init(FALSE);
    plugin_register();
    CHECK(epan_init(NULL, NULL, FALSE));
    /* Nothing is tried out where the plugin is not the one that answers. */
    CHECK(proto_registrar_get_byname("wg.visible.count") != NULL);
    CHECK(opened.count > 0 && closed.count > 0);
    prefs_reset();
    CHECK(host_set("wg.udp.port", "51820"));
    prefs_apply_all();
    /* Asserts that it saw each of a connection's datagrams on the first pass: not so where one was
     * another's before the connection was recognised (packet-quic.c of Wireshark 4.0). */
    proto_disable_proto_by_name("quic");
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    timestamp_set_precision(TS_PREC_FIXED_MSEC);
    build_column_format_array(&columns, prefs.num_cols, TRUE);
    host->listen();
}

/* ---- the session ---- */

static void
forget_frames(void)
{
    if (kept != NULL)
        free_frame_data_sequence(kept);
    kept = new_frame_data_sequence();
    frames = 0;
    memset(&provider, 0, sizeof provider);
    memset(&elapsed, 0, sizeof elapsed);
}

static void
open_capture(bool wholly)
{
    if (session != NULL && wholly) {
        epan_free(session);
        session = NULL;
    }
    if (session == NULL) {
        forget_frames();
        session = epan_new(&provider, &provider_functions);
        return;
    }
    call_all(&closed);
    forget_frames();
    call_all(&opened);
}

/* ---- frames ---- */

static void
put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void
put_headers(uint8_t *ip, uint8_t options, size_t payload)
{
    const uint8_t net[] = { (uint8_t)(inputs >> 8), (uint8_t)inputs };
    const uint8_t low[] = { 192, net[0], net[1], options & OTHER ? 3 : 1 },
                  high[] = { 192, net[0], net[1], 2 };
    const unsigned low_port = 40000, high_port = options & ODD ? 41000 : 51820;
    const bool back = options & BACK;
    uint8_t *udp = ip + IP_HEADER;

    memset(ip, 0, IP_HEADER + UDP_HEADER);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(IP_HEADER + UDP_HEADER + payload));
    ip[8] = 64; /* time to live */
    ip[9] = 17; /* UDP */
    memcpy(ip + 12, back ? high : low, sizeof low);
    memcpy(ip + 16, back ? low : high, sizeof high);
    put16(udp, back ? high_port : low_port);
    put16(udp + 2, back ? low_port : high_port);
    put16(udp + 4, (unsigned)(UDP_HEADER + payload));
}

/* The next datagram as an IP packet. returns its length */
static size_t
take_packet(struct input *in, uint8_t options, uint8_t *ip, size_t room)
{
    const size_t headers = options & RAW ? 0 : IP_HEADER + UDP_HEADER;
    const size_t wanted = (size_t)take_number(in, 2) % (room - IP_HEADER - UDP_HEADER);
    const size_t length = MIN(wanted, in->left);

    take(in, ip + headers, length);
    if (headers > 0)
        put_headers(ip, options, length);
    return headers + length;
}

/* PPP multiplexing (RFC 3153): each packet has a header of its own. */
static size_t
put_subframe(uint8_t *to, const uint8_t *ip, size_t length)
{
    put16(to, 0xc000 | (unsigned)(length + 1));
    to[2] = 0x21;
    memcpy(to + SUBFRAME_HEADER, ip, length);
    return SUBFRAME_HEADER + length;
}

static size_t
take_several(struct input *in, uint8_t options, uint8_t *frame)
{
    static const uint8_t ppp[PPP_HEADER] = { 0xff, 0x03, 0x00, 0x59 };
    uint8_t ip[FRAME_ROOM];
    size_t length = sizeof ppp;

    memcpy(frame, ppp, sizeof ppp);
    for (;;) {
        const size_t packet = take_packet(in, options, ip, sizeof ip / 2);
        if (length + SUBFRAME_HEADER + packet <= FRAME_ROOM)
            length += put_subframe(frame + length, ip, packet);
        if (in->left == 0 || !(in->bytes[0] & MORE))
            return length;
        options = take_byte(in);
        take_byte(in); /* of the same time */
    }
}

/* By the first byte, so that an input can hold frames of any link: an IP packet, a frame as
 * captured on all interfaces, or one of Ethernet, whose address begins otherwise. */
static int
link_of(uint32_t number, size_t captured)
{
    const uint8_t first = captured > 0 ? bytes[number][0] : 0x45;

    if (host->several)
        return WTAP_ENCAP_PPP;
    if (first >> 4 == 4 || first >> 4 == 6)
        return WTAP_ENCAP_RAW_IP;
    if (first == 0)
        return WTAP_ENCAP_SLL;
    return first == 8 || first == 0x86 ? WTAP_ENCAP_SLL2 : WTAP_ENCAP_ETHERNET;
}

static void
fill_record(wtap_rec *rec, const frame_data *fd, uint32_t number)
{
    wtap_rec_init(rec);
    rec->rec_type = REC_TYPE_PACKET;
    rec->presence_flags = WTAP_HAS_CAP_LEN | WTAP_HAS_INTERFACE_ID | (fd->has_ts ? WTAP_HAS_TS : 0);
    rec->rec_header.packet_header.interface_id = interfaces[number];
    rec->ts = fd->abs_ts;
    rec->tsprec = WTAP_TSPREC_NSEC;
    rec->rec_header.packet_header.caplen = fd->cap_len;
    rec->rec_header.packet_header.len = fd->pkt_len;
    rec->rec_header.packet_header.pkt_encap = link_of(number, fd->cap_len);
}

/* Milliseconds; some are years. */
static int64_t
wait_of(uint8_t wait)
{
    static const int64_t waits[] = { 0,
                                     1,
                                     5000,
                                     10000,
                                     121000,
                                     400000,
                                     -1000,
                                     INT64_C(1200000000000),
                                     INT64_C(2400000000000),
                                     -INT64_C(1800000000000),
                                     15000,
                                     25000,
                                     60000,
                                     180000,
                                     100,
                                     500 };
    return waits[(wait & 0x3f) % G_N_ELEMENTS(waits)];
}

/* The next frame of an input, as number `number`. */
static void
read_frame(struct input *in, uint8_t options, uint32_t number, int64_t *time, frame_data *fd)
{
    const uint8_t wait = take_byte(in);
    const size_t length = host->several ? take_several(in, options, bytes[number])
                                        : take_packet(in, options, bytes[number], FRAME_ROOM);
    wtap_rec rec;

    interfaces[number] = wait >> 6 & 1;
    *time += wait_of(wait) + 1;
    const frame_data seen = {
        .pkt_len = (uint32_t)length,
        .cap_len = (uint32_t)(options & CUT ? length / 2 : length),
        .has_ts = !(wait & 0x80),
        .abs_ts = { .secs = (time_t)(*time / 1000), .nsecs = (int)(*time % 1000) * 1000000 },
    };
    fill_record(&rec, &seen, number);
    frame_data_init(fd, number, &rec, 0, 0);
    wtap_rec_cleanup(&rec);
}

/* ---- looks ---- */

static void
look(epan_dissect_t *edt, frame_data *fd, bool reported)
{
    wtap_rec rec;

    fill_record(&rec, fd, fd->num);
    frame_data_set_before_dissect(fd, &elapsed, &provider.reference, provider.previous_shown);
    /* In a block of its own, so that reading beyond it is seen; the buffer frees it. */
    uint8_t *copy = exact_copy(bytes[fd->num], fd->cap_len);
    tvbuff_t *tvb = tvb_new_real_data(copy, fd->cap_len, (int)fd->pkt_len);
    tvb_set_free_cb(tvb, free);
    (reported ? epan_dissect_run_with_taps : epan_dissect_run)(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN,
                                                               &rec, tvb, fd, &columns);
    if (host->looked != NULL)
        host->looked(edt);
    epan_dissect_reset(edt);
    wtap_rec_cleanup(&rec);
}

static void
look_again(epan_dissect_t *edt, uint32_t number, bool reported)
{
    frame_data *fd = frame_data_sequence_find(kept, number);

    CHECK(fd != NULL);
    look(edt, fd, reported);
}

/* The first look at a frame, in the order in which programs do it. */
static void
read_and_look(struct input *in, epan_dissect_t *edt, uint8_t options, uint8_t frame_options,
              int64_t *time)
{
    const uint32_t number = frames + 1;
    const bool at_once = !(options & (REPORTS_LATE | NO_REPORTS));
    frame_data local;

    if (host->before != NULL)
        host->before(number);
    read_frame(in, frame_options, number, time, &local);
    if (frame_options & REJECTED || options & READ_FILTER)
        look(edt, &local, false);
    if (frame_options & REJECTED) {
        frame_data_destroy(&local);
        return;
    }
    frame_data *fd = frame_data_sequence_add(kept, &local);
    look(edt, fd, at_once);
    frame_data_set_after_dissect(fd, &(uint32_t){ 0 });
    provider.previous = provider.previous_shown = fd;
    frames = number;
}

/* Twice as many looks as there are frames. */
static void
look_shuffled(epan_dissect_t *edt)
{
    epan_dissect_t *other = epan_dissect_new(session, edt->tree == NULL, FALSE);
    uint32_t state = frames;

    for (uint32_t i = 0; i < 2 * frames; i++) {
        state = state * 1664525 + 1013904223;
        look_again(state >> 31 ? edt : other, 1 + (state >> 16) % frames, false);
    }
    epan_dissect_free(other);
}

static void
second_looks(epan_dissect_t *edt, uint8_t options)
{
    if (options & SHUFFLED && frames > 0)
        look_shuffled(edt);
    else
        for (uint32_t number = frames; number > 0; number--)
            look_again(edt, number, false);
    for (uint32_t number = 1; number <= frames && options & REPORTS_LATE; number++)
        look_again(edt, number, true);
}

void
host_run(struct input *in, uint8_t options)
{
    int64_t time = 1700000000000;

    reset_tap_listeners();
    open_capture(inputs % SESSION_INPUTS == 0);
    inputs++;
    /* Wireshark keeps its frames, and so does tshark where it comes back to them. */
    const bool keeps = options & REPORTS_LATE || strcmp(host->program, "tshark") != 0;
    provider.frames = keeps ? kept : NULL;
    epan_dissect_t *edt = epan_dissect_new(session, !(options & NO_TREE), !(options & INVISIBLE));
    while (in->left > 0 && frames < FRAMES) {
        const uint8_t frame_options = take_byte(in);
        if (frame_options & RESET && frames > 0) {
            epan_dissect_free(edt);
            open_capture(inputs % RESET_INPUTS == 0);
            provider.frames = keeps ? kept : NULL;
            edt = epan_dissect_new(session, !(options & NO_TREE), !(options & INVISIBLE));
        }
        read_and_look(in, edt, options, frame_options, &time);
    }
    postseq_cleanup_all_protocols();
    second_looks(edt, options);
    draw_tap_listeners(TRUE);
    if (host->drawn != NULL)
        host->drawn();
    epan_dissect_free(edt);
}
