// BMP, PNM and PAM, a line at a time: libvips 8.14 reads BMP through ImageMagick alone, no PAM, and PNM without what the file
// says is white.
#ifndef SLUICE_CBITMAPS_H
#define SLUICE_CBITMAPS_H
#include <stdbool.h>
#include <stdint.h>

// libvips' own, as CVips declares it to Swift: of two modules with its headers one would have them.
struct _VipsImage;

typedef enum {
    // Numbers into a table of colours, of 1, 2, 4 or 8 bits; the highest bits first.
    SLUICE_BITMAP_INDEXED,
    // The same of 4 or 8 bits, in runs.
    SLUICE_BITMAP_RUNS,
    // Pixels of 16, 24 or 32 bits, the lowest byte first, in which masks say where each band is.
    SLUICE_BITMAP_FIELDS,
    // A bit a pixel, of which 1 is black.
    SLUICE_BITMAP_BITS,
    // Samples of a byte or, where white is more than 255, two, the highest first.
    SLUICE_BITMAP_SAMPLES,
    // A digit a pixel, of which 1 is black.
    SLUICE_BITMAP_DIGITS,
    // Samples in decimal digits.
    SLUICE_BITMAP_NUMBERS,
} sluice_bitmap_coding;

// What a header says. Whatever stands here, nothing outside of the file and of a line is touched.
typedef struct {
    sluice_bitmap_coding coding;
    int width, height;
    // Of the result: 1 grey, 2 with alpha, 3 colours, 4 with alpha; and whether its samples have 16 bits.
    int bands;
    bool is_deep;
    // Whether the file begins with the last line.
    bool is_bottom_up;
    // Of a pixel in the file, where bands share it.
    int bits;
    // The sample that is white.
    uint32_t white;
    // Where the lines begin; bytes from one to the next, 0 where that differs.
    uint64_t offset, line_bytes;
    // Red, green, blue, alpha.
    uint32_t masks[4];
    // Pixels a millimetre; 0 where it is not told.
    double across, down;
} sluice_bitmap;

// A file of which lines are read, in any order; from the first line of the picture on, or backwards, it is fastest.
typedef struct sluice_bitmap_reader sluice_bitmap_reader;

// - `descriptor`: its offset stays where it is, and it may be closed after that.
// - `colours`: red, green and blue of `count` colours.
//
// NULL with `errno` where it cannot be opened: EINVAL for a layout that there cannot be.
sluice_bitmap_reader *sluice_bitmap_open(
    int descriptor, const sluice_bitmap *layout, const unsigned char *colours, int count);

void sluice_bitmap_close(sluice_bitmap_reader *self);

// Writes a line of the picture. 0; 1 where the file does not have all of it, which is zeros then; -1 with `errno`.
int sluice_bitmap_line(sluice_bitmap_reader *self, int line, void *out);

// Lines that the file does not have all of, as far as it is known: of numbers in digits, and of runs, once a line has
// been asked for that is not there.
int sluice_bitmap_missing(const sluice_bitmap_reader *self);

// Whether that is because something else stands in their place, and not because the file ends.
bool sluice_bitmap_is_damaged(const sluice_bitmap_reader *self);

// Whether alpha is 0 in all of the file, as programs leave it that do not know of alpha: 1, 0, or -1 with `errno`. Reads as
// far as the first pixel that has some.
int sluice_bitmap_has_empty_alpha(sluice_bitmap_reader *self);

// Opens a picture; its lines are read as they are asked for. Alpha that is 0 everywhere is left out.
//
// - `domain`: for errors: `bmpload`, `pnmload`.
// - `takes_part`: a file that ends early gives what there is of it, and a warning that begins with `incomplete:`.
//
// 0, and an image that the caller owns; or -1 with the reason in libvips' error buffer.
int sluice_bitmapload(
    int descriptor, struct _VipsImage **out, const sluice_bitmap *layout, const unsigned char *colours, int count,
    const char *domain, bool takes_part);

#endif
