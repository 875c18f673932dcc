#include "CNoise.h"

#include <stdlib.h>
#include <string.h>

#include "NoiseSpectrum.h"
#include "NoiseStore.h"

// More blocks of a scale than about these tell nothing new.
#define BLOCKS 30000

// Full size, and means of 2x2 pixels. At coarser ones there is too much texture, and too little to measure it in.
#define SCALES 2

typedef struct {
    int width, height;
    // Pixels from one block to the next, along both axes: odd, so that blocks lie at all places of a JPEG's.
    int stride;
    // Lines taken so far. The last eight are in `lines`, line i in place i % 8.
    int taken;
    float *lines[3][8];
    // A line of the next scale in the making.
    float *means[3];
} scale;

struct sluice_noise_meter {
    int planes;
    scale scales[SCALES];
    float *memory;
    sluice_noise_store stores[SCALES];
};

static int stride_for(int width, int height, int least) {
    int stride = least;
    while ((double) width * height / ((double) stride * stride) > BLOCKS) { stride += 2; }
    return stride;
}

sluice_noise_meter *sluice_noise_meter_new(int width, int height, int planes) {
    sluice_noise_meter *meter = calloc(1, sizeof *meter);
    if (meter == NULL) { return NULL; }
    meter->planes = planes;
    size_t needed = 0;
    for (int i = 0; i < SCALES; i++) { needed += (size_t) (width >> i) * planes * 9; }
    float *memory = meter->memory = calloc(needed + 1, sizeof *memory);
    if (memory == NULL) {
        free(meter);
        return NULL;
    }
    static const int least[SCALES] = {5, 3};
    for (int i = 0; i < SCALES; i++) {
        scale *scale = &meter->scales[i];
        scale->width = width >> i;
        scale->height = height >> i;
        scale->stride = stride_for(scale->width, scale->height, least[i]);
        for (int plane = 0; plane < planes; plane++) {
            for (int line = 0; line < 8; line++, memory += scale->width) { scale->lines[plane][line] = memory; }
            scale->means[plane] = memory;
            memory += scale->width;
        }
    }
    return meter;
}

// The blocks that end with the last line.
static void take_blocks(sluice_noise_meter *meter, int index) {
    const scale *scale = &meter->scales[index];
    int top = scale->taken - 8;
    // Rows of blocks are shifted against each other, for the same reason as the stride is odd.
    int left = (top / scale->stride * 3) % scale->stride;
    for (; left + 8 <= scale->width; left += scale->stride) {
        const float *pixels[3][8];
        for (int plane = 0; plane < meter->planes; plane++) {
            for (int row = 0; row < 8; row++) { pixels[plane][row] = scale->lines[plane][(top + row) % 8] + left; }
        }
        sluice_noise_store_add(&meter->stores[index], (const float *const(*)[8]) pixels, meter->planes);
    }
}

static void take_line(sluice_noise_meter *meter, int index, const float *const planes[3]) {
    scale *scale = &meter->scales[index];
    if (scale->width < 8 || scale->height < 8) { return; }
    int line = scale->taken++;
    for (int plane = 0; plane < meter->planes; plane++) {
        memcpy(scale->lines[plane][line % 8], planes[plane], (size_t) scale->width * sizeof(float));
    }
    if (line >= 7 && (line - 7) % scale->stride == 0) { take_blocks(meter, index); }
    if (index + 1 == SCALES || line % 2 == 0) { return; }
    for (int plane = 0; plane < meter->planes; plane++) {
        const float *upper = scale->lines[plane][(line - 1) % 8], *lower = scale->lines[plane][line % 8];
        float *means = scale->means[plane];
        for (int i = 0; i < scale->width / 2; i++) {
            means[i] = (upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1]) / 4;
        }
    }
    take_line(meter, index + 1, (const float *const *) scale->means);
}

void sluice_noise_meter_add(sluice_noise_meter *meter, const float *const planes[3]) { take_line(meter, 0, planes); }

void sluice_noise_meter_result(const sluice_noise_meter *meter, sluice_noise *noise) {
    sluice_noise_from_stores(meter->stores, meter->planes, noise);
}

void sluice_noise_meter_free(sluice_noise_meter *meter) {
    if (meter == NULL) { return; }
    free(meter->memory);
    free(meter);
}
