/*
 * Main program of a fuzz target outside the fuzzer: gives every file of the target's corpus to it, one TAP case each.
 * fuzz_X reads tests/fuzz/corpus/X below $top_srcdir, or the files named as arguments.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int replay(const char *path, unsigned number)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t len = 0;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        rewind(file);
        /* A block of just the right size lets a sanitizer see a read past the end. */
        data = malloc(end > 0 ? (size_t)end : 1);
        len = data && end > 0 ? fread(data, 1, (size_t)end, file) : 0;
    }
    if (file)
        fclose(file);
    int is_ok = data && LLVMFuzzerTestOneInput(data, len) == 0;
    free(data);
    printf("%sok %u - %s\n", is_ok ? "" : "not ", number, path);
    fflush(stdout);
    return !is_ok;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_visible, alphasort);
    if (n <= 0) {
        printf("1..1\nnot ok 1 - %s has no files\n", folder);
        return 1;
    }
    printf("1..%d\n", n);
    int n_failed = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        n_failed += replay(path, (unsigned)i + 1);
        free(entries[i]);
    }
    free(entries);
    return n_failed > 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        int n_failed = 0;
        printf("1..%d\n", argc - 1);
        for (int i = 1; i < argc; i++)
            n_failed += replay(argv[i], (unsigned)i);
        return n_failed > 0;
    }
    const char *name = strstr(argv[0], "fuzz_");
    for (const char *next = name; next; next = strstr(next + 1, "fuzz_"))
        name = next;
    const char *srcdir = getenv("top_srcdir");
    if (!name || !srcdir) {
        printf("1..0 # SKIP run by make check, or with files as arguments\n");
        return 0;
    }
    char folder[2048];
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", srcdir, name + strlen("fuzz_"));
    return replay_folder(folder);
}
