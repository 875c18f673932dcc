// Pixels out of planes, padded, for the sums that need them.
#ifndef SLUICE_CONVOLUTION_PIXELS_H
#define SLUICE_CONVOLUTION_PIXELS_H
#include "include/CConvolution.h"

// Each function with these is compiled twice on x86-64, and the loader takes the one that the processor can do.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

// As locals and behind pointers only: how one is passed depends on what the processor has.
typedef float octet __attribute__((vector_size(32)));
typedef int octet_mask __attribute__((vector_size(32)));
typedef float octet_anywhere __attribute__((vector_size(32), aligned(4)));

#define LOAD(pointer) ((octet) *(const octet_anywhere *) (pointer))
#define STORE(pointer, value) (*(octet_anywhere *) (pointer) = (value))
#define ALL(value) ((value) - (octet) {0})
// The first where the condition holds, else the second.
#define CHOOSE(condition, first, second) \
    ((octet) (((condition) & (octet_mask) (first)) | (~(condition) & (octet_mask) (second))))
// Every other number of sixteen.
#define HALVED(pointer) __builtin_shufflevector(LOAD(pointer), LOAD((pointer) + 8), 0, 2, 4, 6, 8, 10, 12, 14)

INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE int larger(int a, int b) { return a > b ? a : b; }

/// How far apart a kernel's first and last number are, with both.
INLINE int extent(int kernel, int dilation) { return (kernel - 1) * dilation + 1; }

/// Where pixels come from and which are wanted: a range of the output's, row after row.
struct window {
    struct sluice_convolution convolution;
    /// Plane after plane; nothing is read at or behind `end`.
    const float *planes, *end;
    struct sluice_convolution_pair size, result;
    int first, count;
};

/// For steps from `step` on, `depth` of them, `count` numbers each, `pitch` floats apart: step by step the numbers that
/// are multiplied with the weights of one input plane's one place in the kernel. Writes up to 8 numbers more a row.
void sluice_convolution_gather(const struct window *window, int step, int depth, float *to, size_t pitch);

#endif
