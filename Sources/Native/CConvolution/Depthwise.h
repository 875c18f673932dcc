// Every output plane from one input plane.
#ifndef SLUICE_CONVOLUTION_DEPTHWISE_H
#define SLUICE_CONVOLUTION_DEPTHWISE_H
#include "Pixels.h"

size_t sluice_convolution_depthwise_scratch(const struct sluice_convolution *convolution);

/// As `sluice_convolve` has it. The weights are as they came.
void sluice_convolution_depthwise(
    const struct sluice_convolution *convolution, const float *weights, const struct sluice_convolution_finish *finish,
    const float *from, struct sluice_convolution_pair size, float *to, struct sluice_convolution_pair result,
    float *scratch);

#endif
