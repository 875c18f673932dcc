// How strong the noise of a picture is: by plane, by frequency and by brightness.
#ifndef SLUICE_NOISE_METER_H
#define SLUICE_NOISE_METER_H
#include "CDenoise.h"

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
