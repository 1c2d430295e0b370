/* btf.h
 * Finds members of kernel structures in BTF, the kernel's description of its own types
 * (/sys/kernel/btf).
 *
 * Source: Documentation/bpf/btf.rst of the Linux kernel. vmlinux and one module can be read
 * together: the module's type numbers and strings continue those of vmlinux.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_BTF_H
#define WGK_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wgk_btf;

/*
 * base, module   the bytes of vmlinux and the module, in this machine's byte order; `module` may be
 *                NULL if WireGuard is part of vmlinux. Both must outlive the result.
 * error          set to a fixed text if NULL is returned
 * returns        owned by the caller; wgk_btf_free
 */
struct wgk_btf *wgk_btf_new(const void *base, size_t base_length, const void *module,
                            size_t module_length, const char **error);
void wgk_btf_free(struct wgk_btf *btf); /* NULL is allowed */

struct wgk_member {
    uint32_t offset; /* bytes from the beginning of the structure */
    uint32_t size;   /* bytes */
};

/*
 * Look up a member. `path` may lead through embedded structures ("sending.key"); unnamed ones are
 * searched automatically, as in C.
 * returns        false if there is no such structure or member, or if it is a bit field
 */
bool wgk_btf_member(const struct wgk_btf *btf, const char *structure, const char *path,
                    struct wgk_member *member);

/* The size of a pointer in the kernel, which may differ from this program's. */
uint32_t wgk_btf_pointer_size(const struct wgk_btf *btf);

/* Whether there is a structure of that name. */
bool wgk_btf_has(const struct wgk_btf *btf, const char *structure);

/* The value of an enumerator of any enumeration; false if there is none. */
bool wgk_btf_enumerator(const struct wgk_btf *btf, const char *name, uint32_t *value);

#endif
