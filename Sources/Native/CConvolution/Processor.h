// The innermost loops, once per kind of processor: each wants the weights laid out as it multiplies them.
#ifndef SLUICE_CONVOLUTION_PROCESSOR_H
#define SLUICE_CONVOLUTION_PROCESSOR_H
#include "include/CConvolution.h"

/// A product of matrices: output planes by pixels, over the numbers that each output pixel is a sum of.
struct product {
    /// Block after block of `rows` output planes: for each of `depth` steps, `rows` numbers side by side.
    const float *weights;
    /// `depth` rows of `width` pixels, `pitch` floats apart, with room for a whole vector behind the last pixel.
    const float *pixels;
    size_t pitch;
    int depth, width;
    /// `height` planes, `plane` floats apart.
    float *to;
    size_t plane;
    int height;
    /// Whether there are sums already, and whether they are whole afterwards.
    bool continues, ends;
    struct sluice_convolution_finish finish;
};

struct processor {
    /// Output planes that are summed at once.
    int rows;
    void (*multiply)(const struct product *product);
};

const struct processor *sluice_convolution_processor(void);

#if defined(__x86_64__)
extern const struct processor sluice_convolution_wide, sluice_convolution_fused;
#endif
extern const struct processor sluice_convolution_plain;

#endif
