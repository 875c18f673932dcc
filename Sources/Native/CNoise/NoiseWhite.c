#include "NoiseWhite.h"

#include <math.h>
#include <string.h>

// Coefficients finer than this (row + column): texture has the least there.
#define FINE 9

// What is left of the standard deviation of noise that is clipped at black, where the mean of what is seen is 0.75, 1,
// 1.25 ... times the standard deviation of what is seen.
static const float left[] = {0.631f, 0.774f, 0.867f, 0.923f, 0.957f, 0.977f, 0.988f, 0.994f, 0.997f, 0.999f};
#define LEFT ((int) (sizeof left / sizeof left[0]))

static float distance_to_clipping(int level, float sigma) {
    float mean = (level + 0.5f) * 256 / (float) SLUICE_NOISE_LEVELS;
    return fminf(mean, 255 - mean) / fmaxf(sigma, 0.1f);
}

static float unclipped(int level, float sigma) {
    float place = fmaxf((distance_to_clipping(level, sigma) - 0.75f) * 4, 0);
    int i = (int) place;
    return i >= LEFT - 1 ? sigma : sigma / (left[i] + (left[i + 1] - left[i]) * (place - i));
}

// The sigma of a plane: what the quieter third of what was seen has at most. Brightnesses with texture have more.
static float measure(const sluice_noise_floor *floors, int plane) {
    float sigma[SLUICE_NOISE_LEVELS], weight[SLUICE_NOISE_LEVELS], total = 0;
    int order[SLUICE_NOISE_LEVELS], count = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        if (!(floors[level].blocks > 0)) { continue; }
        float seen = sluice_noise_band(&floors[level], plane, FINE, 14);
        sigma[level] = unclipped(level, seen);
        weight[level] = floors[level].blocks * (sluice_noise_ramp(floors[level].slope, 0.95f, 0.45f) + 0.02f)
            * (sluice_noise_ramp(distance_to_clipping(level, seen), 1.2f, 2.7f) + 0.02f);
        total += weight[level];
        int place = count++;
        for (; place > 0 && sigma[order[place - 1]] > sigma[level]; place--) { order[place] = order[place - 1]; }
        order[place] = level;
    }
    float sum = 0;
    for (int i = 0; i < count; i++) {
        sum += weight[order[i]];
        if (sum >= 0.35f * total) { return sigma[order[i]]; }
    }
    return 0;
}

// The part of what was seen where this plane's finest detail does not follow the rest.
static float even_part(const sluice_noise_floor *floors, int plane) {
    float all = 0, even = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        all += floors[level].blocks;
        even += floors[level].blocks * sluice_noise_ramp(floors[level].fine_slope[plane], 0.7f, 0.3f);
    }
    return all > 0 ? even / all : 0;
}

// The part of what was seen where no middle frequency follows the others.
static float steady_part(const sluice_noise_floor *floors) {
    float all = 0, steady = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        all += floors[level].blocks;
        steady += floors[level].blocks * sluice_noise_ramp(floors[level].slope, 0.85f, 0.4f);
    }
    return all > 0 ? steady / all : 0;
}

// Two ranges of a plane's frequencies against each other, where it is flat: 1 for white noise.
static float ratio(const sluice_noise_floor *floors, int plane, const int finer[2], const int coarser[2]) {
    double logarithm = 0, total = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        if (!(floors[level].blocks > 0)) { continue; }
        double weight = floors[level].blocks * (sluice_noise_ramp(floors[level].slope, 0.95f, 0.45f) + 0.02f);
        float fine = sluice_noise_band(&floors[level], plane, finer[0], finer[1]);
        float coarse = sluice_noise_band(&floors[level], plane, coarser[0], coarser[1]);
        logarithm += weight * log((fine + 0.01) / (coarse + 0.01));
        total += weight;
    }
    return total > 0 ? (float) exp(logarithm / total) : 0;
}

static float whiteness(const sluice_noise_floor *floors, int plane) {
    return ratio(floors, plane, (const int[]) {FINE, 14}, (const int[]) {3, 5});
}

static float completeness(const sluice_noise_floor *floors, int plane) {
    return sluice_noise_ramp(ratio(floors, plane, (const int[]) {12, 14}, (const int[]) {8, 10}), 0.8f, 0.9f);
}

void sluice_noise_measure_white(const sluice_noise_floor *floors, int planes, sluice_white_noise *noise) {
    memset(noise, 0, sizeof *noise);
    for (int plane = 0; plane < planes; plane++) { noise->sigma[plane] = measure(floors, plane); }
    float even = sluice_noise_ramp(even_part(floors, 0), 0.35f, 0.6f);
    noise->certainty = even * sluice_noise_ramp(whiteness(floors, 0), 0.45f, 0.6f);
    noise->completeness = completeness(floors, 0);
    if (planes != 3) { return; }
    // Texture is mostly light and dark, white noise of the channels as strong in colour: there it is seen best, and
    // what luma has more than that is noise only where it is even.
    float chroma = fminf(noise->sigma[1], noise->sigma[2]);
    float chroma_even = fminf(even_part(floors, 1), even_part(floors, 2));
    float chroma_white = fmaxf(whiteness(floors, 1), whiteness(floors, 2));
    noise->chroma_certainty =
        sluice_noise_ramp(chroma_even, 0.35f, 0.6f) * sluice_noise_ramp(chroma_white, 0.65f, 0.8f);
    if (noise->sigma[0] > chroma) {
        float doubt = noise->chroma_certainty * (1 - even);
        noise->sigma[0] -= (noise->sigma[0] - chroma) * doubt;
    }
    // Noise of luma alone is what JPEG leaves; or it is fur.
    noise->certainty *= sluice_noise_ramp(steady_part(floors), 0.35f, 0.5f);
    noise->certainty = fmaxf(noise->certainty, noise->chroma_certainty);
    noise->completeness = fmaxf(noise->completeness, noise->chroma_certainty);
}
