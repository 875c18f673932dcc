#include "Input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW = 65536 };

int sluice_bitmap_input_open(bitmap_input *self, int descriptor) {
    struct stat status;
    *self = (bitmap_input) {.descriptor = -1};
    if (fstat(descriptor, &status)) return -1;
    self->size = status.st_size > 0 ? (uint64_t) status.st_size : 0;
    self->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    return self->descriptor < 0 ? -1 : 0;
}

void sluice_bitmap_input_close(bitmap_input *self) {
    if (self->descriptor >= 0) close(self->descriptor);
    free(self->window);
    self->descriptor = -1;
    self->window = NULL;
}

static int make_room(bitmap_input *self, size_t count) {
    size_t wanted = count > WINDOW ? count : WINDOW;
    if (self->capacity >= wanted) return 0;
    free(self->window);
    self->filled = 0;
    self->capacity = 0;
    self->window = malloc(wanted);
    if (!self->window) {
        self->failure = ENOMEM;
        return -1;
    }
    self->capacity = wanted;
    return 0;
}

static void fill(bitmap_input *self, uint64_t start, size_t count) {
    self->start = start;
    self->filled = 0;
    while (self->filled < count) {
        ssize_t part =
            pread(self->descriptor, self->window + self->filled, count - self->filled, (off_t) (start + self->filled));
        if (part > 0) {
            self->filled += (size_t) part;
        } else if (part == 0) {
            return;
        } else if (errno != EINTR) {
            self->failure = errno;
            return;
        }
    }
}

const unsigned char *sluice_bitmap_bytes(bitmap_input *self, uint64_t offset, size_t count, bool is_backwards) {
    if (count == 0 || offset > self->size || count > self->size - offset) return NULL;
    bool is_there = offset >= self->start && offset - self->start <= self->filled
        && count <= self->filled - (size_t) (offset - self->start);
    if (!is_there) {
        if (make_room(self, count)) return NULL;
        uint64_t start = offset, end = offset + count;
        if (is_backwards) start = end > self->capacity ? end - self->capacity : 0;
        uint64_t rest = self->size - start;
        fill(self, start, rest < self->capacity ? (size_t) rest : self->capacity);
        // It may have become shorter.
        if (offset - self->start > self->filled || count > self->filled - (size_t) (offset - self->start)) return NULL;
    }
    return self->window + (offset - self->start);
}
