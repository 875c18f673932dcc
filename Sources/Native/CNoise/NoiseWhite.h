// Noise that is as strong in fine as in coarse detail, as sensors make it and as tests add it.
#ifndef SLUICE_NOISE_WHITE_H
#define SLUICE_NOISE_WHITE_H
#include "NoiseFloor.h"

typedef struct {
    // Of each plane.
    float sigma[3];
    // How sure it is that there is such noise, and not texture: 0 to 1. The same of U and V alone.
    float certainty, chroma_certainty;
    // Whether it goes on to the finest detail (1), or JPEG has taken that (0).
    float completeness;
} sluice_white_noise;

// `floors`: of each brightness at full size.
void sluice_noise_measure_white(const sluice_noise_floor *floors, int planes, sluice_white_noise *noise);

#endif
