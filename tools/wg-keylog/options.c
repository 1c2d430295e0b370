/* options.c
 * See options.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extcap.h"
#include "say.h"

static const char help[] =
    "usage: sudo wg-keylog [-i WG] [-o FILE] [--session-keys]\n"
    "       sudo wg-keylog --pcapng IF [-i WG] [-o FILE] [-f FILTER] [--long-term]\n"
    "\n"
    "Reads the keys of the kernel's WireGuard while it runs, for Wireshark and\n"
    "tshark. Anyone who has these keys can decrypt the recorded traffic, for ever. A\n"
    "key log also holds the interface's private key. Protect both as you protect\n"
    "that key.\n"
    "\n"
    "Without --pcapng it writes a key log: the keys of each handshake as it happens,\n"
    "and those of sessions that are already running, once they carry a packet.\n"
    "\n"
    "  -i, --interface WG   only this WireGuard interface; the default is all of\n"
    "                       this network namespace\n"
    "  -o, --output FILE    a new file that only its owner can read; the default is\n"
    "                       standard output\n"
    "      --session-keys   only keys that open the data of these sessions, and\n"
    "                       nothing else: no private, ephemeral or preshared key.\n"
    "                       This is the default with --pcapng\n"
    "      --pcapng IF      capture on IF, with dumpcap or tcpdump, and write the\n"
    "                       keys into the capture, before the packets they open\n"
    "  -f, --filter FILTER  what to capture, in tcpdump's syntax:\n"
    "                       -f 'udp port 51820'\n"
    "      --long-term      with --pcapng, also write the keys of the handshakes.\n"
    "                       Then handshakes open, and the capture holds the\n"
    "                       interface's private key: never share it\n"
    "      --new-only       ignore sessions that are already running. Without it,\n"
    "                       the first packets of each cost some microseconds more\n"
    "      --wireguard-go WG\n"
    "                       read a tunnel of wireguard-go (x86-64, ARM64) instead\n"
    "                       of the kernel's: its handshakes from now on. This\n"
    "                       depends on how that program is built, so it may find\n"
    "                       nothing in a future version. What it finds is checked\n"
    "      --duration N     end after N seconds; without it, end with Ctrl-C\n"
    "  -h, --help           this text\n"
    "      --version        the version\n"
    "\n"
    "Session keys open in the plugin that this program belongs to. Wireshark's own\n"
    "dissector does not know them. A key log without --session-keys opens in both.\n"
    "\n"
    "Live, here and on another machine:\n"
    "  sudo wg-keylog --pcapng eth0 | tshark -i - -Y icmp\n"
    "  ssh root@router wg-keylog --pcapng eth0 -f 'udp port 51820' |\n"
    "      wireshark -k -i -\n"
    "\n"
    "It needs root, a kernel with BTF and kprobe events, and an architecture on\n"
    "which probes know the arguments of functions (x86, ARM, RISC-V, s390, PowerPC\n"
    "and LoongArch; not MIPS). With --wireguard-go it needs root and uprobe events.\n"
    "It does not see tunnels of boringtun or other programs.\n";

enum long_option {
    SESSION_KEYS = 256,
    PCAPNG,
    LONG_TERM,
    NEW_ONLY,
    GO,
    DURATION,
    FIFO,
    VERSION,
    EXTCAP, /* from here on: what Wireshark asks of an extcap */
};

static const struct option table[] = {
    { "interface", required_argument, NULL, 'i' },
    { "output", required_argument, NULL, 'o' },
    { "filter", required_argument, NULL, 'f' },
    { "session-keys", no_argument, NULL, SESSION_KEYS },
    { "pcapng", required_argument, NULL, PCAPNG },
    { "long-term", no_argument, NULL, LONG_TERM },
    { "new-only", no_argument, NULL, NEW_ONLY },
    { "wireguard-go", required_argument, NULL, GO },
    { "duration", required_argument, NULL, DURATION },
    { "fifo", required_argument, NULL, FIFO },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, VERSION },
    { "extcap-interfaces", no_argument, NULL, EXTCAP + WGK_EXTCAP_INTERFACES },
    { "extcap-dlts", no_argument, NULL, EXTCAP + WGK_EXTCAP_DLTS },
    { "extcap-config", no_argument, NULL, EXTCAP + WGK_EXTCAP_CONFIG },
    { "capture", no_argument, NULL, EXTCAP + WGK_EXTCAP_CAPTURE },
    { "extcap-interface", required_argument, NULL, EXTCAP + WGK_EXTCAP_INTERFACE },
    { "extcap-version", optional_argument, NULL, EXTCAP + WGK_EXTCAP_VERSION },
    { "extcap-capture-filter", required_argument, NULL, EXTCAP + WGK_EXTCAP_FILTER },
    { NULL, 0, NULL, 0 },
};

