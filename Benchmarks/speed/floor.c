// What the work itself costs, without a journal, isolation, digests or sidecars.
//
//   floor calls PROCESSES LIST OUT SIDE...   the calls of Sluice's worker to libvips and CResample, JPEG to JPEG
//   floor decode PROCESSES LIST SIDE...      libjpeg-turbo alone, at the plan's shrink for the largest side
//   floor decode PROCESSES LIST              the same, at full size
//   floor encode PROCESSES LIST              libjpeg-turbo alone: what is in LIST is decoded, and encoded again
//   floor digest PROCESSES LIST              read, and SHA-256
//
// LIST has a path a line. Prints the CPU seconds of the part named; those of start-up and of what leads to the part are
// not in them (but in the process's own). Each picture goes to the next process that is free, as to a worker.
#include "floor.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vips/vips.h>

enum { most_processes = 64 };

// What the processes share.
typedef struct { atomic_int next; double seconds[most_processes]; } board;

int sides[most_sides], side_count;
const char *out;
static const char *mode;
static char **paths;
static int path_count;

void fail(const char *what, const char *path) {
    fprintf(stderr, "floor: %s: %s\n%s", what, path ? path : "", vips_error_buffer());
    _exit(1);
}

int largest_side(void) {
    int largest = 0;
    for (int i = 0; i < side_count; i++) if (sides[i] > largest) largest = sides[i];
    return largest;
}

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

unsigned char *contents(const char *path, size_t *length) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status)) fail("open", path);
    unsigned char *bytes = malloc(status.st_size);
    *length = 0;
    for (ssize_t count; (count = read(descriptor, bytes + *length, status.st_size - *length)) > 0;) *length += count;
    close(descriptor);
    return bytes;
}

// CPU seconds of the part of this picture that the mode is about.
static double measure(const char *path) {
    double start = processor_seconds();
    if (!strcmp(mode, "calls")) {
        make_renditions(path);
        return processor_seconds() - start;
    }
    size_t length;
    unsigned char *bytes = contents(path, &length), *pixels = NULL;
    if (!strcmp(mode, "digest")) {
        digest(bytes, length);
    } else if (!strcmp(mode, "decode")) {
        start = processor_seconds();
        decode(bytes, length, side_count ? largest_side() : 0, NULL);
    } else {
        size of = decode(bytes, length, 0, &pixels);
        start = processor_seconds();
        encode(pixels, of);
    }
    double seconds = processor_seconds() - start;
    free(pixels);
    free(bytes);
    return seconds;
}

static void read_list(const char *path) {
    size_t length;
    char *text = (char *) contents(path, &length);
    paths = calloc(length, sizeof *paths);
    text = realloc(text, length + 1);
    text[length] = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) paths[path_count++] = line;
}

int main(int count, char **words) {
    if (count < 4) return fprintf(stderr, "usage: see floor.c\n"), 64;
    mode = words[1];
    int processes = atoi(words[2]), at = 4;
    if (processes < 1 || processes > most_processes) return 64;
    read_list(words[3]);
    if (!strcmp(mode, "calls")) {
        if (count < 6) return 64;
        out = words[at++];
    }
    while (at < count && side_count < most_sides) sides[side_count++] = atoi(words[at++]);
    board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int process = 0; process < processes; process++) {
        if (fork()) continue;
        if (!strcmp(mode, "calls")) start_vips();
        for (int next; (next = atomic_fetch_add(&board->next, 1)) < path_count;)
            board->seconds[process] += measure(paths[next]);
        _exit(0);
    }
    int failed = 0;
    for (int status; wait(&status) > 0;) failed |= status;
    double seconds = 0;
    for (int process = 0; process < processes; process++) seconds += board->seconds[process];
    printf("%.6f\n", seconds);
    return failed ? 1 : 0;
}
