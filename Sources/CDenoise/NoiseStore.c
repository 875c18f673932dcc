#include "NoiseStore.h"

#include <math.h>
#include <string.h>

// Channels that come so near to black or white are clipped: their noise is not all there.
#define MARGIN 5

// What the eight basis functions of the DCT are made of: cos(k pi / 16) / 2.
static const float even[4] = {0.35355339f, 0.46193977f, 0.35355339f, 0.19134172f};
static const float odd[4] = {0.49039264f, 0.41573481f, 0.27778512f, 0.09754516f};

// The orthonormal DCT of the eight columns of a block, all at once.
static void transform_columns(const float *restrict in, float *restrict out) {
    for (int column = 0; column < 8; column++) {
        const float *x = in + column;
        float sum[4], difference[4];
        for (int i = 0; i < 4; i++) {
            sum[i] = x[8 * i] + x[8 * (7 - i)];
            difference[i] = x[8 * i] - x[8 * (7 - i)];
        }
        float outer = sum[0] + sum[3], inner = sum[1] + sum[2];
        float outer_slope = sum[0] - sum[3], inner_slope = sum[1] - sum[2];
        float *y = out + column;
        y[0] = even[0] * (outer + inner);
        y[8 * 4] = even[2] * (outer - inner);
        y[8 * 2] = even[1] * outer_slope + even[3] * inner_slope;
        y[8 * 6] = even[3] * outer_slope - even[1] * inner_slope;
        const float *d = difference;
        y[8 * 1] = odd[0] * d[0] + odd[1] * d[1] + odd[2] * d[2] + odd[3] * d[3];
        y[8 * 3] = odd[1] * d[0] - odd[3] * d[1] - odd[0] * d[2] - odd[2] * d[3];
        y[8 * 5] = odd[2] * d[0] - odd[0] * d[1] + odd[3] * d[2] + odd[1] * d[3];
        y[8 * 7] = odd[3] * d[0] - odd[2] * d[1] + odd[1] * d[2] - odd[0] * d[3];
    }
}

static void transpose(const float *restrict in, float *restrict out) {
    for (int row = 0; row < 8; row++) {
        for (int column = 0; column < 8; column++) { out[8 * column + row] = in[8 * row + column]; }
    }
}

static void transform(const float *pixels, float *coefficients) {
    float half[64], turned[64], whole[64];
    transform_columns(pixels, half);
    transpose(half, turned);
    transform_columns(turned, whole);
    transpose(whole, coefficients);
}

// Whether noise would be clipped in one of the channels of such a mean colour (Y, U, V: 8 times the mean).
static bool is_clipped(const float mean[3], int planes) {
    float low = mean[0] / 8, high = low;
    if (planes == 3) {
        float grey = mean[0] / 8 * 0.57735027f, red_blue = mean[1] / 8 * 0.70710678f, green = mean[2] / 8 * 0.40824829f;
        float red = grey + red_blue + green, blue = grey - red_blue + green;
        green = grey - 2 * green;
        low = fminf(fminf(red, blue), green);
        high = fmaxf(fmaxf(red, blue), green);
    }
    return !(low >= MARGIN && high <= 255 - MARGIN);
}

// Mean squares of the middle frequencies of both sets, of all planes together. The lowest ones have shades, the highest
// are often lost to JPEG.
static void energies(const float (*squares)[64], int planes, float energy[2]) {
    double sum[2] = {0, 0};
    int count[2] = {0, 0};
    for (int k = 0; k < 64; k++) {
        int order = sluice_noise_order(k);
        if (order < 2 || order > 8) { continue; }
        for (int plane = 0; plane < planes; plane++) { sum[order & 1] += squares[plane][k]; }
        count[order & 1]++;
    }
    for (int set = 0; set < 2; set++) { energy[set] = (float) (sum[set] / count[set]); }
}

static int bin(float energy) {
    // Thirds of an octave: without a logarithm, whose last digit differs from machine to machine.
    int exponent;
    float mantissa = frexpf(energy, &exponent);
    int third = mantissa < 0.62996052f ? 0 : mantissa < 0.79370053f ? 1 : 2;
    int bin = 3 * (exponent - 1 - SLUICE_NOISE_LOWEST) + third;
    return bin < 0 || !(energy > 0) ? 0 : bin;
}

void sluice_noise_store_add(sluice_noise_store *store, const float (*pixels)[64], int planes) {
    float squares[3][64], mean[3] = {0, 0, 0}, energy[2];
    for (int plane = 0; plane < planes; plane++) {
        float *square = squares[plane];
        transform(pixels[plane], square);
        mean[plane] = square[0];
        for (int k = 0; k < 64; k++) { square[k] *= square[k]; }
    }
    energies((const float (*)[64]) squares, planes, energy);
    // Not a number: nothing of that is noise.
    if (!(energy[0] < 1e9f && energy[1] < 1e9f)) { return; }
    store->seen++;
    if (energy[0] < 0.05f && energy[1] < 0.05f) { store->constant++; }
    if (is_clipped(mean, planes)) { return; }
    int level = (int) (mean[0] / 8 * (planes == 3 ? 0.57735027f : 1) * SLUICE_NOISE_LEVELS / 256);
    if (level < 0 || level >= SLUICE_NOISE_LEVELS) { return; }
    for (int set = 0; set < 2; set++) {
        int flatness = bin(energy[1 - set]);
        if (flatness >= SLUICE_NOISE_BINS) { continue; }
        store->count[set][level][flatness]++;
        for (int plane = 0; plane < planes; plane++) {
            float *sums = store->squares[level][flatness][plane];
            const float *square = squares[plane];
            for (int k = 0; k < 64; k++) { sums[k] += ((k >> 3) + k) % 2 == set ? square[k] : 0; }
        }
    }
}
