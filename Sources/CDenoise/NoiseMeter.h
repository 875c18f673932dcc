// How strong the noise of a picture is: by plane, by frequency and by brightness.
#ifndef SLUICE_NOISE_METER_H
#define SLUICE_NOISE_METER_H
#include <stdbool.h>

enum { SLUICE_NOISE_LEVELS = 16, SLUICE_NOISE_SCALES = 3 };

typedef struct {
    // Standard deviation, in steps of 8 bits: of the plane's noise as if it were white (what a user would call its
    // sigma).
    float sigma;
    // The same for each coefficient of the orthonormal 8x8 DCT, row by row, at full size, of means of 2x2 pixels, and
    // of means of 4x4 pixels. ([s][0], the mean, extrapolated.)
    float spectrum[SLUICE_NOISE_SCALES][64];
} sluice_plane_noise;

typedef struct {
    // 1: grey; 3: Y, U, V.
    int planes;
    sluice_plane_noise plane[3];
    // Factor of all of these by the mean of the first plane around a pixel: level i is (i + 0.5) * 256 / 16 of a grey
    // 0..255 scale (of Y / sqrt(3) in colour); mean 1, weighted by how common they are.
    float brightness[SLUICE_NOISE_LEVELS];
    // The sigma of added white noise that a user would name for the whole picture (per channel R, G, B), 0..255 scale.
    // Where it is doubtful that all of that is noise, the planes have less.
    float sigma;
    // Nothing to remove, or nothing that can be told from texture: the stage is skipped. The planes are zero then,
    // `brightness` is one, and `sigma` says how much of what was seen may be noise at most.
    bool is_clean;
} sluice_noise;

typedef struct sluice_noise_meter sluice_noise_meter;

// For a picture of so many pixels, in 1 plane (grey) or 3 (the orthonormal Y = (R+G+B)/sqrt(3), U = (R-B)/sqrt(2),
// V = (R-2G+B)/sqrt(6)). It takes 1.3 MB and 41 floats a pixel of width (14 if grey), whatever the height. A picture
// that is too small to tell (under some 30 pixels a side) is clean. NULL: out of memory.
sluice_noise_meter *sluice_noise_meter_new(int width, int height, int planes);

// The next line of the picture, from the top: a row of each plane, `width` floats in steps of 8 bits.
void sluice_noise_meter_add(sluice_noise_meter *meter, const float *const planes[3]);

// May be called once, at the end.
void sluice_noise_meter_result(const sluice_noise_meter *meter, sluice_noise *noise);

void sluice_noise_meter_free(sluice_noise_meter *meter);

// What is known when the user names a sigma: white noise of that strength in each channel.
void sluice_noise_white(sluice_noise *noise, int planes, float sigma);

#endif
