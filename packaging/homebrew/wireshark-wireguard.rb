# SPDX-License-Identifier: GPL-2.0-or-later
#
# For Homebrew's Wireshark (for the application from wireshark.org, see docs/install.md). Put the
# tarball of a release where `url` says, put its checksum into `sha256`, and run
#     brew install --build-from-source ./wireshark-wireguard.rb
#
# Tried: ruby -c. Not tried: brew on a Mac.
class WiresharkWireguard < Formula
  desc "WireGuard dissector, audit and diagnosis for Wireshark"
  homepage "https://wireshark-wireguard.invalid/" # there is none yet
  url "file:///tmp/wireshark-wireguard-0.2.0.tar.xz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "GPL-2.0-or-later"

  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "glib"
  depends_on "libgcrypt"
  depends_on "libsodium"
  depends_on "wireshark"

  def install
    # Wireshark's own folder belongs to its formula, so the plugin goes into this formula's own.
    plugins = Utils.safe_popen_read("pkg-config", "--variable=plugindir", "wireshark").strip
    id = File.basename(plugins)
    system "meson", "setup", "build", "-Dplugindir=#{lib}/wireshark/plugins/#{id}/epan",
           "-Dtests=false", *std_meson_args
    system "meson", "compile", "-C", "build"
    system "meson", "install", "-C", "build"
  end

  def caveats
    <<~EOS
      Wireshark finds the plugin when you link it into your personal folder:
        mkdir -p ~/.local/lib/wireshark/plugins
        ln -s #{opt_lib}/wireshark/plugins/* ~/.local/lib/wireshark/plugins/
      It works only with this major.minor of Wireshark: reinstall it after an update.
    EOS
  end

  test do
    assert_path_exists Dir["#{lib}/wireshark/plugins/*/epan/wireguard.so"].first
  end
end
