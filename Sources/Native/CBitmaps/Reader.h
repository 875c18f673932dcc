#ifndef SLUICE_BITMAPS_READER_H
#define SLUICE_BITMAPS_READER_H
#include "CBitmaps.h"
#include "Input.h"

// As libvips' own bound.
enum { MOST_PIXELS_A_SIDE = 10000000 };

// Where a line of the file begins: of digits the offset alone, of runs the place of the next pixel too.
typedef struct {
    uint64_t offset;
    int x, y;
    bool has_ended, is_cut;
} bitmap_place;

struct sluice_bitmap_reader {
    sluice_bitmap layout;
    bitmap_input input;
    unsigned char colours[256][3];
    // Of a sample, or of a band's bits where those are 8 at most: its value in the result.
    unsigned char values[4][256];
    int shifts[4], field_bits[4];
    int missing;
    bool is_damaged;
    // Digits and runs. Places of every so many lines, of which some are known.
    int stride, known;
    bitmap_place *places;
    // Digits: of the next line.
    bitmap_place next;
    int next_line;
    // Runs: whether something is there of the line in which they end early; the numbers of so many lines, from this one of the
    // file on; -1 for none.
    bool has_part;
    unsigned char *group;
    int group_first;
};

// Of a file whose lines have no size of their own: 0, 1 or -1 as `sluice_bitmap_line`. `line` is one of the file.
int sluice_bitmap_digits_line(sluice_bitmap_reader *self, int line, void *out);
int sluice_bitmap_runs_line(sluice_bitmap_reader *self, int line, unsigned char *out);

// The places, of which the first is known; 0, or -1 with `errno`.
int sluice_bitmap_make_places(sluice_bitmap_reader *self);

static inline void sluice_bitmap_put_colour(const sluice_bitmap_reader *self, unsigned char *out, int x, int number) {
    if (self->layout.bands == 1) {
        out[x] = self->colours[number][0];
    } else {
        out[3 * (int64_t) x] = self->colours[number][0];
        out[3 * (int64_t) x + 1] = self->colours[number][1];
        out[3 * (int64_t) x + 2] = self->colours[number][2];
    }
}

static inline uint16_t sluice_bitmap_deep(uint32_t sample, uint32_t white) {
    if (sample > white) sample = white;
    return (uint16_t) (((uint64_t) sample * 65535 + white / 2) / white);
}

#endif
