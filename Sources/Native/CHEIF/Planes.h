// The planes of a picture to be encoded, filled line by line.
#ifndef SLUICE_HEIF_PLANES_H
#define SLUICE_HEIF_PLANES_H
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    // Luma, both colours, alpha; the last is NULL where there is none.
    uint8_t *bytes[4];
    int strides[4];
    int width, height, bands;
    bool is_full_chroma;
    // Of a line above that waits for its neighbour: two numbers of each pair of pixels.
    int *waiting;
} heif_planes;

// ITU-R BT.601, of all 256 values. `line` is the picture's, counted from 0; lines come one after the other.
void sluice_heif_fill(heif_planes *self, int line, const uint8_t *pixels);

#endif
