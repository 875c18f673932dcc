// Samples by sRGB's curve, and the light that they stand for.
#ifndef SLUICE_LIGHT_H
#define SLUICE_LIGHT_H
#include <stddef.h>

// Tables of the curve and of its inverse, 34 KB; freed with `free`.
typedef struct sluice_light sluice_light;

// NULL: out of memory.
sluice_light *sluice_light_new(void);

// In place: whole samples of one or two bytes to light, on the same scale (0 to 255 or 65,535).
void sluice_light_up(const sluice_light *light, int sample_bytes, float *values, size_t count);

// In place: light of 0 to `most` to samples on the same scale, not rounded; beyond that to the nearest of them.
void sluice_light_down(const sluice_light *light, float most, float *values, size_t count);

#endif
