/* main.c
 * Runs a fuzz target on files, where there is no libFuzzer: each argument is a file or a folder.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "input.h"

/* What a target has to do once, if anything. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static unsigned long inputs;

static bool
run_file(const char *path)
{
    char *bytes;
    size_t length;
    GError *error = NULL;

    if (!g_file_get_contents(path, &bytes, &length, &error)) {
        fprintf(stderr, "%s\n", error->message);
        g_error_free(error);
        return false;
    }
    /* Before it runs: an input that ends the program is the last one named. */
    fprintf(stderr, "Running: %s\n", path);
    uint8_t *copy = exact_copy(bytes, length);
    g_free(bytes);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
    inputs++;
    return true;
}

static bool
run_folder(const char *path)
{
    GDir *folder = g_dir_open(path, 0, NULL);
    bool good = folder != NULL;
    const char *name;

    while (good && (name = g_dir_read_name(folder)) != NULL) {
        char *file = g_build_filename(path, name, NULL);
        good = run_file(file);
        g_free(file);
    }
    if (folder != NULL)
        g_dir_close(folder);
    return good;
}

int
main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        if (!(g_file_test(argv[i], G_FILE_TEST_IS_DIR) ? run_folder : run_file)(argv[i]))
            return EXIT_FAILURE;
    fprintf(stderr, "Done: %lu inputs\n", inputs);
    return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
