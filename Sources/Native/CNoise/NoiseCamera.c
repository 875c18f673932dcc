#include "NoiseCamera.h"

#include <math.h>
#include <string.h>

// Noise of fourteen high-ISO photographs of five cameras as JPEG files (of the PolyU set, against means of many
// exposures), where they are flat: standard deviation by row + column of the coefficient. Y as multiples of its middle
// frequencies (3 to 5) at full size, U and V of their lowest (1 and 2) at half size.
static const float luma[SLUICE_NOISE_SCALES][15] = {
    {2.53f, 1.58f, 1.37f, 1.21f, 1.02f, 0.80f, 0.60f, 0.45f, 0.35f, 0.29f, 0.23f, 0.19f, 0.15f, 0.13f, 0.12f},
    {1.80f, 1.03f, 0.89f, 0.80f, 0.73f, 0.68f, 0.63f, 0.58f, 0.54f, 0.51f, 0.47f, 0.43f, 0.39f, 0.35f, 0.32f},
    {1.34f, 0.68f, 0.58f, 0.53f, 0.48f, 0.45f, 0.42f, 0.40f, 0.38f, 0.36f, 0.35f, 0.34f, 0.33f, 0.32f, 0.31f},
};
static const float chroma[SLUICE_NOISE_SCALES][15] = {
    {3.37f, 1.03f, 0.50f, 0.28f, 0.19f, 0.14f, 0.11f, 0.12f, 0.08f, 0.07f, 0.06f, 0.06f, 0.05f, 0.05f, 0.05f},
    {2.68f, 1.24f, 0.79f, 0.49f, 0.31f, 0.22f, 0.17f, 0.15f, 0.09f, 0.07f, 0.05f, 0.05f, 0.04f, 0.04f, 0.05f},
    {1.96f, 1.12f, 0.85f, 0.65f, 0.49f, 0.38f, 0.30f, 0.24f, 0.18f, 0.14f, 0.11f, 0.08f, 0.07f, 0.06f, 0.05f},
};
// Chroma's lowest frequencies at full size, in the same unit.
#define CHROMA_FULL 0.76f
// The finest frequencies against the middle ones in that table.
#define FINENESS 0.22f
// What the flattest blocks miss of the noise, which is less even than the best place for it.
#define LUMA_MISSED 1.4f
#define CHROMA_MISSED 1.25f
// Brightnesses where sensors clip and curves are flat, so that there is less noise than elsewhere.
#define DARKEST 1
#define BRIGHTEST 11

// How much of a brightness is noise. Texture is louder in some blocks than in others, and at half the size still is as
// strong: noise is not.
static float trust(const sluice_noise_floor *full, const sluice_noise_floor *half, float strength) {
    float coarse = half->blocks > 0 ? sluice_noise_band(half, 0, 3, 5) / fmaxf(strength, 0.05f) : 1;
    return sluice_noise_ramp(full->slope, 0.85f, 0.4f) * sluice_noise_ramp(coarse, 1.7f, 1.0f);
}

// Neighbouring brightnesses speak for each other, all together for those where nothing could be seen.
static void smooth_brightness(
    const float *logarithm, const float *weight, const float *blocks, float mean, float *brightness) {
    static const float near[] = {1, 0.8f, 0.4f, 0.14f};
    float total = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) { total += weight[level]; }
    double sum = 0, seen = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        float prior = 0.03f * total, at = prior * mean, of = prior;
        for (int other = 0; other < SLUICE_NOISE_LEVELS; other++) {
            int distance = other > level ? other - level : level - other;
            if (distance > 3) { continue; }
            at += near[distance] * weight[other] * logarithm[other];
            of += near[distance] * weight[other];
        }
        brightness[level] = fminf(fmaxf(expf(at / of - mean), 0.4f), 2);
        sum += blocks[level] * brightness[level];
        seen += blocks[level];
    }
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) { brightness[level] *= (float) (seen / sum); }
}

// Noise changes with brightness slowly: by this factor from one brightness to the next at most. What is much louder
// than that is texture that looks like noise, and counts less.
#define STEP 1.4f
static void bound(const float *blocks, float *strength, float *trusted) {
    float all = 0, most[SLUICE_NOISE_LEVELS];
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) { all += blocks[level]; }
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        most[level] = strength[level];
        for (int other = 0; other < SLUICE_NOISE_LEVELS; other++) {
            bool is_rare = blocks[other] < 0.02f * all || blocks[other] < 60;
            bool says_little = is_rare || other < DARKEST || other > BRIGHTEST;
            int distance = other > level ? other - level : level - other;
            if (!says_little) { most[level] = fminf(most[level], strength[other] * powf(STEP, distance)); }
        }
    }
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        if (!(strength[level] > most[level])) { continue; }
        float excess = most[level] / strength[level];
        trusted[level] *= excess * excess;
        strength[level] = most[level];
    }
}

