// Pixels as they lie in a picture, and as the planes that are filtered: in steps of 8 bits; colours as Y, U and V of an
// orthonormal space, where noise of R, G and B that is alike is alike again.
#ifndef SLUICE_PIXELS_H
#define SLUICE_PIXELS_H
#include <stdbool.h>

typedef struct {
    // Samples of a pixel, and bytes of a sample: 1 or 2.
    int bands, bytes;
    bool has_alpha;
} sluice_pixels;

// 1 or 3.
int sluice_pixel_planes(sluice_pixels pixels);

void sluice_split(sluice_pixels pixels, const void *line, int width, float *const planes[]);

// Rounds, and keeps to what samples can be. Alpha stays as it is in `line`.
void sluice_join(sluice_pixels pixels, const float *const planes[], int width, void *line);

// Alpha alone, from one line to another.
void sluice_copy_alpha(sluice_pixels pixels, const void *from, int width, void *line);

#endif
