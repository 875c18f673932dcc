#include "NoiseSpectrum.h"

#include <math.h>
#include <string.h>

#include "NoiseCamera.h"
#include "NoiseWhite.h"

// Anything louder is not plausible noise: pure black and white, say.
#define MOST_SIGMA 100.0f

static void set_white(sluice_plane_noise *plane, float sigma) {
    plane->sigma = sigma;
    for (int scale = 0; scale < SLUICE_NOISE_SCALES; scale++) {
        for (int k = 0; k < 64; k++) { plane->spectrum[scale][k] = sigma / (float) (1 << scale); }
    }
}

// White noise of a plane that was halved, and enlarged again as libjpeg does, by (1 3 3 1) / 4 in each direction:
// `strength` is that of the lowest frequencies.
static void set_halved(sluice_plane_noise *plane, float strength) {
    float kept[8];
    for (int k = 0; k < 8; k++) { kept[k] = powf(cosf((float) k * 3.14159265f / 16), 3); }
    double sum = 0;
    for (int k = 0; k < 64; k++) {
        plane->spectrum[0][k] = strength * fmaxf(kept[k / 8] * kept[k % 8], 0.01f);
        sum += (double) plane->spectrum[0][k] * plane->spectrum[0][k];
        for (int scale = 1; scale < SLUICE_NOISE_SCALES; scale++) {
            plane->spectrum[scale][k] = strength / (float) (1 << scale);
        }
    }
    plane->sigma = (float) sqrt(sum / 64);
}

static void multiply(sluice_plane_noise *plane, float factor) {
    plane->sigma *= factor;
    float *spectrum = plane->spectrum[0];
    for (int i = 0; i < SLUICE_NOISE_SCALES * 64; i++) { spectrum[i] *= factor; }
}

static float overall(const sluice_noise *noise) {
    double sum = 0;
    for (int plane = 0; plane < noise->planes; plane++) {
        sum += (double) noise->plane[plane].sigma * noise->plane[plane].sigma;
    }
    return (float) sqrt(sum / noise->planes);
}

static void clear(sluice_noise *noise, int planes) {
    memset(noise, 0, sizeof *noise);
    noise->planes = planes;
    noise->is_clean = true;
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) { noise->brightness[level] = 1; }
}

void sluice_noise_white(sluice_noise *noise, int planes, float sigma) {
    clear(noise, planes);
    for (int plane = 0; plane < planes; plane++) { set_white(&noise->plane[plane], sigma); }
    noise->sigma = sigma;
    noise->is_clean = !(sigma > 0);
}

void sluice_noise_from_stores(const sluice_noise_store *stores, int planes, sluice_noise *noise) {
    clear(noise, planes);
    sluice_noise_floor full[SLUICE_NOISE_LEVELS], half[SLUICE_NOISE_LEVELS];
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) {
        sluice_noise_floor_of(&stores[0], level, planes, &full[level]);
        sluice_noise_floor_of(&stores[1], level, planes, &half[level]);
    }
    sluice_camera_noise camera;
    sluice_white_noise white;
    sluice_noise_measure_camera(full, half, planes, &camera);
    sluice_noise_measure_white(full, planes, &white);
    // Drawings and screenshots have areas of one colour: what else they have is not noise.
    float drawn = stores[0].seen > 0 ? stores[0].constant / stores[0].seen : 1;
    float natural = sluice_noise_ramp(drawn, 0.4f, 0.15f);
    float least = camera.least;
    float camera_part = natural * camera.certainty * sluice_noise_ramp(camera.strength[0], least, least * 1.5f)
        * sluice_noise_ramp(camera.strength[0], 60, 40);
    for (int plane = 0; plane < planes; plane++) { set_white(&noise->plane[plane], white.sigma[plane]); }
    noise->sigma = overall(noise);
    // Fine grain of a good picture is left alone, and so are hatchings and screens of print, which are louder than
    // noise.
    float white_part = natural * white.certainty * sluice_noise_ramp(noise->sigma, 4.1f, 4.9f)
        * sluice_noise_ramp(noise->sigma, 90, 70);
    float surely_white = white_part * white.completeness;
    if (camera_part * (1 - surely_white) > surely_white) {
        for (int plane = 0; plane < planes; plane++) {
            sluice_noise_camera_spectrum(&camera, plane, &noise->plane[plane]);
        }
        memcpy(noise->brightness, camera.brightness, sizeof camera.brightness);
        white_part = 0;
    } else if (white.chroma_certainty < 0.5f) {
        // JPEG has halved the resolution of the colours: what is left of their noise is coarse.
        for (int plane = 1; plane < planes; plane++) { set_halved(&noise->plane[plane], camera.strength[plane]); }
    }
    float part = white_part > 0 ? white_part : camera_part;
    noise->is_clean = part < 0.2f;
    if (noise->is_clean) {
        float seen = noise->sigma;
        clear(noise, planes);
        noise->sigma = fminf(seen, MOST_SIGMA);
        return;
    }
    noise->sigma = overall(noise);
    // When in doubt, less is counted as noise.
    for (int plane = 0; plane < planes; plane++) { multiply(&noise->plane[plane], part); }
}
