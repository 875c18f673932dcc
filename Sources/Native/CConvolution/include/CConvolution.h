// Convolution of pictures by one thread: what a network for pictures spends its time with. Weights are laid out once,
// as the processor at hand multiplies best; pictures are taken as they are, plane by plane (NCHW without the N).
//
// Nothing here allocates, fails, or keeps a pointer. The same numbers give the same result on the same kind of
// processor.
#ifndef SLUICE_CONVOLUTION_H
#define SLUICE_CONVOLUTION_H
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Two numbers, along rows and along columns.
struct sluice_convolution_pair {
    int down, across;
};

struct sluice_convolution {
    /// Planes that come in and that go out; multiples of `groups`.
    int inputs, outputs;
    /// Every group of outputs sees its own group of inputs only. As many as inputs: "depthwise".
    int groups;
    /// All at least 1.
    struct sluice_convolution_pair kernel, stride, dilation;
    /// Zeros before the first row and the first column, at least 0. Those at the other end follow from the sizes.
    struct sluice_convolution_pair padding;
};

/// What is done to every sum of products: times `scales`, plus `offsets` (a number per output plane each), and then not
/// below `least` and not above `most`; infinities when there is no bound.
struct sluice_convolution_finish {
    const float *scales, *offsets;
    float least, most;
};

/// Whether the sums are made plane by plane: one input plane per group.
bool sluice_convolution_is_depthwise(const struct sluice_convolution *convolution);

/// How many floats the laid-out weights take, and how many the working memory. The latter is less than 1 MiB, whatever
/// the picture's size, unless a kernel's rows are thousands of numbers wide.
size_t sluice_convolution_packed(const struct sluice_convolution *convolution);
size_t sluice_convolution_scratch(const struct sluice_convolution *convolution);

/// Lays out `weights`: outputs x inputs of a group x kernel rows x kernel columns. `packed` starts at a multiple of 64
/// bytes, as the working memory does.
void sluice_convolution_pack(const struct sluice_convolution *convolution, const float *weights, float *packed);

/// One picture: `inputs` planes of `size`, to `outputs` planes of `result`, all without gaps. `result` is at most what
/// fits with padding at both ends.
void sluice_convolve(
    const struct sluice_convolution *convolution, const float *packed, const struct sluice_convolution_finish *finish,
    const float *from, struct sluice_convolution_pair size, float *to, struct sluice_convolution_pair result,
    float *scratch);

#ifdef __cplusplus
}
#endif
#endif
