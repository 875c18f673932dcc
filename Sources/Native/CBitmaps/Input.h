// A file, through a window of some KiB.
#ifndef SLUICE_BITMAPS_INPUT_H
#define SLUICE_BITMAPS_INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int descriptor;
    uint64_t size;
    unsigned char *window;
    size_t capacity, filled;
    uint64_t start;
    // A read failed, with this errno; the bytes that were asked for count as missing.
    int failure;
} bitmap_input;

// 0, or -1 with `errno`. Has a descriptor of its own.
int sluice_bitmap_input_open(bitmap_input *self, int descriptor);
void sluice_bitmap_input_close(bitmap_input *self);

// `count` bytes, valid until the next call; NULL where the file does not have them all, or they cannot be read. Where lines
// are read from the last to the first, `is_backwards` has the window end with them.
const unsigned char *sluice_bitmap_bytes(bitmap_input *self, uint64_t offset, size_t count, bool is_backwards);

// The byte at `*offset`, which moves on; -1 at the end.
static inline int sluice_bitmap_byte(bitmap_input *self, uint64_t *offset) {
    if (*offset >= self->start && *offset - self->start < self->filled) return self->window[(*offset)++ - self->start];
    const unsigned char *byte = sluice_bitmap_bytes(self, *offset, 1, false);
    if (!byte) return -1;
    (*offset)++;
    return *byte;
}

#endif
