// From what was seen of a picture's blocks to its noise.
#ifndef SLUICE_NOISE_SPECTRUM_H
#define SLUICE_NOISE_SPECTRUM_H
#include "NoiseStore.h"

// `stores`: of full size, and of means of 2x2 pixels.
void sluice_noise_from_stores(const sluice_noise_store *stores, int planes, sluice_noise *noise);

#endif
