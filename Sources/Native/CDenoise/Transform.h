// The discrete cosine transform of 8x8 pixels, on vectors of eight. Orthonormal: white noise is as strong after it.
#ifndef SLUICE_TRANSFORM_H
#define SLUICE_TRANSFORM_H
#include <stddef.h>
#include <stdint.h>

// Each function with these is compiled twice on x86-64, and the loader takes the one that the processor can do.
#if defined(__x86_64__)
#define VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif
#define INLINE static inline __attribute__((always_inline))

// As locals and behind pointers only: how one is passed depends on what the processor has.
typedef float octet __attribute__((vector_size(32)));
typedef int32_t octet_integers __attribute__((vector_size(32)));
typedef int32_t octet_integers_anywhere __attribute__((vector_size(32), aligned(4)));
typedef float octet_anywhere __attribute__((vector_size(32), aligned(4)));

#define LOAD(pointer) ((octet) *(const octet_anywhere *) (pointer))
#define STORE(pointer, value) (*(octet_anywhere *) (pointer) = (value))
#define ALL(value) ((octet) {(value), (value), (value), (value), (value), (value), (value), (value)})

// Halves of cosines of k pi / 16.
#define COS_1 0.490392640f
#define COS_2 0.461939766f
#define COS_3 0.415734806f
#define COS_4 0.353553391f
#define COS_5 0.277785117f
#define COS_6 0.191341716f
#define COS_7 0.097545161f

// Across the eight vectors, each of its eight places by itself.
INLINE void transform(octet *x) {
    octet s0 = x[0] + x[7], s1 = x[1] + x[6], s2 = x[2] + x[5], s3 = x[3] + x[4];
    octet d0 = x[0] - x[7], d1 = x[1] - x[6], d2 = x[2] - x[5], d3 = x[3] - x[4];
    octet a0 = s0 + s3, a1 = s1 + s2, b0 = s0 - s3, b1 = s1 - s2;
    x[0] = (a0 + a1) * COS_4;
    x[4] = (a0 - a1) * COS_4;
    x[2] = b0 * COS_2 + b1 * COS_6;
    x[6] = b0 * COS_6 - b1 * COS_2;
    x[1] = d0 * COS_1 + d1 * COS_3 + d2 * COS_5 + d3 * COS_7;
    x[3] = d0 * COS_3 - d1 * COS_7 - d2 * COS_1 - d3 * COS_5;
    x[5] = d0 * COS_5 - d1 * COS_1 + d2 * COS_7 + d3 * COS_3;
    x[7] = d0 * COS_7 - d1 * COS_5 + d2 * COS_3 - d3 * COS_1;
}

INLINE void transform_back(octet *x) {
    octet a0 = (x[0] + x[4]) * COS_4, a1 = (x[0] - x[4]) * COS_4;
    octet b0 = x[2] * COS_2 + x[6] * COS_6, b1 = x[2] * COS_6 - x[6] * COS_2;
    octet s0 = a0 + b0, s3 = a0 - b0, s1 = a1 + b1, s2 = a1 - b1;
    octet d0 = x[1] * COS_1 + x[3] * COS_3 + x[5] * COS_5 + x[7] * COS_7;
    octet d1 = x[1] * COS_3 - x[3] * COS_7 - x[5] * COS_1 - x[7] * COS_5;
    octet d2 = x[1] * COS_5 - x[3] * COS_1 + x[5] * COS_7 + x[7] * COS_3;
    octet d3 = x[1] * COS_7 - x[3] * COS_5 + x[5] * COS_3 - x[7] * COS_1;
    x[0] = s0 + d0;
    x[7] = s0 - d0;
    x[1] = s1 + d1;
    x[6] = s1 - d1;
    x[2] = s2 + d2;
    x[5] = s2 - d2;
    x[3] = s3 + d3;
    x[4] = s3 - d3;
}

#define SHUFFLE __builtin_shufflevector
#define PAIRS_LOW(a, b) SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define PAIRS_HIGH(a, b) SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define QUADS_LOW(a, b) SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define QUADS_HIGH(a, b) SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define HALVES_LOW(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HALVES_HIGH(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

// Rows become columns.
INLINE void transpose(octet *x) {
    octet p[8], q[8];
    for (int pair = 0; pair < 8; pair += 2) {
        p[pair] = PAIRS_LOW(x[pair], x[pair + 1]);
        p[pair + 1] = PAIRS_HIGH(x[pair], x[pair + 1]);
    }
    for (int quad = 0; quad < 8; quad += 4) {
        q[quad] = QUADS_LOW(p[quad], p[quad + 2]);
        q[quad + 1] = QUADS_HIGH(p[quad], p[quad + 2]);
        q[quad + 2] = QUADS_LOW(p[quad + 1], p[quad + 3]);
        q[quad + 3] = QUADS_HIGH(p[quad + 1], p[quad + 3]);
    }
    for (int row = 0; row < 4; row++) {
        x[row] = HALVES_LOW(q[row], q[row + 4]);
        x[row + 4] = HALVES_HIGH(q[row], q[row + 4]);
    }
}

// Of the eight places.
INLINE float sum(const octet *x) {
    octet v = *x;
    return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

#endif