// U or V: its low frequencies where luma is flat, at full and at half size.
static float measure_chroma(
    const sluice_noise_floor *full, const sluice_noise_floor *half, const float *trusted, int plane) {
    double sum = 0, total = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        if (!(trusted[level] > 0 && half[level].blocks > 0)) { continue; }
        double weight = trusted[level] * full[level].blocks;
        float at_full = sluice_noise_band(&full[level], plane, 1, 2) / CHROMA_FULL;
        float at_half = sluice_noise_band(&half[level], plane, 1, 2);
        sum += weight * (log(at_full + 0.01) + log(at_half + 0.01)) / 2;
        total += weight;
    }
    return total > 0 ? (float) exp(sum / total) : 0;
}

// `part`: of the blocks, how many looked like noise. Noise that is strong, or less lost to JPEG than usual, has to be
// all over the picture: texture is strong and fine in places.
static float certainty(float part, float strength, float fineness) {
    float least = 0.17f + 0.2f * sluice_noise_ramp(strength, 7, 12) * sluice_noise_ramp(fineness, 0.6f, 0.4f);
    float finest = 0.28f + 0.5f * sluice_noise_ramp(part, 0.4f, 0.75f);
    return sluice_noise_ramp(part, least, least + 0.2f) * sluice_noise_ramp(fineness, finest + 0.08f, finest);
}

// How near noise of this fineness is to white noise: 0 to 1.
static float whiteness(float fineness) {
    return fminf(fmaxf(logf(fmaxf(fineness, 0.05f) / FINENESS) / logf(1 / FINENESS), 0), 1);
}

void sluice_noise_measure_camera(
    const sluice_noise_floor *full, const sluice_noise_floor *half, int planes, sluice_camera_noise *noise) {
    memset(noise, 0, sizeof *noise);
    float trusted[SLUICE_NOISE_LEVELS], weight[SLUICE_NOISE_LEVELS], logarithm[SLUICE_NOISE_LEVELS];
    float blocks[SLUICE_NOISE_LEVELS], strength[SLUICE_NOISE_LEVELS];
    double all = 0, total = 0, sum = 0, fine = 0, middle = 0;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        noise->brightness[level] = 1;
        blocks[level] = full[level].blocks;
        trusted[level] = strength[level] = 0;
        if (!(blocks[level] > 0)) { continue; }
        strength[level] = sluice_noise_band(&full[level], 0, 3, 5);
        trusted[level] = trust(&full[level], &half[level], strength[level]);
        float finest = sluice_noise_band(&full[level], 0, 9, 14);
        fine += blocks[level] * trusted[level] * finest * finest;
        middle += blocks[level] * trusted[level] * strength[level] * strength[level];
    }
    bound(blocks, strength, trusted);
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        weight[level] = blocks[level] * trusted[level];
        logarithm[level] = logf(strength[level] + 0.02f);
        all += blocks[level];
        total += weight[level];
        sum += weight[level] * logarithm[level];
    }
    if (!(total > 0 && middle > 0)) { return; }
    float mean = (float) (sum / total);
    noise->fineness = (float) sqrt(fine / middle);
    smooth_brightness(logarithm, weight, blocks, mean, noise->brightness);
    float white = whiteness(noise->fineness);
    noise->strength[0] = powf(LUMA_MISSED, 1 - white) * expf(mean);
    // As much as fine grain may have, or noise as cameras leave it.
    noise->least = 1.7f + 3 * sluice_noise_ramp(noise->fineness, 0.25f, 0.45f);
    for (int plane = 1; plane < planes; plane++) {
        float chroma = CHROMA_MISSED * measure_chroma(full, half, trusted, plane);
        noise->strength[plane] = fminf(fmaxf(chroma, 0.2f * noise->strength[0]), 0.85f * noise->strength[0]);
    }
    noise->certainty = certainty((float) (total / all), expf(mean), noise->fineness);
}

void sluice_noise_camera_spectrum(const sluice_camera_noise *noise, int plane, sluice_plane_noise *result) {
    // Between noise of that table and white noise; or with less of the finest, which JPEG has taken.
    float white = whiteness(noise->fineness), loss = fminf(fmaxf(noise->fineness, 0.05f) / FINENESS, 1);
    double sum = 0;
    for (int scale = 0; scale < SLUICE_NOISE_SCALES; scale++) {
        for (int k = 0; k < 64; k++) {
            int order = sluice_noise_order(k);
            float camera = (plane == 0 ? luma : chroma)[scale][order];
            if (scale == 0 && plane == 0) { camera *= powf(loss, sluice_noise_ramp(order, 4, 11)); }
            float flat = 1.0f / (1 << scale);
            result->spectrum[scale][k] = noise->strength[plane] * powf(camera, 1 - white) * powf(flat, white);
        }
    }
    for (int k = 0; k < 64; k++) { sum += (double) result->spectrum[0][k] * result->spectrum[0][k]; }
    result->sigma = (float) sqrt(sum / 64);
}
