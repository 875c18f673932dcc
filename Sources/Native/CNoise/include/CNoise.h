// How strong the noise of a picture is: by plane, by frequency and by brightness.
#ifndef SLUICE_CNOISE_H
#define SLUICE_CNOISE_H
#include <stdbool.h>

enum { SLUICE_NOISE_LEVELS = 16, SLUICE_NOISE_SCALES = 3 };

// Noise of one plane. In steps of 8 bits (0..255), also where the picture has 16.
typedef struct {
    // As if it were white.
    float sigma;
    // Standard deviation of each coefficient of the orthonormal 8x8 DCT, row by row: of the picture, of means of 2x2 and of
    // 4x4 pixels.
    float spectrum[SLUICE_NOISE_SCALES][64];
} sluice_plane_noise;

typedef struct {
    // 1: grey; 3: Y = (R+G+B)/sqrt(3), U = (R-B)/sqrt(2), V = (R-2G+B)/sqrt(6): orthonormal, so that white noise of R, G
    // and B is as strong in each.
    int planes;
    sluice_plane_noise plane[3];
    // Factors by the mean of the first plane around a pixel: level i is (i + 0.5) * 256 / 16 on a scale of grey (Y divided
    // by the root of three); 1 in the mean, weighted by how common they are.
    float brightness[SLUICE_NOISE_LEVELS];
    // Of the picture, in each of R, G and B, as a user would name it. Where it is doubtful that all of that is noise, the
    // planes have less.
    float sigma;
    // Nothing to remove, or nothing that can be told from texture. The planes are zero then, and `sigma` says how much of
    // what was seen may be noise at most.
    bool is_clean;
} sluice_noise;

// White noise of a strength, in steps of 8 bits, in each of R, G and B, or in grey.
void sluice_noise_white(sluice_noise *noise, int planes, float sigma);

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

#endif