static void __attribute__((noreturn)) mistake(const char *text)
{
    wgk_say("%s (--help shows how it is used)", text);
    exit(2);
}

/* A name that cannot be an option of the capture program, and is a single word in the kernel's
 * filter; wg-quick allows the same names. */
static const char *
interface_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_=+.-";

    if (*name == '\0' || *name == '-' || strlen(name) > 15 || name[strspn(name, allowed)] != '\0')
        mistake("an interface is named by 1 to 15 letters, digits and _=+.-");
    return name;
}

static unsigned
seconds(const char *text)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value == 0 || value > 10000000)
        mistake("--duration takes a number of seconds");
    return (unsigned)value;
}

static void
check(const struct wgk_options *options, bool session_keys)
{
    if (options->capture == NULL && options->filter != NULL)
        mistake("--filter goes with --pcapng");
    if (options->fifo != NULL && (options->capture == NULL || options->output != NULL))
        mistake("--fifo is for Wireshark's use, with --pcapng and without --output");
    if (options->wireguard_go &&
        (session_keys || (options->capture != NULL && !options->long_term)))
        mistake("wireguard-go gives no session keys: with --pcapng, --long-term is needed");
    if (options->long_term && session_keys)
        mistake("--session-keys and --long-term exclude each other");
    if (options->capture != NULL && options->output == NULL && options->fifo == NULL &&
        isatty(STDOUT_FILENO))
        mistake("a capture is not for the terminal: give --output FILE, or pipe it into a program");
}

/* Take an option that has a value. returns false if it is none of these */
static bool
take_value(struct wgk_options *options, int option, const char *value)
{
    switch (option) {
    case 'i':
        /* Wireshark also passes on fields of the dialog that were left empty. */
        options->interface = NULL;
        if (*value != '\0')
            options->interface = interface_name(value);
        return true;
    case 'o':
        options->output = NULL;
        if (strcmp(value, "-") != 0)
            options->output = value;
        return true;
    case 'f':
        options->filter = NULL;
        if (*value != '\0')
            options->filter = value;
        return true;
    case PCAPNG:
        options->capture = interface_name(value);
        return true;
    case GO:
        options->interface = interface_name(value);
        options->wireguard_go = true;
        return true;
    case DURATION:
        options->duration = seconds(value);
        return true;
    case FIFO:
        options->fifo = value;
        return true;
    default:
        return false;
    }
}

void
wgk_options_read(struct wgk_options *options, int argc, char *argv[])
{
    struct wgk_extcap extcap = { 0 };
    bool session_keys = false;
    int option;

    *options = (struct wgk_options){ 0 };
    while ((option = getopt_long(argc, argv, "i:o:f:h", table, NULL)) != -1) {
        if (take_value(options, option, optarg))
            continue;
        switch (option) {
        case SESSION_KEYS:
            session_keys = true;
            break;
        case LONG_TERM:
            options->long_term = true;
            break;
        case NEW_ONLY:
            options->new_only = true;
            break;
        case 'h':
            fputs(help, stdout);
            exit(0);
        case VERSION:
            puts("wg-keylog " WGK_VERSION);
            exit(0);
        case '?':
            mistake("that is no option of wg-keylog");
        default:
            wgk_extcap_option(&extcap, option - EXTCAP, optarg);
        }
    }
    if (optind < argc)
        mistake("there is an argument too many");
    if (extcap.asked) {
        if (extcap.interface != NULL)
            options->capture = interface_name(extcap.interface);
        if (extcap.filter != NULL && *extcap.filter != '\0')
            options->filter = extcap.filter;
        wgk_extcap_answer(&extcap, options);
    } else {
        check(options, session_keys);
    }
    if (options->capture == NULL && !session_keys)
        options->long_term = true;
}
