// Noise as it is in pictures that a camera has developed and compressed.
#ifndef SLUICE_NOISE_CAMERA_H
#define SLUICE_NOISE_CAMERA_H
#include "NoiseFloor.h"

typedef struct {
    // Standard deviations that the spectra are multiples of: Y at middle frequencies of full size, U and V at low ones
    // of half size.
    float strength[3];
    // The least strength of Y that is worth a treatment, for noise of this fineness.
    float least;
    // The finest frequencies of Y against the middle ones: 0.2 after interpolation of the colours and JPEG, 1 for white
    // noise.
    float fineness;
    // By brightness, mean 1 as weighted by how common they are.
    float brightness[SLUICE_NOISE_LEVELS];
    // How sure it is that this is noise, and not texture: 0 to 1.
    float certainty;
} sluice_camera_noise;

// `floors`: of each brightness at full size and of means of 2x2 pixels.
void sluice_noise_measure_camera(
    const sluice_noise_floor *full, const sluice_noise_floor *half, int planes, sluice_camera_noise *noise);

// The spectrum of a plane of such noise.
void sluice_noise_camera_spectrum(const sluice_camera_noise *noise, int plane, sluice_plane_noise *result);

#endif
