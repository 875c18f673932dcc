#include "Pixels.h"

#include <stdint.h>

#include "Transform.h"

#define ROOT_2 0.707106781f
#define ROOT_3 0.577350269f
#define ROOT_6 0.408248290f
// From 16 bits to steps of 8.
#define STEP 257.0f

int sluice_pixel_planes(sluice_pixels pixels) { return pixels.bands - pixels.has_alpha >= 3 ? 3 : 1; }

INLINE float sample(const void *line, int place, int bytes) {
    return bytes == 1 ? ((const uint8_t *) line)[place] : ((const uint16_t *) line)[place] * (1 / STEP);
}

INLINE void put(void *line, int place, int bytes, float value) {
    float most = bytes == 1 ? 255 : 65535, scaled = (bytes == 1 ? value : value * STEP) + 0.5f;
    float kept = scaled > 0 ? scaled < most ? scaled : most : 0;
    if (bytes == 1) ((uint8_t *) line)[place] = (uint8_t) kept;
    else ((uint16_t *) line)[place] = (uint16_t) kept;
}

INLINE void split(const void *line, int width, int bands, int bytes, int count, float *const planes[]) {
    for (int x = 0; x < width; x++) {
        float first = sample(line, x * bands, bytes);
        if (count == 1) {
            planes[0][x] = first;
        } else {
            float green = sample(line, x * bands + 1, bytes), blue = sample(line, x * bands + 2, bytes);
            planes[0][x] = (first + green + blue) * ROOT_3;
            planes[1][x] = (first - blue) * ROOT_2;
            planes[2][x] = (first - 2 * green + blue) * ROOT_6;
        }
    }
}

INLINE void join(const float *const planes[], int width, int bands, int bytes, int count, void *line) {
    for (int x = 0; x < width; x++) {
        if (count == 1) {
            put(line, x * bands, bytes, planes[0][x]);
        } else {
            float y = planes[0][x] * ROOT_3, u = planes[1][x] * ROOT_2, v = planes[2][x] * ROOT_6;
            put(line, x * bands, bytes, y + u + v);
            put(line, x * bands + 1, bytes, y - 2 * v);
            put(line, x * bands + 2, bytes, y - u + v);
        }
    }
}

// Steps that are known when this is compiled.
#define BY_BYTES(function, bands, count) \
    if (pixels.bytes == 1) function(bands, 1, count); \
    else function(bands, 2, count)
#define BY_BANDS(function) \
    switch (pixels.bands) { \
    case 1: BY_BYTES(function, 1, 1); break; \
    case 2: BY_BYTES(function, 2, 1); break; \
    case 3: BY_BYTES(function, 3, 3); break; \
    default: BY_BYTES(function, 4, 3); break; \
    }

VECTORS void sluice_split(sluice_pixels pixels, const void *line, int width, float *const planes[]) {
#define SPLIT(bands, bytes, count) split(line, width, bands, bytes, count, planes)
    BY_BANDS(SPLIT)
}

VECTORS void sluice_join(sluice_pixels pixels, const float *const planes[], int width, void *line) {
#define JOIN(bands, bytes, count) join(planes, width, bands, bytes, count, line)
    BY_BANDS(JOIN)
}

void sluice_copy_alpha(sluice_pixels pixels, const void *from, int width, void *line) {
    int place = pixels.bands - 1;
    for (int x = 0; x < width; x++, place += pixels.bands) {
        if (pixels.bytes == 1) ((uint8_t *) line)[place] = ((const uint8_t *) from)[place];
        else ((uint16_t *) line)[place] = ((const uint16_t *) from)[place];
    }
}
