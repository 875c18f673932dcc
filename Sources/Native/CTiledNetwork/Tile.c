#include "Tile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "COnnxRuntime.h"

// Of 16-bit values to 8-bit ones.
#define FINE 257.0f

int sluice_tile_init(sluice_tile *tile, const sluice_tiled_network *how) {
    size_t pixels = (size_t) how->tile_width * how->tile_height;
    tile->picture = malloc(pixels * how->channels * sizeof(float));
    if (!tile->picture) return -1;
    if (!how->sigma || !how->sigma_is_map) return 0;
    tile->sigma = malloc(pixels * sizeof(float));
    if (!tile->sigma) return -1;
    for (size_t i = 0; i < pixels; i++) tile->sigma[i] = how->sigma_value;
    return 0;
}

void sluice_tile_free(sluice_tile *tile) {
    free(tile->picture);
    free(tile->sigma);
}

// Mirrored at both ends of 0 up to `count`, as often as needed.
static int mirrored(int index, int count) {
    if (index >= 0 && index < count) return index;
    int period = 2 * count, place = ((index % period) + period) % period;
    return place < count ? place : period - 1 - place;
}

// From 0 to 255.
static float sample(const sluice_lines_seen *seen, int x, int y, int band) {
    const unsigned char *line = seen->lines + (size_t) y * seen->line_bytes;
    size_t index = (size_t) x * seen->bands + band;
    if (seen->sample_bytes == 1) return line[index];
    uint16_t value;
    memcpy(&value, line + 2 * index, sizeof value);
    return value / FINE;
}

static void put(const sluice_lines_seen *seen, unsigned char *line, int x, int band, float value) {
    size_t index = (size_t) x * seen->bands + band;
    // What is no number becomes black.
    float bounded = value > 0 ? value < 255 ? value : 255 : 0;
    if (seen->sample_bytes == 1) {
        line[index] = (unsigned char) (bounded + 0.5f);
    } else {
        uint16_t fine = (uint16_t) (bounded * FINE + 0.5f);
        memcpy(line + 2 * index, &fine, sizeof fine);
    }
}

// Which band of the picture the network's channel is, when it is run for `band` (all bands where it has three channels).
static int band_of(const sluice_tiled_network *how, const sluice_lines_seen *seen, int channel, int band) {
    if (how->channels == 1) return band;
    return seen->bands == 1 ? 0 : how->is_bgr ? 2 - channel : channel;
}

static void fill(
    sluice_tile *tile, const sluice_tiled_network *how, const sluice_lines_seen *seen, sluice_tile_place place,
    int band) {
    int left = place.left - how->overlap, top = place.top - how->overlap;
    // Only what the tile sees: what lies before is not held, and the same columns are mirrored whatever the picture's
    // width.
    int first = left > 0 ? left : 0, count = seen->width - first;
    if (count > left + how->tile_width - first) count = left + how->tile_width - first;
    float *next = tile->picture;
    for (int channel = 0; channel < how->channels; channel++) {
        int from = band_of(how, seen, channel, band);
        float mean = how->mean[channel], factor = 1 / how->divide[channel];
        for (int row = 0; row < how->tile_height; row++) {
            int y = mirrored(top + row, seen->height);
            for (int column = 0; column < how->tile_width; column++) {
                int x = first + mirrored(left + column - first, count);
                *next++ = (sample(seen, x, y, from) - mean) * factor;
            }
        }
    }
}

static void take(
    const sluice_tiled_network *how, const sluice_lines_seen *seen, sluice_tile_place place, int band,
    const float *values, unsigned char *made) {
    size_t plane = (size_t) how->tile_width * how->tile_height;
    int bands = how->channels == 1 ? 1 : seen->bands;
    for (int i = 0; i < bands; i++) {
        int to = how->channels == 1 ? band : i;
        // Of a grey picture that was given thrice, the mean of what came out.
        int first = seen->bands == 1 || !how->is_bgr ? i : 2 - i;
        int channels = how->channels == 3 && seen->bands == 1 ? 3 : 1;
        for (int row = 0; row < place.height; row++) {
            unsigned char *line = made + (size_t) row * seen->line_bytes;
            size_t start = (size_t) (how->overlap + row) * how->tile_width + how->overlap;
            for (int column = 0; column < place.width; column++) {
                float sum = 0;
                for (int channel = first; channel < first + channels; channel++) {
                    float value = values[channel * plane + start + column] * how->divide[channel];
                    sum += how->is_residual ? -value : value + how->mean[channel];
                }
                sum /= channels;
                if (how->is_residual) sum += sample(seen, place.left + column, place.top + row, to);
                put(seen, line, place.left + column, to, sum);
            }
        }
    }
}

static int run(sluice_tile *tile, const sluice_tiled_network *how, const float **values) {
    struct sluice_tensor inputs[2] = {
        {.name = how->input,
         .dimensions = 4,
         .shape = {1, how->channels, how->tile_height, how->tile_width},
         .values = tile->picture},
        {.name = how->sigma, .dimensions = 4, .shape = {1, 1, 1, 1}, .values = &how->sigma_value}};
    if (how->sigma_is_map) {
        inputs[1].shape[2] = how->tile_height;
        inputs[1].shape[3] = how->tile_width;
        inputs[1].values = tile->sigma;
    }
    struct sluice_tensor output = {.name = how->output};
    struct sluice_inference_error error;
    if (sluice_network_run(how->network, inputs, how->sigma ? 2 : 1, &output, 1, &error)) {
        vips_error("denoise", "%s", error.text);
        return -1;
    }
    if (output.dimensions != 4 || output.shape[0] != 1 || output.shape[1] != how->channels
        || output.shape[2] != how->tile_height || output.shape[3] != how->tile_width) {
        vips_error("denoise", "what the network gives is not as large as what it was given");
        return -1;
    }
    *values = output.values;
    return 0;
}

int sluice_tile_run(
    sluice_tile *tile, const sluice_tiled_network *how, const sluice_lines_seen *seen, sluice_tile_place place,
    unsigned char *made) {
    int rounds = how->channels == 1 ? seen->bands : 1;
    for (int band = 0; band < rounds; band++) {
        const float *values;
        fill(tile, how, seen, place, band);
        // Other pictures of the same job may be read by another thread.
        sluice_network_hold(how->network);
        int result = run(tile, how, &values);
        if (result == 0) take(how, seen, place, band, values, made);
        sluice_network_let_go(how->network);
        if (result) return -1;
    }
    return 0;
}
