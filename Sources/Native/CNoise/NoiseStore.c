#include "NoiseStore.h"

#include <math.h>
#include <string.h>

// Channels that come so near to black or white are clipped: their noise is not all there.
#define MARGIN 5

// A row of a block, or of its coefficients.
typedef float row __attribute__((vector_size(32), aligned(4)));

// What the eight basis functions of the DCT are made of: cos(k pi / 16) / 2.
static const float even[4] = {0.35355339f, 0.46193977f, 0.35355339f, 0.19134172f};
static const float odd[4] = {0.49039264f, 0.41573481f, 0.27778512f, 0.09754516f};

// Fields of the chessboard in a row: [0] where row + column is even, for an even row.
static const row fields[2] = {{1, 0, 1, 0, 1, 0, 1, 0}, {0, 1, 0, 1, 0, 1, 0, 1}};

// The middle frequencies, row + column from 2 to 8. The lowest ones have shades, the highest are often lost to JPEG.
static const row middle[8] = {
    {0, 0, 1, 1, 1, 1, 1, 1}, {0, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 1, 0, 0},
    {1, 1, 1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 0, 0, 0, 0}, {1, 1, 1, 0, 0, 0, 0, 0}, {1, 1, 0, 0, 0, 0, 0, 0},
};
// How many of them are in each set.
static const float middle_count[2] = {22, 18};

// The orthonormal DCT of the eight columns of a block, all at once.
static void transform_columns(const row in[8], row out[8]) {
    row sum[4], slope[4];
    for (int i = 0; i < 4; i++) {
        sum[i] = in[i] + in[7 - i];
        slope[i] = in[i] - in[7 - i];
    }
    row outer = sum[0] + sum[3], inner = sum[1] + sum[2];
    row outer_slope = sum[0] - sum[3], inner_slope = sum[1] - sum[2];
    out[0] = even[0] * (outer + inner);
    out[4] = even[2] * (outer - inner);
    out[2] = even[1] * outer_slope + even[3] * inner_slope;
    out[6] = even[3] * outer_slope - even[1] * inner_slope;
    out[1] = odd[0] * slope[0] + odd[1] * slope[1] + odd[2] * slope[2] + odd[3] * slope[3];
    out[3] = odd[1] * slope[0] - odd[3] * slope[1] - odd[0] * slope[2] - odd[2] * slope[3];
    out[5] = odd[2] * slope[0] - odd[0] * slope[1] + odd[3] * slope[2] + odd[1] * slope[3];
    out[7] = odd[3] * slope[0] - odd[2] * slope[1] + odd[1] * slope[2] - odd[0] * slope[3];
}

static void transpose(const row in[8], row out[8]) {
    float from[64], to[64];
    memcpy(from, in, sizeof from);
    for (int line = 0; line < 8; line++) {
        for (int column = 0; column < 8; column++) { to[8 * column + line] = from[8 * line + column]; }
    }
    memcpy(out, to, sizeof to);
}

// The coefficients are left on their side: what is done with them is the same for both directions, but for the sums.
static void transform(const row pixels[8], row coefficients[8]) {
    row half[8], turned[8];
    transform_columns(pixels, half);
    transpose(half, turned);
    transform_columns(turned, coefficients);
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

// Mean squares of the middle frequencies of both sets, of all planes together.
static void energies(row squares[3][8], int planes, float energy[2]) {
    row sum[2] = {{0}, {0}};
    for (int i = 0; i < 8; i++) {
        row all = squares[0][i];
        for (int plane = 1; plane < planes; plane++) { all += squares[plane][i]; }
        all *= middle[i];
        sum[0] += all * fields[i % 2];
        sum[1] += all * fields[1 - i % 2];
    }
    for (int set = 0; set < 2; set++) {
        float total = 0;
        for (int i = 0; i < 8; i++) { total += sum[set][i]; }
        energy[set] = total / middle_count[set];
    }
}

// Thirds of an octave. Without a logarithm, whose last digit differs from machine to machine.
static int bin_of(float energy) {
    if (!(energy > 0)) { return 0; }
    int exponent;
    float mantissa = frexpf(energy, &exponent);
    int third = mantissa < 0.62996052f ? 0 : mantissa < 0.79370053f ? 1 : 2;
    int bin = 3 * (exponent - 1 - SLUICE_NOISE_LOWEST) + third;
    return bin < 0 ? 0 : bin;
}

void sluice_noise_store_add(sluice_noise_store *store, const float *const pixels[3][8], int planes) {
    row squares[3][8];
    float mean[3] = {0, 0, 0}, energy[2];
    for (int plane = 0; plane < planes; plane++) {
        row block[8];
        for (int line = 0; line < 8; line++) { memcpy(&block[line], pixels[plane][line], sizeof block[line]); }
        transform(block, squares[plane]);
        mean[plane] = squares[plane][0][0];
        for (int i = 0; i < 8; i++) { squares[plane][i] *= squares[plane][i]; }
    }
    energies(squares, planes, energy);
    // Not a number: nothing of that is noise.
    if (!(energy[0] < 1e9f && energy[1] < 1e9f)) { return; }
    store->seen++;
    if (energy[0] < 0.05f && energy[1] < 0.05f) { store->constant++; }
    if (is_clipped(mean, planes)) { return; }
    int level = (int) (mean[0] / 8 * (planes == 3 ? 0.57735027f : 1) * (float) SLUICE_NOISE_LEVELS / 256);
    if (level < 0 || level >= SLUICE_NOISE_LEVELS) { return; }
    for (int set = 0; set < 2; set++) {
        int flatness = bin_of(energy[1 - set]);
        if (flatness >= SLUICE_NOISE_BINS) { continue; }
        store->count[set][level][flatness]++;
        for (int plane = 0; plane < planes; plane++) {
            float *sums = store->squares[level][flatness][plane];
            for (int i = 0; i < 8; i++) {
                row sum;
                memcpy(&sum, sums + 8 * i, sizeof sum);
                sum += squares[plane][i] * fields[(i + set) % 2];
                memcpy(sums + 8 * i, &sum, sizeof sum);
            }
        }
    }
}
