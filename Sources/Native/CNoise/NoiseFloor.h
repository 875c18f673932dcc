// The flattest blocks of a brightness.
#ifndef SLUICE_NOISE_FLOOR_H
#define SLUICE_NOISE_FLOOR_H
#include "NoiseStore.h"

typedef struct {
    // Blocks seen of this brightness; 0: too few to say anything.
    float blocks;
    // Mean squares of the coefficients of each plane in the flattest of them.
    float variance[3][64];
    // How much louder one set of coefficients is where the other one is (on logarithmic scales): 0 where all that is
    // there is noise, 1 where it is texture. Of the middle frequencies of all planes, and of the finest of each plane.
    float slope, fine_slope[3];
} sluice_noise_floor;

void sluice_noise_floor_of(const sluice_noise_store *store, int level, int planes, sluice_noise_floor *floor);

// Standard deviation of the coefficients of a plane whose row + column is in this range.
float sluice_noise_band(const sluice_noise_floor *floor, int plane, int from, int to);

// 0 up to `from`, 1 from `to` on (or the other way round), a straight line between.
float sluice_noise_ramp(float value, float from, float to);

#endif
